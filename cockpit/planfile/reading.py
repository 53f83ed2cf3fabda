"""From a document to a plan: what cannot be read is set aside, so that the rest is still checked.

Pydantic stops at single values; references need a whole plan. So that both speak at once, an
entry that cannot be read is taken out and remembered, a phase is patched, and nobody is then
told that the entry does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.lint.references import complaints as dangling
from cockpit.core.plan import (
    Action,
    Ask,
    Level,
    Monitor,
    Notifications,
    NotTrigger,
    Overrides,
    Phase,
    Plan,
    See,
    Trigger,
)
from cockpit.core.plan.action import Scale, ServiceSettings
from cockpit.core.plan.check import CHECKS
from cockpit.core.plan.connection import CONNECTIONS, Connection
from cockpit.core.plan.fields import SecretCommand
from cockpit.planfile.complaints import translate, value_at

Values = dict[str, Any]

_ROUNDS = 5
_MOST = 500
"""Complaints about single values that are told; a person reads fewer."""

_TAGGED = frozenset({"connections", "checks"})
_ORDERED = ("phases", "rollback", "triggers", "not_triggers")
_ENTRIES: Mapping[str, type[BaseModel]] = {
    "actions": Action, "asks": Ask, "sees": See, "monitors": Monitor, "phases": Phase, "triggers": Trigger,
    "not_triggers": NotTrigger, "rollback": Level, "environments": Overrides,
}  # fmt: skip
_CONNECTION: TypeAdapter[Connection] = TypeAdapter(Connection)


def plan_of(values: Values) -> tuple[Plan | None, list[Complaint]]:
    """The plan, and everything wrong with it; a plan comes only without complaints."""
    plan, errors = _validated(values)
    found = translate(errors[:_MOST], values, table_at, _TAGGED)
    if len(errors) > _MOST:
        found.append(Complaint((), "There are more complaints.", "Mend these first."))
    whole, unreadable = (plan, frozenset[KeyPath]()) if plan is not None else _readable_part(values)
    found = [_exactly(complaint, values) for complaint in found]
    if whole is not None:
        found += dangling(whole, unreadable)
    return (plan if not found else None), found


def _readable_part(values: Values) -> tuple[Plan | None, frozenset[KeyPath]]:
    """The plan without what cannot be read. Taking one thing out may leave another unreadable, hence the rounds."""
    unreadable: set[KeyPath] = set()
    sound = deepcopy(values)
    for _ in range(_ROUNDS):
        plan, errors = _validated(sound)
        if plan is not None:
            return plan, frozenset(unreadable)
        for complaint in translate(errors[:_MOST], sound, table_at, _TAGGED):
            _set_aside(sound, complaint.path, unreadable)
    return None, frozenset(unreadable)


def merged(values: Values, environment: str) -> Values:
    """The document with one environment's connections laid over the base, key by key."""
    overrides = value_at(values, ("environments", environment, "connections")) or {}
    connections = dict(values.get("connections") or {})
    for name, override in overrides.items():
        if isinstance(connections.get(name), dict) and isinstance(override, dict):
            connections[name] = {**connections[name], **override}
    return {**values, "connections": connections}


def base_environment(values: Values) -> str:
    """The base's name: what the Railway connection says."""
    connections = values.get("connections")
    for connection in connections.values() if isinstance(connections, dict) else ():
        if isinstance(connection, dict) and connection.get("kind") == "railway":
            return str(connection.get("environment", "production"))
    return "production"


def unknown_environment(values: Values, environment: str) -> Complaint | None:
    """A complaint where the plan has no such environment; the base's own name is one."""
    environments = values.get("environments")
    names = [base_environment(values), *(environments if isinstance(environments, dict) else ())]
    if environment in names:
        return None
    return Complaint(("environments",), f"There is no environment '{environment}'.", nearest(environment, names))


