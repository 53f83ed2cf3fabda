"""`doctor`, against real servers: what works, what does not, and what to do about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cockpit import planfile
from cockpit.cli import CARRIED, sample
from cockpit.rehearsal.stage import Stage
from cockpit.simulator.faults import Fault
from cockpit.simulator.server import running
from tests.adapters.railway.conftest import World
from tests.cli.conftest import Cockpit, Write, app, check, db, phase, railway
from tests.conftest import Database
from tests.page import serving

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


async def test_logs_without_a_websocket_are_told_and_no_failure(whole: Path, world: World, cockpit: Cockpit) -> None:
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
    monkeypatch.setattr("cockpit.cli.doctor._PATIENCE", 0.5)


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


def sql(name: str, statement: str, **more: str) -> str:
    return check(name, on="db", sql=statement, pass_="value == 0", **more)


def test_checks_that_the_role_could_not_judge_are_named_with_their_lines(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run("create table reports (id uuid)", "create table closed ()", "revoke all on closed from cockpit_reader")
    monkeypatch.setenv("DATABASE_URL", database.url)
    parts = [
        db(),
        sql("stuck", "select count(*) from reports"),
        sql("closed", "select count(*) from closed"),
        sql("gone", "select count(*) from reports", seen="select exists (select from report)"),
        sql("idle", "select count(*) from pg_stat_activity where state = 'idle in transaction'"),
    ]
    plan = write(*parts, NOTHING)
    ran = cockpit("doctor", plan)
    lines = plan.read_text(encoding="utf-8").splitlines()
    at = {name: lines.index(f"[checks.{name}]") + 1 for name in ("closed", "gone", "idle")}
    hides = "pg_stat_activity hides from cockpit_reader what sessions of others do."
    assert ran.code == 1
    assert ran.out.splitlines()[2:] == [
        f"FAIL  check closed  {plan}:{at['closed']}: 'db' refused: permission denied for table closed.",
        "                    Grant the role what it needs, or ask as a role that has it.",
        f"FAIL  check gone    {plan}:{at['gone']}: seen: 'db' refused: relation \"report\" does not exist.",
        "                    Correct the statement.",
        f"FAIL  check idle    {plan}:{at['idle']}: {hides}",
        "                    Grant it pg_read_all_stats, which pg_monitor has.",
        "The connection works.",
        "3 of 4 checks in SQL cannot be judged: closed, gone, idle.",
    ]


def test_what_an_action_of_the_plan_makes_may_be_there_later(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.owner_url)
    makes = """
[actions.add]
on = "db"
title = "Add the table"
sql = "create table public.step_charges ()"
undo = "none"
why = "it is a test"
"""
    ran = cockpit("doctor", write(db(), sql("new", "select count(*) from public.step_charges"), makes, NOTHING))
    assert ran.code == 0, ran
    assert "note  check new  " in ran.out
    assert "'Add the table' speaks of it: it may be there after that." in ran.out
    assert "Nothing keeps its role from judging the check in SQL; 1 with a note.\n" in ran.out
    assert "Nothing was found against the action that could be looked at.\n" in ran.out


def test_answers_are_tried_by_their_types_and_every_option_of_a_choice(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run("create type state as enum ('open', 'done')")
    database.run("create table reports (id uuid, state state, at timestamptz)")
    monkeypatch.setenv("DATABASE_URL", database.url)
    asks = """
