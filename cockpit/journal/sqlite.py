"""The journal of one run in one SQLite file: the record that outlives everything else.

Each append is one transaction, durable when the call returns: after a kill or a power cut the
file holds whole appends and nothing else. Any number of processes may have it open; whoever
knows the last seq may append, all others get `JournalConflict`. Calls may come from any thread.
"""

# ruff: noqa: S608  (statements are put together from column names of ours, never from values)

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from cockpit.core.events import Event
from cockpit.core.lease import Attachment, Change
from cockpit.core.reading import Reading, Sampled
from cockpit.core.reading.tally import NO_TALLIES, CounterName, Tallies, Tally
from cockpit.errors import JournalConflict, JournalError, JournalUnwritable
from cockpit.journal import attachments, counts, file
from cockpit.journal.packs import Packer, Row, packed, packed_one
from cockpit.journal.rows import EVENT, READING, event_of, event_row, reading_of, reading_row, sampled_of, stamp
from cockpit.journal.trouble import damaged, told

PATIENCE = 2.0
"""Machine seconds to wait for another process's transaction before `JournalBusy`."""
BLOCK = 64
"""Reading ids taken from the file at a time; those left at the end are never used."""

A = TypeVar("A")
T = TypeVar("T")

_EVENTS = f"select {', '.join(EVENT)} from events"
_READINGS = f"select {', '.join(READING)} from readings"
_WHEN = itemgetter(READING.index("asked"), READING.index("id"))
# The newest of a check, more than are ever wanted, are rows and in no pack.
_NEWEST = f"{_READINGS} where check_name = ? order by asked desc, id desc limit ?"
_ADD_EVENT = f"insert into events ({', '.join(EVENT)}) values ({', '.join('?' * len(EVENT))})"
# A reading kept before may come again, now with its rows; the file refuses any other difference.
_ADD_READING = (
    f"insert into readings ({', '.join(READING)}) values ({', '.join('?' * len(READING))}) "
    f"on conflict (id) do update set {', '.join(f'{name} = excluded.{name}' for name in READING[1:-1])}, "
    "kept = coalesce(excluded.kept, kept)"
)
_LATEST = f"""
select {", ".join(READING)} from (select distinct check_name as name from readings) join readings
    on id = (select id from readings where check_name = name order by asked desc, id desc limit 1)
"""


