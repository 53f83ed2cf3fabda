"""Windows of counters across processes: a resume, and a monitor that hands over to a screen and back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.inngest import Inngest
from cockpit.adapters.prometheus import Prometheus
from cockpit.adapters.scrape import Target
from cockpit.core.events import MonitorMoved
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading, Verdict
from cockpit.core.reading.tally import CounterName
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Asking, Source
from cockpit.session import Session
from cockpit.simulator.server import running

from .conftest import Bench, Bring, Ticking, plan_of
from .test_watchkeeper import Keeper

WINDOW = timedelta(minutes=10)
METRIC = "http_requests_total"


class Scraped:
    """The stand-in's counters, scraped anew by each process."""

    def __init__(self, base_url: str, clock: Ticking) -> None:
        self.address = f"{base_url}/metrics"
        self.clock = clock

    def __call__(self) -> Prometheus:
        return Prometheus("app", clock=self.clock, targets=[Target.of(self.address)])

    def shown(self, journal: Path) -> int:
        """What the counter showed last, as it is kept."""
        opened = SqliteJournal.open(journal)
        target = Target.of(self.address)
        tally = opened.tally(CounterName("app", target.address, target.instance, METRIC))
        opened.close()
        assert tally is not None
        return int(tally.shown[frozenset()])


def watched(check: dict[str, Any], **connection: Any) -> Plan:
    """A plan that watches a counter for hours; it fires wherever it is not blind."""
    return plan_of(
        "tick Begun",
        connections={"app": connection},
        checks={"count": {"on": "app", **check}},
        actions={},
        rollback=[],
        phases=[{"title": "Watch", "items": [], "lasts": "9h from gate", "monitors": ["count"]},
                {"title": "Work", "items": ["tick Begun"]}],
        monitors={"count": {"check": "count", "every": "1m", "alert": "value >= 0", "times": 1, "within": "10m"}},
    )  # fmt: skip


def by_increase(**more: Any) -> Plan:
    return watched(
        {"metric": METRIC, "increase": "10m", **more}, kind="prometheus", targets=["https://app.example/metrics"]
    )


@pytest.fixture
async def scraped(tmp_path: Path, clock: Ticking):
    async with running(tmp_path / "world", speed=6000.0) as (address, _):
        yield Scraped(address["app"]["base_url"], clock)


@pytest.fixture
def path(tmp_path: Path) -> Callable[[], Path]:
    return lambda: next((tmp_path / "runs").glob("*.sqlite"))


def last(made: Bench | Keeper) -> Reading:
    return made.session.telemetry.readings["count"]


async def asked(made: Bench | Keeper, clock: Ticking, *, times: int = 1) -> None:
    """So many minutes pass, and the counter is sampled in each."""
    for _ in range(times):
        seen = clock.now()
        clock.pass_by(minutes=1)
        await kept(made, since=seen + timedelta(seconds=1))


async def kept(made: Bench | Keeper, *, since: datetime) -> None:
    """A reading of that time is in the file, and with it what was counted."""
    told = made.session.telemetry.readings

    def is_kept() -> bool:
        return "count" in told and last(made).asked >= since and made.session.reading(last(made).id) is not None

    await made.until(is_kept, "kept")


async def begun(bench: Bring, clock: Ticking, plan: Plan, source: Source) -> Bench:
    made: Bench = await bench(plan, sources={"app": source}, clock=clock)
    await kept(made, since=clock.now())
    return made


def states(session: Session) -> list[str]:
    return [event.body.state for event in session.events() if isinstance(event.body, MonitorMoved)]


async def test_a_window_that_was_covered_is_covered_after_a_resume(
    bench: Bring, clock: Ticking, scraped: Scraped, path: Callable[[], Path]
) -> None:
    first = await begun(bench, clock, by_increase(), scraped())
    began = scraped.shown(path())
    await asked(first, clock, times=7)
    assert last(first).verdict is Verdict.BLIND
    await first.stop()
    second = await bench(None, sources={"app": scraped()}, clock=clock, resumed=True)
    await asked(second, clock)
    assert last(second).verdict is Verdict.OBSERVED
    assert last(second).value == scraped.shown(path()) - began > 0, "all of it, since before the resume"
    await second.until(lambda: states(second.session)[-1] == "firing", "it can tell")
    await second.stop()
    clock.pass_by(minutes=4)
    third = await bench(None, sources={"app": scraped()}, clock=clock, resumed=True)
    await asked(third, clock)
    await third.until(lambda: last(third).verdict is Verdict.OBSERVED, "covered through the hole")
    assert states(third.session)[-1] == "firing"


