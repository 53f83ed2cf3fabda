"""Cells as Postgres sends them, and what they are to us.

Numbers are exact (`numeric` and floats become Decimal), time stamps are aware and in UTC, JSON keeps
its decimals. What Python has no value for, such as `infinity` or an interval of months, stays the
text that Postgres wrote: a shown truth rather than an error or a guess. Enums and unknown types are text; arrays
of them are lists (`arrays`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.pq import Format
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader

from cockpit.adapters.jsontext import read_json

_MOMENTS = ("timestamptz", "timestamp", "date", "time", "timetz", "interval")
_FLOATS = ("float4", "float8", "numeric")


class Cells:
    """The context to connect with: `AsyncConnection.connect(url, context=cells())`."""

    def __init__(self) -> None:
        self.adapters = AdaptersMap(psycopg.adapters)
        self.connection = None
        for name in _FLOATS:
            self.adapters.register_loader(name, _Exact)
        for name in _MOMENTS:
            self.adapters.register_loader(name, _Moment)
        self.adapters.register_loader("bpchar", _Padded)
        set_json_loads(_json, context=self)


@cache
def cells() -> Cells:
    """The one context: it is the same for every connection and never changes."""
    return Cells()


def _json(data: str | bytes) -> object:
    """JSON with exact decimals; what is nested beyond reason, or has thousands of digits, stays the text it is."""
    try:
        return read_json(data)
    except ValueError:
        return data if isinstance(data, str) else bytes(data).decode()


class _Exact(Loader):
    """A number: a float stands for the decimal it is written as."""

    def load(self, data: Buffer) -> object:
        text = bytes(data).decode()
        number = Decimal(text)
        return number if number.is_finite() else text


class _Padded(TextLoader):
    """A `character(n)`: its padding means nothing to Postgres, and would make `status != 'failed'` hold for each.

    https://www.postgresql.org/docs/current/datatype-character.html
    """

    def load(self, data: Buffer) -> bytes | str:
        text = super().load(data)
        return text.rstrip(" ") if isinstance(text, str) else text


class _Moment(Loader):
    """What psycopg makes of a time, where it can and is right."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        loader = psycopg.adapters.get_loader(oid, Format.TEXT)
        assert loader is not None
        self._psycopg = loader(oid, context)

    def load(self, data: Buffer) -> object:
        text = bytes(data).decode()
        if "mon" in text or "year" in text:
            return text  # a month has no fixed length; psycopg says 30 days
        try:
            value = self._psycopg.load(data)
        except (psycopg.Error, ValueError, OverflowError):
            return text
        return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value
