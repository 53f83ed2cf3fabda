"""What an expression can call: functions of values, and methods of texts, lists and maps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from cockpit.core.expression.arithmetic import compute, negative, room_for_list
from cockpit.core.expression.moments import as_moment
from cockpit.core.expression.rows import keyed
from cockpit.core.expression.sets import distinct, of_sets
from cockpit.core.expression.showing import written
from cockpit.core.expression.values import MAX_DIGITS, Kind, Spend, in_order, kind_of, read, within_limits
from cockpit.core.span import parse_span
from cockpit.errors import ExpressionError

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?")
_ROUNDING = Context(prec=2 * MAX_DIGITS, rounding=ROUND_HALF_UP)


def call(name: str, values: Sequence[object], spend: Spend) -> object:
    """`name(values)`. Raises ExpressionError where the values are not what it takes."""
    return _FUNCTIONS[name](values, spend)


def call_method(name: str, target: object, values: Sequence[object], spend: Spend) -> object:
    """`target.name(values)` of everything but `matches`, `inOrder` and history. Raises ExpressionError."""
    if name in _OF_LISTS:
        return _OF_LISTS[name](target, spend)
    if name == "by":
        return keyed(target, values[0], spend)
    if name not in _TESTS:
        return of_sets(name, elements(target, name, spend), elements(values[0], name, spend), spend)
    text, part = as_text(target, f"'{name}'", "before it"), as_text(values[0], f"'{name}'", "in brackets")
    spend(len(text) // 64)
    return _TESTS[name](text, part)


def as_span(value: object, wanted_by: str) -> timedelta:
    """A span, or a text such as `'1h'` read as one. Raises ExpressionError."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ExpressionError(f"{wanted_by} takes a span, but this is {kind_of(value)}.", "Write it as in '1h'.")
    try:
        return parse_span(value)
    except ValueError:
        raise ExpressionError(f"{wanted_by} was given a text that is no span.", "Write 90s, 5m, 4h or 7d.") from None


def as_text(value: object, wanted_by: str, where: str) -> str:
    """A text. Raises ExpressionError."""
    if isinstance(value, str):
        return value
    kind = kind_of(value)
    hint = "Write x in list." if kind is Kind.LIST else "Write string(...) around it if it is meant as a text."
    raise ExpressionError(f"{wanted_by} needs a text {where}, but this is {kind}.", hint)


def keys(value: object, spend: Spend) -> list[object]:
    """The keys of a map, in its own order. Raises ExpressionError."""
    if not isinstance(value, Mapping):
        raise ExpressionError(f"'keys' needs a map, but this is {kind_of(value)}.", "Only maps have keys.")
    room_for_list(len(value), spend)
    return list(value)


def elements(target: object, wanted_by: str, spend: Spend) -> Sequence[object]:
    """What is gone over: the elements of a list, the keys of a map. Raises ExpressionError."""
    kind = kind_of(target)
    if kind is Kind.MAP:
        return keys(target, spend)
    if kind is not Kind.LIST:
        raise ExpressionError(f"'{wanted_by}' goes over a list, but this is {kind}.", "Name a list such as rows.")
    assert isinstance(target, Sequence)
    return target


def _size(values: Sequence[object], _spend: Spend) -> object:
    (value,) = values
    kind = kind_of(value)
    if kind not in (Kind.TEXT, Kind.LIST, Kind.MAP, Kind.BYTES):
        raise ExpressionError(f"'size' needs a text, a list or a map, but this is {kind}.", "Name a list such as rows.")
    assert isinstance(value, str | Sequence | Mapping | memoryview)
    return len(value)


def _absolute(values: Sequence[object], _spend: Spend) -> object:
    (value,) = values
    if isinstance(value, timedelta):
        return abs(value)
    return negative(value) if _number_of(value, "'abs'") < 0 else value


def _extreme(name: str, sign: str) -> Callable[[Sequence[object], Spend], object]:
    def pick(values: Sequence[object], spend: Spend) -> object:
        if len(values) == 1 and kind_of(values[0]) is Kind.LIST:
            assert isinstance(values[0], Sequence)
            values = values[0]
        spend(len(values))
        if not values:
            raise ExpressionError(f"'{name}' of an empty list is nothing.", "Ask for its size first.")
        best = read(values[0])
        in_order(best, sign, best, spend)
        for value in values[1:]:
            other = read(value)
            best = other if in_order(other, sign, best, spend) else best
        return best

    return pick


def _sum(values: Sequence[object], spend: Spend) -> object:
    if len(values) == 1 and kind_of(values[0]) is Kind.LIST:
        assert isinstance(values[0], Sequence)
        values = values[0]
    spend(len(values))
    if not values:
        raise ExpressionError("'sum' of an empty list is nothing, and not 0.", "Ask for its size first.")
    total = read(values[0])
    if kind_of(total) not in (Kind.NUMBER, Kind.SPAN):
        raise ExpressionError(f"'sum' goes over numbers or spans, and one is {kind_of(total)}.", "Filter those first.")
    for value in values[1:]:
        total = compute(total, "+", read(value), spend)
    return total


def _moment(values: Sequence[object], _spend: Spend) -> object:
    return as_moment(values[0], "'timestamp'")


def _rounded(values: Sequence[object], _spend: Spend) -> object:
    value = Decimal(_number_of(values[0], "'round'"))
    places = _number_of(values[1], "'round'") if len(values) > 1 else 0
    if places != int(places) or not 0 <= places <= MAX_DIGITS:
        raise ExpressionError("'round' takes whole places.", f"Write round(x, 2), with 0 to {MAX_DIGITS} places.")
    return within_limits(value.quantize(Decimal(1).scaleb(-int(places)), context=_ROUNDING))


def _span(values: Sequence[object], _spend: Spend) -> object:
    return as_span(values[0], "'duration'")


def _parsed(values: Sequence[object], _spend: Spend) -> object:
    (value,) = values
    if not isinstance(value, str):
        return _number_of(value, "'number'")
    text = value.strip()
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise ExpressionError("A number that is NaN or infinite cannot be computed with.", "Ask for a finite one.")
    if len(text) > 2 * MAX_DIGITS or not _NUMBER.fullmatch(text):
        raise ExpressionError("'number' was given a text that is no number.", "Write digits, as in '600' or '0.5'.")
    number = Decimal(text)
    return within_limits(int(number) if text.isdecimal() else number)


def _string(values: Sequence[object], _spend: Spend) -> object:
    text = written(values[0])
    if text is None:
        raise ExpressionError(f"'string' cannot write down a value that is {kind_of(values[0])}.", "Name a part of it.")
    return text


def _number_of(value: object, wanted_by: str) -> int | Decimal:
    if kind_of(value) is not Kind.NUMBER:
        raise ExpressionError(f"{wanted_by} needs a number, but this is {kind_of(value)}.", "Name a number.")
    assert isinstance(value, int | Decimal)
    return value


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}

_FUNCTIONS: Mapping[str, Callable[[Sequence[object], Spend], object]] = {
    "size": _size,
    "abs": _absolute,
    "min": _extreme("min", "<"),
    "max": _extreme("max", ">"),
    "round": _rounded,
    "duration": _span,
    "number": _parsed,
    "string": _string,
    "sum": _sum,
    "timestamp": _moment,
}

_OF_LISTS: Mapping[str, Callable[[object, Spend], object]] = {
    "size": lambda target, spend: _size([target], spend),
    "keys": keys,
    "sum": lambda target, spend: _sum([elements(target, "sum", spend)], spend),
    "distinct": lambda target, spend: distinct(elements(target, "distinct", spend), spend),
}
