"""A lock that another session holds: the wait ends in time, and the holder is named where it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.errors import TimedOut
from cockpit.ports import Asking, Script

if TYPE_CHECKING:
    from tests.conftest import Database


@pytest.fixture
def locker(database: Database) -> Iterator[psycopg.Connection]:
    database.run("create table t as select 1 as id", "create table other as select 1 as id")
    with psycopg.connect(f"{database.owner_url}&application_name=nightly%20job") as connection:
        yield connection


async def asked(url: str, sql: str = "select id from t") -> str:
    """What a check is told that has to wait."""
    db = Postgres("db", url)
    try:
        with pytest.raises(TimedOut) as caught:
            await db.ask(PostgresCheck(on="db", sql=sql, deadline="1s"), Asking())
        return str(caught.value)
    finally:
        await db.close()


async def test_its_holder_is_named_and_what_it_does_where_the_role_may_see_that(
    database: Database, locker: psycopg.Connection
) -> None:
    locker.execute("lock table t in access exclusive mode")
    pid = locker.info.backend_pid
    told = await asked(database.admin_url)
    assert f"waiting for a lock: pid {pid} (cockpit_owner, nightly job) holds t, idle in transaction" in told
    assert told.endswith("Let that session end, or ask its owner; then ask again.")


async def test_a_role_that_may_not_see_what_it_does_is_told_who_it_is(
    database: Database, locker: psycopg.Connection
) -> None:
    locker.execute("lock table t in access exclusive mode")
    told = await asked(database.url)
    assert f"pid {locker.info.backend_pid} (cockpit_owner, nightly job) holds t, what it does is hidden" in told


async def test_whoever_holds_what_a_reader_does_not_wait_for_is_not_blamed(
    database: Database, locker: psycopg.Connection
) -> None:
    locker.execute("lock table t in access exclusive mode")
    with psycopg.connect(database.owner_url) as writer:
        writer.execute("update other set id = 2")
        told, pid = await asked(database.url), writer.info.backend_pid
    assert f"pid {locker.info.backend_pid}" in told
    assert f"pid {pid}" not in told
    assert "other" not in told.partition("Let that")[0]


async def test_a_trial_that_waits_for_a_row_is_told_who_has_open_work(
    database: Database, locker: psycopg.Connection
) -> None:
    locker.execute("update t set id = 2")
    db = Postgres("db", database.owner_url)
    with pytest.raises(TimedOut, match=rf"pid {locker.info.backend_pid} .* holds t, idle in transaction"):
        await db.try_out(Script(("update t set id = 3",)), seconds=10)
    locker.rollback()
    await db.try_out(Script(("update t set id = 3",)), seconds=10)


async def test_a_hostile_name_of_an_application_is_inert(database: Database) -> None:
    database.run("create table t as select 1 as id")
    with psycopg.connect(database.owner_url) as locker:
        locker.execute("select set_config('application_name', 'x]8;;evil' || chr(27) || '[31m', false)")
        locker.execute("lock table t in access exclusive mode")
        assert "\x1b" not in await asked(database.admin_url)


async def test_after_the_wait_the_connection_is_whole(database: Database, locker: psycopg.Connection) -> None:
    locker.execute("lock table t in access exclusive mode")
    db = Postgres("db", database.url)
    check = PostgresCheck(on="db", sql="select id from t", deadline="1s")
    with pytest.raises(TimedOut, match="waiting for a lock"):
        await db.ask(check, Asking())
    locker.rollback()
    assert (await db.ask(check, Asking())).facts["value"] == 1
    await db.close()


async def test_a_write_gives_up_soon_has_done_nothing_and_names_who_was_in_its_way(
    database: Database, locker: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An `alter table` that waits makes every reader wait behind it."""
    monkeypatch.setattr("cockpit.adapters.postgres.database._WRITE_QUEUES", 200)
    locker.execute("select * from t")
    db = Postgres("db", database.owner_url)
    with pytest.raises(TimedOut, match=rf"pid {locker.info.backend_pid} .* holds t, idle in transaction"):
        await db.write(("alter table t add name text",), (), seconds=60)
    locker.rollback()
    assert database.run("select * from t") == [(1,)]
    assert await db.write(("alter table t add name text",), (), seconds=60) == "ALTER TABLE"
