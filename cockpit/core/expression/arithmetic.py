"""`+ - * / %` and minus: exact, bounded in size, refusing what makes no sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal, DecimalException, InvalidOperation, Overflow, Subnormal

from cockpit.core.expression.values import EXACT, MAX_DIGITS, Kind, Spend, kind_of, too_long, within_limits
from cockpit.errors import ExpressionError

MAX_TEXT = 100_000
"""Characters of a text an expression may build."""
MAX_LIST = 10_000
"""Elements of a list an expression may build."""
QUOTIENT_DIGITS = 50
"""Where a quotient without end is rounded."""
_QUOTIENT_STEPS = 4
"""A quotient without end is worked out twice, to 400 digits and to 50: some 4 µs, where a step is 1 to 2."""

_QUOTIENT = Context(
    prec=QUOTIENT_DIGITS, Emin=1 - MAX_DIGITS, Emax=MAX_DIGITS - 1, traps=[InvalidOperation, Overflow, Subnormal]
)


def compute(left: object, sign: str, right: object, spend: Spend) -> object:
    """`left sign right`. Raises ExpressionError where that is nothing, too large, or a division by zero."""
    one, other = kind_of(left), kind_of(right)
    for side, kind in (("left", one), ("right", other)):
        if kind is Kind.NULL:
            raise ExpressionError(f"'{sign}' has null on its {side} side.", "Ask whether it is there first: x != null.")
    if one is Kind.NUMBER and other is Kind.NUMBER:
        spend(_QUOTIENT_STEPS if sign == "/" else 0)
        return _NUMBERS[sign](left, right)
    special = _SPECIAL.get((one, sign, other))
    if special is None:
        raise ExpressionError(f"'{sign}' does not go between {one} and {other}.", _what_there_is(sign, one, other))
    return special(left, right, spend)


def negative(value: object) -> object:
    """`-value`, of a number or a span. Raises ExpressionError."""
    if isinstance(value, timedelta):
        return _in_time(lambda: -value)
    kind = kind_of(value)
    if kind is not Kind.NUMBER:
        raise ExpressionError(f"'-' needs a number, but this is {kind}.", "Put a number or a span behind the minus.")
    assert isinstance(value, int | Decimal)
    return -value if isinstance(value, int) else EXACT.minus(value)


def room_for_text(length: int, spend: Spend) -> None:
    """Pays for a text about to be built. Raises ExpressionError over `MAX_TEXT`."""
    if length > MAX_TEXT:
        raise ExpressionError(f"A text grew beyond {MAX_TEXT} characters.", "Compare the parts instead.")
    spend(length // 64)


def room_for_list(length: int, spend: Spend) -> None:
    """Pays for a list about to be built. Raises ExpressionError over `MAX_LIST`."""
    if length > MAX_LIST:
        raise ExpressionError(f"A list grew beyond {MAX_LIST} elements.", "Let the source count or filter.")
    spend(length // 8)


def _what_there_is(sign: str, one: Kind, other: Kind) -> str:
    if Kind.SERIES in (one, other):
        return "Write the check's name with '.value'."
    if sign == "+" and Kind.TEXT in (one, other):
        return "Write string(...) around the one that is no text."
    if Kind.TEXT in (one, other):
        return "Write number(...) around the text."
    return "Arithmetic goes between numbers, and between time stamps and spans."


def _bounded(whole: Callable[[int, int], int], exact: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., object]:
    def both(left: int | Decimal, right: int | Decimal) -> int | Decimal:
        if isinstance(left, int) and isinstance(right, int):
            return within_limits(whole(left, right))
        try:
            return exact(Decimal(left), Decimal(right))
        except DecimalException:
            raise too_long() from None

    return both


def _quotient(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if not right:
        raise ExpressionError("This is a division by zero.", "Ask whether the divisor is 0 first: d != 0 && ...")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    try:
        return EXACT.divide(Decimal(left), Decimal(right))
    except DecimalException:
        pass  # it has no end, or is too long to be kept: rounded below, or refused
    try:
        return _QUOTIENT.divide(Decimal(left), Decimal(right))
    except DecimalException:
        raise too_long() from None


def _remainder(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if not right:
        raise ExpressionError("This is a remainder of a division by zero.", "Ask whether the divisor is 0 first.")
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return rest if left >= 0 else -rest
    try:
        return EXACT.remainder(Decimal(left), Decimal(right))
    except DecimalException:
        raise too_long() from None


_NUMBERS: Mapping[str, Callable[..., object]] = {
    "+": _bounded(lambda left, right: left + right, EXACT.add),
    "-": _bounded(lambda left, right: left - right, EXACT.subtract),
    "*": _bounded(lambda left, right: left * right, EXACT.multiply),
    "/": _quotient,
    "%": _remainder,
}


def _in_time(work: Callable[[], object]) -> object:
    try:
        return work()
    except OverflowError:
        raise ExpressionError("This leaves the calendar.", "Time stamps go from year 1 to 9999.") from None


def _joined(left: str, right: str, spend: Spend) -> object:
    room_for_text(len(left) + len(right), spend)
    return left + right


def _chained(left: Sequence[object], right: Sequence[object], spend: Spend) -> object:
    room_for_list(len(left) + len(right), spend)
    return [*left, *right]


def _difference(left: datetime, right: datetime, _spend: Spend) -> object:
    if (left.utcoffset() is None) != (right.utcoffset() is None):
        raise ExpressionError("'-' takes a time stamp without a time zone and one with.", "Give both a time zone.")
    return _in_time(lambda: left - right)


_SPECIAL: Mapping[tuple[Kind, str, Kind], Callable[..., object]] = {
    (Kind.TEXT, "+", Kind.TEXT): _joined,
    (Kind.LIST, "+", Kind.LIST): _chained,
    (Kind.MOMENT, "-", Kind.MOMENT): _difference,
    (Kind.DATE, "-", Kind.DATE): lambda left, right, _spend: left - right,
    (Kind.MOMENT, "+", Kind.SPAN): lambda left, right, _spend: _in_time(lambda: left + right),
    (Kind.SPAN, "+", Kind.MOMENT): lambda left, right, _spend: _in_time(lambda: left + right),
    (Kind.MOMENT, "-", Kind.SPAN): lambda left, right, _spend: _in_time(lambda: left - right),
    (Kind.SPAN, "+", Kind.SPAN): lambda left, right, _spend: _in_time(lambda: left + right),
    (Kind.SPAN, "-", Kind.SPAN): lambda left, right, _spend: _in_time(lambda: left - right),
}