def table_at(path: KeyPath, values: Mapping[str, Any]) -> type[BaseModel] | None:
    """The model of the table at a key path."""
    match path:
        case ():
            return Plan
        case ("connections", _) | ("environments", _, "connections", _):
            kind = value_at(values, ("connections", path[-1], "kind"))
            return CONNECTIONS.get(kind) if isinstance(kind, str) else None
        case ("checks", _):
            check = value_at(values, path)
            return next((model for key, model in CHECKS.items() if key in check), None)
        case ("actions", _, "scale"):
            return Scale
        case ("actions", _, "set_settings"):
            return ServiceSettings
        case ("notifications",):
            return Notifications
        case (section, _) if isinstance(section, str):
            return _ENTRIES.get(section)
        case _ if path[0] in ("connections", "environments", "notifications"):
            return SecretCommand
        case _:
            return None


def _validated(values: Values) -> tuple[Plan | None, list[ErrorDetails]]:
    try:
        return Plan.model_validate(values), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _exactly(complaint: Complaint, values: Values) -> Complaint:
    """A second kind of question in a check is no misspelt key."""
    match complaint.path:
        case ("checks", _, key) if key in CHECKS:
            check = value_at(values, complaint.path[:2])
            kinds = " and ".join(each for each in CHECKS if each in check)
            if " and " in kinds:
                what = f"A check asks exactly one thing, and this asks {kinds}."
                return Complaint(complaint.path, what, "Make it two checks.")
    return complaint


def _set_aside(values: Values, path: KeyPath, unreadable: set[KeyPath]) -> None:
    """Take out what is wrong at `path`, the whole entry where entries have names."""
    match path:
        case ("name", *_):
            values["name"] = "unreadable"
        case ("phases",):
            values["phases"] = [{"title": "unreadable", "items": ["tick unreadable"]}]
            unreadable.add(path)
        case (str(section), int(i), *rest) if section in _ORDERED:
            _patch(values[section], i, rest)
            unreadable.add((section,))
        case (str(section), name, *_) if isinstance(values.get(section), dict):
            values[section].pop(name, None)
            unreadable.add((section, name))
        case (str(section), *_):
            values.pop(section, None)
            unreadable.add((section,))
        case _:
            pass


def _patch(entries: list[Any], i: int, rest: list[str | int]) -> None:
    """Entries of a list keep their places, so that others keep their lines."""
    stand_in = {"title": f"unreadable {i}", "text": "unreadable", "items": [f"tick unreadable {i}"]}
    entry = entries[i]
    match rest:
        case [key, int(j)] if isinstance(entry, dict) and isinstance(entry.get(key), list):
            entry[key][j] = f"tick unreadable {j}"
        case [key] if isinstance(entry, dict) and key in stand_in:
            entry[key] = stand_in[str(key)]
        case [key, *_] if isinstance(entry, dict):
            entry.pop(key, None)
            if not {"items", "gate", "lasts"} & entry.keys() and "title" in entry:
                entry["items"] = stand_in["items"]
        case _:
            entries[i] = {}


def environment_complaints(values: Values) -> list[Complaint]:
    """Every environment's connections must be whole once they are laid over the base."""
    found: list[Complaint] = []
    base_name = base_environment(values)
    if base_name in dict(_tables(values.get("environments"))):
        what = f"'{base_name}' is the base, as the Railway connection says."
        found.append(Complaint(("environments", base_name), what, "Override another environment."))
    for environment, overrides in _tables(values.get("environments")):
        for name, override in _tables(overrides.get("connections")):
            base = value_at(values, ("connections", name))
            if not isinstance(base, dict):
                continue
            at: KeyPath = ("environments", environment, "connections", name)
            if override.get("kind", base.get("kind")) != base.get("kind"):
                found.append(Complaint((*at, "kind"), "An environment changes no kind.", "Take it out."))
                continue
            found += [
                replace(complaint, path=(*at, *complaint.path[2:]))
                for complaint in _connection_complaints(name, {**base, **override})
                if complaint.path[2:3] and complaint.path[2] in override
            ]
    return found


def _connection_complaints(name: str, connection: Values) -> list[Complaint]:
    try:
        _CONNECTION.validate_python(connection)
    except ValidationError as error:
        document = {"connections": {name: connection}}
        errors = error.errors(include_url=False)
        for each in errors:
            each["loc"] = ("connections", name, *each["loc"])
        return translate(errors, document, table_at, _TAGGED)
    return []


def _tables(section: object) -> list[tuple[str, Values]]:
    if not isinstance(section, dict):
        return []
    return [(name, table) for name, table in section.items() if isinstance(table, dict)]
