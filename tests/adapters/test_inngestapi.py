"""Inngest's REST API from a real server on loopback, in the shape its documents show: what an event began, one run."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cockpit.adapters.inngest import Inngest
from cockpit.clock import FrozenClock
from cockpit.core.plan.check import RunsCheck
from cockpit.errors import Garbled, Missing, Refused, TimedOut, Unreachable
from cockpit.ports import Asking
from tests.adapters.site import Site

KEY = "signkey-prod-of-a-test"
EVENT, RUN = "01HWAVEB858VPPX47Z65GR6P6R", "01HWAVEJ8G8YQ3K7D3X0C0M6FB"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def inngest(site: Site) -> AsyncIterator[Inngest]:
    source = Inngest("jobs", f"{site.url}/metrics", KEY, clock=FrozenClock(NOON), api=site.url)
    yield source
    await source.close()


def check(kind: str = "event", **keys: Any) -> RunsCheck:
    return RunsCheck.model_validate({"on": "jobs", "inngest": kind, "of": "which", **keys})


def run(status: str, function: str = "app-write", **keys: Any) -> dict[str, Any]:
    ended = None if status == "Running" else "2026-03-01T12:00:07.25Z"
    told = {"run_id": RUN, "run_started_at": "2026-03-01T12:00:00Z", "function_id": function, "status": status}
    return {**told, "ended_at": ended, "output": {"email": "ada@example.org"}, "event_id": EVENT, **keys}


def answers(site: Site, path: str, data: object) -> None:
    site.page(path, json.dumps({"data": data}).encode())


def asking(told: object = EVENT) -> Asking:
    return Asking(parameters=(told,))


async def test_the_runs_of_an_event_are_counted_by_status(site: Site, inngest: Inngest) -> None:
    told = [run("Completed"), run("Failed"), run("Running", "app-mail"), run("Paused")]
    answers(site, f"/v1/events/{EVENT}/runs", told)
    answer = await inngest.ask(check(), asking())
    facts = answer.facts
    assert (facts["count"], facts["completed"], facts["failed"], facts["running"], facts["other"]) == (4, 1, 1, 1, 1)
    assert answer.table.rows[0] == (RUN, "app-write", "Completed", NOON, timedelta(seconds=7.25))
    assert answer.table.rows[2][4] is None
    assert f"authorization: Bearer {KEY}".lower() in site.requests[0].lower()
    assert "ada" not in repr(answer)


async def test_one_function_of_several_is_meant_where_it_is_named(site: Site, inngest: Inngest) -> None:
    answers(site, f"/v1/events/{EVENT}/runs", [run("Completed"), run("Failed", "app-mail")])
    facts = (await inngest.ask(check(function="app-mail"), asking())).facts
    assert (facts["count"], facts["failed"]) == (1, 1)


async def test_an_event_that_came_and_began_nothing_counts_none(site: Site, inngest: Inngest) -> None:
    answers(site, f"/v1/events/{EVENT}/runs", [])
    answers(site, f"/v1/events/{EVENT}", {"internal_id": EVENT, "name": "reports/asked"})
    answer = await inngest.ask(check(), asking())
    assert (answer.facts["count"], answer.blind) == (0, "")


@pytest.mark.parametrize("empty", [True, False])
async def test_an_event_nobody_has_heard_of_is_blind_and_not_none(site: Site, inngest: Inngest, *, empty: bool) -> None:
    site.page(f"/v1/events/{EVENT}", b"{}", status="404 Not Found")
    site.page(f"/v1/events/{EVENT}/runs", b'{"data": []}' if empty else b"{}", status="200 OK" if empty else "404 No")
    answer = await inngest.ask(check(), asking())
    assert answer.blind.startswith(f"Inngest knows no event {EVENT} for this key.")


async def test_one_run_tells_its_status_and_how_long_it_took(site: Site, inngest: Inngest) -> None:
    answers(site, f"/v1/runs/{RUN}", run("Completed"))
    facts = (await inngest.ask(check("run"), asking(RUN))).facts
    assert facts == {
        "value": "Completed",
        "status": "Completed",
        "function": "app-write",
        "began": NOON,
        "took": timedelta(seconds=7.25),
    }
    answers(site, f"/v1/runs/{RUN}", run("Running"))
    assert "took" not in (await inngest.ask(check("run"), asking(RUN))).facts


@pytest.mark.parametrize("told", ["../../v1/runs", "a b", "", "x?y=1", "é"])
async def test_what_is_no_id_leads_nowhere(site: Site, inngest: Inngest, told: str) -> None:
    with pytest.raises(Refused, match="is no id of an event"):
        await inngest.ask(check(), asking(told))
    assert site.requests == []


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("401 Unauthorized", Refused, "takes us for nobody"),
        ("500 Oh", Unreachable, "it is not well"),
        ("404 Not Found", Missing, f"knows nothing of /runs/{RUN}"),
    ],
)
async def test_a_status_is_told_in_words(
    site: Site, inngest: Inngest, status: str, error: type[Exception], words: str
) -> None:
    site.page(f"/v1/runs/{RUN}", b"{}", status=status)
    with pytest.raises(error, match=words):
        await inngest.ask(check("run"), asking(RUN))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"data": 3}', b'{"data": [3]}', b'{"data": [{"run_id": 1}]}', b"\xff"]
)
async def test_what_is_no_answer_of_the_api_is_garbled(site: Site, inngest: Inngest, body: bytes) -> None:
    site.page(f"/v1/events/{EVENT}/runs", body)
    with pytest.raises(Garbled, match="does not answer as Inngest's API does"):
        await inngest.ask(check(), asking())


async def test_one_that_hangs_is_given_up_at_the_deadline(site: Site, inngest: Inngest) -> None:
    site.pages[f"/v1/runs/{RUN}"] = None
    with pytest.raises(TimedOut):
        await inngest.ask(check("run", deadline="1s"), asking(RUN))


async def test_a_stand_in_says_that_it_plays_none() -> None:
    stand_in = Inngest("jobs", "http://127.0.0.1:9/metrics", "", clock=FrozenClock(NOON))
    with pytest.raises(Refused, match="plays no single events and runs"):
        await stand_in.ask(check(), asking())
