"""What of an answer may be kept: secrets taken out, masked columns as keyed hashes, one small value.

Judgement sees what the source said; everything here is for what is written down afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from cockpit.core.expression.showing import Conceal, written
from cockpit.core.reading import Table

VALUE_BYTES = 256
"""A value longer than this is no history but a document."""

_LONGEST = 3 * VALUE_BYTES
"""Bits of an integer that is put into words: Python refuses those of a very long one."""
_SMALL = (float, datetime, date, time, timedelta, UUID)


@dataclass(frozen=True, slots=True)
class Mask:
    """How cells of masked columns are written: they still compare with each other, and tell nothing.

    The key is random and lies outside the journal, which whoever holds could else try out values against.
    """

    key: bytes

    @property
    def mark(self) -> str:
        """What each hash of this key begins with: hashes of another key do not compare."""
        return hashlib.sha256(b"cockpit mask " + self.key).hexdigest()[:4] + "-"

    def cell(self, value: object) -> object:
        """The hash of one cell; null stays null."""
        if value is None:
            return None
        return self.mark + hmac.new(self.key, repr(value).encode(), hashlib.sha256).hexdigest()[:12]

    def table(self, table: Table, columns: Sequence[str]) -> Table:
        """The table with these columns as hashes."""
        hidden = _places(table, columns)
        if not hidden:
            return table
        rows = tuple(
            tuple(self.cell(value) if index in hidden else value for index, value in enumerate(row))
            for row in table.rows
        )
        return replace(table, rows=rows)

    def is_of_another_key(self, table: Table, columns: Sequence[str]) -> bool:
        """Whether a kept table has hashes that this key did not make."""
        return any(not str(value).startswith(self.mark) for value in masked_cells(table, columns))


def masked_cells(table: Table, columns: Sequence[str]) -> Iterator[object]:
    """Every cell of masked columns that is not null."""
    hidden = _places(table, columns)
    return (row[index] for row in table.rows for index in hidden if row[index] is not None)


def words_in(value: object) -> Iterator[str]:
    """Every text, number and moment that a value of any shape holds, in words; the whole of a text, not its parts."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from words_in(inner)
            yield from words_in(key)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from words_in(inner)
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode(errors="replace")
    elif value is not None and not isinstance(value, bool):
        yield from {written(value) or str(value), str(value)}


def masked_value(table: Table, columns: Sequence[str]) -> bool:
    """Whether the single cell that is the answer's value stands in a masked column."""
    return len(table.columns) == 1 and table.columns[0] in columns


def concealed(value: object, conceal: Conceal) -> object:
    """A value of any shape without secrets: a text, or anything whose words hold one."""
    if isinstance(value, Mapping):
        return {concealed(key, conceal): concealed(inner, conceal) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        parts = [concealed(inner, conceal) for inner in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, bytes | bytearray | memoryview):
        text = bytes(value).decode(errors="replace")
        return value if conceal(text) == text else conceal(text)
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return value
    words = value if isinstance(value, str) else written(value)
    return value if words is None or conceal(words) == words else conceal(words)


def concealed_table(table: Table, conceal: Conceal) -> Table:
    """The table with every cell so."""
    rows = tuple(cast("tuple[object, ...]", concealed(tuple(row), conceal)) for row in table.rows)
    return table if rows == table.rows else replace(table, rows=rows)


def small(value: object) -> object | None:
    """The value as history keeps it: a number, a boolean, an instant, an id or a short text; None for anything else."""
    if isinstance(value, str):
        return value if len(value.encode("utf-8", "replace")) <= VALUE_BYTES else None
    if isinstance(value, int):
        return value if value.bit_length() <= _LONGEST else None
    if isinstance(value, Decimal):
        return value if len(str(value)) <= VALUE_BYTES else None
    return value if isinstance(value, _SMALL) else None


def _places(table: Table, columns: Sequence[str]) -> tuple[int, ...]:
    return tuple(index for index, column in enumerate(table.columns) if column in columns)
