"""The values of expressions: their kinds, and when two are equal or in order.

Numbers are exact: whole numbers and decimals, a float stands for the decimal it prints as. Errors name
kinds, never values: a value may be a secret, and errors travel further than readings.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, DecimalException, DivisionByZero, Inexact, InvalidOperation, Overflow, Subnormal
from enum import StrEnum
from typing import Any
from uuid import UUID

from cockpit.core.expression.series import Series
from cockpit.errors import ExpressionError

MAX_DIGITS = 400
"""Digits of a number, before and after the point: more than any float (1e±308) or amount has."""

EXACT = Context(
    prec=MAX_DIGITS,
    Emin=1 - MAX_DIGITS,
    Emax=MAX_DIGITS - 1,
    traps=[Inexact, Subnormal, Overflow, InvalidOperation, DivisionByZero],
)
"""Decimal arithmetic that says so when it would have to round."""

Spend = Callable[[int], None]
"""Pays steps out of a budget; raises when it is used up."""

LIMIT = 10**MAX_DIGITS
_MAX_NESTING = 40
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Kind(StrEnum):
    """What a value is, in the words of sentences."""

    NULL = "null"
    BOOLEAN = "true or false"
    NUMBER = "a number"
    TEXT = "a text"
    LIST = "a list"
    MAP = "a map"
    MOMENT = "a time stamp"
    DATE = "a date"
    CLOCK = "a time of day"
    SPAN = "a span"
    UUID = "a UUID"
    BYTES = "bytes"
    SERIES = "a check"
    OTHER = "of a kind that is only shown"


_KINDS: Mapping[type, Kind] = {
    type(None): Kind.NULL, bool: Kind.BOOLEAN, int: Kind.NUMBER, Decimal: Kind.NUMBER, float: Kind.NUMBER,
    str: Kind.TEXT, datetime: Kind.MOMENT, date: Kind.DATE, time: Kind.CLOCK, timedelta: Kind.SPAN,
    UUID: Kind.UUID, bytes: Kind.BYTES, bytearray: Kind.BYTES, memoryview: Kind.BYTES, Series: Kind.SERIES,
    list: Kind.LIST, tuple: Kind.LIST, dict: Kind.MAP, Mapping: Kind.MAP, Sequence: Kind.LIST,
}  # fmt: skip
"""Subclasses count as the first that fits: bool before int, datetime before date, text before sequence."""

_ORDERED = frozenset({Kind.NUMBER, Kind.TEXT, Kind.MOMENT, Kind.DATE, Kind.SPAN})
_COMPARED = frozenset({Kind.BOOLEAN, Kind.CLOCK, Kind.UUID, Kind.LIST, Kind.MAP}) | _ORDERED


def kind_of(value: object) -> Kind:
    """What a value is."""
    kind = _KINDS.get(type(value))
    if kind is None:
        kind = next((kind for base, kind in _KINDS.items() if isinstance(value, base)), Kind.OTHER)
    return kind


def read(value: object) -> object:
    """A value as expressions see it: floats are exact, and an error in a value's place is raised.

    Raises ExpressionError for NaN, infinities and numbers over `MAX_DIGITS`.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return within_limits(value)
    if isinstance(value, float):
        return within_limits(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return within_limits(value)
    if isinstance(value, ExpressionError):
        raise type(value)(value.what, value.remedy)
    return value


def within_limits(value: int | Decimal) -> int | Decimal:
    """The number itself. Raises ExpressionError where it is none, or too long."""
    if isinstance(value, int):
        if -LIMIT < value < LIMIT:
            return value
        raise too_long()
    if not value.is_finite():
        raise ExpressionError("A number that is NaN or infinite cannot be computed with.", "Ask for a finite one.")
    try:
        return EXACT.plus(value)
    except DecimalException:
        raise too_long() from None


def too_long() -> ExpressionError:
    """A number beyond `MAX_DIGITS`."""
    return ExpressionError(f"A number grew beyond {MAX_DIGITS} digits.", "Ask for something smaller, or round it.")


def equal(left: object, right: object, spend: Spend, *, nesting: int = 0) -> bool:
    """Whether two values of one kind are equal; lists and maps element by element.

    Raises ExpressionError for two kinds, and for null, which compares only as the word `null`. Inside lists
    and maps null equals null and nothing else.
    """
    spend(1)
    left, right = read(left), read(right)
    if nesting and (left is None or right is None):
        return left is right
    kind = _common(left, right, "==")
    if kind not in _COMPARED:
        raise ExpressionError(f"'==' met a value that is {kind}.", "Such a value is shown, not compared.")
    if nesting > _MAX_NESTING:
        raise ExpressionError("The values are nested too deeply to compare.", "Compare the parts that matter.")
    if kind is Kind.LIST:
        return _equal_lists(left, right, spend, nesting + 1)
    if kind is Kind.MAP:
        return _equal_maps(left, right, spend, nesting + 1)
    if kind is Kind.TEXT:
        spend(len(left) // 64)  # type: ignore[arg-type]  # the kind says it is a text
    return left == right


def in_order(left: object, sign: str, right: object, spend: Spend) -> bool:
    """Whether `left sign right`, for `< <= > >=`. Raises ExpressionError where there is no order."""
    kind = _common(left, right, sign)
    if kind not in _ORDERED:
        raise ExpressionError(
            f"'{sign}' met a value that is {kind}, and these have no order.",
            "Order goes within numbers, texts, time stamps, dates and spans.",
        )
    if kind is Kind.TEXT:
        spend(len(left) // 64)  # type: ignore[arg-type]  # the kind says it is a text
    return _ORDERS[sign](left, right)


def _common(left: object, right: object, sign: str) -> Kind:
    one, other = kind_of(left), kind_of(right)
    if Kind.NULL in (one, other):
        side = "both sides" if one is other else "its left side" if one is Kind.NULL else "its right side"
        raise ExpressionError(
            f"'{sign}' has null on {side}.", "Null compares only with the word itself: x == null or x != null."
        )
    if one is not other:
        raise ExpressionError(f"'{sign}' compares {one} with {other}.", _conversion(one, other))
    if one in (Kind.MOMENT, Kind.CLOCK) and (left.utcoffset() is None) != (right.utcoffset() is None):  # type: ignore[attr-defined]  # both kinds have it
        raise ExpressionError(
            f"'{sign}' compares {one} that has a time zone with one that has none.", "Give both a time zone."
        )
    return one


def _conversion(one: Kind, other: Kind) -> str:
    if Kind.SERIES in (one, other):
        return "Write the check's name with '.value'."
    if {one, other} == {Kind.NUMBER, Kind.TEXT}:
        return "Write number(...) around the text, or quotes around the number."
    if {one, other} == {Kind.SPAN, Kind.TEXT}:
        return "Write duration(...) around the text. A span of months has no fixed length: ask the source for days."
    if {one, other} == {Kind.MOMENT, Kind.TEXT}:
        return "Write timestamp(...) around the text."
    if {one, other} == {Kind.SPAN, Kind.NUMBER}:
        return "Write the number as a span, as in duration('5m')."
    if Kind.TEXT in (one, other):
        return "Write string(...) around the one that is no text."
    return "Compare two values of one kind."


def _equal_lists(left: object, right: object, spend: Spend, nesting: int) -> bool:
    assert isinstance(left, Sequence)
    assert isinstance(right, Sequence)
    if len(left) != len(right):
        return False
    return all(equal(one, other, spend, nesting=nesting) for one, other in zip(left, right, strict=True))


def _equal_maps(left: object, right: object, spend: Spend, nesting: int) -> bool:
    assert isinstance(left, Mapping)
    assert isinstance(right, Mapping)
    spend(len(left))
    if left.keys() != right.keys():
        return False
    return all(equal(value, right[key], spend, nesting=nesting) for key, value in left.items())