[asks.which]
text = "Which?"
type = "choice"
options = ["open", "closed"]
[asks.number]
text = "Number?"
type = "int"
"""
    fits = sql("fits", "select count(*) from reports where at > $1") + 'with = ["time of gate"]\n'
    choice = sql("choice", "select count(*) from reports where state = $1") + 'with = ["which"]\n'
    number = sql("number", "select count(*) from reports where id = $1") + 'with = ["number"]\n'
    gate = '[[phases]]\ntitle = "Gate"\ngate = ["tick Ready"]\n'
    plan = write(db(), fits, choice, number, asks, gate, phase("ask which", "ask number", "check fits"))
    told = json.loads(cockpit("doctor", plan, "--json").out)
    assert told["outcome"] == "fail"
    assert {each["check"]: each["can_be_judged"] for each in told["checks"]} == {
        "fits": True, "choice": False, "number": False,
    }  # fmt: skip
    (doubt,) = told["checks"][1]["doubts"]
    assert (doubt["key"], doubt["sure"]) == ("sql", True)
    assert '"closed"' in doubt["what"]
    assert told["connections"][0]["ok"] is True


def test_checks_of_a_connection_that_is_down_are_not_looked_at(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@127.0.0.1:1/reports")
    ran = cockpit("doctor", write(db(), sql("one", "select 1"), NOTHING))
    assert ran.code == 1
    assert ran.out.endswith("1 of 1 connections does not work: db.\n")


def action(name: str, **keys: str | list[str]) -> str:
    lines = [f"[actions.{name}]", *(f"{key.rstrip('_')} = {json.dumps(value)}" for key, value in keys.items())]
    return "\n".join([*lines, 'undo = "none"', 'why = "it is a test"', ""])


def test_actions_that_would_fail_are_named_and_what_was_not_looked_at_too(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run("create table orders (id int)")
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("OTHER_URL", "postgresql://somebody@127.0.0.1:1/reports")
    parts = [
        db(),
        db().replace("connections.db", "connections.other").replace("DATABASE_URL", "OTHER_URL"),
        action("fill", on="db", sql="insert into orders values (1)"),
        action("count_up", on="db", sql="do $$ begin end $$"),
        action("far", on="other", sql="delete from orders"),
        action("purge", argv=["no-such-command-here", "--all"]),
        action("flush", argv=["true"]),
    ]
    plan = write(*parts, phase("do fill", "do count_up", "do far", "do purge", "do flush"))
    ran = cockpit("doctor", plan)
    lines = plan.read_text(encoding="utf-8").splitlines()
    at = {name: f"{plan}:{lines.index(f'[actions.{name}]') + 1}:" for name in ("fill", "count_up", "purge")}
    assert ran.code == 1
    assert ran.out.splitlines()[4:] == [
        f"FAIL  do fill      {at['fill']} 'db' refused: permission denied for table orders.",
        "                   Grant the role what it needs, or ask as a role that has it.",
        f"note  do count_up  {at['count_up']} What 'do' needs here cannot be told without doing it.",
        "                   Try it on a database where it may be done: tried_on does, for a way back.",
        f"FAIL  do purge     {at['purge']} argv: no-such-command-here is not on this machine, or may not be run.",
        "                   Install it, or see to its folder in PATH.",
        "1 of 2 connections does not work: other.",
        "2 of 4 actions that could be looked at would fail: fill, purge.",
        "Of SQL its rights, names and types were looked at, not what functions and triggers do inside.",
        "Not looked at: far.",
    ]
    told = json.loads(cockpit("doctor", plan, "--json").out)
    assert {each["action"]: each["would_fail"] for each in told["actions"]} == {
        "fill": True, "count_up": False, "purge": True, "flush": False,
    }  # fmt: skip
    assert told["not_looked_at"] == ["far"]


def test_what_an_action_lacks_and_another_makes_is_a_note_and_what_another_only_uses_is_none(
    database: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.owner_url)
    parts = [
        db(),
        action("make", on="db", title="Make it", sql="create table public.charges (id int)"),
        action("fill", on="db", sql="insert into charges values (1)"),
        action("drop", on="db", sql="drop table public.charges"),
        action("spoil", on="db", sql="delete from typo"),
        action("spoil_too", on="db", sql="delete from typo where true"),
    ]
    steps = phase(*(f"do {name}" for name in ("make", "fill", "drop", "spoil", "spoil_too")))
    told = json.loads(cockpit("doctor", write(*parts, steps), "--json").out)
    assert {each["action"]: each["would_fail"] for each in told["actions"]} == {
        "make": False, "fill": False, "drop": False, "spoil": True, "spoil_too": True,
    }  # fmt: skip
    assert told["actions"][1]["doubts"][0]["remedy"] == "'Make it' speaks of it: it may be there after that."


def test_it_tells_what_time_it_is_where_windows_go_by_and_a_machine_without_zones(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = '[windows.peak]\nfrom = "09:00"\nto = "17:00"\nzone = "Europe/Berlin"\n'
    gate = '[[phases]]\ntitle = "Gate"\ngate = ["tick Ready"]\navoid = ["peak"]\n'
    plan = write(window, gate)
    told = cockpit("doctor", plan).out.splitlines()[0]
    assert re.fullmatch(r"ok    peak: in Europe/Berlin it is \w+ \d\d:\d\d now \(UTC\+0[12]00\)", told)
    monkeypatch.setattr("cockpit.core.plan.window._zone", lambda _: None)
    monkeypatch.setattr("cockpit.core.plan.window.available_timezones", set)
    ran = cockpit("doctor", plan)
    assert ran.code == 2
    assert "windows.peak.zone: This machine has no time zones. Install tzdata" in ran.err


TOLD = '[notifications]\nwebhook = "env:TEAM_HOOK"\n'


def test_the_webhook_of_the_plan_is_looked_at_without_a_post(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as page:
        monkeypatch.setenv("TEAM_HOOK", f"{page.url}/hook?very-secret")
        ran = cockpit("doctor", write(NOTHING, TOLD))
        assert page.posted == []
    assert ran.out.splitlines()[0].startswith("ok    plan's webhook  127.0.0.1 answers; whether it takes an alert was ")
    assert "very-secret" not in ran.out


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (None, "FAIL  plan's webhook  The environment variable TEAM_HOOK is not set."),
        ("http://chat.example/very-secret", "FAIL  plan's webhook  The address of the plan's webhook is not https."),
        ("http://127.0.0.1:1/very-secret", "FAIL  plan's webhook  127.0.0.1 "),
    ],
)
def test_a_webhook_of_the_plan_that_leads_nowhere_is_told(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch, address: str | None, told: str
) -> None:
    if address is not None:
        monkeypatch.setenv("TEAM_HOOK", address)
    ran = cockpit("doctor", write(NOTHING, TOLD))
    assert ran.code == 1
    assert ran.out.startswith(told)
    assert "Alerts cannot be told by the plan's webhook.\n" in ran.out
    assert "very-secret" not in ran.out
    (place,) = json.loads(cockpit("doctor", write(NOTHING, TOLD), "--json").out)["alerts"]
    assert (place["place"], place["ok"]) == ("plan's webhook", False)


@pytest.mark.parametrize("name", [None, *CARRIED], ids=str)
async def test_every_check_of_the_plans_that_travel_along_can_be_judged_by_the_role_that_reads(
    name: str | None, home: Path, tmp_path: Path, cockpit: Cockpit, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sample.path() if name is None else sample.path(name)
    plan = planfile.load(path)
    stage = Stage.of(plan, "calm")
    async with running(tmp_path / "world", postgres=True, project=stage.project) as (address, _):
        monkeypatch.setenv("DATABASE_URL", address["postgres"]["url"])
        ran = await cockpit.beside("doctor", path, "-e", plan.environment, "--json")
    checks = json.loads(ran.out)["checks"]
    assert len(checks) > 3
    assert [each["check"] for each in checks if not each["can_be_judged"]] == []
