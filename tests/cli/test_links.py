"""`doctor`, against real servers: what works, what does not, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cockpit.simulator.faults import Fault
from tests.adapters.railway.conftest import World
from tests.cli.conftest import Cockpit, Write, app, db, phase, railway
from tests.conftest import Database

NOTHING = phase("tick Coffee")


@pytest.fixture
def whole(home: Path, world: World, database: Database, write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan of three connections, whose secrets are where the plan says."""
    database.run("create table reports ()")
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("RAILWAY_TOKEN", world.address["railway"]["project_token"])
    return write(db(), railway(world), app(world.address["app"]["base_url"]), NOTHING)


def paragraph(text: str, connection: str) -> str:
    """What is said of one connection."""
    lines = iter(text.splitlines())
    found = [line for line in lines if line[6:].startswith(f"{connection} ")][:1]
    for line in text.splitlines()[text.splitlines().index(found[0]) + 1 :]:
        if not line.startswith("      "):
            break
        found.append(line.strip())
    return "\n".join(found)


async def test_it_says_that_all_works_with_which_rights_and_how_fast(whole: Path, cockpit: Cockpit) -> None:
    ran = await cockpit.beside("doctor", whole)
    assert ran.code == 0, ran
    assert "as cockpit_reader" in paragraph(ran.out, "db")
    assert "ms a round trip, transactions read-only" in paragraph(ran.out, "db")
    assert "Tables and views it may read: 1; write to: 0." in paragraph(ran.out, "db")
    told = paragraph(ran.out, "railway")
    assert told.startswith("ok    railway  project token of reports, production; services: web, worker, ")
    assert "Logs come by websocket." in told
    assert "of 1000 requests are used this hour; 50 are kept for a rollback." in told
    assert " answers 200, " in paragraph(ran.out, "app")
    assert ran.out.endswith("All 3 connections work.\n")


