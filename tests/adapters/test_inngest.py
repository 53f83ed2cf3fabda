"""Inngest's export from a real server: success over a window that was sampled here, steps now, and what is blind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.inngest import Inngest
from cockpit.clock import FrozenClock
from cockpit.core.plan.check import HttpCheck, RunsCheck
from cockpit.core.reading import Answer
from cockpit.errors import Garbled, Refused, TimedOut
from cockpit.ports import Asking
from cockpit.simulator.server import running
from tests.adapters.site import Site

KEY = "signkey-of-a-test"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


@pytest.fixture
async def inngest(site: Site, clock: FrozenClock) -> AsyncIterator[Inngest]:
    source = Inngest("jobs", f"{site.url}/v1/prom/production", KEY, clock=clock, window=TEN)
    yield source
    await source.close()


def check(**keys: Any) -> RunsCheck:
    return RunsCheck.model_validate({"on": "jobs", **keys})


def ended(completed: int, failed: int | None = None, cancelled: int | None = None, date: str = "2026-03-01") -> str:
    counts = {"Completed": completed, "Failed": failed, "Cancelled": cancelled}
    lines = [
        f'inngest_function_run_ended_total{{date="{date}",fn="app-write",status="{status}"}} {count}'
        for status, count in counts.items()
        if count is not None
    ]
    started = completed + (failed or 0) + 3
    return "\n".join([*lines, f'inngest_function_run_started_total{{date="{date}",fn="app-write"}} {started}', ""])


Watch = Callable[..., Any]


@pytest.fixture
def watch(site: Site, clock: FrozenClock, inngest: Inngest) -> Watch:
    """Asks every two minutes from noon on, each time of another export; the last answer."""

    async def asked(*pages: str, begin: datetime = NOON, **keys: Any) -> Answer:
        for i, page in enumerate(pages):
            clock.at = begin + timedelta(minutes=2 * i)
            site.page("/v1/prom/production", page.encode())
            answer = await inngest.ask(check(inngest="runs", over="10m", **keys), Asking())
        return answer

    return asked


async def test_success_is_that_of_the_runs_that_ended_within_the_window(watch: Watch, site: Site) -> None:
    told = (await watch(*[ended(480, 40)] * 4, ended(490, 41, 1), ended(499, 41, 1))).facts
    assert (told["completed"], told["failed"], told["cancelled"], told["ended"]) == (19, 1, 1, 21)
    assert (told["success"], told["started"], told["covered"]) == (Decimal("0.95"), 20, TEN)
    assert f"authorization: Bearer {KEY}" in site.requests[0].replace("Authorization", "authorization")


async def test_midnight_begins_new_counters_and_loses_no_run(watch: Watch) -> None:
    evening = NOON.replace(hour=23, minute=54)
    new = ended(2, 1, date="2026-03-02")
    told = (await watch(*[ended(100, 5)] * 2, ended(104, 5), ended(104, 5) + new, new, new, begin=evening)).facts
    assert (told["completed"], told["failed"]) == (6, 1)


async def test_the_first_failure_counts_although_failed_was_never_exposed_before(watch: Watch) -> None:
    assert (await watch(*[ended(10)] * 5, ended(11, 1))).facts["failed"] == 1


@pytest.mark.parametrize(
    ("pages", "keys", "why"),
    [
        ([ended(1)], {}, "The window of 10m is covered for 1s only"),
        ([ended(1)] * 6, {}, "No run completed or failed within the window"),
        ([ended(1)] * 6, {"function": "app-wirte"}, "counts no function app-wirte; there is app-write."),
        (["other_total 1\n"], {}, "The export has no inngest_function_run_ended_total"),
    ],
)
async def test_what_shows_no_run_is_blind_and_says_why(
    watch: Watch, pages: list[str], keys: dict[str, str], why: str
) -> None:
    assert why in (await watch(*pages, **keys)).blind


async def test_steps_are_counted_now(inngest: Inngest, site: Site) -> None:
    gauges = 'inngest_steps_running{fn="a"} 2\ninngest_steps_running{fn="b"} 3\ninngest_steps_scheduled{fn="a"} 1\n'
    site.page("/v1/prom/production", gauges.encode())
    told = (await inngest.ask(check(inngest="steps"), Asking())).facts
    assert (told["running"], told["scheduled"], told["value"]) == (5, 1, 5)
    assert "counts no function b" in (await inngest.ask(check(inngest="steps", function="b"), Asking())).blind
    site.page("/v1/prom/production", ended(1).encode())
    assert "no inngest_steps_running" in (await inngest.ask(check(inngest="steps"), Asking())).blind


async def test_the_key_goes_to_no_other_host_and_into_no_error(inngest: Inngest, site: Site, sites: Any) -> None:
    other = await sites()
    other.page("/", b"<html>")
    site.moved("/v1/prom/production", f"{other.url}/")
    with pytest.raises(Garbled) as caught:
        await inngest.ask(check(inngest="steps"), Asking())
    assert KEY not in other.requests[0] + str(caught.value)
    site.page("/v1/prom/production", b"", status="401 Unauthorized")
    with pytest.raises(Refused, match="Look at the token"):
        await inngest.ask(check(inngest="steps"), Asking())
    site.pages["/v1/prom/production"] = None
    with pytest.raises(TimedOut, match="jobs"):
        await inngest.ask(check(inngest="steps", deadline="1s"), Asking())
    with pytest.raises(Refused, match="answers no such check"):
        await inngest.ask(HttpCheck(on="jobs", get="/"), Asking())


async def test_doctor_says_how_many_functions_are_counted(inngest: Inngest, site: Site) -> None:
    site.page("/v1/prom/production", ended(1).encode())
    assert (await inngest.examine()).summary == "The export counts runs of 1 function"
    site.page("/v1/prom/production", b"x 1\n")
    assert len((await inngest.examine()).warnings) == 1
    site.page("/v1/prom/production", b"", status="404 Not Found")
    assert not (await inngest.examine()).ok


async def test_the_stand_in_counts_its_reports_by_day(tmp_path: Path, clock: FrozenClock) -> None:
    start = NOON.replace(hour=23, minute=30)
    async with running(tmp_path / "world", speed=1, plan_start=start) as (address, simulation):
        source = Inngest("jobs", f"{address['app']['base_url']}/inngest/metrics", "", clock=clock, window=TEN)
        for minute in range(0, 62, 2):
            clock.at = start + timedelta(minutes=minute)
            simulation.clock = simulation.clock.__class__(clock.at, simulation.clock.machine, 0)
            answer = await source.ask(check(inngest="runs", over="1h"), Asking())
        assert answer.facts["completed"] in (14, 15, 16)
        assert answer.facts["success"] == 1
        assert (await source.ask(check(inngest="steps"), Asking())).facts["running"] == 3
        await source.close()
