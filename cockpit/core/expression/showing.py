"""Values in words: short, inert, on one line, for sentences that say why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from cockpit.core.expression.values import LIMIT, Kind, kind_of
from cockpit.core.span import show_span
from cockpit.core.text.inert import inert

Conceal = Callable[[str], str]
"""Takes secrets out of a text. Applied before anything is cut, so that no half of one is left."""

_SINGLE = frozenset({Kind.NUMBER, Kind.TEXT, Kind.MOMENT, Kind.DATE, Kind.CLOCK, Kind.UUID})
_TEXT = 60
_ITEMS = 6
_NESTING = 3


def plainly(text: str) -> str:
    """The text as it is: nothing to conceal."""
    return text


def show(value: object, conceal: Conceal = plainly, *, nesting: int = 0) -> str:
    """A value as a short, inert piece of one line: `3`, `'late'`, `[1, 2]`, `{id: 7}`, `null`."""
    kind = kind_of(value)
    if kind is Kind.TEXT:
        assert isinstance(value, str)
        return f"'{inert(conceal(value), limit=_TEXT)}'"
    if kind is Kind.BYTES:
        assert isinstance(value, bytes | bytearray | memoryview)
        return f"{len(value)} bytes"
    if kind in (Kind.LIST, Kind.MAP):
        return _container(value, conceal, nesting)
    return inert(conceal(_scalar(value, kind)), limit=_TEXT)


def written(value: object) -> str | None:
    """A single value as text, whole: numbers without exponent, spans as `1h30m`; None for what is no single value."""
    kind = kind_of(value)
    if kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value or abs(value), "f")
    if isinstance(value, timedelta):
        return show_span(value)
    return str(value) if kind in _SINGLE else None


def _scalar(value: object, kind: Kind) -> str:
    if value is None:
        return "null"
    if kind is Kind.NUMBER:
        return _number(value)
    if kind is Kind.SERIES or callable(value):
        return f"<{type(value).__name__}>"
    return written(value) or str(value)  # an address, a range: shown as it prints


def _number(value: object) -> str:
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) < _TEXT):
        return str(value)
    if isinstance(value, int) and not -LIMIT < value < LIMIT:
        return "a number too long to show"
    return written(value) or ""


def _container(value: object, conceal: Conceal, nesting: int) -> str:
    is_map = isinstance(value, Mapping)
    opening, closing = "{}" if is_map else "[]"
    assert isinstance(value, Mapping | Sequence)
    if nesting >= _NESTING and value:
        return f"{opening}…{closing}"
    shown = list(islice(_parts(value, conceal, nesting + 1), _ITEMS))
    more = [f"… {len(value) - _ITEMS} more"] if len(value) > _ITEMS else []
    return opening + ", ".join(shown + more) + closing


def _parts(value: Mapping[object, object] | Sequence[object], conceal: Conceal, nesting: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{inert(conceal(str(key)), limit=_TEXT)}: {show(inner, conceal, nesting=nesting)}"
    else:
        for inner in value:
            yield show(inner, conceal, nesting=nesting)
