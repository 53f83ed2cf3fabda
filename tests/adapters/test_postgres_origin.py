"""As whom a real database was asked, told by the server itself, in the transaction of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.reading.origin import Origin, apart
from cockpit.ports import Asking
from cockpit.simulator.postgres import OWNER, READER

if TYPE_CHECKING:
    from tests.conftest import Database


async def origin(url: str, *, row_security: str = "off", sql: Any = "select 1", **more: Any) -> Origin:
    """Where an answer on this address is from."""
    db = Postgres("db", url, row_security=row_security)
    try:
        answer = await db.ask(PostgresCheck(on="db", sql=sql, **more), Asking(whence=True))
    finally:
        await db.close()
    assert answer.origin is not None
    return answer.origin


async def test_the_role_the_login_and_the_database_are_told_where_they_are_asked_for(database: Database) -> None:
    found = await origin(database.url)
    assert (found.connection, found.role, found.login) == ("db", READER, READER)
    assert (found.database, found.server, found.standby) == (database.name, "", False)
    assert found.schemas[-1] == "public"
    db = Postgres("db", database.url)
    assert (await db.ask(PostgresCheck(on="db", sql="select 1"), Asking())).origin is None
    await db.close()


async def test_the_role_that_the_statement_itself_took_on_is_the_one_that_counts(database: Database) -> None:
    found = await origin(database.admin_url, sql=[f"set local role {READER}", "select 1"])
    assert (found.role, found.login) == (READER, "postgres")


async def test_a_search_path_of_a_role_makes_the_same_name_another_table(database: Database) -> None:
    database.run("create schema audit", f"grant usage on schema audit to {READER}")
    database.run(f"alter role {READER} in database {database.name} set search_path = audit, public", role="postgres")
    as_reader, as_owner = await origin(database.url), await origin(database.owner_url)
    assert "audit" in as_reader.schemas
    assert "the tables may be others" in apart(as_owner, as_reader).blind


async def test_a_baseline_of_the_owner_says_nothing_to_a_reader_whose_rows_are_hidden(database: Database) -> None:
    database.run(
        "create table reports as select n, n % 2 = 0 as mine from generate_series(1, 4) as n",
        "alter table reports enable row level security",
        f"create policy own on reports for select to {READER} using (mine)",
    )
    owner, reader = await origin(database.owner_url), await origin(database.url, row_security="policy")
    assert (owner.role, reader.role) == (OWNER, READER)
    # Half of the rows were deleted: owner before and reader after would both count two, were they compared.
    assert apart(owner, reader, hides_rows=True).blind
    assert apart(owner, reader).warnings == (f"The baseline was recorded as {OWNER}, and this was asked as {READER}",)
