"""JSON from outside: exact, and no deeper than what looks at it can follow."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

DEEPEST = 100
"""Lists and objects within one another; Python's own recursion ends at some 1000 frames, ours with it."""

TWICE = "it says a name twice"
"""Why JSON of two meanings is refused."""


def read_json(text: str | bytes) -> Any:
    """The value, its decimals exact.

    Raises ValueError for what is no JSON (NaN and infinity are none: RFC 8259, section 6), is nested deeper than
    `DEEPEST`, has a number of thousands of digits or a boundless exponent, or says a name twice: which of
    `{"ok": false, "ok": true}` is meant nobody can tell (section 4).
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_named_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ArithmeticError:
        raise ValueError("no number of this world") from None
    if _is_deeper(value, DEEPEST):
        raise ValueError("nested too deeply")
    return value


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError(TWICE)
    return named


def _is_deeper(value: object, levels: int) -> bool:
    """Level by level and never recursive."""
    layer: list[object] = [value]
    for _ in range(levels):
        layer = [part for each in layer for part in _parts(each)]
        if not layer:
            return False
    return True


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
