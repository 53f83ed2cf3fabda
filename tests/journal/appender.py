"""A process that appends until it is killed; `test_kill.py` runs it.

Reads the path of a journal, forks one child that appends to it for ever, and says its pid; the
child says each seq once its append has returned. Then waits for the child's end and the next path.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.core.events import Actor, Event, Noted
from cockpit.core.reading import Reading, Table, Verdict
from cockpit.journal.sqlite import SqliteJournal

START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def append_for_ever(path: Path) -> None:
    """Groups of four to six events, each with the reading it cites; every second group is large."""
    journal = SqliteJournal.open(path)
    seq = group = 0
    while True:
        group += 1
        size = 4 + group % 3
        at = START + timedelta(seconds=group)
        padding = "x" * (200_000 if group % 2 == 0 else 10)
        events = [
            Event(
                journal.run,
                seq + place,
                at,
                Actor("runner", "runner"),
                "s1",
                "host",
                Noted(text=f"{place}/{size} {padding}"),
            )
            for place in range(1, size + 1)
        ]
        table = Table(("words",), (("y" * 50_000,),))
        number = journal.next_reading()
        reading = Reading(number, "stuck", at, at, "runner", Verdict.PASS, f"{seq + size}", "0", 1, "d", table, 0)
        journal.append(seq, events, [reading])
        seq += size
        say("kept", seq, number)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        append_for_ever(Path(line.strip()))
    say("child", child)
    os.waitpid(child, 0)
    say("gone")
