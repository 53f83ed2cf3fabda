from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cockpit import planfile
from cockpit.core.plan.action import Action
from cockpit.simulator.tables.allowances import Allowances
from cockpit.simulator.tables.reports import Reports

if TYPE_CHECKING:
    from tests.conftest import Database

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAN = Path(__file__).parents[3] / "plans" / "migration.toml"

COUNTED = "select sum(tokens) from token_usage where report_id not in (select report_id from before)"


@dataclass
class World:
    """Reports and allowances under test."""

    database: Database
    reports: Reports
    allowances: Allowances

    async def at(self, serving: str = "old", *, leaks: bool = False, **span: float) -> dict[str, object]:
        await self.reports.advance(START + timedelta(**span), serving=serving, regression=False)
        await self.allowances.advance(serving=serving, leaks=leaks)
        return await self.allowances.last_look()

    def one(self, statement: str) -> object:
        return self.database.run(statement)[0][0]

    def applies(self, name: str) -> None:
        """The very statement of the plan."""
        action = planfile.load(PLAN).actions[name]
        assert isinstance(action, Action)
        assert action.sql is not None
        self.database.run(*action.statements)


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    reports = await Reports.open_at(database, START, time.time(), 0)
    await reports.seed(0)
    allowances = await Allowances.open(database)
    await allowances.seed()
    yield World(database, reports, allowances)
    await allowances.close()
    await reports.close()


async def test_a_report_is_charged_once_however_often_the_world_moves(world: World) -> None:
    world.database.run("create table before as select report_id from token_usage")
    before = world.one("select sum(tokens_used) from allowances")
    await world.at(minutes=20)
    await world.at(minutes=20)
    after = world.one("select sum(tokens_used) from allowances")
    assert world.one(COUNTED) == after - before  # type: ignore[operator]  # both are numeric
    assert after > before  # type: ignore[operator]


async def test_months_that_are_over_stay_as_they_are(world: World) -> None:
    over = "select string_agg(tokens_used::text, ' ' order by account_id, month) from allowances where month > 0"
    before = world.one(over)
    await world.at(hours=1)
    assert world.one(over) == before


async def test_the_new_version_writes_its_steps_and_lets_go_of_what_it_held(world: World) -> None:
    world.applies("change_schema")
    assert (await world.at(minutes=10))["leaked"] == 0
    assert world.one("select count(*) from step_charges") == 0
    assert (await world.at("new", minutes=20))["leaked"] == 0
    assert world.one("select count(*) > 0 from step_charges") is True
    assert world.one("select bool_and(status = 'released') from reservations") is True


async def test_a_version_that_leaks_holds_on_until_its_tables_are_gone(world: World) -> None:
    world.applies("change_schema")
    look = await world.at("new", minutes=20, leaks=True)
    assert look["leaked"] == world.one("select count(*) from reservations where status = 'held'") != 0
    world.applies("drop_change")
    after = await world.at("new", minutes=30, leaks=True)
    assert after == {"schema_changes": 1, "leaked": look["leaked"], "added": False}


async def test_it_is_taken_up_again_as_it_was(world: World) -> None:
    await world.at(minutes=20)
    everything = "select string_agg(a::text, ' ' order by a::text) from allowances as a"
    before = world.one(everything)
    again = await Allowances.open(world.database)
    await again.seed()
    await again.close()
    await world.at(minutes=20)
    assert world.one(everything) == before
