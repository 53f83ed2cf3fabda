"""A journal's file: made whole, recognised, opened.

It appears under its name only when it is complete: a process killed while making one leaves
nothing that looks like a journal. A file that is not ours is recognised by its first hundred
bytes and never handed to SQLite, which would write beside it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cockpit.core.plan.names import slug
from cockpit.errors import JournalDamaged, JournalError, JournalUnwritable
from cockpit.journal.filesystem import network_kind
from cockpit.journal.rows import stamp
from cockpit.journal.trouble import damaged, told

SUFFIX = ".sqlite"
FORMAT = 4
"""`user_version` of the files this version writes; older ones are brought up to it when they may be written."""

_APPLICATION = 0x434B5054
_MAGIC = b"SQLite format 3\0"
_OLDEST_SQLITE = (3, 37)  # STRICT tables
_NAME_LENGTH = 60


_HELD: Counter[tuple[int, int]] = Counter()
"""Files that connections of this process have open, by device and inode."""


class _Connection(sqlite3.Connection):
    """A connection that says, while it is open, that its file is held.

    A held file is not opened here beside SQLite: on POSIX the end of any descriptor of a file takes all the locks that
    the process has on it, SQLite's too (https://www.sqlite.org/howtocorrupt.html, section 2.2). The next process to
    leave would then take the log of a journal in use with it, and what is written after is lost.
    """

    holds: tuple[int, int] | None = None

    def hold(self, path: Path) -> None:
        self.holds = _identity(path)
        _HELD[self.holds] += 1

    def close(self) -> None:
        super().close()
        if self.holds is not None:
            _HELD[self.holds] -= 1
            self.holds = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection to a journal, and what is special about it."""

    db: sqlite3.Connection
    notice: str
    writable: bool


def called(plan_name: str) -> str:
    """The part of a journal's name that tells its plan."""
    return slug(plan_name)[:_NAME_LENGTH].strip("-") or "run"


def make(folder: Path, plan_name: str, now: datetime) -> Path:
    """A new, empty journal in `folder`, named by date, plan and a short id that no other one there has.

    The file is 0600; a folder made here is 0700. Raises JournalUnwritable.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise JournalError(
            f"SQLite {sqlite3.sqlite_version} is too old for a journal.", "Use a Python that brings 3.37 or newer."
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        run, draft = _reserve(folder)
    except OSError as error:
        raise JournalUnwritable(
            f"No journal can be made in {folder}: {error.strerror}.", "Give this account a folder it may write."
        ) from error
    path = folder / f"{now:%Y-%m-%d}-{called(plan_name)}-{run}{SUFFIX}"
    try:
        with told(path):
            _fill(draft, run, plan_name, now)
        draft.rename(path)
        _sync_folder(folder)
    except OSError as error:
        raise JournalUnwritable(f"No journal can be made in {folder}: {error.strerror}.", "Try again.") from error
    finally:
        draft.unlink(missing_ok=True)
    return path


def connect(path: Path, *, patience: float, to_write: bool = True) -> Opened:
    """A connection to a journal that is there. `patience` is how long to wait for a lock, machine seconds.

    A file or folder that may not be written, or has no room for the log, is opened for reading.
    Raises JournalDamaged for what is no whole journal, JournalBusy when it stays locked.
    """
    has_log = path.with_name(path.name + "-wal").exists() if _is_held(path) else _recognised(path)
    first: JournalUnwritable | None = None
    if to_write and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        try:
            return _open(path, "mode=rw", patience)
        except JournalUnwritable as error:
            first = error
    for how in _looks(path, has_log):
        try:
            notice = f"{first.what} It was opened for reading." if first else "The journal is read-only."
            return replace(_open(path, how, patience), notice=notice, writable=False)
        except JournalUnwritable as error:
            first = first or error
    assert first is not None
    raise first


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _is_held(path: Path) -> bool:
    """Whether this process has it open, and so has recognised it."""
    return path.exists() and _HELD[_identity(path)] > 0


def _open(path: Path, how: str, patience: float) -> Opened:
    with told(path):
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?{how}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=patience,
            factory=_Connection,
        )
        db.hold(path)
        try:
            notice = _prepare(db, path) if how == "mode=rw" else ""
            db.execute("select id from run").fetchone()  # the first look maps the log, and needs room for its index
            return Opened(db, notice, writable=True)
        except BaseException:
            db.close()
            raise


def _recognised(path: Path) -> bool:
    """Refuse what is not a whole journal of this version, by its header; tells whether it is kept with a log.

    The layout of the header is https://www.sqlite.org/fileformat2.html, section 1.3.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError as error:
        raise JournalError(f"There is no journal at {path}.", "`cockpit runs` lists those there are.") from error
    except OSError as error:
        raise JournalError(
            f"The journal {path.name} cannot be read: {error.strerror}.", "Look at its rights."
        ) from error
    if len(header) < 100 and _MAGIC.startswith(header[: len(_MAGIC)]):
        raise damaged(path, "it is torn")
    if not header.startswith(_MAGIC) or int.from_bytes(header[68:72]) != _APPLICATION:
        raise JournalDamaged(f"{path.name} is no journal of Cockpit.", "`cockpit runs` lists those there are.")
    if not 1 <= (version := int.from_bytes(header[60:64])) <= FORMAT:
        raise JournalDamaged(
            f"The journal {path.name} has format {version}, this Cockpit reads {FORMAT}.", "Use a newer Cockpit for it."
        )
    return header[18] == 2