async def test_a_hole_of_half_the_window_is_blind_after_a_resume(
    bench: Bring, clock: Ticking, scraped: Scraped
) -> None:
    first = await begun(bench, clock, by_increase(), scraped())
    await asked(first, clock, times=11)
    await first.stop()
    clock.pass_by(minutes=6)
    second = await bench(None, sources={"app": scraped()}, clock=clock, resumed=True)
    await asked(second, clock)
    assert re.match("For [67]m of the last 10m there is no sample.", last(second).because)


async def test_a_monitor_hands_a_window_over_to_a_screen_and_takes_it_back(
    bench: Bring, clock: Ticking, scraped: Scraped, path: Callable[[], Path]
) -> None:
    screen = await begun(bench, clock, by_increase(), scraped())
    began = scraped.shown(path())
    await asked(screen, clock, times=4)
    keeper = Keeper(path(), source := scraped(), clock)
    await keeper.until(lambda: keeper.session.presence.others, "it stands by")
    await screen.stop()
    await keeper.until(lambda: keeper.session.presence.asks, "it has left")
    await asked(keeper, clock, times=4)
    again = await bench(None, sources={"app": scraped()}, clock=clock, resumed=True)
    await again.until(lambda: again.session.presence.asks, "taken up again")
    await asked(again, clock, times=2)
    await again.until(lambda: states(again.session)[-1:] == ["firing"], "covered, by three processes")
    assert last(again).value == scraped.shown(path()) - began > 0
    await again.stop()
    await keeper.until(lambda: keeper.session.presence.asks, "back at the monitor")
    await asked(keeper, clock, times=5)
    assert last(keeper).verdict is Verdict.OBSERVED, "what the screen counted is in it"
    told = states(keeper.session)
    assert told[told.index("firing") :] == ["firing"], "nobody was blind since"
    await keeper.leaves()
    await source.close()


async def test_a_process_that_stands_by_writes_no_count(
    bench: Bring, clock: Ticking, scraped: Scraped, path: Callable[[], Path]
) -> None:
    screen = await begun(bench, clock, by_increase(), scraped())
    keeper = Keeper(path(), source := scraped(), clock)
    await keeper.until(lambda: keeper.session.presence.others, "it stands by")
    before = scraped.shown(path())
    clock.pass_by(seconds=1)
    await source.ask(screen.state.plan.checks["count"], Asking())
    keeper.session.count(counted := source.counted())
    assert (len(counted), await keeper.session._samples.catch_up()) == (1, True)
    assert scraped.shown(path()) == before
    await source.close()
    await screen.stop()
    await keeper.leaves()


@asynccontextmanager
async def exported(folder: Path, clock: Ticking) -> AsyncIterator[Callable[[], Inngest]]:
    """The stand-in's export of Inngest, read anew by each process."""
    async with running(folder / "world", speed=6000.0) as (address, _):
        yield lambda: Inngest("app", f"{address['app']['base_url']}/inngest/metrics", "", clock=clock)


def by_runs(**more: Any) -> Plan:
    connection = {"kind": "inngest", "export": "https://app.example", "key": "env:KEY"}
    return watched({"inngest": "runs", "over": "10m", **more}, **connection)


async def test_runs_of_functions_go_on_too(bench: Bring, clock: Ticking, tmp_path: Path) -> None:
    async with exported(tmp_path, clock) as export:
        first = await begun(bench, clock, by_runs(), export())
        await asked(first, clock, times=7)
        await first.stop()
        second = await bench(None, sources={"app": export()}, clock=clock, resumed=True)
        await asked(second, clock, times=3)
        assert last(second).verdict is Verdict.OBSERVED
        await second.stop()


@pytest.mark.parametrize("why", ["masked", "secret", "neither"])
async def test_a_count_whose_labels_may_not_be_written_is_not_kept(
    why: str, bench: Bring, clock: Ticking, path: Callable[[], Path], tmp_path: Path
) -> None:
    plan = by_runs(mask=["fn"] if why == "masked" else [])
    secret = "write-report" if why == "secret" else "hunter2000"
    async with exported(tmp_path, clock) as export:
        made = await bench(
            plan, sources={"app": export()}, clock=clock, conceal=lambda text: text.replace(secret, "•••")
        )
        await made.until(lambda: "count" in made.session.telemetry.readings, "asked")
        await asked(made, clock)
        await made.stop()
    with closing(sqlite3.connect(path())) as db:
        (kept,) = db.execute("select count(*) from counters").fetchone()
    assert kept == (2 if why == "neither" else 0)
