"""What happens on a small and on a read-only disk; `test_trouble.py` runs it inside mounts of its own.

The folder given is an empty file system of one megabyte. Prints one JSON object of what was seen.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from cockpit.core.events import Actor, Event, Noted
from cockpit.errors import JournalUnwritable
from cockpit.journal.sqlite import SqliteJournal

AT = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)


def note(journal: SqliteJournal, seq: int) -> Event:
    return Event(journal.run, seq, AT, Actor("human", "ada"), "s1", "host", Noted(text="x" * 2_000))


def complaint_of(journal: SqliteJournal, seq: int) -> str:
    try:
        journal.append(seq - 1, [note(journal, seq)])
    except JournalUnwritable as error:
        return str(error)
    return ""


disk = Path(sys.argv[1])
runs = disk / "runs"
journal = SqliteJournal.create(runs, "Full", AT)

ballast = disk / "ballast"
with ballast.open("wb", buffering=0) as file:
    try:
        while file.write(b"x" * 4096):
            pass
    except OSError:
        pass
kept, full = 0, ""
while not full:
    full = complaint_of(journal, kept + 1)
    kept += not full
read_while_full = len(journal.read())
made_while_full = ""
try:
    SqliteJournal.create(runs, "Another", AT).close()
except JournalUnwritable as error:
    made_while_full = str(error)
left = sorted(path.name for path in runs.iterdir() if journal.run not in path.name)
ballast.unlink()
journal.append(kept, [note(journal, kept + 1)])
after = len(journal.read())
journal.close()

subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
journal = SqliteJournal.open(journal.path)
seen = {
    "kept": kept,
    "full": full,
    "read_while_full": read_while_full,
    "made_while_full": made_while_full,
    "left": left,
    "after": after,
    "read_only_events": len(journal.read()),
    "read_only_notice": journal.notice,
    "read_only": complaint_of(journal, after + 1),
}
journal.close()
sys.stdout.write(json.dumps(seen))
