"""What is left after a kill or a torn log: whole appends, every acknowledged one among them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cockpit.core.events import Event, Noted
from cockpit.journal.sqlite import SqliteJournal

KILLS = 20


@pytest.fixture(scope="module")
def appender() -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("appender.py")
    root = str(script.parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.kill()


def says(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the appending process has died by itself"
    return line.split()


def groups(events: list[Event]) -> list[list[str]]:
    """The events of each append: their places in it, such as 1/3 2/3 3/3."""
    found: list[list[str]] = []
    for event in events:
        assert isinstance(event.body, Noted)
        place = event.body.text.split(" ")[0]
        if place.startswith("1/"):
            found.append([])
        found[-1].append(place)
    return found


def whole(group: list[str]) -> bool:
    size = int(group[0].split("/")[1])
    return group == [f"{place}/{size}" for place in range(1, size + 1)]


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_in_mid_append_leaves_whole_appends_and_loses_none_that_returned(
    seed: int, folder: Path, start: datetime, appender: subprocess.Popen[str]
) -> None:
    made = SqliteJournal.create(folder, "Kill", start)
    made.close()
    chance = random.Random(seed)

    assert appender.stdin is not None
    appender.stdin.write(f"{made.path}\n")
    appender.stdin.flush()
    _, child = said = says(appender)
    assert said[0] == "child"
    kept = (0, 0)
    for _ in range(chance.randrange(1, 12)):
        _, seq, number = says(appender)
        kept = (int(seq), int(number))
    for _ in range(chance.randrange(20_000)):  # lets the child get somewhere into its next append
        pass
    os.kill(int(child), signal.SIGKILL)
    while (said := says(appender)) != ["gone"]:
        kept = (int(said[1]), int(said[2]))

    journal = SqliteJournal.open(made.path)
    events = journal.read()
    readings = journal.readings("stuck")
    fresh = journal.next_reading()
    journal.close()
    assert len(events) >= kept[0]
    assert all(map(whole, groups(events)))
    assert len(readings) == len(groups(events)), "an append keeps its events and its reading, or neither"
    assert readings[-1].because == str(events[-1].seq)
    assert fresh > max(reading.id for reading in readings)


def test_a_log_torn_at_any_byte_yields_whole_appends(
    tmp_path: Path, journal: SqliteJournal, event: Callable[..., Event]
) -> None:
    """As after a power cut: the file as it was when opened, and a log of which only a part reached the disk."""
    for seq in range(1, 40, 2):
        journal.append(seq - 1, [event(seq, Noted(text=f"1/2 {'x' * 900}")), event(seq + 1, Noted(text="2/2"))])
    log = journal.path.with_name(journal.path.name + "-wal")
    copy = tmp_path / journal.path.name
    seen = set()
    for length in (*range(0, log.stat().st_size, 1999), log.stat().st_size):
        shutil.copyfile(journal.path, copy)
        copy.with_name(copy.name + "-wal").write_bytes(log.read_bytes()[:length])
        torn = SqliteJournal.open(copy)
        events = torn.read()
        torn.close()
        assert all(map(whole, groups(events)))
        seen.add(len(events))
    assert {0, 40} < seen
