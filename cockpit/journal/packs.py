"""Readings of a long watch, put together: seven days of thirty monitors are some megabytes instead of hundreds.

The newest readings of a check stay rows. What is older is packed, a few hundred at a time and in the transaction that
keeps a new one: a pack holds them whole, so no window, count or report can tell the difference.
"""

# ruff: noqa: S608  (statements are put together from column names of ours, never from values)

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from typing import Any

from cockpit.journal.rows import READING

PACK = 256
"""Readings a pack; as many at least stay rows. An hour of a cadence of 15 s is 240."""
MOST = 8
"""Packs a write makes of one check at most: an old journal is packed little by little, for somebody may wait."""

_COLUMNS = ("check_name", "first", "last", "lowest", "highest", "count", "size", "body")
_OLDEST = f"select {', '.join(READING)} from readings where check_name = ? order by asked, id limit {PACK}"
_ADD = f"insert into packs ({', '.join(_COLUMNS)}) values ({', '.join('?' * len(_COLUMNS))})"
_ID, _ASKED = READING.index("id"), READING.index("asked")

Row = tuple[Any, ...]


class Packer:
    """Counts the rows of each check, and packs the oldest once there are twice as many as a pack takes."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def added(self, db: sqlite3.Connection, check: str, number: int) -> None:
        """So many rows of a check were added, in the transaction that is open."""
        self._rows[check] = self._rows[check] + number if check in self._rows else _count(db, check)
        for _ in range(MOST if self._rows[check] >= 2 * PACK else 0):
            self._rows[check] = _count(db, check)  # a reading that came again was counted twice
            if self._rows[check] < 2 * PACK:
                return
            _pack(db, check)

    def forget(self) -> None:
        """A transaction was rolled back: count anew."""
        self._rows.clear()


def packed(db: sqlite3.Connection, check: str, since: str) -> list[Row]:
    """Rows of `readings` that lie in packs: of a check, asked at or after a stamp, in no order. Raises ValueError."""
    if not _has_packs(db):
        return []
    bodies = db.execute("select body from packs where check_name = ? and last >= ?", (check, since))
    return [row for row in _rows_of(bodies) if row[_ASKED] >= since]


def packed_one(db: sqlite3.Connection, number: int) -> Row | None:
    """The row of one reading that lies in a pack. Raises ValueError."""
    if not _has_packs(db):
        return None
    bodies = db.execute("select body from packs where highest >= ? and lowest <= ?", (number, number))
    return next((row for row in _rows_of(bodies) if row[_ID] == number), None)


def _rows_of(bodies: sqlite3.Cursor) -> Iterator[Row]:
    for (body,) in bodies:
        try:
            yield from map(tuple, json.loads(zlib.decompress(body)))
        except zlib.error as error:
            raise ValueError("no pack of a journal") from error


def _count(db: sqlite3.Connection, check: str) -> int:
    (count,) = db.execute("select count(*) from readings where check_name = ?", (check,)).fetchone()
    return int(count)


def _pack(db: sqlite3.Connection, check: str) -> None:
    rows = db.execute(_OLDEST, (check,)).fetchall()
    ids, asked = [row[_ID] for row in rows], [row[_ASKED] for row in rows]
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    about = (check, asked[0], asked[-1], min(ids), max(ids), len(rows), len(body), zlib.compress(body, 9))
    db.execute(_ADD, about)
    db.executemany("delete from readings where id = ?", [(number,) for number in ids])


def _has_packs(db: sqlite3.Connection) -> bool:
    """An older file that may only be read has none."""
    (version,) = db.execute("pragma user_version").fetchone()
    return bool(version >= 3)
