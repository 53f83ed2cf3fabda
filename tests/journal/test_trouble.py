"""Damaged, foreign, full, read-only, gone: one sentence each, and nothing recorded is lost."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cockpit.core.events import Event, Noted
from cockpit.core.reading import Reading
from cockpit.errors import JournalBusy, JournalDamaged, JournalError, JournalUnwritable
from cockpit.journal import filesystem
from cockpit.journal.sqlite import SqliteJournal

MakeEvent = Callable[..., Event]
MakeReading = Callable[..., Reading]


@pytest.fixture
def closed(journal: SqliteJournal, event: MakeEvent, reading: MakeReading) -> Path:
    """The file of a journal with forty events and a reading, which no process has open."""
    journal.append(0, [event(seq, Noted(text=f"{seq} {'x' * 500}")) for seq in range(1, 41)], [reading(1)])
    journal.close()
    return journal.path


def test_there_is_none(folder: Path) -> None:
    with pytest.raises(JournalError, match=r"There is no journal at .*nothing\.sqlite"):
        SqliteJournal.open(folder / "nothing.sqlite")


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"\0" * 50])
def test_a_torn_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "torn.sqlite"
    path.write_bytes(content)
    with pytest.raises(JournalDamaged, match="torn"):
        SqliteJournal.open(path)


@pytest.mark.parametrize("content", [b"hello", b"PK\3\4" * 100, b"\0" * 4096])
def test_a_file_of_something_else_is_no_journal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(content)
    with pytest.raises(JournalDamaged, match="no journal of Cockpit"):
        SqliteJournal.open(path)


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read"):
        SqliteJournal.open(tmp_path)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    theirs = sqlite3.connect(path)
    theirs.execute("create table run (id text)")
    theirs.commit()
    theirs.close()
    before = path.read_bytes()
    with pytest.raises(JournalDamaged, match="no journal of Cockpit"):
        SqliteJournal.open(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_later_format_is_named(closed: Path) -> None:
    later = sqlite3.connect(closed)
    later.execute("pragma user_version = 7")
    later.execute("pragma wal_checkpoint(truncate)")
    later.close()
    with pytest.raises(JournalDamaged, match="has format 7, this Cockpit reads 4"):
        SqliteJournal.open(closed)


@pytest.mark.parametrize("seed", range(25))
def test_noise_anywhere_in_the_file_is_told_or_harmless_but_never_another_error(closed: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(closed.read_bytes())
    for _ in range(chance.choice([1, 20, 400])):
        content[chance.randrange(100, len(content))] = chance.randrange(256)
    closed.write_bytes(bytes(content))
    try:
        journal = SqliteJournal.open(closed)
    except JournalDamaged:
        return
    try:
        journal.read()
        journal.latest()
    except JournalDamaged:
        pass
    finally:
        journal.close()


def test_a_file_cut_short_is_damaged(closed: Path) -> None:
    os.truncate(closed, closed.stat().st_size // 2)
    with pytest.raises(JournalDamaged, match="Restore it from a copy"):
        SqliteJournal.open(closed)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delete from events where seq = 7", "event 7 is missing"),
        ("update events set body = '{' where seq = 7", "event 7 makes no sense"),
        ("update events set body = '{}' where seq = 7", "event 7 makes no sense"),
        ("update events set at = 'yesterday' where seq = 7", "event 7 makes no sense"),
    ],
)
def test_a_tampered_event_is_named(closed: Path, statement: str, words: str) -> None:
    rogue = sqlite3.connect(closed, isolation_level=None)
    for trigger in ("events_stay", "events_remain"):
        rogue.execute(f"drop trigger {trigger}")
    rogue.execute(statement)
    rogue.close()
    journal = SqliteJournal.open(closed)
    with pytest.raises(JournalDamaged, match=words):
        journal.read()
    journal.close()


def test_a_journal_held_for_itself_by_another_process_is_busy(closed: Path) -> None:
    holder = sqlite3.connect(closed, isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")
    with pytest.raises(JournalBusy, match="Another process holds"):
        SqliteJournal.open(closed, patience=0.01)
    holder.close()


def test_no_page_more_is_a_full_disk_and_nothing_is_lost(journal: SqliteJournal, event: MakeEvent) -> None:
    journal.append(0, [event(1)])
    (pages,) = journal._db.execute("pragma page_count").fetchone()
    journal._db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(JournalUnwritable, match="the disk is full"):
        journal.append(1, [event(2, Noted(text="x" * 100_000))])
    assert journal.read() == [event(1)]
    journal._db.execute("pragma max_page_count = 1000000")
    journal.append(1, [event(2)])


def test_a_file_size_limit_is_told_and_nothing_is_lost(journal: SqliteJournal, event: MakeEvent) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    journal.append(0, [event(1, Noted(text="x" * 100_000))])
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, hard))
    try:
        with pytest.raises(JournalUnwritable, match="the disk refuses"):
            journal.append(1, [event(2, Noted(text="x" * 300_000))])
        journal.append(1, [event(2)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(journal.read()) == 2


def own_mounts() -> list[str]:
    """The command that gives a child process a mount table of its own, if this account may have one."""
    command = ["unshare", "--map-root-user", "--mount"]
    if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
        return command
    return []


def test_on_a_full_disk_and_on_a_read_only_one_it_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    unshared = own_mounts()
    if not unshared:
        pytest.skip("this account may not mount; the page and size limits above stand in for a full disk")
    script = Path(__file__).with_name("disk.py")
    mount = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1"'
    done = subprocess.run(
        [*unshared, "sh", "-c", mount, "sh", str(tmp_path), sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(script.parents[2]), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert "the disk is full" in seen["full"]
    assert seen["read_while_full"] == seen["kept"]
    assert seen["made_while_full"]
    assert seen["left"] == []
    assert seen["after"] == seen["kept"] + 1
    assert seen["read_only_events"] == seen["after"]
    assert seen["read_only_notice"] == "The journal is read-only."
    assert "is read-only" in seen["read_only"]


@pytest.mark.parametrize("how", ["removed", "replaced", "folder removed"])
def test_a_journal_that_is_gone_takes_nothing_more(journal: SqliteJournal, event: MakeEvent, how: str) -> None:
    journal.append(0, [event(1)])
    if how == "folder removed":
        shutil.rmtree(journal.path.parent)
    else:
        journal.path.unlink()
    if how == "replaced":
        journal.path.write_bytes(b"")
    for attempt in (
        lambda: journal.append(1, [event(2)]),
        lambda: journal.keep([]),
        lambda: journal.attachments(lambda there: there),
        journal.next_reading,
    ):
        with pytest.raises(JournalUnwritable, match="is gone"):
            attempt()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, start: datetime) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalUnwritable, match="No journal can be made"):
        SqliteJournal.create(tmp_path / "file" / "runs", "Plan", start)


def test_on_a_network_file_system_there_is_no_log_and_it_says_so(
    folder: Path, start: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 0:42 / {tmp_path} rw,relatime shared:1 - nfs4 server:/home rw,vers=4.2\n")
    monkeypatch.setattr(filesystem, "_MOUNTS", mounts)
    journal = SqliteJournal.create(folder, "Shared", start)
    assert "network file system (nfs4)" in journal.notice
    assert journal._db.execute("pragma journal_mode").fetchone() == ("delete",)
    assert journal._db.execute("pragma synchronous").fetchone() == (3,)
    journal.next_reading()
    assert list(folder.iterdir()) == [journal.path]
    journal.close()
    monkeypatch.undo()
    moved = SqliteJournal.open(journal.path)
    assert moved.notice == ""
    assert moved._db.execute("pragma journal_mode").fetchone() == ("wal",)
    moved.close()