def _reserve(folder: Path) -> tuple[str, Path]:
    """A short id nobody has, and the hidden file that holds it until the journal stands under its name."""
    for attempt in range(1000):
        run = secrets.token_hex(2 if attempt < 50 else 4)
        draft = folder / f".{run}.new"
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        if not any(folder.glob(f"*-{run}{SUFFIX}")):
            return run, draft
        draft.unlink()
    raise OSError(0, "no id is free")


def _fill(draft: Path, run: str, plan_name: str, now: datetime) -> None:
    db = sqlite3.connect(draft, isolation_level=None)
    try:
        db.execute("pragma synchronous = extra")
        db.executescript(f"begin;\n{Path(__file__).with_name('schema.sql').read_text(encoding='utf-8')}\ncommit;")
        db.execute("insert into run values (1, ?, ?, ?)", (run, plan_name, stamp(now)))
    finally:
        db.close()


def _sync_folder(folder: Path) -> None:
    """The new name on disk too: a power cut must not lose the file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _looks(path: Path, has_log: bool) -> Iterator[str]:  # noqa: FBT001  (private, and read beside its only caller)
    """How SQLite may open it for reading, the best first.

    A log that is there may be in use, and is read with its index. SQLite would make and leave one that is not
    there: then, or where there is no room for the index of an empty one, the file stands alone.
    """
    log = path.with_name(path.name + "-wal")
    if not has_log or log.exists():
        yield "mode=ro"
    if has_log and (not log.exists() or log.stat().st_size == 0):
        yield "mode=ro&immutable=1"


def _prepare(db: sqlite3.Connection, path: Path) -> str:
    """Make commits durable; returns what the operator should know."""
    kind = network_kind(path)
    wanted = "delete" if kind else "wal"
    (mode,) = db.execute(f"pragma journal_mode = {wanted}").fetchone()
    # EXTRA also syncs the folder after a rollback journal is removed; with a log, FULL is all there is.
    db.execute(f"pragma synchronous = {'full' if mode == 'wal' else 'extra'}")
    db.execute("pragma fullfsync = on")  # macOS: its fsync leaves data in the drive's cache
    _bring_up(db)
    if mode == "wal":
        return ""
    where = f"a network file system ({kind})" if kind else "this file system"
    return f"The journal lies on {where}: no write-ahead log, so a second cockpit may have to wait."


def _bring_up(db: sqlite3.Connection) -> None:
    """A file of an older format gets what is new, once."""
    if _format(db) == FORMAT:
        return
    db.execute("begin immediate")  # of two that come at once the second finds it done
    try:
        for version in range(_format(db) + 1, FORMAT + 1):
            script = Path(__file__).with_name(f"format_{version}.sql").read_text(encoding="utf-8")
            for statement in script.split(";\n"):
                db.execute(statement)
        db.execute("commit")
    except BaseException:
        with suppress(sqlite3.Error):  # SQLite has rolled back by itself after most failures
            db.execute("rollback")
        raise


def _format(db: sqlite3.Connection) -> int:
    (version,) = db.execute("pragma user_version").fetchone()
    return int(version)
