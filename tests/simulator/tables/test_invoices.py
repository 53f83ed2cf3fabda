from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cockpit import planfile
from cockpit.core.plan.action import Action
from cockpit.simulator.clock import iso
from cockpit.simulator.tables.invoices import Invoices, Worker

if TYPE_CHECKING:
    from tests.conftest import Database

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAN = Path(__file__).parents[3] / "plans" / "workers.toml"

BY_STATUS = "select kind, status::text, count(*) from ops.jobs where number > 0 group by 1, 2 order by 1, 2"
DONE = "select count(*) from ops.jobs where kind = 'import' and status = 'completed' and number > 0"


@dataclass
class World:
    """The queue under test; `team` is who works."""

    database: Database
    jobs: Invoices
    team: list[Worker] = field(default_factory=list)

    def hires(self, kind: str, name: str, *, new: bool = False, fails: bool = False, **after: float) -> None:
        since = iso(START + timedelta(**after))
        self.team.append(Worker(f"{kind}-{name}", kind, "0ddba11c", new, fails, since))

    async def at(self, *, drains: bool = True, **span: float) -> dict[str, object]:
        now = START + timedelta(**span)
        await self.jobs.advance(now, self.team, drains=drains)
        await self.jobs.set_clock(now, time.time(), 0)
        return await self.jobs.last_look()

    def one(self, statement: str) -> object:
        return self.database.run(statement)[0][0]

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self.database.run(statement)


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    await database.server.knows(*Invoices.ROLES)
    jobs = await Invoices.open_at(database, START, time.time(), 0)
    await jobs.seed()
    yield World(database, jobs)
    await jobs.close()


async def test_it_is_found_with_an_hour_of_work_done_and_nothing_left_over(world: World) -> None:
    assert await world.jobs.last_look() == {
        "pending": 0, "completed": 181, "orphans": 0, "broken": 0, "schema_changes": 3, "added": False, "crashed": 0,
    }  # fmt: skip
    assert world.one("select count(*) from intake.batches where status <> 'completed'") == 0
    assert world.rows("select type, status, now() - beat_at > interval '1 day' from ops.heartbeats") == [
        ("importer", "running", True)
    ]


@pytest.mark.parametrize("steps", [1, 9, 100])
async def test_the_rows_depend_on_plan_time_and_not_on_how_often_they_are_moved(world: World, steps: int) -> None:
    world.hires("importer", "a")
    world.hires("reminder", "a")
    for step in range(1, steps + 1):
        await world.at(seconds=3600 * step / steps)
    # 180 jobs came, two of three to import; of each kind the last may still be in work.
    assert world.rows(BY_STATUS) == [
        ("import", "completed", 119), ("import", "pending", 1), ("remind", "completed", 60),
    ]  # fmt: skip
    assert world.one("select count(*) from intake.rows join ops.jobs on id = batch_id where jobs.number > 0") == 5 * 119


async def test_while_nobody_works_jobs_pile_up_and_one_worker_takes_five_a_minute_of_them(world: World) -> None:
    world.hires("reminder", "a")
    await world.at(minutes=30)
    assert world.one(DONE) == 0
    assert (await world.at(minutes=30))["pending"] == 60
    world.hires("importer", "a", minutes=30)
    await world.at(minutes=40)
    assert world.one(DONE) == 50
    world.hires("importer", "b", minutes=40)
    await world.at(minutes=42)
    assert world.one(DONE) == 50 + 2 * 10
    hands = "select distinct worker from ops.jobs where kind = 'import' and locked_at > '2026-03-01T12:41Z' order by 1"
    assert world.rows(hands) == [("importer-a",), ("importer-b",)]


async def test_a_job_is_taken_once_whoever_asks_for_it(world: World) -> None:
    await world.at(minutes=2)
    took = "select worker, number from ops.claim_job('{}', 'import')"
    assert world.rows(took.format("a")) == [("a", 1)]
    assert world.rows(took.format("b")) == [("b", 3)]


async def test_one_that_is_told_to_stop_finishes_its_job_and_says_so(world: World) -> None:
    world.hires("importer", "a")
    await world.at(seconds=25)
    assert world.one("select count(*) from ops.jobs where status = 'processing'") == 1
    world.team.clear()
    await world.at(seconds=26)
    assert world.one("select count(*) from ops.jobs where status = 'processing'") == 0
    assert world.rows("select worker, status from ops.heartbeats where worker = 'importer-a'") == [
        ("importer-a", "stopped")
    ]


async def test_one_that_is_killed_leaves_its_job_behind(world: World) -> None:
    world.hires("importer", "a")
    await world.at(seconds=25)
    world.team.clear()
    await world.at(seconds=26, drains=False)
    assert (await world.at(minutes=6, drains=False))["orphans"] == 1


async def test_one_that_cannot_work_takes_nothing_and_never_says_that_it_runs(world: World) -> None:
    world.hires("importer", "a", new=True, fails=True)
    look = await world.at(minutes=10)
    assert (look["pending"], look["crashed"]) == (30, 1)
    beats = "select status, now() - beat_at < interval '1 minute' from ops.heartbeats where version = '0ddba11c'"
    assert world.rows(beats) == [("starting", True)]
    world.team.clear()
    world.hires("importer", "b", minutes=10)
    look = await world.at(minutes=20)
    assert look["crashed"] == 1, "what was done is remembered"
    assert world.one(DONE) == 39


async def test_the_new_importer_says_why_it_refused_a_row_where_the_plan_added_the_table(world: World) -> None:
    world.hires("importer", "a", new=True)
    await world.at(minutes=20)
    action = planfile.load(PLAN).actions["change_schema"]
    assert isinstance(action, Action)
    assert action.sql is not None
    world.database.run(str(action.sql))
    look = await world.at(minutes=40)
    assert (look["added"], look["schema_changes"]) == (True, 4)
    unexplained = """
        select count(*) from intake.rows left join intake.refusals using (batch_id, number)
        where status = 'failed' and reason is null and rows.created_at > '2026-03-01T12:00Z'
    """
    assert world.one(unexplained) == 0
    assert world.one("select count(*) > 0 from intake.refusals") is True


async def test_the_public_changes_nothing_in_the_queue(world: World) -> None:
    rights = "select has_table_privilege('{}', 'ops.jobs', 'insert, update, delete')"
    assert [world.one(rights.format(role)) for role in ("web_anon", "web_user")] == [False, False]
    assert world.one("select has_table_privilege('invoices_app', 'ops.jobs', 'update')") is True


async def test_it_is_taken_up_again_as_it_was(world: World) -> None:
    world.hires("importer", "a")
    await world.at(minutes=20)
    everything = "select md5(string_agg(j::text, ' ' order by number)) from ops.jobs as j"
    before = world.one(everything)
    again = await Invoices.open_at(world.database, START + timedelta(minutes=20), time.time(), 0)
    await again.seed()
    await again.close()
    await world.at(minutes=20)
    assert world.one(everything) == before
