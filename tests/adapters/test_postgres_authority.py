"""Whether a role may do what a writing action does, told without doing any of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.ports import Doubt

if TYPE_CHECKING:
    from tests.conftest import Database

MADE = (
    "create table orders (id int primary key, state text)",
    "create table refunds (id int)",
    "create sequence numbers",
    "create function counted() returns int language sql volatile as 'insert into refunds values (1) returning id'",
    "create function hidden() returns int language sql as 'select 1'",
    "create procedure settle(number int) language sql as 'insert into refunds values (number)'",
    "revoke execute on function hidden from public",
    "insert into orders values (1, 'open')",
)


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[Postgres]:
    database.run(*MADE)
    source = Postgres("db", database.url)
    yield source
    await source.close()


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[Postgres]:
    database.run(*MADE)
    source = Postgres("db", database.owner_url)
    yield source
    await source.close()


async def doubts(db: Postgres, *statements: str, sample: tuple[object, ...] = ()) -> tuple[Doubt, ...]:
    return await db.doubts_to_write(statements, (sample,))


@pytest.mark.parametrize(
    "statements",
    [
        ["insert into orders values (2, 'done')"],
        ["update orders set state = $1 where id = 1"],
        ["with gone as (delete from orders returning id) select count(*) from gone"],
        ["merge into orders using refunds on orders.id = refunds.id when matched then do nothing"],
        ["truncate orders, refunds"],
        ["drop table if exists nothing_there", "drop table refunds"],
        ["alter table orders add column note text", "create index on orders (state)"],
        ["create table public.more (id int)"],
        ["select counted()"],
        ["call settle(1)"],
        ["set local lock_timeout = '1s'", "delete from orders"],
    ],
    ids=str,
)
async def test_what_the_role_may_do_raises_no_doubt_and_is_not_done(
    owner: Postgres, database: Database, statements: list[str]
) -> None:
    assert await doubts(owner, *statements, sample=("done",)) == ()
    assert database.run("select id, state, (select count(*) from refunds) from orders") == [(1, "open", 0)]
    assert database.run("select count(*) from pg_class where relname = 'more'") == [(0,)]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("insert into orders values (2, 'done')", "permission denied for table orders"),
        ("update orders set state = 'done'", "permission denied for table orders"),
        ("delete from orders", "permission denied for table orders"),
        ("with gone as (delete from orders returning id) select 1 from gone", "permission denied for table orders"),
        ("select nextval('numbers')", ""),
        ("select hidden()", "permission denied for function hidden"),
        ("truncate refunds, orders", "The role may not truncate refunds."),
        ("drop table orders", "The role does not own orders."),
        ("alter table public.orders add column note text", "The role does not own public.orders."),
        ("create index on orders (state)", "The role does not own orders."),
        ("create table public.more (id int)", "The role may not create, where it would stand, public.more."),
    ],
)
async def test_what_the_role_may_not_do_is_told(reader: Postgres, sql: str, told: str) -> None:
    found = await doubts(reader, sql)
    if not told:  # the right on a sequence that a function takes by its name is known to nobody but the function
        assert found == ()
        return
    assert found[0].sure
    assert told in found[0].what


@pytest.mark.parametrize(
    ("sql", "lacks"),
    [
        ("update gone set id = 1", "gone"),
        ("truncate gone", "gone"),
        ('drop table public."Gone"', "Gone"),
        ("create table nowhere.more ()", "more"),
        ("update orders set gone = 1", "gone"),
    ],
)
async def test_what_is_not_there_is_named(owner: Postgres, sql: str, lacks: str) -> None:
    (doubt,) = await doubts(owner, sql)
    assert (doubt.sure, doubt.lacks) == (True, lacks)


async def test_a_value_of_the_wrong_type_is_told(owner: Postgres) -> None:
    (doubt,) = await doubts(owner, "delete from orders where id = $1::uuid", sample=(1,))
    assert doubt.sure


@pytest.mark.parametrize(
    "sql",
    [
        "do $$ begin delete from nothing_there; end $$",
        "create or replace function hidden() returns int language sql as 'select 2'",
        "grant select on orders to cockpit_reader",
        "call no_such_thing(1)",
    ],
)
async def test_what_cannot_be_told_without_doing_it_is_said_to_be_so(owner: Postgres, sql: str) -> None:
    (doubt,) = await doubts(owner, sql)
    assert not doubt.sure
    assert "cannot be told without" in doubt.what


async def test_behind_a_change_nothing_is_sure(owner: Postgres) -> None:
    (doubt,) = await doubts(owner, "alter table orders add column note text", "update orders set note = 'x'")
    assert (doubt.key, doubt.sure) == ("sql[2]", False)
    assert doubt.remedy == "It may be otherwise after what comes before it."
    assert doubt.lacks == "note"


async def test_rows_that_a_policy_keeps_from_it_are_noted(database: Database) -> None:
    database.run(
        *MADE, "grant update, select on orders to cockpit_reader", "alter table orders enable row level security"
    )
    db = Postgres("db", database.url)
    try:
        (doubt,) = await doubts(db, "update orders set state = 'done'")
    finally:
        await db.close()
    assert not doubt.sure
    assert doubt.what == "Row-level security decides which rows of orders it changes."


async def test_a_role_that_cannot_be_taken_ends_the_look(reader: Postgres) -> None:
    (doubt,) = await doubts(reader, "set local role postgres", "delete from nothing_there")
    assert (doubt.key, doubt.sure) == ("sql[1]", True)
    assert "permission denied to set role" in doubt.what


async def test_a_database_that_is_not_there_is_told() -> None:
    (doubt,) = await doubts(Postgres("db", "postgresql://nobody@127.0.0.1:1/none"), "delete from orders")
    assert doubt.sure
    assert "cannot be reached" in doubt.what
