"""`check`, against real servers: pass, fail, could not tell, and what bad input and bad weather get."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cockpit.simulator.faults import Fault
from tests.adapters.railway.conftest import World
from tests.cli.conftest import Cockpit, Write, app, check, db, phase, railway
from tests.conftest import Database

ONE = check("one", on="db", sql="select 1", pass_="value == 1")
TWO = check("two", on="db", sql="select 2", pass_="value == 1")
SEEN = check("seen", on="db", sql="select 3")


@pytest.fixture
def reports(home: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with a table, whose address is where plans say."""
    monkeypatch.setenv("DATABASE_URL", database.url)
    database.run("create table reports (id int primary key, status text)", "insert into reports values (1, 'done')")
    return database


@pytest.fixture
def token(home: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    value: str = world.address["railway"]["project_token"]
    monkeypatch.setenv("RAILWAY_TOKEN", value)
    return value


@pytest.mark.parametrize(
    ("checks", "code", "last"),
    [
        ([ONE], 0, "Pass: 1 pass."),
        ([ONE, SEEN], 0, "Pass: 1 pass, 1 observed."),
        ([ONE, TWO], 1, "Fail: 1 pass, 1 fail."),
        ([SEEN], 3, "Could not tell: 1 observed."),
        ([ONE, check("blind", on="db", sql="select 1", seen="select false", pass_="value == 1")], 3,
         "Could not tell: 1 pass, 1 blind."),
        ([ONE, check("wide", on="db", sql="select 1, 2", pass_="value == 1")], 3, "Could not tell: 1 pass, 1 error."),
        ([TWO, check("wide", on="db", sql="select 1, 2", pass_="value == 1")], 1, "Fail: 1 fail, 1 error."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("reports")
def test_the_exit_status_says_pass_fail_or_could_not_tell(
    cockpit: Cockpit, write: Write, checks: list[str], code: int, last: str
) -> None:
    ran = cockpit("check", write(db(), *checks, phase("tick Coffee")))
    assert ran.code == code, ran
    assert ran.out.splitlines()[-1] == last
    assert ran.err == ""


@pytest.mark.usefixtures("reports")
def test_each_verdict_says_why_with_value_and_expression(cockpit: Cockpit, write: Write) -> None:
    ran = cockpit("check", write(db(), ONE, TWO, phase("tick Coffee")))
    assert ran.out.splitlines()[:2] == [
        "✓ pass      one: 1 (value is 1, and value == 1 is true)",
        "✗ fail      two: 2 (value is 2, and value == 1 is false)",
    ]


@pytest.mark.usefixtures("reports")
def test_a_phase_is_chosen_by_title_or_id_and_asks_its_own_checks_once(cockpit: Cockpit, write: Write) -> None:
    parts = [db(), ONE, TWO, SEEN, phase("record seen", "check one", "tick Coffee").replace("All", "Right at first")]
    plan = write(*parts, phase("check two", "same right-at-first/check:one").replace("All", "Then"))
    for name in ("Right at first", "right-at-first"):
        ran = cockpit("check", plan, "--phase", name)
        last = "Pass: 1 observed, 1 pass. 1 item of the phase left to a run."
        assert (ran.code, ran.out.splitlines()[-1]) == (0, last)
    ran = cockpit("check", plan, "--phase", "then")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "Fail: 1 fail, 1 pass.")


@pytest.mark.usefixtures("reports")
def test_a_phase_that_asks_nothing_could_not_tell(cockpit: Cockpit, write: Write) -> None:
    ran = cockpit("check", write(db(), ONE, phase("tick Coffee")), "--phase", "all")
    assert (ran.code, ran.out) == (3, "Could not tell: no check stands there. 1 item of the phase left to a run.\n")
    plan = write(db(), ONE, phase("check one", "tick Tea"))
    told = json.loads(cockpit("check", plan, "--phase", "all", "--json").out)
    assert (told["outcome"], told["left"]) == ("pass", ["all/tick:tea"])


@pytest.mark.usefixtures("reports")
def test_a_rollback_level_is_a_phase_too(cockpit: Cockpit, write: Write) -> None:
    level = phase("check one").replace("phases", "rollback").replace("All", "Back")
    ran = cockpit("check", write(db(), ONE, phase("tick Coffee"), level), "--phase", "Back")
    assert ran.code == 0


@pytest.mark.usefixtures("reports")
def test_a_comparison_without_a_run_is_read_and_could_not_tell(cockpit: Cockpit, write: Write) -> None:
    plan = write(db(), f'{ONE}compare = "equal"', phase("record one"), phase("compare one").replace("All", "After"))
    ran = cockpit("check", plan, "--phase", "after", "--json")
    (told,) = json.loads(ran.out)["checks"]
    assert (ran.code, told["verb"], told["value"], told["verdict"]) == (3, "compare", "1", "error")
    assert "only a run keeps the baseline" in told["because"]


@pytest.mark.usefixtures("reports")
def test_a_comparison_whose_reading_fails_fails(cockpit: Cockpit, write: Write) -> None:
    plan = write(db(), f'{TWO}compare = "equal"', phase("record two"), phase("compare two").replace("All", "After"))
    assert cockpit("check", plan, "--phase", "after").code == 1


@pytest.mark.usefixtures("reports")
def test_json_tells_everything_and_nothing_else_is_printed(cockpit: Cockpit, write: Write) -> None:
    ran = cockpit("check", write(db(), ONE, TWO, phase("tick Coffee")), "--json")
    told = json.loads(ran.out)
    assert (told["plan"], told["phase"], told["outcome"]) == ("A plan of tests", None, "fail")
    assert [(one["check"], one["verdict"], one["value"], one["on"]) for one in told["checks"]] == [
        ("one", "pass", "1", "db"),
        ("two", "fail", "2", "db"),
    ]
    assert {type(one["milliseconds"]) for one in told["checks"]} == {int}
    assert ran.err == ""


@pytest.mark.usefixtures("reports")
def test_what_people_know_is_answered_on_the_command_line(cockpit: Cockpit, write: Write) -> None:
    of = check("of_report", on="db", sql="select status from reports where id = $1", with_='["report"]',
               pass_="value == 'done'")  # fmt: skip
    plan = write(db(), of, '[asks.report]\ntext = "Which?"\ntype = "int"', phase("ask report", "check of_report"))
    ran = cockpit("check", plan)
    assert ran.code == 3
    assert "It needs an answer: report. Give it with --answer report=VALUE." in ran.out
    assert cockpit("check", plan, "--answer", "report=1").code == 0
    ran = cockpit("check", plan, "--answer", "report=one")
    assert ran.code == 2
    assert ran.err == "--answer report: 'one' does not fit. Type a whole number.\n"


def test_an_answer_is_known_to_the_expectation_of_any_source(cockpit: Cockpit, write: Write) -> None:
    shell = '[connections.here]\nkind = "shell"\nfolder = "."\n'
    of = check("of_report", on="here", run='["echo", "3"]', with_='["report"]', pass_="value == report")
    plan = write(shell, of, '[asks.report]\ntext = "Which?"\ntype = "int"', phase("ask report", "check of_report"))
    assert "It needs an answer: report." in cockpit("check", plan).out
    assert cockpit("check", plan, "--answer", "report=3").code == 0
    assert cockpit("check", plan, "--answer", "report=4").code == 1


SECRET = '[asks.pin]\ntext = "Pin"\nsecret = true'
ECHO = check("echo", on="db", sql="select $1::text", with_='["pin"]', pass_="value == 'no'")


@pytest.mark.usefixtures("reports")
def test_a_secret_answer_comes_by_reference_and_is_never_printed(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCKPIT_OF_TEST", "correct-horse-battery")
    plan = write(db(), SECRET, ECHO, phase("ask pin", "check echo"))
    for form in ([], ["--json"]):
        ran = cockpit("check", plan, "--answer", "pin=env:COCKPIT_OF_TEST", *form)
        assert ran.code == 1
        assert "correct-horse-battery" not in ran.out + ran.err
    ran = cockpit("check", plan, "--answer", "pin=correct-horse-battery")
    assert ran.code == 2
    assert "others see a command line" in ran.err
    assert "correct-horse-battery" not in ran.err


@pytest.mark.usefixtures("reports")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--answer", "report"], "--answer report answers nothing. Write --answer ASK=VALUE."),
        (["--answer", "pn=1"], "The plan asks no 'pn'. Did you mean 'pin'?"),
        (["--phase", "al"], "The plan has no phase 'al'. Did you mean 'all'?"),
        (["-e", "staging"], "no environment 'staging'"),
    ],
)
def test_what_leads_nowhere_is_said_with_the_nearest(
    cockpit: Cockpit, write: Write, arguments: list[str], told: str
) -> None:
    ran = cockpit("check", write(db(), SECRET, ECHO, phase("ask pin", "check echo")), *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.out == ""


@pytest.mark.usefixtures("reports")
def test_the_value_of_a_masked_column_is_not_told(cockpit: Cockpit, write: Write) -> None:
    masked = check("who", on="db", sql="select 'Ada Lovelace' as owner", mask='["owner"]')
    ran = cockpit("check", write(db(), masked, phase("record who")))
    assert "Ada" not in ran.out


@pytest.mark.usefixtures("reports")
@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_no_output_tells_a_masked_cell_or_what_was_computed_from_it(cockpit: Cockpit, write: Write, form: str) -> None:
    rows = "select 'ada@example.org' as email, 84210 as salary"
    plan = write(
        db(),
        check("both", on="db", sql=rows, mask='["email", "salary"]', pass_="rows.all(r, r.email == 'x')"),
        check("twice", on="db", sql="select 84210 as salary", mask='["salary"]', pass_="value * 2 == 3"),
        phase("check both", "check twice"),
    )
    ran = cockpit("check", plan, "--format", form)
    assert ran.code == 1
    for word in ("ada@", "84210", "168420"):
        assert word not in ran.out + ran.err


@pytest.mark.usefixtures("token")
async def test_what_only_a_run_knows_could_not_be_told(world: World, cockpit: Cockpit, write: Write) -> None:
    deploy = '[actions.go]\non = "railway"\ndeploy = "web"\nundo = "none"\nwhy = "test"\n'
    logs = {"on": "railway", "logs": "web", "match": "x", "pass_": "count == 0"}
    plan = write(
        railway(world),
        deploy,
        check("since", since="go", **logs),
        check("old", since="5m", from_="old", **logs),
        check("any", since="5m", **logs),
        phase("do go", "check since", "check old", "check any"),
    )
    ran = await cockpit.beside("check", plan, "--json")
    told = {one["check"]: one for one in json.loads(ran.out)["checks"]}
    assert ran.code == 3
    assert told["since"]["because"] == "Its window begins with go. Only a run knows when that was."
    assert told["old"]["because"] == "It is about the old deployment. Only a run knows which one that is."
    assert told["any"]["verdict"] == "pass"


VARIABLES = check("variables", on="railway", ask="variables", service="web", pass_="size(variables) > 0")


async def test_it_asks_the_environment_that_is_meant_with_every_kind_of_token(
    world: World, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, kind in (
        ("RAILWAY_TOKEN", "project"),
        ("RAILWAY_API_TOKEN", "account"),
        ("RAILWAY_API_TOKEN", "workspace"),
    ):
        monkeypatch.setenv(variable, world.address["railway"][f"{kind}_token"])
        plan = write(railway(world, f"env:{variable}"), VARIABLES, phase("check variables"))
        assert (await cockpit.beside("check", plan)).code == 0, kind


@pytest.mark.usefixtures("token")
async def test_the_wrong_environment_is_refused(world: World, cockpit: Cockpit, write: Write) -> None:
    plan = write(railway(world, environment="preview"), VARIABLES, phase("check variables"))
    ran = await cockpit.beside("check", plan)
    assert ran.code == 3
    assert "The plan says environment 'preview', the token is good for: production. Nothing is done." in ran.out


@pytest.mark.parametrize(
    ("fault", "more", "told"),
    [
        (Fault.UNAUTHORIZED, {}, "Railway does not accept this token"),
        (Fault.STATUS, {"status": 401}, "Railway does not accept this token"),
        (Fault.STATUS, {"status": 429, "retry_after": 30}, "too many requests; it asks for 30 s of patience. Wait"),
        (Fault.CLOUDFLARE, {"retry_after": 30}, "too many requests; it asks for 30 s of patience. Wait"),
        (Fault.STATUS, {"status": 500}, "Railway is having trouble (HTTP 500). Try again"),
        (Fault.ERROR, {"text": "Problem processing request"}, "Railway says: Problem processing request"),
        (Fault.HTML, {}, "Railway's answer makes no sense"),
        (Fault.TRUNCATED, {}, "Railway's answer makes no sense"),
        (Fault.DROP_BEFORE, {}, "broke off the connection. Ask again"),
        (Fault.HANG, {}, "Railway did not answer within 1 s. Ask again, or raise `deadline`."),
    ],
)
async def test_railway_in_any_weather_could_not_tell_and_says_why(
    world: World,
    token: str,
    cockpit: Cockpit,
    write: Write,
    fault: Fault,
    more: dict[str, Any],
    told: str,
) -> None:
    world.fault(fault, **more)
    deadline = {"deadline": "1s"} if fault is Fault.HANG else {}
    patient = check("variables", on="railway", ask="variables", service="web", pass_="size(variables) > 0", **deadline)
    ran = await cockpit.beside("check", write(railway(world), patient, phase("check variables")))
    assert ran.code == 3
    assert told in ran.out
    assert token not in ran.out + ran.err


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select nextval('numbers')", "cannot execute nextval() in a read-only transaction"),
        ("with gone as (delete from reports returning 1) select count(*) from gone", "A check only reads"),
        ("select pg_terminate_backend(pg_backend_pid())", "See whether it is restarting; ask again."),
        ("select pg_sleep(60)", "raise the deadline."),
        ("select count(*) from nothing", 'relation "nothing" does not exist'),
        ("select 1 / 0", "division by zero"),
    ],
)
def test_a_query_that_writes_drops_or_never_returns_could_not_tell(
    reports: Database, cockpit: Cockpit, write: Write, sql: str, told: str
) -> None:
    reports.run("create sequence numbers", "grant all on all sequences in schema public to public",
                "grant all on reports to public")  # fmt: skip
    bad = check("bad", on="db", sql=sql, pass_="value == 1", deadline="1s")
    ran = cockpit("check", write(db(), bad, ONE, phase("check bad")))
    assert ran.code == 3
    assert told in ran.out
    assert "✓ pass      one: 1" in ran.out, "the next question gets its answer"
    assert reports.run("select count(*) from reports") == [(1,)]


@pytest.mark.usefixtures("reports")
def test_a_million_rows_are_capped_and_say_so(cockpit: Cockpit, write: Write) -> None:
    many = check("many", on="db", sql="select generate_series(1, 1000000)", pass_="size(rows) > 0")
    ran = cockpit("check", write(db(), many, phase("check many")))
    assert "rows (capped)" in ran.out


def test_a_database_that_is_down_and_a_variable_that_is_missing_hide_no_other_check(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:tell-nobody@127.0.0.1:1/reports")
    other = db().replace("connections.db", "connections.other").replace("DATABASE_URL", "COCKPIT_OF_TEST")
    plan = write(db(), other, ONE, check("lost", on="other", sql="select 1"), phase("check one"))
    ran = cockpit("check", plan)
    assert ran.code == 3
    assert "'db' cannot be reached" in ran.out
    assert "The environment variable COCKPIT_OF_TEST is not set. Export it, then start again." in ran.out
    assert "tell-nobody" not in ran.out + ran.err


@pytest.mark.usefixtures("reports")
def test_a_connection_that_is_not_asked_needs_no_secret(cockpit: Cockpit, write: Write) -> None:
    other = db().replace("connections.db", "connections.other").replace("DATABASE_URL", "COCKPIT_OF_TEST")
    plan = write(db(), other, ONE, check("lost", on="other", sql="select 1"), phase("check one"))
    assert cockpit("check", plan, "--phase", "all").code == 0


class Slow:
    """An HTTP service that takes its time, and remembers how many it served at once."""

    def __init__(self) -> None:
        self.url = ""
        self.now = self.most = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.2)
        self.now -= 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    made = Slow()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


async def test_connections_are_asked_side_by_side_and_each_one_question_at_a_time(
    slow: Slow, cockpit: Cockpit, write: Write
) -> None:
    connections = [app(slow.url).replace("connections.app", f"connections.app{number}") for number in range(3)]
    checks = [
        check(f"c{number}{again}", on=f"app{number}", get="/", pass_="status == 200")
        for number in range(3)
        for again in range(2)
    ]
    began = time.monotonic()
    ran = await cockpit.beside("check", write(*connections, *checks, phase("tick Coffee")))
    assert (ran.code, slow.most) == (0, 3)
    assert time.monotonic() - began < 6 * 0.2 + 1
    assert [line.split()[2] for line in ran.out.splitlines()[:-1]] == ["c00:", "c01:", "c10:", "c11:", "c20:", "c21:"]


@pytest.mark.usefixtures("reports")
def test_what_a_service_says_reaches_the_terminal_harmless(cockpit: Cockpit, write: Write) -> None:
    evil = check("evil", on="db", sql="select E'\\x1b]0;owned\\x07\\u202eabc'", pass_="value == 'a'")
    for form in ([], ["--json"]):
        ran = cockpit("check", write(db(), evil, phase("check evil")), *form)
        assert ran.code == 1
        assert not {"\x1b", "\x07", "\u202e"} & set(ran.out)


@pytest.mark.usefixtures("reports")
def test_a_secret_that_is_cut_off_with_its_value_is_hidden_first(
    cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCKPIT_OF_TEST", "swordfish-of-the-deep")
    ask = "[asks.key]\ntext = 'Key'\nsecret = true\n"
    long = check("long", on="db", sql="select repeat('x', 250) || $1::text", pass_="value == ''", with_='["key"]')
    plan = write(db(), ask, long, phase("ask key", "check long"))
    ran = cockpit("check", plan, "--json", "--answer", "key=env:COCKPIT_OF_TEST")
    assert ran.code == 1, ran
    assert "x" * 250 in ran.out
    assert "sword" not in ran.out + ran.err


async def test_metrics_commands_repositories_and_files_are_asked_without_a_screen(
    world: World, cockpit: Cockpit, write: Write, home: Path
) -> None:
    await asyncio.to_thread(subprocess.run, ["git", "init", "-q", str(home)], check=True)
    (home / "approved").write_text("3")
    metrics = '[connections.metrics]\nkind = "prometheus"\ntargets = ["URL/metrics"]\n'
    here = [f'[connections.{kind}]\nkind = "{kind}"\n' for kind in ("shell", "git", "file")]
    plan = write(
        metrics.replace("URL", world.address["app"]["base_url"]), *here,
        check("counted", on="metrics", metric="reports_completed_total", pass_="value > 0"),
        check("grown", on="metrics", metric="reports_completed_total", increase="10m", pass_="value > 0"),
        check("printed", on="shell", run='["echo", "3"]', pass_="value == 3"),
        check("clean", on="git", git="tree", pass_="clean"),
        check("approved", on="file", file="approved", pass_="value == 3"),
        phase("tick Coffee"),
    )  # fmt: skip
    ran = await cockpit.beside("check", plan)
    assert ran.code == 1, ran.err
    lines = ran.out.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["pass", "blind", "pass", "fail", "pass"]
    assert "The window of 10m is covered for 1s only." in lines[1]
    told = (await cockpit.beside("doctor", plan)).out
    assert "/metrics: 3 samples" in told
    assert "FAIL  git" in told


@pytest.mark.usefixtures("reports")
def test_a_trial_is_carried_out_only_where_that_was_said_and_is_marked(
    reports: Database, cockpit: Cockpit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", reports.owner_url)
    trial = check("gone", on="db", sql="delete from reports", pass_="size(rows) == 0") + "mutates = true\n"
    plan = write(db(), ONE, trial, phase("check gone"))
    ran = cockpit("check", plan)
    assert (ran.code, ran.out.splitlines()[-1]) == (3, "Could not tell: 1 pass, 1 error.")
    assert "Trial: gone (It writes, and is rolled back: nobody here confirms that. Add --try, and " in ran.out
    told = json.loads(cockpit("check", plan, "--try", "--json").out)
    assert [(one["check"], one["trial"], one["verdict"]) for one in told["checks"]] == [
        ("one", False, "pass"), ("gone", True, "pass"),
    ]  # fmt: skip
    assert reports.run("select count(*) from reports") == [(1,)]
