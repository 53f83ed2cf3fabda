"""Trials: statements that write, in one transaction that is always rolled back, however it ends."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.errors import ActionUncertain, Refused, SourceError, TimedOut
from cockpit.ports import Asking, Script
from cockpit.simulator.postgres import Server

if TYPE_CHECKING:
    from tests.conftest import Database

TABLES = (
    "create table accounts (id int primary key, tokens numeric not null check (tokens >= 0))",
    "insert into accounts values (1, 100)",
    """create function charge(account int, wanted numeric) returns numeric language sql as
       'update accounts set tokens = tokens - wanted where id = account returning tokens'""",
)
UNTOUCHED = [(1, 100)]


@pytest.fixture
async def db(database: Database) -> AsyncIterator[Postgres]:
    """As the owner: whatever is tried would be kept, were it not rolled back."""
    database.run(*TABLES)
    source = Postgres("db", database.owner_url)
    yield source
    await source.close()


def trial(sql: str | list[str], **more: Any) -> PostgresCheck:
    return PostgresCheck.model_validate({"on": "db", "sql": sql, "mutates": True, **more})


def kept(database: Database) -> list[tuple[object, ...]]:
    return database.run("select * from accounts order by id")


async def until(look: Any) -> None:
    for _ in range(500):
        if await asyncio.to_thread(look):
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to be")


@pytest.mark.parametrize(
    "sql",
    [
        "select charge(1, 30)",
        "with spent as (update accounts set tokens = 70 returning tokens) select tokens from spent",
        "update accounts set tokens = tokens - 30 returning tokens",
        ["update accounts set tokens = tokens - 30", "select tokens from accounts"],
        ["create table new as select 70 as tokens", "drop table accounts", "select tokens from new"],
        ["do $$ begin perform charge(1, 30); end $$", "select tokens from accounts"],
        ["select charge(1, 10)", "select charge(1, 10)", "select charge(1, 10)"],
    ],
    ids=str,
)
async def test_what_is_tried_is_answered_and_never_kept(db: Postgres, database: Database, sql: str | list[str]) -> None:
    answer = await db.ask(trial(sql), Asking())
    assert answer.facts["value"] == 70
    assert kept(database) == UNTOUCHED
    assert database.run("select to_regclass('new')") == [(None,)]


async def test_without_the_mark_it_is_refused_and_the_words_say_which(db: Postgres, database: Database) -> None:
    for sql in ("select charge(1, 30)", "insert into accounts values (2, 1)"):
        with pytest.raises(Refused) as caught:
            await db.ask(PostgresCheck(on="db", sql=sql), Asking())
        assert "mutates = true" in caught.value.remedy
    assert kept(database) == UNTOUCHED


async def test_parameters_are_bound_in_each_statement_that_names_them(db: Postgres, database: Database) -> None:
    key = uuid.uuid4()
    sql = [
        "create temporary table seen (id uuid, word text)",
        "insert into seen (word) values ($2)",
        "update seen set id = $1",
        "select id::text || word from seen",
    ]
    answer = await db.ask(trial(sql), Asking((key, "'; drop table accounts; --")))
    assert answer.facts["value"] == f"{key}'; drop table accounts; --"
    assert kept(database) == UNTOUCHED


async def test_a_statement_without_rows_gives_none(db: Postgres) -> None:
    answer = await db.ask(trial("update accounts set tokens = 1"), Asking())
    assert answer.table.rows == ()
    assert "there are 0 rows" in str(answer.facts["value_error"])


async def test_more_rows_than_are_kept_are_let_go_as_they_come(db: Postgres) -> None:
    answer = await db.ask(trial("with n as (select generate_series(1, 30000) as n) select n from n"), Asking())
    assert (len(answer.table.rows), answer.table.capped) == (1000, True)


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        (["update accounts set tokens = 1", "select 1 / 0"], "division by zero"),
        (["update accounts set tokens = -1", "select 1"], "violates check constraint"),
        (["update accounts set tokens = 1", "select nothing"], "does not exist"),
    ],
)
async def test_an_error_on_the_way_keeps_nothing(
    db: Postgres, database: Database, sql: list[str], complaint: str
) -> None:
    with pytest.raises(Refused, match=complaint):
        await db.ask(trial(sql), Asking())
    assert kept(database) == UNTOUCHED


async def test_what_a_commit_would_refuse_is_refused_although_there_is_none(db: Postgres, database: Database) -> None:
    """A deferred constraint speaks at the commit only: a transaction that is just rolled back never hears it."""
    database.run("create table steps (account int references accounts deferrable initially deferred)")
    with pytest.raises(Refused, match="violates foreign key constraint"):
        await db.ask(trial(["insert into steps values (99)", "select count(*) from steps"]), Asking())
    answer = await db.ask(trial(["insert into steps values (1)", "select count(*) from steps"]), Asking())
    assert answer.facts["value"] == 1
    assert database.run("select count(*) from steps") == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "commit", "rollback", "end", "abort", "begin", "start transaction", "savepoint a", "release a",
        "rollback to a", "commit and chain", "prepare transaction 'x'", "prepare p as select 1", "execute p",
        "deallocate all", "discard all", "listen c", "load 'x'", "copy accounts to program 'false'", "vacuum",
        "copy accounts from stdin", "set session characteristics as transaction read only", "set work_mem = 1",
        "set local transaction read only", "set local session authorization postgres", "checkpoint", "fetch 1 from c",
        "update accounts set tokens = 1; commit", "select 1; commit", "/* */ commit", "", ";", "-- select",
    ],
)  # fmt: skip
async def test_what_would_end_or_outlive_the_transaction_is_refused_before_the_server(sql: str) -> None:
    nowhere = Postgres("db", "postgresql://nobody@/none?host=/nonexistent")
    for statements in ([sql], ["select 1", sql], [sql, "select 1"]):
        with pytest.raises(Refused) as caught:
            await nowhere.try_out(Script(tuple(statements)), seconds=1)
        assert "cannot be" not in caught.value.what.replace("cannot be tried", "")


@pytest.mark.parametrize(
    "sql",
    [
        "select setval('s', 9)", "select pg_advisory_lock(1)", "select pg_try_advisory_lock_shared(1)",
        "select dblink_exec('x', 'y')", "select pg_terminate_backend(1)", 'select "setval" (\'s\', 9)',
        "do $$ begin perform pg_logical_emit_message(false, 'a', 'b'); end $$", "select lo_export(1, '/tmp/x')",
        "select http_post('https://api.example', '')",
    ],
)  # fmt: skip
async def test_what_a_rollback_does_not_undo_is_refused_where_it_is_recognised(sql: str) -> None:
    nowhere = Postgres("db", "postgresql://nobody@/none?host=/nonexistent")
    with pytest.raises(Refused, match="A rollback does not undo"):
        await nowhere.try_out(Script((sql,)), seconds=1)


async def test_a_transaction_cannot_be_ended_from_within_a_body(db: Postgres, database: Database) -> None:
    database.run("create procedure commits() language plpgsql as 'begin update accounts set tokens = 1; commit; end'")
    for sql in ("call commits()", "do $$ begin update accounts set tokens = 1; commit; end $$"):
        with pytest.raises(Refused, match="invalid transaction termination"):
            await db.try_out(Script((sql,)), seconds=5)
        assert kept(database) == UNTOUCHED


async def test_scripts_bind_each_its_own_and_see_what_those_before_did(db: Postgres, database: Database) -> None:
    first = Script(("update accounts set tokens = $1",), (7,), "Fill")
    second = Script(("select 1 / (select count(*) from accounts where tokens = $1 + $2)",), (3, 4), "Divide")
    await db.try_out(first, second, seconds=5)
    assert kept(database) == UNTOUCHED
    with pytest.raises(Refused, match=r"^Divide: 'db' refused: division by zero"):
        await db.try_out(second, first, seconds=5)


async def test_what_a_script_set_for_its_transaction_ends_with_it(database: Database) -> None:
    ours, path = "current_user = session_user", "current_setting('search_path') <> 'pg_catalog'"
    sets = ("set local search_path = pg_catalog", "set local cockpit.mine = 'x'", "set local role cockpit_reader")
    db = Postgres("db", database.admin_url)
    try:
        probe = f"select 1 / ({ours})::int / ({path})::int / (current_setting('cockpit.mine') = '')::int"
        await db.try_out(Script((*sets, "select 1")), Script((probe,)), seconds=5)
        with pytest.raises(Refused, match="division by zero"):
            await db.try_out(Script((*sets, probe)), seconds=5)
    finally:
        await db.close()


async def test_each_script_is_concluded_as_a_commit_would(db: Postgres, database: Database) -> None:
    database.run(
        "create table parents (id int primary key)",
        "create table children (parent int references parents deferrable initially deferred)",
    )
    child = Script(("insert into children values ($1)",), (1,), "Child")
    parent = Script(("insert into parents values ($1)",), (1,), "Parent")
    with pytest.raises(Refused, match=r"^Child: 'db' refused: insert or update on table"):
        await db.try_out(child, parent, seconds=5)
    both = Script(("insert into children values (1)", "insert into parents values (1)"))
    alter = Script(("alter table children add note text",))
    await db.try_out(both, Script(("insert into children values (1)",)), alter, seconds=5)


async def test_a_new_value_of_an_enum_says_nothing_against_what_uses_it(db: Postgres, database: Database) -> None:
    database.run("create type mood as enum ('calm')", "create table moods (mood mood)")
    grown = Script(("alter type mood add value 'glad'",), title="Grow")
    with pytest.raises(SourceError, match=r"^Use it uses a new value of an enum, which takes a commit") as caught:
        await db.try_out(grown, Script(("insert into moods values ('glad')",), title="Use it"), seconds=5)
    assert not isinstance(caught.value, Refused)


@pytest.mark.parametrize("ending", ["commit", "commit and chain", "rollback", "rollback and chain"])
async def test_an_ending_that_slips_through_is_noticed_before_anything_else_is_sent(
    db: Postgres, database: Database, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr("cockpit.adapters.postgres.portal.objections", lambda *_, **__: ())
    with pytest.raises(ActionUncertain, match="may be kept"):
        await db.try_out(
            Script(
                (
                    ending,
                    "update accounts set tokens = 1",
                )
            ),
            seconds=5,
        )
    with pytest.raises(ActionUncertain, match="may be kept"):
        await db.try_out(
            Script(
                (
                    "select 1",
                    ending,
                )
            ),
            seconds=5,
        )
    assert kept(database) == UNTOUCHED


async def test_the_deadline_ends_it_and_nothing_is_kept(db: Postgres, database: Database) -> None:
    with pytest.raises(TimedOut):
        await db.ask(
            trial(["update accounts set tokens = 1", "select pg_sleep(600)"], deadline=timedelta(seconds=0.5)), Asking()
        )
    assert kept(database) == UNTOUCHED
    held = f"select count(*) from pg_locks join pg_stat_activity using (pid) where datname = '{database.name}'"
    await until(lambda: database.run(f"{held} and application_name = 'cockpit'", role="postgres") == [(0,)])


async def test_a_cancelled_trial_keeps_nothing_and_holds_nothing(db: Postgres, database: Database) -> None:
    trying = asyncio.create_task(
        db.ask(trial(["update accounts set tokens = 1", "select pg_sleep(600)"], deadline="30s"), Asking())
    )
    busy = f"select pid from pg_stat_activity where datname = '{database.name}' and wait_event = 'PgSleep'"
    await until(lambda: database.run(busy, role="postgres"))
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    assert kept(database) == UNTOUCHED
    with psycopg.connect(database.owner_url) as other:
        other.execute("set lock_timeout = '5s'")
        other.execute("lock table accounts in access exclusive mode")


async def test_a_line_that_breaks_keeps_nothing(db: Postgres, database: Database) -> None:
    trying = asyncio.create_task(
        db.ask(trial(["update accounts set tokens = 1", "select pg_sleep(600)"], deadline="30s"), Asking())
    )
    busy = f"select pid from pg_stat_activity where datname = '{database.name}' and wait_event = 'PgSleep'"
    await until(lambda: database.run(busy, role="postgres"))
    database.run(f"select pg_terminate_backend(pid) from ({busy}) as it", role="postgres")
    with pytest.raises(SourceError):
        await trying
    assert kept(database) == UNTOUCHED
    assert (await db.ask(trial("select charge(1, 30)"), Asking())).facts["value"] == 70


async def test_it_waits_a_second_at_most_for_a_lock(db: Postgres, database: Database) -> None:
    """A waiting `alter table` lets nobody past it, readers neither."""
    with psycopg.connect(database.owner_url) as reader:
        reader.execute("select * from accounts")
        with pytest.raises(TimedOut, match="waiting for a lock"):
            async with asyncio.timeout(8):
                await db.try_out(Script(("alter table accounts add x int",)), seconds=60)


async def test_nothing_of_a_session_outlives_a_trial(db: Postgres, database: Database) -> None:
    before = database.run("select count(*) from pg_stat_activity where application_name = 'cockpit'", role="postgres")
    await db.ask(trial("select charge(1, 30)"), Asking())
    gone = "select count(*) from pg_stat_activity where application_name = 'cockpit'"
    await until(lambda: database.run(gone, role="postgres") == before)


async def test_notifications_of_a_trial_are_never_sent(db: Postgres, database: Database) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as listener:
        listener.execute("listen charged")
        await db.try_out(Script(("select pg_notify('charged', '1')",)), seconds=5)
        listener.execute("notify charged, 'the end'")
        assert [note.payload for note in listener.notifies(timeout=5, stop_after=1)] == ["the end"]


async def test_the_control_sees_what_leads_up_to_the_question(db: Postgres) -> None:
    lead = "insert into accounts values (2, 5)"
    told = await db.ask(
        trial([lead, "select count(*) from accounts"], seen="select exists (select from accounts where id = 2)"),
        Asking(),
    )
    assert (told.control, told.facts["value"]) == (True, 2)
    broken = await db.ask(trial([lead, "select count(*) from accounts"], seen="select 1 / 0 = 1"), Asking())
    assert (broken.control, broken.facts["value"]) == (False, 2), "what led up to it stays although the control broke"


async def test_several_statements_of_a_check_that_reads_share_a_transaction(database: Database, db: Postgres) -> None:
    database.run("grant cockpit_reader to cockpit_owner", role="postgres")
    sql = [
        "set local role cockpit_reader",
        "select set_config('request.claims', $1, true)",
        "select current_user || current_setting('request.claims')",
    ]
    check = PostgresCheck.model_validate({"on": "db", "sql": sql})
    assert (await db.ask(check, Asking(("me",)))).facts["value"] == "cockpit_readerme"
    after = PostgresCheck(on="db", sql="select current_user || coalesce(current_setting('request.claims', true), '')")
    assert (await db.ask(after, Asking())).facts["value"] == "cockpit_owner"


async def test_no_statement_on_the_way_opens_the_transaction_or_blinds_it(database: Database, db: Postgres) -> None:
    database.run("alter table accounts enable row level security", "alter table accounts force row level security")
    for lead in (
        "set local transaction_read_only = off",
        "select set_config('transaction_read_only', 'off', true)",
        "set local row_security = on",
        "select set_config('row_security', 'on', true)",
    ):
        check = PostgresCheck.model_validate({"on": "db", "sql": [lead, "select count(*) from accounts"]})
        with pytest.raises(Refused, match=r"row-level security|before any query"):
            await db.ask(check, Asking())


TRYING = """
import asyncio, sys
from cockpit.adapters.postgres import Postgres
from cockpit.ports import Script
statements = ["update accounts set tokens = 1", "select pg_sleep(600)"]
asyncio.run(Postgres("db", sys.argv[1]).try_out(Script(tuple(statements)), seconds=600))
"""


@pytest.mark.usefixtures("db")
async def test_a_killed_process_leaves_nothing_and_holds_nothing(database: Database) -> None:
    trying = await asyncio.create_subprocess_exec(sys.executable, "-c", TRYING, database.owner_url)
    busy = f"select pid from pg_stat_activity where datname = '{database.name}' and wait_event = 'PgSleep'"
    await until(lambda: database.run(busy, role="postgres"))
    trying.kill()
    await trying.wait()
    held = f"select count(*) from pg_locks join pg_stat_activity using (pid) where datname = '{database.name}'"
    await until(lambda: database.run(f"{held} and application_name = 'cockpit'", role="postgres") == [(0,)])
    assert kept(database) == UNTOUCHED


async def test_a_server_that_restarts_in_the_middle_has_kept_nothing(tmp_path: Path) -> None:
    server = await Server.start(tmp_path)
    async with await psycopg.AsyncConnection.connect(server.owner_url, autocommit=True) as owner:
        for statement in TABLES:
            await owner.execute(statement.encode())
    db = Postgres("db", server.owner_url)
    trying = asyncio.create_task(
        db.try_out(
            Script(
                (
                    "update accounts set tokens = 1",
                    "select pg_sleep(600)",
                )
            ),
            seconds=60,
        )
    )

    def sleeps() -> bool:
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            return bool(admin.execute("select from pg_stat_activity where wait_event = 'PgSleep'").fetchall())

    await until(sleeps)
    await server.stop()
    with pytest.raises(SourceError):
        await trying
    again = await Server.start(tmp_path)
    answer = await db.ask(PostgresCheck(on="db", sql="select tokens from accounts"), Asking())
    assert answer.facts["value"] == 100
    await db.close()
    await again.stop()
