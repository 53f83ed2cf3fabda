"""SQLite's errors in our words, translated once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cockpit.errors import JournalBusy, JournalDamaged, JournalError, JournalUnwritable

_UNWRITABLE = {
    sqlite3.SQLITE_FULL: ("cannot be written: the disk is full", "Make room; what is recorded stays."),
    sqlite3.SQLITE_READONLY: ("cannot be written: it is read-only", "Give this account the right to write there."),
    sqlite3.SQLITE_PERM: ("cannot be written: access is denied", "Give this account the right to write there."),
    sqlite3.SQLITE_IOERR: ("cannot be used: the disk refuses", "Look for a quota, a size limit or a failing disk."),
    sqlite3.SQLITE_NOMEM: ("cannot be used: memory has run out", "Free some; what is recorded stays."),
    # Also how SQLite meets a log (`-wal`) that it may not share, in a folder that is read-only.
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Look at its folder; from a read-only one copy it and its -wal."),
}
# ERROR: our statements are right, so it is the table that is not what it was.
_DAMAGED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What SQLite raises inside comes out as a `JournalError` that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise _in_words(error, path) from error
    except UnicodeDecodeError as error:  # in a message of SQLite's own that quotes damaged text
        raise damaged(path, "SQLite cannot read it") from error


def damaged(path: Path, why: str) -> JournalDamaged:
    """The complaint about a file that is no whole journal."""
    return JournalDamaged(f"The journal {path.name} is damaged: {why}.", "Restore it from a copy; it was not changed.")


def _in_words(error: sqlite3.Error, path: Path) -> JournalError:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _BUSY:
        return JournalBusy(f"Another process holds the journal {path.name}.", "Try again, or find out which one it is.")
    if primary in _UNWRITABLE:
        why, remedy = _UNWRITABLE[primary]
        return JournalUnwritable(f"The journal {path.name} {why}.", remedy)
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return JournalError(f"The journal {path.name} refuses it: {error}.", "This is a fault in Cockpit; report it.")
    if primary in _DAMAGED or (primary is None and isinstance(error, sqlite3.OperationalError)):
        return damaged(path, "SQLite cannot read it")
    if isinstance(error, sqlite3.ProgrammingError):
        return JournalError(f"The journal {path.name} is closed.", "Open it again.")
    return JournalError(f"The journal {path.name} cannot be used: {error}.", "Look at the file with sqlite3.")
