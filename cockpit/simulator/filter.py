"""Railway's log filter: words, "phrases", `@key:value`, `replica:ID`, AND, OR, minus, parentheses [9 D].

Lenient like a search box: what cannot be parsed is searched for as text. Array indices in
keys (`@list[0]:x`) are not played.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Match = Callable[[str, Mapping[str, Any]], bool]
"""Takes a line's text and its fields (service, deployment, replica, snapshot, level, attributes)."""

_TOKEN = re.compile(r'\s*(?:(-?\(|\))|(-?@[\w.]+:(?:"[^"]*"|[^\s()]+))|(-?"[^"]*")|(-?[^\s()]+))')
_COMPARED = re.compile(r"^(>=|<=|>|<)(-?[\d.]+)$")
_RANGE = re.compile(r"^(-?[\d.]+)\.\.(-?[\d.]+)$")


def parse(text: str | None) -> Match | None:
    """The filter as a predicate; None when it lets everything through."""
    tokens = [next(part for part in match.groups() if part) for match in _TOKEN.finditer(text or "")]
    return _either(tokens) if tokens else None


def names(text: str | None, key: str) -> bool:
    """Whether a filter asks for a key at all, as in `@snapshot:ID`."""
    return f"@{key}:" in (text or "")


def _either(tokens: list[str]) -> Match:
    branches = [_all(tokens)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        branches.append(_all(tokens))
    return branches[0] if len(branches) == 1 else lambda text, fields: any(one(text, fields) for one in branches)


def _all(tokens: list[str]) -> Match:
    parts: list[Match] = []
    while tokens and tokens[0] not in {"OR", ")"}:
        word = tokens.pop(0)
        if word != "AND":
            parts.append(_one(word, tokens))
    return parts[0] if len(parts) == 1 else lambda text, fields: all(one(text, fields) for one in parts)


def _one(part: str, rest: list[str]) -> Match:
    if part == "(":
        inner = _either(rest)
        if rest:
            rest.pop(0)
        return inner
    if part.startswith("-") and len(part) > 1:
        negated = _one(part[1:], rest)
        return lambda text, fields: not negated(text, fields)
    if part.startswith("@") and ":" in part:
        key, _, value = part[1:].partition(":")
        return _field(key, value.strip('"'))
    if part.startswith("replica:"):
        return _field("replica", part.partition(":")[2])
    word = part.strip('"').lower()
    return lambda text, _: word in text.lower()


def _field(key: str, value: str) -> Match:
    if compared := _COMPARED.match(value):
        sign, bound = compared[1], float(compared[2])
        tests = {">": float.__gt__, "<": float.__lt__, ">=": float.__ge__, "<=": float.__le__}
        return lambda _, fields: (held := _number(fields.get(key))) is not None and tests[sign](held, bound)
    if span := _RANGE.match(value):
        low, high = float(span[1]), float(span[2])
        return lambda _, fields: (held := _number(fields.get(key))) is not None and low <= held <= high
    wanted = value.lower()
    return lambda _, fields: str(fields.get(key, "")).lower() == wanted


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
