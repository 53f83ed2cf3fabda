"""Outside trouble: it is told, it passes, and it never ends a run. A defect of ours ends it at once."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.adapters.railway import Railway, client
from cockpit.clock import Pace as PlanPace
from cockpit.clock import PacedClock
from cockpit.core import commands as wanted
from cockpit.core.reading import Answer
from cockpit.core.rollout.deployment import Rollout
from cockpit.errors import Throttled
from cockpit.ports import Asking, Link
from cockpit.runner import awaited
from tests.conftest import Database

from .conftest import BACK, DEPLOY, SET, Bench, Bring, World, minutes, plan_of


async def deploying(world: Bring, bench: Bring, **options: object) -> tuple[World, Bench]:
    """A deploy under way, looked at once."""
    place = await world(**{"speed": 240, **options})
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until(lambda: made.state.rollouts and rollout_of(made).last_seen is not None, "followed")
    return place, made


def rollout_of(made: Bench) -> Rollout:
    return next(iter(made.state.rollouts.values()))


@pytest.mark.parametrize("rule", [
    {"fault": "status", "status": 429, "retry_after": 0.1},
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 401},
    {"fault": "unauthorized"},
    {"fault": "html"},
    {"fault": "truncated"},
    {"fault": "drop_before"},
    {"fault": "drop_after"},
    {"fault": "hang"},
    {"fault": "error", "text": "Problem processing request"},
], ids=lambda rule: f"{rule['fault']}-{rule.get('status', '')}".strip("-"))  # fmt: skip
async def test_a_rollout_is_followed_through_anything_railway_answers(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch, rule: dict[str, object]
) -> None:
    monkeypatch.setattr(client, "_READ_SECONDS", 0.2)
    place, made = await deploying(world, bench, speed=120)
    place.fault(**{"operation": "Rollout", **rule})  # type: ignore[arg-type]  # a rule as it stands in the table
    before = len(place.requests("Rollout"))
    await made.until(lambda: made.session.telemetry.links.get("railway"), "trouble is told")
    await made.until(lambda: len(place.requests("Rollout")) > before + 3, "asked again")
    assert made.state.item(DEPLOY).status == "running"
    place.all_well()
    await made.until_item(DEPLOY, "done", "failed")
    assert made.state.item(DEPLOY).status == "done"
    assert "railway" not in made.session.telemetry.links
    assert len(place.effects("serviceInstanceDeployV2")) == 1


async def test_an_answer_that_is_long_in_coming_is_told_before_anybody_gives_up(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaited, "SECONDS", 0.05)
    place, made = await deploying(world, bench, speed=20)
    place.fault("hang", "Rollout", count=1)
    await made.until(lambda: made.session.telemetry.links.get("railway"), "told")
    assert made.session.telemetry.links["railway"].word == "silent"
    assert len(place.requests("Rollout")) > 0
    assert not made.state.item(DEPLOY).is_settled


async def test_each_look_that_is_answered_counts_though_it_brings_no_news(world: Bring, bench: Bring) -> None:
    _, made = await deploying(world, bench, speed=60)
    looked, deployment = made.session.telemetry.looked, rollout_of(made).deployment

    def again() -> bool:
        seen = rollout_of(made).last_seen
        return seen is not None and deployment in looked and looked[deployment] > seen

    await made.until(again, "looked at again")


async def test_a_status_that_is_in_no_list_is_shown_and_waited_out(world: Bring, bench: Bring) -> None:
    place, made = await deploying(world, bench)
    place.fault("unknown_status", "Rollout", text="TELEPORTING")
    await made.until(lambda: rollout_of(made).status == "TELEPORTING", "shown")
    assert not rollout_of(made).is_over
    place.all_well()
    await made.until_item(DEPLOY, "done")


async def test_looks_get_fewer_as_requests_run_out_and_the_way_back_keeps_its_own(world: Bring, bench: Bring) -> None:
    place = await world(speed=400)
    railway = place.railway(requests_per_hour=60)  # 20 of them are held back
    made = await bench(plan_of("do set_grace", "do deploy_web"), world=place, railway=railway)
    await made.do(SET)
    await _spend(railway, until=22)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    assert railway.budget.used <= 40
    assert railway.budget.stretch > 1
    await _spend(railway, until=40)
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"


async def _spend(railway: Railway, until: int) -> None:
    """Ask until so many requests are used; the runner may have had the last of them meanwhile."""
    with suppress(Throttled):
        while railway.budget.used < until:
            await railway.deployments("web", first=1)


@pytest.mark.parametrize("skew", [-90.0, 90.0])
async def test_a_lost_deploy_is_found_and_proved_by_a_clock_that_is_not_ours(
    world: Bring, bench: Bring, skew: float
) -> None:
    place = await world(speed=600, skew=skew)
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("drop_after", "Deploy", count=1)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "unknown")
    await made.until(lambda: made.intent(DEPLOY).told, "told")
    assert made.intent(DEPLOY).told == "happened"
    await made.give(wanted.Settle(DEPLOY, happened=True))
    await made.until_item(DEPLOY, "done", "failed")
    assert made.state.item(DEPLOY).status == "done"
    assert len(place.effects("serviceInstanceDeployV2")) == 1


@pytest.mark.parametrize("skew", [-90.0, 90.0])
async def test_a_clock_of_railway_that_is_not_ours_is_noticed(world: Bring, bench: Bring, skew: float) -> None:
    _, made = await deploying(world, bench, speed=20, skew=skew)
    await made.until(lambda: abs(rollout_of(made).clock_lead) > 45, "noticed")
    assert (rollout_of(made).clock_lead > 0) is (skew > 0)


async def test_a_way_back_found_by_trouble_is_not_looked_for_twice(world: Bring, bench: Bring) -> None:
    """The answer to the rollback came, the new deployment is known, and then Railway fails for a while."""
    place = await world(speed=1200)
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    place.fault("status", "Settings", status=500)
    await made.roll_back("level-2")
    await made.until(lambda: len(place.requests("Settings")) >= 6, "asked twice")
    place.all_well()
    await made.until_item(BACK, "done", "unknown", "failed")
    assert made.state.item(BACK).status == "done"


async def test_nothing_is_asked_of_railway_once_a_run_is_closed(world: Bring, bench: Bring) -> None:
    """Closed with an outcome that stays unknown: nobody looks any more."""
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("drop_before", "Deploy", count=1)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "unknown")
    await made.give(wanted.Close("abandoned", "somebody else takes over"))
    await made.until(lambda: not made.runner._tasks.count, "let go")
    seen = len(place.requests("Deployments"))
    assert isinstance(made.session.clock, PacedClock)
    made.session.clock.adopt(PlanPace(made.session.clock.now() + minutes(5), time.time(), 1.0))
    for _ in range(3):
        await made.runner._round()
    assert made.runner._tasks.count == 0
    assert len(place.requests("Deployments")) == seen


async def test_a_database_that_goes_away_is_an_error_and_comes_back(database: Database, bench: Bring, clock) -> None:
    source = Postgres("db", database.url)
    plan = plan_of(
        "check one",
        connections={"db": {"kind": "postgres", "url": "env:DATABASE_URL"}},
        checks={"one": {"on": "db", "sql": "select 1", "pass": "value == 1", "seen": "select true", "deadline": "3s"}},
        actions={},
        rollback=[],
    )
    made = await bench(plan, sources={"db": source}, clock=clock)
    item = "work/check:one"
    await made.until_item(item, "done")
    _shut(database)
    await made.give(wanted.Enquire(item))
    await made.until_item(item, "failed")
    assert made.state.item(item).verdict == "error"
    assert made.session.telemetry.links["db"]
    _open(database)
    await made.give(wanted.Enquire(item))
    await made.until_item(item, "done", "failed")
    assert made.state.item(item).verdict == "pass"
    assert "db" not in made.session.telemetry.links


def _shut(database: Database) -> None:
    """Nobody gets in, and who is in is thrown out."""
    _administer(database, f"alter database {database.name} allow_connections false")
    _administer(database, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database.name}'")


def _open(database: Database) -> None:
    _administer(database, f"alter database {database.name} allow_connections true")


def _administer(database: Database, statement: str) -> None:
    with psycopg.connect(database.server.admin_url, autocommit=True) as admin:
        admin.execute(statement.encode())


class Broken:
    """A source with a defect."""

    async def ask(self, check: object, asking: Asking) -> Answer:
        raise ZeroDivisionError("a defect")

    async def examine(self) -> Link:
        return Link("app", ok=True, summary="fine", milliseconds=1)

    async def close(self) -> None:
        pass


async def test_a_defect_of_ours_ends_the_runner_loudly(bench: Bring, clock, tmp_path: Path) -> None:
    plan = plan_of(
        "check one",
        connections={"app": {"kind": "http", "base_url": "https://reports.example"}},
        checks={"one": {"on": "app", "get": "/"}},
        actions={},
        rollback=[],
    )
    made = await bench(plan, sources={"app": Broken()}, clock=clock)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(made.task, 10)
    assert made.state.item("work/check:one").status == "running"
