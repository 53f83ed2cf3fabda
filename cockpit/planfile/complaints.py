"""What pydantic finds wrong, in the words of whoever writes the file.

Pydantic names a place by its own path (with the tags of unions in it) and speaks of inputs
and strings. Here each error becomes a key path of the file and two sentences, with the
nearest valid name where one exists. Values are quoted only where no secret can stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.plan.connection import CONNECTIONS
from cockpit.core.plan.names import NAME
from cockpit.errors import ExpressionError

TableAt = Callable[[KeyPath, Mapping[str, Any]], type[BaseModel] | None]
"""The model of the table at a key path of a document."""


def translate(
    errors: Sequence[ErrorDetails], document: Mapping[str, Any], table_at: TableAt, tagged: frozenset[str] = frozenset()
) -> list[Complaint]:
    """One complaint for each place. Entries of the sections in `tagged` are unions told apart by a tag."""
    placed = [(_key_path(error, document, tagged), error) for error in errors]
    complaints: dict[KeyPath, Complaint] = {}
    for path, error in placed:
        if _is_shadow(path, error, placed, document):
            continue
        complaints.setdefault(path, _complaint(path, error, document, table_at))
    misspelt = {(*path[:-1], _meant(each)) for path, each in complaints.items()}
    return [each for path, each in complaints.items() if not (each.what == _MISSING and path in misspelt)]


_MISSING = "This key is missing."
_MEANT = "Did you mean '"


def _meant(complaint: Complaint) -> str:
    """The key that was meant by an unknown one: it is not missing as well."""
    is_unknown = complaint.what == _UNKNOWN and complaint.remedy.startswith(_MEANT)
    return complaint.remedy.removeprefix(_MEANT).removesuffix("'?") if is_unknown else ""


_UNKNOWN = "There is no such key here."


def value_at(document: Any, path: KeyPath) -> Any:
    """What stands at a key path; None where nothing does."""
    for part in path:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _key_path(error: ErrorDetails, document: Mapping[str, Any], tagged: frozenset[str]) -> KeyPath:
    """The error's place without union tags and other steps that are no keys of the document."""
    parts = [part for part in error["loc"] if part != "[key]"]
    if len(parts) > 2 and parts[0] in tagged:
        del parts[2]
    path: KeyPath = ()
    here: Any = document
    for position, part in enumerate(parts):
        is_last = position == len(parts) - 1
        if isinstance(here, Mapping) and (part in here or (is_last and error["type"] == "missing")):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part] if part < len(here) else None
        else:
            continue
        path = (*path, part)
    return path


def _is_shadow(
    path: KeyPath, error: ErrorDetails, placed: list[tuple[KeyPath, ErrorDetails]], document: Mapping[str, Any]
) -> bool:
    """An error that only follows from another: the other branch of a union, a list short of what was refused in it."""
    if error["type"] == "too_short":
        return bool(value_at(document, path))
    if not error["type"].endswith("_type"):
        return False
    return any(
        other is not error and (len(where) > len(path) or not other["type"].endswith("_type"))
        for where, other in placed
        if where[: len(path)] == path
    )


def _complaint(path: KeyPath, error: ErrorDetails, document: Mapping[str, Any], table_at: TableAt) -> Complaint:
    kind, context = error["type"], error.get("ctx", {})
    value = value_at(document, path)
    match kind:
        case "missing":
            return Complaint(path, _MISSING, _purpose(path, document, table_at))
        case "extra_forbidden":
            return _unknown_key(path, document, table_at)
        case "value_error":
            return _refused(path, context["error"])
        case "check_kind" if isinstance(value, Mapping):
            return Complaint(path, error["msg"])
        case "string_pattern_mismatch":
            is_name = context["pattern"] == NAME
            return _no_name(path, value) if is_name else _misspelt(path, value, _purpose(path, document, table_at))
        case "literal_error" | "enum":
            return Complaint(path, f"{_quoted(value)} is none of {context['expected']}.", _close(value, context))
        case "union_tag_not_found":
            return Complaint((*path, "kind"), _MISSING, f"Write one of {', '.join(CONNECTIONS)}.")
        case "union_tag_invalid":
            return _no_kind((*path, "kind"), context)
        case "greater_than_equal":
            return Complaint(path, f"{value} is too little.", f"Write {context['ge']} or more.")
        case "less_than_equal":
            return Complaint(path, f"{value} is too much.", f"Write {context['le']} or less.")
        case "string_too_short" | "too_short":
            return Complaint(path, "This is empty.", "Fill it in, or leave it out.")
    return _of_another_form(path, kind, value)


