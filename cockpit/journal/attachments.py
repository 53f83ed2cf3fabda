"""Who is attached, in a journal's file: a row a process, replaced as a whole. Not history: nothing of it is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cockpit.core.lease import Attachment, Role

_FIELDS = "session, role, host, pid, name, since, heard, asks"


def read(db: sqlite3.Connection) -> tuple[Attachment, ...]:
    """The rows; none in a file of the first format that may not be written. Of an unknown role nothing is told."""
    if db.execute("select 1 from sqlite_schema where name = 'attached'").fetchone() is None:
        return ()
    rows = db.execute(f"select {_FIELDS} from attached order by since, session").fetchall()  # noqa: S608  (ours)
    return tuple(
        Attachment(session, Role(role), host, pid, name, since, heard, bool(asks))
        for session, role, host, pid, name, since, heard, asks in rows
        if role in tuple(Role)
    )


def write(db: sqlite3.Connection, attached: Iterable[Attachment]) -> None:
    """Put these in place of the rows there are."""
    db.execute("delete from attached")
    db.executemany(
        f"insert into attached ({_FIELDS}) values (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  (ours)
        [(a.session, str(a.role), a.host, a.pid, a.name, a.since, a.heard, int(a.asks)) for a in attached],
    )
