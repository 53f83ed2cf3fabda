from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from cockpit.errors import SimulatorError
from cockpit.simulator.tables.reports import TEST_REPORT, Reports

if TYPE_CHECKING:
    from tests.conftest import Database

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class World:
    """The report service under test; its rows move when they are told to."""

    reports: Reports
    url: str

    async def at(self, serving: str = "old", *, regression: bool = False, **span: float) -> dict[str, object]:
        await self.reports.advance(START + timedelta(**span), serving=serving, regression=regression)
        return await self.reports.last_look()

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            return await (await connection.execute(statement.encode())).fetchall()

    async def content(self) -> list[tuple[object, ...]]:
        return await self.rows(
            "select r::text, s::text from reports r left join steps s on s.report_id = id order by 1, 2"
        )


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    reports = await Reports.open_at(database, START, time.time(), 0)
    yield World(reports, database.url)
    await reports.close()


async def test_the_world_is_found_with_complete_young_and_failed_reports(world: World) -> None:
    await world.reports.seed(0)
    assert await world.reports.last_look() == {
        "in_progress": 3, "completed": 50, "failed": 2, "orphans": 0, "broken": 0, "harmed": 0,
    }  # fmt: skip
    young = "select count(*) from reports where status = 'in_progress' and created_at > now() - interval '30 minutes'"
    assert await world.rows(young) == [(3,)]


async def test_orphans_are_in_progress_for_longer_than_two_hours_and_stay_so(world: World) -> None:
    await world.reports.seed(4)
    before = await world.at(seconds=0)
    after = await world.at(hours=3)
    assert (before["orphans"], after["orphans"]) == (4, 4)


async def test_seeding_again_adds_nothing(world: World) -> None:
    await world.reports.seed(2)
    before = await world.content()
    await world.reports.seed(9)
    assert await world.content() == before


@pytest.mark.parametrize("steps", [1, 7, 60])
async def test_the_rows_depend_on_plan_time_and_not_on_how_often_they_are_moved(world: World, steps: int) -> None:
    await world.reports.seed(1)
    for step in range(1, steps + 1):
        await world.at(seconds=3000 * step / steps)
        await world.at(seconds=3000 * step / steps)
    assert await world.rows("select status::text, count(*) from reports group by 1 order by 1") == [
        ("completed", 50 + 3 + 64), ("failed", 2), ("in_progress", 1 + 11),
    ]  # fmt: skip


async def test_in_a_healthy_world_complete_reports_only_grow_and_nothing_else_goes_wrong(world: World) -> None:
    await world.reports.seed(0)
    completed = 0
    for minute in range(0, 1500, 25):
        look = await world.at("new", minutes=minute)
        assert look["completed"] >= completed  # type: ignore[operator]  # a count
        completed = int(str(look["completed"]))
        assert (look["failed"], look["orphans"], look["broken"]) == (2, 0, 0)
    assert completed > 2000


async def test_every_complete_report_has_its_token_usage(world: World) -> None:
    await world.reports.seed(0)
    await world.at(hours=1)
    assert await world.rows(
        "select count(*) from reports join token_usage u on u.report_id = id"
        " where status = 'completed' and u.tokens <> (select sum(tokens) from steps s where s.report_id = id)"
    ) == [(0,)]


async def test_a_regression_needs_the_new_version_to_serve(world: World) -> None:
    await world.reports.seed(0)
    look = await world.at("old", regression=True, minutes=30)
    assert (look["failed"], look["broken"]) == (2, 0)


async def test_a_regression_shows_within_two_minutes_whatever_came_in_before(world: World) -> None:
    await world.reports.seed(0)
    baseline = await world.reports.last_look()
    await world.at("old", regression=True, minutes=45)
    await world.at("new", regression=True, minutes=45)
    look = await world.at("new", regression=True, minutes=47)
    assert look["completed"] < baseline["completed"]  # type: ignore[operator]  # counts
    assert look["failed"] > baseline["failed"]  # type: ignore[operator]  # counts
    assert await world.rows(f"select count(*) from steps where report_id = '{TEST_REPORT}'") == [(5,)]
    later = await world.at("new", regression=True, minutes=60)
    assert later["broken"] > 10  # type: ignore[operator]  # a count


async def test_the_old_version_makes_good_what_the_bad_one_did(world: World) -> None:
    await world.reports.seed(0)
    await world.at("old", regression=True, minutes=10)
    await world.at("new", regression=True, minutes=10)
    await world.at("new", regression=True, minutes=25)
    look = await world.at("old", regression=True, minutes=26)
    assert look["harmed"] > 30, "what was done is remembered"  # type: ignore[operator]  # a count
    assert (look["failed"], look["broken"], look["orphans"]) == (2, 0, 0)
    assert look["completed"] == 50 + 3 + 28
    assert await world.rows(f"select count(*) from steps where report_id = '{TEST_REPORT}'") == [(8,)]


async def test_a_day_at_once_keeps_up(world: World) -> None:
    await world.reports.seed(0)
    await world.at(hours=24)
    began = time.perf_counter()
    for call in range(20):
        await world.at(hours=24, minutes=40 * (call + 1))
    assert (time.perf_counter() - began) / 20 < 1, "an advance at 2400 times real time takes a fraction of a second"


async def test_the_tables_stop_growing(world: World) -> None:
    await world.reports.seed(0)
    await world.at(days=400)
    assert await world.rows("select count(*) from reports") == [(10_055,)]


async def test_plain_now_is_plan_time_for_everybody(world: World) -> None:
    assert await world.rows("select now()") == [(START,)]
    await world.at(hours=5)
    await world.reports.set_clock(START + timedelta(hours=5), time.time(), 0)
    assert await world.rows("select now(), sim.now()") == [(START + timedelta(hours=5),) * 2]


async def test_plan_time_runs_at_its_pace(world: World) -> None:
    await world.at(hours=1)
    machine = time.time()
    await world.reports.set_clock(START, machine, 100)
    [(seen,)] = await world.rows("select now()")
    assert isinstance(seen, datetime)
    assert timedelta() <= seen - START <= timedelta(seconds=100 * (time.time() - machine) + 0.1)


async def test_plan_time_never_runs_away_from_the_rows(world: World) -> None:
    await world.reports.seed(0)
    await world.reports.set_clock(START, time.time() - 60, 2400)
    assert await world.rows("select now()") == [(START + timedelta(minutes=1),)]
    look = await world.reports.last_look()
    assert look["orphans"] == 0


async def test_it_is_taken_up_again_as_it_was(world: World, database: Database) -> None:
    await world.reports.seed(1)
    await world.at(hours=1)
    before = await world.content()
    again = await Reports.open_at(database, START + timedelta(hours=1), time.time(), 0)
    await again.seed(1)
    await again.advance(START + timedelta(hours=1), serving="old", regression=False)
    await again.close()
    assert await world.content() == before


async def test_a_database_that_is_gone_is_said_in_a_sentence(database: Database) -> None:
    reports = await Reports.open_at(database, START, time.time(), 0)
    ours = f"datname = '{database.name}' and pid <> pg_backend_pid()"
    database.run(f"select pg_terminate_backend(pid) from pg_stat_activity where {ours}", role="postgres")
    with pytest.raises(SimulatorError, match=r"The simulator's database failed: .* Start the simulator again\."):
        await reports.seed(0)
    await reports.close()
