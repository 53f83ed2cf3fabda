"""What a watch of seven days with thirty monitors costs: bytes of its journal, time to its screen, its report.

`python -m tests.benchmarks.long_watch` writes every reading at its true cadence through the journal itself, resumes
the run in a terminal, in turns with one that has just begun, and prints both. The goals: 60 MB, and open in a second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from pathlib import Path
from statistics import median

from cockpit import planfile
from cockpit.clock import FrozenClock
from cockpit.core import commands as wanted
from cockpit.core.commands.refusal import Refusal
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading, Table, Verdict
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from tests.benchmarks import first_paint

CADENCES = {"5s": 4, "30s": 8, "1m": 12, "5m": 6}
"""Thirty monitors, most of them brisk: what answers for a deploy every few seconds, counts by the minute."""
SPAN = timedelta(days=7)
GOAL_BYTES, GOAL_SECONDS = 60_000_000, 1.0
BATCH = 20
"""Readings a write: the session keeps what has come meanwhile together."""
_SENTENCES = ("value is 0, as `value == 0` wants", "status is 200 and json.status is 'healthy'", "value is {value}")


def plan_text() -> str:
    """The plan: a check and a monitor for each."""
    return "\n".join([
        'name = "Long watch"',
        "[connections.app]", 'kind = "http"', 'base_url = "http://127.0.0.1:9"',
        *(line for name, every in _monitors() for line in (
            f"[checks.{name}]", 'on = "app"', f'get = "/{name}"', 'pass = "status == 200"',
            f"[monitors.{name}]", f'check = "{name}"', f'every = "{every}"', 'times = 3', 'within = "30m"',
        )),
        "[[phases]]", 'title = "Watch"', 'lasts = "8d from gate"', f"monitors = {[name for name, _ in _monitors()]}",
        "[[phases]]", 'title = "Meanwhile"', 'items = ["tick One"]',
        "[[phases]]", 'title = "Gate"', 'gate = ["tick Ready"]',
    ])  # fmt: skip


def _monitors() -> list[tuple[str, str]]:
    return [(f"each_{every}_{number}", every) for every, count in CADENCES.items() for number in range(count)]


def write(folder: Path, plan: Plan, span: timedelta, *, now: datetime) -> tuple[Path, int]:
    """A run that has been watched for so long; its journal, and how many readings it has."""
    journal = SqliteJournal.create(folder, plan.name, now - span)
    session = Session.open(journal, FrozenClock(now - span), "ada", plan, plan_file="plan.toml")
    asyncio.run(_begin_the_watch(session))
    count, batch = 0, []
    for reading in merge(*_series(plan, now - span, now), key=lambda one: one.asked):
        count += 1
        batch.append(replace(reading, id=journal.next_reading()))
        if len(batch) == BATCH:
            journal.keep(batch)
            batch = []
    journal.keep(batch)
    session.close()
    return journal.path, count


async def _begin_the_watch(session: Session) -> None:
    """A GO, which the watch hangs from."""
    for command in (
        wanted.Advance(), wanted.Advance(), wanted.Tick("meanwhile/tick:one"),
        wanted.Advance(), wanted.Tick("gate/tick:ready"), wanted.OpenGate("gate"), wanted.DecideGate("gate", go=True),
    ):  # fmt: skip
        told = await session.dispatch(command)
        assert not isinstance(told, Refusal), told


def _series(plan: Plan, begin: datetime, end: datetime) -> Iterator[Iterator[Reading]]:
    for number, (name, monitor) in enumerate(plan.monitors.items()):
        yield _one_series(name, random.Random(number), monitor.every, begin, end)


def _one_series(
    check: str, dealer: random.Random, every: timedelta, begin: datetime, end: datetime
) -> Iterator[Reading]:
    """Mostly good, with a value that wanders, some errors, and rows where the verdict changes."""
    sentence, value, at, before = dealer.choice(_SENTENCES), 0, begin, Verdict.PASS
    while (at := at + every + timedelta(microseconds=dealer.randrange(40_000))) < end:
        value = max(0, value + dealer.choice((-1, 0, 0, 0, 0, 1)))
        verdict = dealer.choices((Verdict.PASS, Verdict.FAIL, Verdict.ERROR), (0.985, 0.01, 0.005))[0]
        took = 3 + dealer.randrange(60)
        yield Reading(
            id=0, check=check, asked=at, answered=at + timedelta(milliseconds=took), by="runner", verdict=verdict,
            because="'app' did not answer in time." if verdict is Verdict.ERROR else sentence.format(value=value),
            scalar=str(value), milliseconds=took, digest=f"{hash(value) & 0xFFFFFFFFFFFFFFFF:016x}", value=value,
            table=None if verdict is before else Table(("status", "count"), (("done", value), ("open", 3))),
        )  # fmt: skip
        before = verdict


def size_of(journal: Path) -> int:
    """Bytes of the file and its log."""
    return sum(each.stat().st_size for each in journal.parent.glob(f"{journal.name}*"))


def opened(journal: Path) -> float:
    """Seconds until a session has read and folded it."""
    began = time.perf_counter()
    Session(SqliteJournal.open(journal), FrozenClock(datetime.now(UTC)), "").close()
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "plan.toml").write_text(plan_text(), "utf-8")
        plan, now = planfile.load(place / "plan.toml"), datetime.now(UTC)
        began = time.perf_counter()
        path, count = write(_runs(place / "long"), plan, timedelta(days=arguments.days), now=now)
        took = time.perf_counter() - began
        write(_runs(place / "new"), plan, timedelta(), now=now)
        size = size_of(path)
        long, new = _first_paints(place, arguments.times)
        reported = _reported(place / "long")
    sys.stdout.write(
        f"{count} readings of {len(plan.monitors)} monitors in {arguments.days:g} days, written in {took:.0f} s: "
        f"{size / 1e6:.1f} MB, {size / count:.0f} bytes each (goal {GOAL_BYTES / 1e6:.0f} MB); "
        f"first paint {long:.0f} ms, of a run that has just begun {new:.0f} ms ({long / new:.2f} times); "
        f"report in {reported:.1f} s\n"
    )
    return 0 if size <= GOAL_BYTES and long - new <= 1000 * GOAL_SECONDS else 1


def _runs(state: Path) -> Path:
    folder = state / "cockpit" / "runs"
    folder.mkdir(parents=True, mode=0o700)
    return folder


def _first_paints(place: Path, times: int) -> tuple[float, float]:
    """Milliseconds until the screen of each stands, in turns."""

    def once(state: str) -> float:
        own = {"XDG_STATE_HOME": str(place / state), "HOME": str(place)}
        return first_paint.once("cockpit", "? keys", "resume", environ=own)

    taken = [(once("long"), once("new")) for _ in range(times + 1)][1:]
    long, new = (median(column) for column in zip(*taken, strict=True))
    return long, new


def _reported(state: Path) -> float:
    """Seconds until the report of the newest run is written."""
    began = time.perf_counter()
    environ = os.environ | {"XDG_STATE_HOME": str(state)}
    subprocess.run([sys.executable, "-m", "cockpit", "report"], env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
