"""Whether a role could judge a check, told without asking it: by planning, and by what the plan would read."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import HttpCheck, PostgresCheck
from cockpit.ports import Doubt, Foresight

if TYPE_CHECKING:
    from tests.conftest import Database

TABLES = (
    "create type state as enum ('completed', 'failed')",
    "create table reports (id uuid, status state, title text, created_at timestamptz)",
    "create function counted() returns int language sql as 'select 1'",
)


@pytest.fixture
async def db(database: Database) -> AsyncIterator[Postgres]:
    database.run(*TABLES)
    source = Postgres("db", database.url)
    yield source
    await source.close()


async def doubts(db: Postgres, sql: str | list[str], *samples: tuple[object, ...], **more: Any) -> tuple[Doubt, ...]:
    check = PostgresCheck.model_validate({"on": "db", "sql": sql, **more})
    return await db.doubts(check, samples or ((),))


def test_a_database_is_a_source_that_can_tell(database: Database) -> None:
    assert isinstance(Postgres("db", database.url), Foresight)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from reports",
        "(select 1)",
        "values (1)",
        "table reports",
        "with x as (select 1) select * from x",
        "show work_mem",
        "explain select * from reports",
        "select has_table_privilege('pg_monitor', 'public.reports', 'insert')",
        "select count(*) from pg_stat_activity where datname = current_database()",
        "select count(*) from information_schema.tables",
        ["set local work_mem = '1MB'", "select count(*) from reports"],
    ],
    ids=str,
)
async def test_what_the_role_can_judge_raises_no_doubt(db: Postgres, sql: str | list[str]) -> None:
    assert await doubts(db, sql, seen="select exists (select from reports)") == ()


@pytest.mark.parametrize(
    ("sql", "said", "lacks"),
    [
        ("select count(*) from report", 'relation "report" does not exist', "report"),
        ("select count(*) from public.report", 'relation "public.report" does not exist', "report"),
        ("select state from reports", 'column "state" does not exist', "state"),
        ("select reserve(1)", "function reserve(integer) does not exist", "reserve"),
        ("select public.reserve(1)", "function public.reserve(integer) does not exist", "reserve"),
        ("select count(*) from nowhere.reports", 'relation "nowhere.reports" does not exist', "reports"),
        ("select from reports where status = 'complete'", 'invalid input value for enum state: "complete"', ""),
        ("select from where", "syntax error", ""),
        ("select count(*) from reports where id = 5", "operator does not exist: uuid = integer", ""),
    ],
)
async def test_what_is_missing_or_misspelt_is_found_without_asking(
    db: Postgres, sql: str, said: str, lacks: str
) -> None:
    (doubt,) = await doubts(db, sql)
    assert said in doubt.what
    assert (doubt.sure, doubt.key, doubt.lacks) == (True, "sql", lacks)


async def test_rights_that_are_missing_are_found(db: Postgres, database: Database) -> None:
    database.run(
        "create table closed (a int, b int)",
        "revoke all on closed from cockpit_reader",
        "grant select (a) on closed to cockpit_reader",
        "revoke execute on function counted() from public",
    )
    assert await doubts(db, "select a from closed") == ()
    (column,) = await doubts(db, "select b from closed")
    (function,) = await doubts(db, "select counted()")
    assert "permission denied for table closed" in column.what
    assert "permission denied for function counted" in function.what
    assert "Grant" in function.remedy


@pytest.mark.parametrize(
    ("sql", "sample", "said"),
    [
        ("select count(*) from reports where id = $1", 5, "operator does not exist: uuid = smallint"),
        ("select count(*) from reports where status = $1", "complete", "invalid input value for enum"),
        ("select count(*) from reports where created_at > $1", uuid.UUID(int=0), "operator does not exist"),
        ("select $1::int", "abc", "invalid input syntax"),
    ],
)
async def test_parameters_that_do_not_fit_are_found(db: Postgres, sql: str, sample: object, said: str) -> None:
    (doubt,) = await doubts(db, sql, (sample,))
    assert said in doubt.what
    assert await doubts(db, sql, (None,)) == ()


async def test_every_option_of_a_choice_is_tried(db: Postgres) -> None:
    sql = "select count(*) from reports where status = $1"
    assert await doubts(db, sql, ("completed",), ("failed",)) == ()
    (doubt,) = await doubts(db, sql, ("completed",), ("cancelled",))
    assert '"cancelled"' in doubt.what


async def test_the_control_is_looked_at_too_and_named(db: Postgres) -> None:
    (doubt,) = await doubts(db, "select 1", seen="select exists (select from report)")
    assert doubt.key == "seen"


async def test_each_of_several_statements_is_named(db: Postgres) -> None:
    found = await doubts(db, ["select 1", "select nothing", "select nowhere"])
    assert [doubt.key for doubt in found] == ["sql[2]", "sql[3]"]


async def test_rows_that_would_be_hidden_are_an_error_and_under_the_policy_rule_a_doubt(
    db: Postgres, database: Database
) -> None:
    sql = "select count(*) from reports"
    database.run("alter table reports enable row level security")
    (error,) = await doubts(db, sql)
    assert error.sure
    assert "row-level security" in error.what
    lenient = Postgres("db", database.url, row_security="policy")
    (shut,) = await doubts(lenient, sql)
    assert shut.sure
    assert shut.what == "No policy lets cockpit_reader see a row of reports, so it would count none."
    database.run("create policy part on reports for select to cockpit_reader using (status = 'failed')")
    (some,) = await doubts(lenient, sql)
    assert (some.sure, some.what) == (False, "Row-level security decides which rows of reports it sees.")
    await lenient.close()


async def test_a_view_of_its_owners_is_no_row_that_is_hidden(database: Database) -> None:
    database.run(*TABLES, "alter table reports enable row level security", "create view all_reports as table reports")
    lenient = Postgres("db", database.url, row_security="policy")
    assert await doubts(lenient, "select count(*) from all_reports") == ()
    await lenient.close()


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from pg_stat_activity where state = 'idle in transaction'",
        "select * from pg_stat_activity",
        "select max(now() - xact_start) from pg_stat_activity",
        "select client_addr from pg_stat_replication",
    ],
)
async def test_what_sessions_of_others_do_is_hidden_without_the_right_to_see_it(
    db: Postgres, database: Database, sql: str
) -> None:
    (doubt,) = await doubts(db, sql)
    assert doubt.sure
    assert "hides from cockpit_reader what sessions of others do" in doubt.what
    assert "pg_read_all_stats" in doubt.remedy
    owner = Postgres("db", database.admin_url)
    assert await doubts(owner, sql) == ()
    await owner.close()


async def test_catalog_views_that_leave_out_what_a_role_has_no_right_to_are_told(
    db: Postgres, database: Database
) -> None:
    grants = "select count(*) from information_schema.role_table_grants where privilege_type = 'INSERT'"
    (blind,) = await doubts(db, grants)
    assert blind.sure
    assert "role_table_grants shows cockpit_reader only grants to and from itself" in blind.what
    assert await doubts(db, "select count(*) from information_schema.routines") == ()
    database.run("revoke execute on function counted() from public")
    (hidden,) = await doubts(db, "select count(*) from information_schema.routines")
    assert (hidden.sure, hidden.what) == (False, "information_schema.routines leaves out 1 functions it may not call.")
    database.run("create table closed ()", "revoke all on closed from cockpit_reader")
    (tables,) = await doubts(db, "select count(*) from information_schema.columns where table_name = 'closed'")
    assert "leaves out 1 tables it has no right to" in tables.what


async def test_a_trial_is_only_planned(database: Database) -> None:
    database.run(*TABLES)
    owner = Postgres("db", database.owner_url)
    trial = {"mutates": True}
    assert await doubts(owner, "insert into reports (title) values ($1)", (None,), **trial) == ()
    (missing,) = await doubts(owner, ["delete from reports", "insert into report values (1)"], **trial)
    assert (missing.key, missing.lacks) == ("sql[2]", "report")
    reader = Postgres("db", database.url)
    (denied,) = await doubts(reader, "delete from reports", **trial)
    assert "permission denied for table reports" in denied.what
    for source in (owner, reader):
        await source.close()


async def test_what_a_trial_makes_itself_is_not_missed(db: Postgres) -> None:
    assert await doubts(db, ["create table x ()", "select count(*) from x"], mutates=True) == ()


async def test_it_is_planned_as_the_role_that_would_be_set(db: Postgres, database: Database) -> None:
    database.run("grant cockpit_reader to cockpit_owner", role="postgres")
    database.run("create table closed ()", "revoke all on closed from cockpit_reader")
    owner = Postgres("db", database.owner_url)
    assert await doubts(owner, "select count(*) from closed") == ()
    (denied,) = await doubts(owner, ["set local role cockpit_reader", "select count(*) from closed"])
    assert (denied.key, "permission denied" in denied.what) == ("sql[2]", True)
    (no,) = await doubts(db, ["set local role cockpit_owner", "select count(*) from closed"])
    assert (no.key, "permission denied to set role" in no.what) == ("sql[1]", True)
    await owner.close()


async def test_nothing_is_carried_out_and_nothing_stays(db: Postgres, database: Database) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        before = admin.execute("select calls from pg_stat_user_functions").fetchall()
        assert await doubts(db, "select pg_sleep(3600), counted()") == ()
        assert admin.execute("select calls from pg_stat_user_functions").fetchall() == before
        idle = admin.execute(
            "select state from pg_stat_activity where application_name = 'cockpit' and datname = current_database()"
        )
        assert idle.fetchall() == [("idle",)]


async def test_a_table_that_is_shut_is_told_and_not_waited_for_long(db: Postgres, database: Database) -> None:
    with psycopg.connect(database.owner_url) as locker:
        locker.execute("lock table reports in access exclusive mode")
        check = PostgresCheck(on="db", sql="select count(*) from reports", deadline="1s")
        (doubt,) = await db.doubts(check, ((),))
    assert "kept the statement waiting for a lock: pid" in doubt.what
    assert await doubts(db, "select count(*) from reports") == ()


async def test_a_database_that_is_gone_is_one_doubt_and_no_error() -> None:
    gone = Postgres("db", "postgresql://nobody@/none?host=/nonexistent")
    (doubt,) = await doubts(gone, "select 1")
    assert "cannot be reached" in doubt.what


async def test_checks_of_other_kinds_are_none_of_its(db: Postgres) -> None:
    assert await db.doubts(HttpCheck(on="db", get="/"), ((),)) == ()
