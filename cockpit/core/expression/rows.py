"""Rows by their key: `rows.by('type').api.beats`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cockpit.core.expression.arithmetic import room_for_list
from cockpit.core.expression.nearest import or_nearest
from cockpit.core.expression.showing import written
from cockpit.core.expression.values import Kind, Spend, kind_of, read
from cockpit.errors import ExpressionError


class Keyed(dict[str, object]):
    """Rows under their keys, which are texts: a number is its digits."""


def key_of(value: object) -> str | None:
    """A single value as a key; None for what names nothing."""
    if kind_of(value) is Kind.NUMBER:
        assert isinstance(value, int | Decimal)
        value = Decimal(value).normalize()
    return written(value)


def keyed(rows: object, column: object, spend: Spend) -> Keyed:
    """The rows by one of their columns. Raises ExpressionError for keys that are null, or occur twice."""
    if not isinstance(column, str):
        raise ExpressionError(f"'by' was given {kind_of(column)}.", "Name a column, as in rows.by('type').")
    if kind_of(rows) is not Kind.LIST:
        raise ExpressionError(f"'by' goes over rows, but this is {kind_of(rows)}.", "Name a list of maps such as rows.")
    assert isinstance(rows, Sequence)
    room_for_list(len(rows), spend)
    found = Keyed()
    for row in rows:
        spend(1)
        key = _key(row, column)
        if key in found:
            raise ExpressionError(
                f"Two rows have the same {column}, and 'by' needs one a key.",
                "Group them in the source, or filter first.",
            )
        found[key] = row
    return found


def _key(row: object, column: str) -> str:
    if not isinstance(row, Mapping):
        raise ExpressionError(f"'by' goes over rows, and this one is {kind_of(row)}.", "Name a list of maps.")
    if column not in row:
        names = (name for name in row if isinstance(name, str))
        raise ExpressionError(f"There is no column '{column}'.", or_nearest(column, names, "There are"))
    value = read(row[column])
    key = key_of(value)
    if value is None or key is None:
        remedy = "Filter those rows, or write coalesce(...) in the source."
        raise ExpressionError(f"A row's {column} is {kind_of(value)}, which is no key.", remedy)
    return key
