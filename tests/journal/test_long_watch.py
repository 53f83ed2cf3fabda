"""A small sample of `tests/benchmarks/long_watch`, from which the cost of seven days of thirty monitors follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.core.plan import Plan
from cockpit.core.span import parse_span
from cockpit.journal import packs
from cockpit.journal.sqlite import SqliteJournal
from tests.benchmarks import long_watch

NOW = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)
HOURS = 3.0
"""The brisk ones of these hours are packed several times, those of a minute stay rows."""


def test_seven_days_of_thirty_monitors_cost_less_than_60_mb_and_open_in_a_second(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(long_watch.plan_text(), "utf-8")
    plan = brisk(tmp_path / "plan.toml")
    path, written = long_watch.write(tmp_path / "runs", plan, timedelta(hours=HOURS), now=NOW)
    journal = SqliteJournal.open(path)
    (packed, bytes_packed) = journal._db.execute("select sum(count), sum(length(body) + 200) from packs").fetchone()
    (rows,) = journal._db.execute("select count(*) from readings").fetchone()
    journal.close()
    assert packed + rows == written
    row = (long_watch.size_of(path) - bytes_packed) / rows
    true = sum(long_watch.SPAN / parse_span(every) * count for every, count in long_watch.CADENCES.items())
    whole = true * bytes_packed / packed + 30 * 2 * packs.PACK * row
    assert whole < long_watch.GOAL_BYTES
    assert min(long_watch.opened(path) for _ in range(3)) < long_watch.GOAL_SECONDS


def brisk(plan: Path) -> Plan:
    """The plan with the four monitors of the shortest cadence alone: the others write little in this time."""
    from cockpit import planfile

    whole = planfile.load(plan)
    kept = {name: monitor for name, monitor in whole.monitors.items() if monitor.every == parse_span("5s")}
    return whole.model_copy(update={"monitors": kept})
