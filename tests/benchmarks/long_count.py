"""What windows of counters cost in a journal over seven days: bytes of the file, and machine time a sample.

`python -m tests.benchmarks.long_count` counts at a true cadence through meter and journal: a plan with a few such
checks, and the most that is remembered. The goal is that of a long watch as a whole, of which this is a part.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from cockpit.adapters.meter import MOST_SERIES, Meter
from cockpit.core.reading.tally import CounterName, Labels
from cockpit.journal.sqlite import SqliteJournal
from tests.benchmarks.long_watch import SPAN, size_of

START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)


@dataclass(frozen=True)
class Counters:
    """So many alike, sampled alike."""

    number: int
    series: int
    every: timedelta
    window: timedelta
    busy: float
    """The part of the series that counts between two samples."""


A_FEW = (
    Counters(4, 12, timedelta(seconds=15), timedelta(minutes=10), 0.5),
    Counters(2, 40, timedelta(minutes=1), timedelta(minutes=30), 0.5),
    Counters(2, 60, timedelta(minutes=5), timedelta(hours=24), 0.8),
)
"""Requests and failures of two targets, an export of two minutes' patience, one that looks back over a day."""
THE_MOST = (Counters(1, MOST_SERIES, timedelta(minutes=1), timedelta(minutes=90), 1.0),)


def write(folder: Path, counters: Sequence[Counters], span: timedelta) -> tuple[Path, int]:
    """Count for so long; the journal, and how many samples were taken."""
    journal = SqliteJournal.create(folder, "Counts", START)
    taken = 0
    for kind, alike in enumerate(counters):
        for number in range(alike.number):
            name = CounterName("api", f"https://api-{number}.example/metrics", f"api-{number}.example", f"count_{kind}")
            taken += _count(journal, name, alike, span)
    journal.close()
    return journal.path, taken


def _count(journal: SqliteJournal, name: CounterName, alike: Counters, span: timedelta) -> int:
    dealer, meter, at, taken = random.Random(name.address), Meter(alike.window), START, 0
    shown: dict[Labels, Decimal] = {
        frozenset({("fn", f"api-write-report-{i:04}"), ("status", "Completed"), ("date", "2026-11-22")}): Decimal(0)
        for i in range(alike.series)
    }
    while at < START + span:
        for labels in shown:
            shown[labels] += dealer.randrange(1, 500) if dealer.random() < alike.busy else 0
        meter.note(at, shown, Decimal(1_764_300_000))
        journal.keep([], {name: meter.tally})
        at, taken = at + alike.every, taken + 1
    return taken


def main() -> None:
    """Both, over seven days."""
    for title, counters in (("a few", A_FEW), ("the most", THE_MOST)):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            path, taken = write(Path(folder), counters, SPAN)
            spent = time.perf_counter() - began
            sys.stdout.write(
                f"{title}: {taken} samples, {size_of(path):,} bytes, {spent / taken * 1000:.1f} ms a sample\n"
            )


if __name__ == "__main__":
    main()