@pytest.mark.parametrize(
    ("variable", "token", "told"),
    [
        ("RAILWAY_TOKEN", "project_token", "ok    railway  project token of reports, production"),
        ("RAILWAY_API_TOKEN", "account_token", "ok    railway  account token of reports, production"),
        ("RAILWAY_API_TOKEN", "workspace_token", "ok    railway  workspace token of reports, production"),
        ("RAILWAY_TOKEN", "account_token", "RAILWAY_TOKEN holds an account or workspace token"),
        ("RAILWAY_TOKEN", "workspace_token", "RAILWAY_TOKEN holds an account or workspace token"),
        ("RAILWAY_API_TOKEN", "project_token", "RAILWAY_API_TOKEN holds a project token"),
        ("RAILWAY_TOKEN", "", "neither as a project token nor as an account or workspace token"),
        ("RAILWAY_API_TOKEN", "", "neither as an account or workspace token nor as a project token"),
    ],
)
async def test_a_token_is_named_by_its_kind(
    world: World,
    cockpit: Cockpit,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    token: str,
    told: str,
) -> None:
    value = world.address["railway"].get(token, "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv(variable, value)
    ran = await cockpit.beside("doctor", write(railway(world, f"env:{variable}"), NOTHING))
    assert told in ran.out
    assert ran.code == (0 if told.startswith("ok") else 1)
    assert value not in ran.out + ran.err


async def test_a_token_without_its_project_named_is_refused_where_it_is_good_for_several(
    world: World, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAILWAY_API_TOKEN", world.address["railway"]["account_token"])
    plan = write(railway(world, "env:RAILWAY_API_TOKEN").replace('project = "reports"\n', ""), NOTHING)
    ran = await cockpit.beside("doctor", plan)
    assert ran.code == 1
    assert "Set `project` on the Railway connection." in ran.out


async def test_the_wrong_environment_behind_a_token_is_named_and_nothing_else_is_asked(
    world: World, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAILWAY_TOKEN", world.address["railway"]["project_token"])
    ran = await cockpit.beside("doctor", write(railway(world, environment="staging-eu"), NOTHING))
    assert ran.code == 1
    assert "The plan says environment 'staging-eu', the token is good for: production." in ran.out
    assert "Nothing is done." in ran.out
    assert world.asked("services") == []


def test_a_missing_variable_is_named_and_hides_no_other_connection(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    other = db().replace("connections.db", "connections.other").replace("DATABASE_URL", "COCKPIT_OF_TEST")
    ran = cockpit("doctor", write(other, db(), NOTHING))
    assert ran.code == 1
    assert paragraph(ran.out, "other") == (
        "FAIL  other  The environment variable COCKPIT_OF_TEST is not set.\nExport it, then start again."
    )
    assert ran.out.splitlines()[2].startswith("ok    db ")
    assert ran.out.endswith("1 of 2 connections does not work: other.\n")


def test_a_database_that_is_down_is_told(cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:tell-nobody@127.0.0.1:1/reports")
    ran = cockpit("doctor", write(db(), NOTHING))
    assert ran.code == 1
    assert "'db' cannot be reached" in ran.out
    assert "See whether it is up, and reachable from this host." in ran.out
    assert "tell-nobody" not in ran.out + ran.err


def test_a_database_that_is_not_the_one_meant_is_refused(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    ran = cockpit("doctor", write(db(is_="select current_database() = 'elsewhere'"), NOTHING))
    assert ran.code == 1
    assert "is not the database that the plan means" in ran.out


def test_a_role_that_may_read_nothing_is_warned_of(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run("create table hidden ()", "revoke all on hidden from cockpit_reader")
    monkeypatch.setenv("DATABASE_URL", database.url)
    ran = cockpit("doctor", write(db(), NOTHING))
    assert ran.code == 0
    assert "The role may read no table here." in ran.out


def test_a_superuser_is_warned_of(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.admin_url)
    ran = cockpit("doctor", write(db(), NOTHING))
    assert ran.code == 0
    assert "The role is a superuser" in ran.out


async def test_logs_without_a_websocket_are_told_and_no_failure(
    whole: Path, world: World, cockpit: Cockpit
) -> None:
    world.fault(Fault.REFUSE_UPGRADE, status=403)
    ran = await cockpit.beside("doctor", whole)
    assert ran.code == 0
    assert "Logs come by polling." in ran.out
    assert "No websocket passes" in ran.out


@pytest.mark.parametrize(
    ("fault", "more", "told"),
    [
        (Fault.UNAUTHORIZED, {}, "Railway does not accept this token"),
        (Fault.STATUS, {"status": 401}, "Railway does not accept this token"),
        (Fault.STATUS, {"status": 429, "retry_after": 30}, "too many requests; it asks for 30 s"),
        (Fault.STATUS, {"status": 500}, "Railway is having trouble (HTTP 500)"),
        (Fault.HTML, {}, "Railway's answer makes no sense"),
        (Fault.TRUNCATED, {}, "Railway's answer makes no sense"),
        (Fault.DROP_BEFORE, {}, "broke off the connection"),
    ],
)
async def test_railway_in_trouble_is_told_in_words(
    whole: Path, world: World, cockpit: Cockpit, fault: Fault, more: dict[str, Any], told: str
) -> None:
    world.fault(fault, **more)
    ran = await cockpit.beside("doctor", whole)
    assert ran.code == 1
    assert told in paragraph(ran.out, "railway")
    assert len(paragraph(ran.out, "railway").splitlines()) == 2, "what happened, and what to do"
    assert world.address["railway"]["project_token"] not in ran.out + ran.err


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.cli.links._PATIENCE", 0.5)


@pytest.mark.usefixtures("impatient")
async def test_railway_that_never_answers_is_given_up(whole: Path, world: World, cockpit: Cockpit) -> None:
    world.fault(Fault.HANG)
    ran = await cockpit.beside("doctor", whole)
    assert ran.code == 1
    assert "It did not answer within" in paragraph(ran.out, "railway")


def test_a_plan_without_connections_could_not_tell(cockpit: Cockpit, write: Write) -> None:
    ran = cockpit("doctor", write(NOTHING))
    assert (ran.code, ran.out) == (3, "The plan has no connections.\n")


def test_a_plan_of_several_environments_must_be_told_which(cockpit: Cockpit) -> None:
    ran = cockpit("doctor", "sample-config.toml")
    assert ran.code == 2
    assert "Say which with -e: production, staging." in ran.err
