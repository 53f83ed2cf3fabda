"""Values as JSON and back, with their types.

What a database or an API answered must come out of the journal as it went in: a Decimal keeps
its digits, an instant its offset, a big integer every bit. What JSON says by itself stays as it
is; everything else is an object with one `$` key:

    {"$decimal": "1.10"}             {"$datetime": "2026-11-22T05:16:00+00:00"}
    {"$timedelta": [1, 3600, 0]}     {"$bytes": "aGk="}

Left out on purpose: types that exist in one driver only (ranges, composite rows). They are kept
as their words, so that this module needs no driver to read them.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from math import isfinite
from typing import Any
from uuid import UUID

from cockpit.core.reading import Table

KEPT_BYTES = 64 * 1024
"""Rows of a reading take at most this much as JSON."""

DEPTH = 100
"""Lists and objects nested deeper than this are cut off with an ellipsis."""

_JSON_BITS = 53
"""Integers beyond this lose digits in other readers of JSON (RFC 8259, section 6)."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: object) -> str:
    """One line of JSON that `loads` turns back into an equal value of the same type."""
    text = json.dumps(_pack(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def loads(text: str) -> object:
    """The value that `dumps` wrote. Raises ValueError for anything else."""
    try:
        return _unpack(json.loads(text))
    except (TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"no value of a journal: {text[:60]}") from error


def dump_table(table: Table) -> str:
    """A table as JSON of at most `KEPT_BYTES`; see `fit`."""
    kept = fit(table)
    return dumps({"columns": list(kept.columns), "rows": [list(row) for row in kept.rows], "capped": kept.capped})


def load_table(text: str) -> Table:
    """The table that `dump_table` wrote. Raises ValueError for anything else."""
    match loads(text):
        case {"columns": list() as columns, "rows": list() as rows, "capped": bool() as capped}:
            return Table(tuple(map(str, columns)), tuple(tuple(row) for row in rows), capped)
    raise ValueError(f"no table of a journal: {text[:60]}")


def fit(table: Table) -> Table:
    """As many of the first rows as a reading may keep; what was left out makes it `capped`."""
    frame = len(dumps({"columns": list(table.columns), "rows": [], "capped": False}).encode())
    room = KEPT_BYTES - frame
    for count, row in enumerate(table.rows):
        room -= len(dumps(list(row)).encode()) + 1
        if room < 0:
            return replace(table, rows=table.rows[:count], capped=True)
    return table


def _pack(value: Any, depth: int = 0) -> object:
    if depth > DEPTH:
        return "…"
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value) if value.bit_length() <= _JSON_BITS else {"$int": hex(value)}
        case float():
            return float(value) if isfinite(value) else {"$float": str(value)}
        case list():
            return [_pack(part, depth + 1) for part in value]
        case tuple():
            return {"$tuple": [_pack(part, depth + 1) for part in value]}
        case Mapping():
            return _pack_mapping(value, depth + 1)
        case bytearray() | memoryview():
            return _pack(bytes(value))
    for kind, (tag, pack, _) in _TAGS.items():
        if isinstance(value, kind):
            return {tag: pack(value)}
    return str(value)


def _pack_mapping(value: Mapping[Any, Any], depth: int) -> object:
    """An object, unless a key is no text or the whole could be taken for one of our tags."""
    if any(not isinstance(key, str) for key in value) or (len(value) == 1 and next(iter(value)).startswith("$")):
        return {"$map": [[_pack(key, depth), _pack(part, depth)] for key, part in value.items()]}
    return {key: _pack(part, depth) for key, part in value.items()}


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(part) for part in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value), "")
    if len(value) != 1 or not tag.startswith("$"):
        return {key: _unpack(part) for key, part in value.items()}
    if tag not in _READERS:
        raise ValueError(f"{tag} is no kind of value this version knows")
    return _READERS[tag](value[tag])


_TAGS: Mapping[type, tuple[str, Callable[[Any], object], Callable[[Any], object]]] = {
    # A datetime is a date and an interface is an address: the narrower kind comes first.
    Decimal: ("$decimal", str, Decimal),
    datetime: ("$datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("$date", date.isoformat, date.fromisoformat),
    time: ("$time", time.isoformat, time.fromisoformat),
    timedelta: ("$timedelta", lambda span: [span.days, span.seconds, span.microseconds], lambda it: timedelta(*it)),
    UUID: ("$uuid", str, UUID),
    bytes: ("$bytes", lambda raw: b64encode(raw).decode(), lambda text: b64decode(text, validate=True)),
    IPv4Interface: ("$interface", str, ip_interface),
    IPv6Interface: ("$interface", str, ip_interface),
    IPv4Network: ("$network", str, ip_network),
    IPv6Network: ("$network", str, ip_network),
    IPv4Address: ("$address", str, ip_address),
    IPv6Address: ("$address", str, ip_address),
}

_READERS: Mapping[str, Callable[[Any], object]] = {
    **{tag: read for tag, _, read in _TAGS.values()},
    "$int": lambda text: int(text, 16),
    "$float": float,
    "$tuple": lambda parts: tuple(_unpack(part) for part in parts),
    "$map": lambda pairs: {_unpack(key): _unpack(part) for key, part in pairs},
}
