"""The plans we ship: complete, sound, and true of the stand-in world they are played against."""

from __future__ import annotations

import inspect
import re
import time
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from pydantic import BaseModel, TypeAdapter

from cockpit.core.expression import Expression
from cockpit.core.plan import LogCheck, Phase, Plan, PostgresCheck, Verb
from cockpit.planfile import lint, load, loads, schema
from cockpit.simulator.scenario import SCENARIOS
from cockpit.simulator.tables.reports import TEST_REPORT, Reports

if TYPE_CHECKING:
    from tests.conftest import Database

ROOT = Path(__file__).parents[1]
FILE = ROOT / "sample-config.toml"
DOCS = ROOT / "docs" / "plan.md"
SOURCES = ROOT / "docs" / "sources.md"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(FILE)


def example(page: Path = DOCS) -> str:
    """The plan in the reference, or on another page."""
    found = re.search(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("environment", [None, "production", "staging"])
def test_the_sample_has_no_complaints_and_needs_no_advice(environment: str | None) -> None:
    assert lint(FILE, environment=environment) == ((), ())


def test_the_plan_in_the_reference_has_no_complaints_and_needs_no_advice(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(example(), encoding="utf-8")
    assert lint(path) == ((), ())
    assert lint(path, environment="staging") == ((), ())


def test_the_plan_of_all_sources_has_no_complaints_and_needs_no_advice(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(example(SOURCES), encoding="utf-8")
    assert lint(path) == ((), ())


def tables(value: object) -> Iterator[BaseModel]:
    """A model and every model in it."""
    if isinstance(value, BaseModel):
        yield value
        inside: list[object] = [getattr(value, name) for name in type(value).model_fields]
    else:
        inside = list(value.values()) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else []
    for each in inside:
        yield from tables(each)


def owned(model: type[BaseModel], name: str) -> tuple[str, str]:
    """A field under the model that introduces it: what checks have in common need occur in one of them only."""
    owner = next(each for each in model.__mro__ if name in inspect.get_annotations(each))
    return owner.__name__, name


def test_every_field_of_every_model_occurs() -> None:
    """In the sample, or in the plan of all sources: not every deploy has a use for each."""
    plans = [load(FILE), load(FILE, environment="staging"), loads(example(SOURCES), file="sources.toml")]
    found = [table for plan in plans for table in tables(plan)]
    models = {type(table) for table in found}
    assert {model.__name__ for model in models} >= {name for name in schema()["$defs"] if name != "Confirm"}
    written = {owned(type(table), name) for table in found for name in table.model_fields_set}
    assert {owned(model, name) for model in models for name in model.model_fields} - written == set()


def test_every_key_is_in_the_reference() -> None:
    page = DOCS.read_text(encoding="utf-8")
    keys = {key for each in (schema(), *schema()["$defs"].values()) for key in each.get("properties", {})}
    assert [key for key in sorted(keys) if not re.search(rf"`{key}`|\[{key}|\b{key} =", page)] == []


def test_it_shows_everything_a_plan_can_do(plan: Plan) -> None:
    assert {item.verb for item in plan.lines()} == set(Verb)
    gates = [phase for phase in plan.phases if phase.is_gate]
    assert [phase.expires for phase in gates] == [timedelta(minutes=30)]
    assert {phase.due_at.opens for phase in plan.phases if phase.due_at} == {True, False}
    assert timedelta(hours=24) in [phase.watch.span for phase in plan.phases if phase.watch]
    assert {monitor.for_ is None for monitor in plan.monitors.values()} == {True, False}
    assert plan.triggers
    assert plan.not_triggers
    assert {trigger.when is None for trigger in plan.triggers} == {True, False}
    assert len(plan.rollback) == len(plan.sign_off) == 2
    assert {phase.title for phase in plan.phases} >= {"One hour on", "Four hours on", "Eight hours on"}


def test_a_rehearsal_can_do_everything_its_phases_ask_for(plan: Plan) -> None:
    """No command and no write of this machine is in a phase; every ask of a phase has an answer to accept."""
    for item in plan.lines():
        if item.verb is Verb.DO:
            assert plan.actions[item.target].kind not in ("argv", "sql", "scale", "restart", "redeploy")
        if item.verb is Verb.ASK:
            assert plan.asks[item.target].default is not None
    assert plan.asks["test_report"].default == TEST_REPORT


def test_the_health_endpoint_is_probed_every_few_seconds_from_the_gate_on(plan: Plan) -> None:
    gate = next(i for i, phase in enumerate(plan.phases) if phase.is_gate)
    probes = plan.phases[gate + 1]
    assert (probes.lasts, probes.monitors) == ("24h from gate", ("health",))
    assert plan.monitors["health"].every <= timedelta(seconds=5)


def test_the_second_way_back_undoes_the_variables_and_brings_back_the_image(plan: Plan) -> None:
    way = [plan.actions[item.target].kind for item in plan.rollback[1].lines() if item.verb is Verb.DO]
    assert way == ["delete_variables", "rollback"]


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ("stuck", {"value": 0}, {"value": 1}),
        ("recent_steps", {"value": 8}, {"value": 5}),
        ("health", {"status": 200, "json": {"status": "healthy", "service": "reports"}}, {"status": 503, "json": {}}),
        ("old_drained", {"found": True, "lines": 9}, {"found": False, "lines": 9}),
        ("new_errors", {"count": 0, "lines": 9}, {"count": 1, "lines": 9}),
        (
            "grace_running",
            {
                "variables": {
                    "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300",
                    "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600",
                }
            },
            {"variables": {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "0", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"}},
        ),
        ("grace_unset", {"variables": {"PORT": "8080"}}, {"variables": {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"}}),
    ],
)
def test_expectations_tell_good_from_bad(plan: Plan, check: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    question = plan.checks[check]
    assert question.pass_ is not None
    assert Expression.parse(question.pass_).judge(good).ok
    assert not Expression.parse(question.pass_).judge(bad).ok
    if question.seen is not None and not isinstance(question, PostgresCheck):
        assert Expression.parse(question.seen).judge(good).ok


def test_the_reference_asks_for_seconds_as_a_number() -> None:
    up = loads(example(), file="plan.toml").checks["up"]
    assert up.pass_ is not None
    assert Expression.parse(up.pass_).judge({"status": 200, "elapsed": Decimal("0.04")}).ok


def test_the_goodbye_of_an_instance_that_is_killed_passes_too(plan: Plan) -> None:
    goodbye, farewell = plan.checks["old_drained"], plan.checks["old_farewell"]
    assert isinstance(goodbye, LogCheck)
    assert goodbye.ordered == ("SIGTERM received",)
    assert farewell.pass_ is None
    after = next(phase for phase in plan.phases if phase.title == "After")
    assert "record old_farewell" in after.items


class Rows:
    """The stand-in database; `ask` answers as the Postgres adapter would, parameters bound."""

    def __init__(self, reports: Reports, database: Database) -> None:
        self.reports = reports
        self._url = database.url

    async def ask(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute("set default_transaction_read_only = on")
            cursor = psycopg.AsyncRawCursor(connection)
            await cursor.execute(sql.encode(), parameters)
            return await cursor.fetchall()


@pytest.fixture
async def rows(database: Database) -> AsyncIterator[Rows]:
    reports = await Reports.open_at(database, START, time.time(), 0)
    await reports.seed(SCENARIOS["calm"].orphans)
    yield Rows(reports, database)
    await reports.close()


async def said(plan: Plan, rows: Rows, name: str, *parameters: object) -> tuple[object, bool]:
    """The value of a check and whether its control holds."""
    check = plan.checks[name]
    assert isinstance(check, PostgresCheck)
    assert check.seen is not None
    ((value,),) = await rows.ask(check.statements[-1], *parameters)
    return value, (await rows.ask(check.seen)) == [(True,)]


async def test_its_questions_pass_in_a_calm_world_and_fail_after_a_regression(plan: Plan, rows: Rows) -> None:
    up = START + timedelta(minutes=5)
    await rows.reports.set_clock(START + timedelta(minutes=20), time.time(), 1)
    await rows.reports.advance(START + timedelta(minutes=20), serving="new", regression=False)
    steps, seen = await said(plan, rows, "recent_steps", up)
    assert (steps, seen) == (8, True)
    assert await said(plan, rows, "test_report_steps", TEST_REPORT) == (8, True)
    assert await said(plan, rows, "stuck") == (0, True)
    assert await said(plan, rows, "tokens_once") == (0, True)

    await rows.reports.advance(START + timedelta(minutes=20, seconds=1), serving="new", regression=True)
    await rows.reports.advance(START + timedelta(minutes=40), serving="new", regression=True)
    broken, _ = await said(plan, rows, "recent_steps", START + timedelta(minutes=20))
    assert broken == 5
    assert await said(plan, rows, "test_report_steps", TEST_REPORT) == (5, True)


async def test_orphans_are_seen_as_stuck(plan: Plan, database: Database) -> None:
    reports = await Reports.open_at(database, START, time.time(), 0)
    await reports.seed(SCENARIOS["stuck-reports"].orphans)
    value, seen = await said(plan, Rows(reports, database), "stuck")
    await reports.close()
    assert (value, seen) == (SCENARIOS["stuck-reports"].orphans, True)


async def test_rows_have_the_columns_the_plan_speaks_of(plan: Plan, rows: Rows) -> None:
    by_status, in_flight = plan.checks["by_status"], plan.checks["in_flight"]
    assert isinstance(by_status, PostgresCheck)
    assert isinstance(in_flight, PostgresCheck)
    assert dict(await rows.ask(by_status.statements[-1])) == {"completed": 50, "failed": 2, "in_progress": 3}
    assert [len(row) for row in await rows.ask(in_flight.statements[-1])] == [3, 3, 3]
    assert by_status.rows_by == "status"
    assert in_flight.mask == ("title",)


async def test_the_database_says_it_is_the_one_meant(plan: Plan, rows: Rows) -> None:
    statement = TypeAdapter(dict[str, Any]).validate_python(tomllib.loads(FILE.read_text(encoding="utf-8")))
    assert "current_database() = 'reports'" in statement["connections"]["db"]["is"]


def test_phases_are_in_the_order_of_the_operation(plan: Plan) -> None:
    titles = [phase.title for phase in plan.phases]
    assert titles.index("After") == titles.index("Deploy") + 1
    assert isinstance(plan.phase("go-no-go"), Phase)
    assert titles[-1] == "Sign-off"