class SqliteJournal:
    """`ports.Journal` over one SQLite file. Made by `create` or `open`."""

    def __init__(self, path: Path, opened: file.Opened) -> None:
        self.path = path
        self._db = opened.db
        self._notice = opened.notice
        self._writable = opened.writable
        self._lock = threading.RLock()
        self._packer = Packer()
        self._ids: Iterator[int] = iter(())
        self._ids_lock = threading.Lock()
        with self._reading() as db:
            found = db.execute("select id from run").fetchone()
            checked = db.execute("pragma quick_check('events')").fetchone()
        if found is None or checked != ("ok",):
            raise damaged(path, "its pages do not fit together")
        self._run = str(found[0])
        self._inode = path.stat().st_ino

    @classmethod
    def create(cls, folder: Path, plan_name: str, now: datetime) -> SqliteJournal:
        """A new run's journal, such as `2026-11-22-reports-graceful-shutdown-4f2c.sqlite`; `now` is plan time.

        Raises JournalUnwritable.
        """
        return cls.open(file.make(folder, plan_name, now))

    @classmethod
    def open(cls, path: Path, *, patience: float = PATIENCE) -> SqliteJournal:
        """The journal in a file; for reading only where nothing may be written.

        Raises JournalDamaged when it is none or is torn, JournalBusy when it stays locked.
        """
        opened = file.connect(path, patience=patience)
        try:
            return cls(path, opened)
        except BaseException:
            opened.db.close()
            raise

    @property
    def run(self) -> str:
        return self._run

    @property
    def notice(self) -> str:
        return self._notice

    def read(self, after: int = 0) -> list[Event]:
        with self._reading() as db:
            rows = db.execute(f"{_EVENTS} where seq > ? order by seq", (after,)).fetchall()
        events = [self._whole(event_of, row, f"event {row[1]}") for row in rows]
        for expected, event in enumerate(events, after + 1):
            if event.seq != expected:
                raise damaged(self.path, f"event {expected} is missing")
        return events

    def append(self, expected: int, events: Sequence[Event], readings: Sequence[Reading] = ()) -> None:
        with self._writing() as db:
            self._fits(db, expected, events)
            self._add(db, readings)
            db.executemany(_ADD_EVENT, [event_row(event) for event in events])

    def keep(self, readings: Sequence[Reading], tallies: Tallies = NO_TALLIES) -> None:
        with self._writing() as db:
            self._add(db, readings)
            counts.write(db, tallies)

    def tally(self, name: CounterName) -> Tally | None:
        with self._reading() as db:
            return self._whole(partial(counts.read, db), name, "a count")

    def next_reading(self) -> int:
        with self._ids_lock:
            number = next(self._ids, None)
            if number is None:
                self._ids = iter(self._block())
                number = next(self._ids)
            return number

    def reading(self, number: int) -> Reading | None:
        with self._reading() as db:
            row = db.execute(f"{_READINGS} where id = ?", (number,)).fetchone()
            row = self._whole(partial(packed_one, db), number, "a pack") if row is None else row
        return None if row is None else self._whole(reading_of, row, f"reading {number}")

    def readings(self, check: str, *, since: datetime | None = None, at_least: int = 0) -> list[Reading]:
        rows = self._rows(check, since)
        if len(rows) < at_least:
            with self._reading() as db:
                rows = sorted(db.execute(_NEWEST, (check, at_least)).fetchall(), key=_WHEN)
        return [self._whole(reading_of, row, f"reading {row[0]}") for row in rows]

    def samples(self, check: str, since: datetime) -> list[Sampled]:
        return [self._whole(sampled_of, row, f"reading {row[0]}") for row in self._rows(check, since)]

    def latest(self) -> dict[str, Reading]:
        with self._reading() as db:
            rows = db.execute(_LATEST).fetchall()
        return {row[1]: self._whole(reading_of, row, f"reading {row[0]}") for row in rows}

    def attachments(self, change: Change | None = None) -> tuple[Attachment, ...]:
        if change is None:
            with self._reading() as db:
                return attachments.read(db)
        with self._writing() as db:
            changed = change(attachments.read(db))
            attachments.write(db, changed)
        return changed

    def close(self) -> None:
        with self._lock, told(self.path):
            self._db.close()

    def _rows(self, check: str, since: datetime | None) -> list[Row]:
        """Readings of a check in the order they were asked, from the table and from its packs."""
        begin = "" if since is None else stamp(since)
        with self._reading() as db:
            # Rows first: one that another process packs meanwhile then comes twice, and not at all never.
            rows = db.execute(f"{_READINGS} where check_name = ? and asked >= ?", (check, begin)).fetchall()
            told = self._whole(partial(packed, db, check), begin, "a pack") + rows
        return sorted({row[0]: row for row in told}.values(), key=_WHEN)

    def _add(self, db: sqlite3.Connection, readings: Sequence[Reading]) -> None:
        db.executemany(_ADD_READING, [reading_row(reading) for reading in readings])
        for check, number in Counter(reading.check for reading in readings).items():
            self._packer.added(db, check, number)

    def _whole(self, read: Callable[[A], T], of: A, what: str) -> T:
        try:
            return read(of)
        except (ValueError, TypeError, KeyError) as error:
            raise damaged(self.path, f"{what} makes no sense") from error

    def _fits(self, db: sqlite3.Connection, expected: int, events: Sequence[Event]) -> None:
        """Refuse events that do not follow what the file holds."""
        last, at = db.execute("select seq, at from events order by seq desc limit 1").fetchone() or (0, "")
        if last != expected:
            raise JournalConflict(f"The journal ends at event {last}, not {expected}.", "Read on and decide again.")
        for seq, event in enumerate(events, last + 1):
            if (event.run, event.seq) != (self._run, seq):
                raise JournalError(
                    f"Event {event.seq} of run {event.run} cannot follow {seq - 1} of {self._run}.",
                    "This is a fault in Cockpit; report it.",
                )
            if stamp(event.at) < at:
                raise JournalError(
                    f"Event {event.seq} is stamped before the one it follows.", "This is a fault in Cockpit; report it."
                )
            at = stamp(event.at)

    def _block(self) -> range:
        with self._writing() as db:
            (end,) = db.execute("update reading_ids set next = next + ? returning next", (BLOCK,)).fetchone()
        return range(end - BLOCK, end)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, told(self.path):
            yield self._db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that takes the write lock at once: both or neither."""
        with self._lock, told(self.path):
            self._ready()
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                self._packer.forget()
                with suppress(sqlite3.Error):  # SQLite has rolled back by itself after most failures
                    self._db.execute("rollback")
                raise

    def _ready(self) -> None:
        """SQLite goes on writing to a file that was removed or replaced: such a record would be nobody's."""
        if not self._writable:
            raise JournalUnwritable(
                f"The journal {self.path.name} is read-only.",
                "Make room, or let this account write there; then open it again.",
            )
        try:
            there = self.path.stat().st_ino
        except OSError:
            there = None
        if there != self._inode:
            raise JournalUnwritable(
                f"The journal {self.path.name} is gone.", f"Put it back into {self.path.parent}, then resume the run."
            )
