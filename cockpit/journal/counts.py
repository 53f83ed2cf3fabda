"""What was counted of counters, in a journal's file: a row a counter, and a few hundred for how it grew.

Of a tally only what is new is written: its newest points, and what each series shows. What no window reaches goes.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from cockpit.core.reading.tally import CounterName, Labels, Point, Tallies, Tally
from cockpit.journal.rows import instant, stamp

_NAMED = "connection = ? and address = ? and instance = ? and metric = ?"
_FIND = f"""
select born, mixed, shown, at, torn, grown from counters join points on counter = id where {_NAMED} order by at
"""  # noqa: S608  (ours; one statement, so that it is all of one moment)
_IS_NEWER = f"select 1 from counters where {_NAMED} and sampled > ?"  # noqa: S608  (ours)
_KEEP = """
insert into counters (connection, address, instance, metric, sampled, born, mixed, size, shown)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do update set sampled = excluded.sampled, born = excluded.born, mixed = excluded.mixed,
                              size = excluded.size, shown = excluded.shown
    returning id
"""
_ADD = "insert or replace into points (counter, at, torn, size, grown) values (?, ?, ?, ?, ?)"
_MICROSECOND = timedelta(microseconds=1)


def read(db: sqlite3.Connection, name: CounterName) -> Tally | None:
    """What was kept of a counter; None in an older file that may not be written. Raises ValueError."""
    if db.execute("select 1 from sqlite_schema where name = 'counters'").fetchone() is None:
        return None
    rows = db.execute(_FIND, _key(name)).fetchall()
    if not rows:
        return None
    born, mixed, shown, *_ = rows[-1]
    try:
        return Tally(
            tuple(Point(instant(at), _unpacked(grown), torn * _MICROSECOND) for *_, at, torn, grown in rows),
            _unpacked(shown),
            None if born is None else Decimal(born),
            None if mixed is None else instant(mixed),
        )
    except (zlib.error, InvalidOperation) as error:
        raise ValueError("no count of a journal") from error


def write(db: sqlite3.Connection, tallies: Tallies) -> None:
    """Put these in place of what was kept of their counters, unless that is newer: somebody else has gone on."""
    for name, tally in tallies.items():
        if db.execute(_IS_NEWER, (*_key(name), stamp(tally.at))).fetchone() is None:
            _write(db, name, tally)


def _write(db: sqlite3.Connection, name: CounterName, tally: Tally) -> None:
    born = None if tally.born is None else str(tally.born)
    mixed = None if tally.mixed is None else stamp(tally.mixed)
    about = (*_key(name), stamp(tally.at), born, mixed, *_packed(tally.shown))
    ((number,),) = db.execute(_KEEP, about).fetchall()
    there = {at for (at,) in db.execute("select at from points where counter = ?", (number,))}
    points = {stamp(point.at): point for point in tally.points}
    db.executemany("delete from points where counter = ? and at = ?", [(number, at) for at in there - set(points)])
    # The newest may have taken in another of the same moment; all others stay as they are.
    new = [point for at, point in points.items() if at not in there or point is tally.points[-1]]
    db.executemany(_ADD, [(number, stamp(one.at), one.torn // _MICROSECOND, *_packed(one.grown)) for one in new])


def _key(name: CounterName) -> tuple[str, str, str, str]:
    return name.connection, name.address, name.instance, name.metric


def _packed(values: Mapping[Labels, Decimal]) -> tuple[int, bytes]:
    """How many bytes it was, and it deflated."""
    rows = [(dict(sorted(labels)), str(value)) for labels, value in values.items()]
    body = json.dumps(rows, separators=(",", ":")).encode()
    return len(body), zlib.compress(body)


def _unpacked(body: bytes) -> dict[Labels, Decimal]:
    return {frozenset(labels.items()): Decimal(value) for labels, value in json.loads(zlib.decompress(body))}