def _no_kind(path: KeyPath, context: Mapping[str, Any]) -> Complaint:
    names = [name.strip("' ") for name in context["expected_tags"].split(",")]
    return Complaint(path, f"'{context['tag']}' is no kind of connection.", nearest(context["tag"], names))


def _of_another_form(path: KeyPath, kind: str, value: object) -> Complaint:
    wanted, remedy = _WANTED.get(kind, ("of another form", ""))
    if kind == "tuple_type" and path in _LISTS_OF_TABLES:
        remedy = f"Write [[{path[0]}]] above each of its entries."
    return Complaint(path, f"This must be {wanted}, and is {_form(value)}.", remedy)


_LISTS_OF_TABLES: tuple[KeyPath, ...] = (("phases",), ("rollback",), ("triggers",), ("not_triggers",))
_WANTED = {
    # What pydantic calls it, what it should be, how to write it.
    "string_type": ("text", "Put it into quotation marks."),
    "int_type": ("a whole number", "Write it without quotation marks."),
    "int_from_float": ("a whole number", "Leave out the fraction."),
    "int_parsing": ("a whole number", "Write it without quotation marks."),
    "bool_type": ("true or false", "Write it without quotation marks."),
    "tuple_type": ("a list", 'Write it as ["...", "..."].'),
    "dict_type": ("a table", "Write it as { key = value }."),
    "model_type": ("a table", "Write it as { key = value }."),
    "model_attributes_type": ("a table", "Write its keys below its name in [brackets]."),
    "check_kind": ("a table", "Write its keys below its name in [brackets]."),
    "time_delta_type": ("a length of time", 'Write it as "90s", "5m", "4h" or "7d".'),
}


def _refused(path: KeyPath, error: Exception) -> Complaint:
    """A value that one of our own readers refused; expressions know the place in them."""
    if isinstance(error, ExpressionError) and error.end:
        what = f"{error.what.rstrip('.')}, at character {error.start + 1}."
        return Complaint(path, what, error.remedy, error.caret())
    return Complaint(path, str(error))


def _form(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    forms: tuple[tuple[type, str], ...] = (
        (str, "text"), (int, "a number"), (float, "a number"), (list, "a list"), (dict, "a table"),
    )  # fmt: skip
    return next((words for form, words in forms if isinstance(value, form)), "a date or a time")


def _quoted(value: object) -> str:
    return f"'{value}'" if isinstance(value, str | int | float) else "This"


def _close(value: object, context: Mapping[str, Any]) -> str:
    names = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ",").split(",")]
    close = nearest(str(value), names)
    return close if close.startswith("Did") else "Write one of them."


def _misspelt(path: KeyPath, value: object, purpose: str) -> Complaint:
    return Complaint(path, f"{_quoted(value)} has characters that do not belong here.", purpose)


def _no_name(path: KeyPath, value: object) -> Complaint:
    """The key itself, where the value is a table; else a name that is referred to."""
    wrong = value if isinstance(value, str) else str(path[-1])
    plain = "".join(char if char.isascii() and char.isalnum() else "_" for char in wrong.lower()).strip("_")
    rule = "Names begin with a lower-case letter and go on with those, digits and _"
    better = f": {plain}." if plain[:1].isalpha() else "."
    return Complaint(path, f"'{wrong}' is no name.", rule + better)


def _unknown_key(path: KeyPath, document: Mapping[str, Any], table_at: TableAt) -> Complaint:
    model = table_at(path[:-1], document)
    keys = keys_of(model) if model else {}
    return Complaint(path, _UNKNOWN, nearest(str(path[-1]), keys))


def _purpose(path: KeyPath, document: Mapping[str, Any], table_at: TableAt) -> str:
    model = table_at(path[:-1], document)
    words = keys_of(model).get(str(path[-1]), "") if model else ""
    return f"It says: {words[:1].lower()}{words[1:]}" if words else ""


def keys_of(model: type[BaseModel]) -> dict[str, str]:
    """The keys of a table as the file writes them, and what each is for."""
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}
