"""What an operator meets: a database that is down, drops, is slow, locked, blind, or another one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.errors import ActionUncertain, Refused, SourceError, TimedOut, Unreachable
from cockpit.ports import Asking
from cockpit.simulator.postgres import Server

if TYPE_CHECKING:
    from tests.conftest import Database

SECRET = "hunter2000"


def check(sql: str, **more: Any) -> PostgresCheck:
    return PostgresCheck(on="db", sql=sql, **more)


async def value(db: Postgres, sql: str, **more: Any) -> object:
    return (await db.ask(check(sql, **more), Asking())).facts["value"]


@pytest.fixture
async def db(database: Database) -> AsyncIterator[Postgres]:
    source = Postgres("db", database.url)
    yield source
    await source.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = await Server.start(tmp_path)
    yield server
    await server.stop()


async def is_busy(database: Database) -> bool:
    """Whether the server works on a check at this moment."""
    ours = f"datname = '{database.name}' and usename = 'cockpit_reader'"
    active = f"select pid from pg_stat_activity where {ours} and state = 'active'"
    return bool(await asyncio.to_thread(database.run, active, role="postgres"))


async def until(look: Any) -> None:
    for _ in range(500):
        if await look():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to be")


async def test_a_database_that_is_down_cannot_be_reached(tmp_path: Path) -> None:
    db = Postgres("db", f"postgresql://me@/reports?host={tmp_path}")
    with pytest.raises(Unreachable, match="'db' cannot be reached"):
        await value(db, "select 1")
    link = await db.examine()
    assert not link.ok
    assert "cannot be reached" in link.summary
    assert link.remedy
    await db.close()


async def test_a_restart_between_two_checks_goes_unnoticed(server: Server, tmp_path: Path) -> None:
    db = Postgres("db", server.url)
    assert await value(db, "select 1") == 1
    await server.stop()
    with pytest.raises(Unreachable):
        await value(db, "select 1")
    again = await Server.start(tmp_path)
    assert again.url == server.url
    assert await value(db, "select 1") == 1
    await again.stop()
    again = await Server.start(tmp_path)
    assert await value(db, "select 1") == 1, "the kept connection was known to be broken before it was used"
    await db.close()
    await again.stop()


async def test_a_restart_in_mid_query_is_told_and_the_next_check_is_answered(server: Server, tmp_path: Path) -> None:
    db = Postgres("db", server.url)
    asking = asyncio.create_task(value(db, "select pg_sleep(600)"))
    async with await psycopg.AsyncConnection.connect(server.admin_url, autocommit=True) as admin:

        async def sleeps() -> bool:
            rows = await admin.execute("select from pg_stat_activity where wait_event = 'PgSleep'")
            return bool(await rows.fetchall())

        await until(sleeps)
    await server.stop()
    with pytest.raises(Unreachable, match=r"broke off the connection|is not there"):
        await asking
    again = await Server.start(tmp_path)
    assert await value(db, "select 1") == 1
    await db.close()
    await again.stop()


@pytest.mark.parametrize(
    "sql",
    [
        "select pg_sleep(600)",
        "select count(*) from generate_series(1, 1000000000000)",
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
    ],
)
async def test_a_query_that_never_returns_stops_at_its_deadline(db: Postgres, database: Database, sql: str) -> None:
    began = time.monotonic()
    with pytest.raises(TimedOut, match="raise the deadline"):
        await value(db, sql, deadline=timedelta(seconds=0.4))
    assert time.monotonic() - began < 2
    assert not await is_busy(database), "nothing goes on in the database"
    assert await value(db, "select 1") == 1


async def test_a_deadline_that_the_server_does_not_keep_is_kept_by_us(database: Database, db: Postgres) -> None:
    pid = await value(db, "select pg_backend_pid()")
    began = time.monotonic()
    with pytest.raises(TimedOut, match="did not answer within 1 s"):
        await value(
            db, "select pg_sleep(600)", seen="select set_config('statement_timeout', '0', true) = '0'", deadline="1s"
        )
    assert 1 <= time.monotonic() - began < 2.5
    assert not await is_busy(database)
    assert await value(db, "select pg_backend_pid()") == pid, "the statement was cancelled, the connection kept"


async def test_a_server_that_says_nothing_at_all_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            writer.close()

    deaf = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = deaf.sockets[0].getsockname()[1]
    db = Postgres("db", f"postgresql://me:{SECRET}@127.0.0.1:{port}/reports?sslmode=disable")
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"did not answer within 0\.5 s") as caught:
        await value(db, "select 1", deadline=timedelta(seconds=0.5))
    assert time.monotonic() - began < 2
    assert SECRET not in str(caught.value)
    await db.close()
    deaf.close()


async def test_a_server_that_is_no_postgres_cannot_be_reached() -> None:
    async def chatty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(chatty, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    db = Postgres("db", f"postgresql://me:{SECRET}@127.0.0.1:{port}/reports?sslmode=disable")
    with pytest.raises(SourceError) as caught:
        await value(db, "select 1")
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    await db.close()
    other.close()


async def test_cancelling_a_check_leaves_the_connection_usable(db: Postgres, database: Database) -> None:
    pid = await value(db, "select pg_backend_pid()")
    asking = asyncio.create_task(value(db, "select pg_sleep(600)"))
    await until(lambda: is_busy(database))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await value(db, "select pg_backend_pid()") == pid
    assert not await is_busy(database)


async def test_checks_asked_at_once_are_answered_one_after_another(db: Postgres) -> None:
    answers = await asyncio.gather(*(value(db, f"select {n}") for n in range(20)))
    assert answers == list(range(20))


async def test_a_failed_check_leaves_no_transaction_open(db: Postgres, database: Database) -> None:
    for sql in ("select 1 / 0", "select n from generate_series(1, 5000) as n", "select 1"):
        try:
            await db.ask(check(sql), Asking())
        except Refused:
            assert sql == "select 1 / 0"
        open_ones = (
            f"select state from pg_stat_activity where datname = '{database.name}' and application_name = 'cockpit'"
        )
        assert database.run(open_ones, role="postgres") == [("idle",)]


async def test_a_blind_role_gets_an_error_and_not_a_zero(db: Postgres, database: Database) -> None:
    database.run("create table t as select 1 as id", "alter table t enable row level security")
    with pytest.raises(Refused, match="row-level security") as caught:
        await value(db, "select count(*) from t")
    assert "BYPASSRLS" in caught.value.remedy


async def test_under_the_policy_rule_rows_may_be_hidden_and_the_control_tells(database: Database) -> None:
    database.run("create table t as select 1 as id", "alter table t enable row level security")
    db = Postgres("db", database.url, row_security="policy")
    answer = await db.ask(check("select count(*) from t", seen="select exists (select from t)"), Asking())
    assert (answer.facts["value"], answer.control) == (0, False)
    await db.close()


async def test_a_missing_right_is_refused_with_the_name_of_the_table(database: Database, db: Postgres) -> None:
    database.run("create table closed (id int)", "revoke all on closed from cockpit_reader")
    with pytest.raises(Refused, match="permission denied for table closed"):
        await value(db, "select count(*) from closed")


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("select nothing", 'column "nothing" does not exist'),
        ("select * from nowhere", 'relation "nowhere" does not exist'),
        ("select 1 / 0", "division by zero"),
        ("select 'x'::int", "invalid input syntax"),
        ("select from where", "syntax error"),
        ("select chr(10) || 1 / 0", "division by zero"),
    ],
)
async def test_the_servers_complaints_are_passed_on_in_one_line(db: Postgres, sql: str, complaint: str) -> None:
    with pytest.raises(Refused) as caught:
        await value(db, sql)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_hostile_message_is_inert(db: Postgres) -> None:
    with pytest.raises(Refused) as caught:
        await value(db, "select E'\\x1b[31mred\\u202e'::int")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


async def test_another_database_than_the_plan_means_is_refused(database: Database) -> None:
    right = Postgres("db", database.url, is_=f"select current_database() = '{database.name}'")
    assert await value(right, "select 1") == 1
    await right.close()
    for proof in (
        "select current_database() = 'production'",
        "select null::boolean",
        "select 1",
        "select true where false",
    ):
        wrong = Postgres("db", database.url, is_=proof)
        with pytest.raises(Refused, match="not the database that the plan means"):
            await value(wrong, "select 1")
        link = await wrong.examine()
        assert not link.ok
        await wrong.close()


async def test_the_proof_is_asked_again_after_a_reconnect(server: Server, tmp_path: Path) -> None:
    async def owner(sql: str) -> None:
        async with await psycopg.AsyncConnection.connect(server.owner_url, autocommit=True) as connection:
            await connection.execute(sql.encode())

    await owner("create table public.world as select true as ours")
    db = Postgres("db", server.url, is_="select ours from public.world")
    assert await value(db, "select 1") == 1
    await owner("update public.world set ours = false")
    assert await value(db, "select 1") == 1
    await server.stop()
    again = await Server.start(tmp_path)
    with pytest.raises(Refused, match="not the database"):
        await value(db, "select 1")
    await db.close()
    await again.stop()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@[half/x",
        f"host=x password={SECRET} nonsense",
        f"postgresql://me:{SECRET}@h/x?pasword={SECRET}",
        SECRET,
    ],
)
async def test_an_address_that_cannot_be_read_is_not_repeated(url: str) -> None:
    db = Postgres("db", url)
    with pytest.raises(Refused, match="cannot be read") as caught:
        await value(db, "select 1")
    assert SECRET not in str(caught.value) + repr(caught.value.__cause__) + repr(db)
    await db.close()


async def test_a_role_or_database_that_is_not_there_is_not_let_in(database: Database) -> None:
    for url in (database.url_of("nobody_here"), database.url.replace(database.name, "no_such_database")):
        db = Postgres("db", url)
        with pytest.raises(Refused, match="does not let us in"):
            await value(db, "select 1")
        await db.close()


async def test_a_value_that_python_has_not_is_the_text_that_postgres_wrote(db: Postgres) -> None:
    assert await value(db, "select '4713-01-01 BC'::date") == "4713-01-01 BC"
    assert await value(db, "select '(1,2)'::point") == "(1,2)"


async def test_a_write_that_fails_changes_nothing(database: Database) -> None:
    database.run("create table t (id int primary key)", "insert into t values (1)")
    db = Postgres("db", database.owner_url)
    for sql in (
        "insert into t values (2), (1)",
        "commit",
        "insert into t values (3); insert into t values (4)",
        "nonsense",
    ):
        with pytest.raises(Refused):
            await db.write((sql,), (), seconds=5)
        assert database.run("select id from t") == [(1,)]


async def test_a_write_whose_constraint_speaks_at_the_commit_is_a_plain_no(database: Database) -> None:
    database.run("create table t (id int unique deferrable initially deferred)", "insert into t values (1)")
    db = Postgres("db", database.owner_url)
    with pytest.raises(Refused, match="duplicate key"):
        await db.write(("insert into t values (1)",), (), seconds=5)
    assert database.run("select count(*) from t") == [(1,)]


async def test_a_commit_that_is_not_answered_is_uncertain(database: Database) -> None:
    """A deferred trigger sleeps within the commit: the deadline passes when nobody can tell."""
    database.run(
        "create table t (id int)",
        "create function naps() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$",
        "create constraint trigger nap after insert on t initially deferred for each row execute function naps()",
    )
    db = Postgres("db", database.owner_url)
    with pytest.raises(ActionUncertain, match="may have happened"):
        await db.write(("insert into t values (1)",), (), seconds=0.5)


async def test_a_write_that_hangs_before_the_commit_has_certainly_not_happened(database: Database) -> None:
    database.run("create table t (id int)")
    db = Postgres("db", database.owner_url)
    with pytest.raises(TimedOut):
        await db.write(("insert into t select 1 from pg_sleep(60)",), (), seconds=0.5)
    assert database.run("select count(*) from t") == [(0,)]
