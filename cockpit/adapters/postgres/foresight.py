"""Whether a role could judge a check, told before the check is asked: the server plans it, and carries out nothing.

EXPLAIN finds what is missing, what may not be read, functions that may not be called and parameters of the wrong
type, and with `row_security = off` the rows that would be hidden. What it lets pass is looked at by the relations
it took locks on: views that show a role only its own, and tables no policy lets it see a row of. A function's body
is opaque to it: what is read in there is known when it is asked, and not before.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import psycopg

from cockpit.adapters.postgres.catalog import Locked, hidden_by_rights, locked, of_view
from cockpit.adapters.postgres.portal import carry_out
from cockpit.adapters.postgres.transaction import Connection, Terms, begin, settle
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.plan.script import bound
from cockpit.core.plan.statement import bare, first_word
from cockpit.core.text.inert import inert
from cockpit.errors import SourceError
from cockpit.ports import Doubt

PLANNED = ("select", "with", "values", "table", "insert", "update", "delete", "merge")
"""The first words of what EXPLAIN takes."""

_NOT_THERE = ("42P01", "42703", "42883", "42704", "3F000")
"""Undefined table, column, function, type or other object, schema."""
_NAMED = re.compile(r'"(?:[^".]*\.)*([^".]+)"|([\w$]+)\(')
"""The name in such an error: quoted, or a function's before its bracket."""

_LOCKED = "55P03"
"""A table is shut for everybody: that says nothing of the role, and whoever asked names the holder."""

Translate = Callable[[psycopg.Error], SourceError]


async def foreseen(
    connection: Connection, check: PostgresCheck, samples: Sequence[tuple[object, ...]], terms: Terms, ours: Translate
) -> tuple[Doubt, ...]:
    """Every doubt about a check's statements and its control.

    Begins a read-only transaction, in which a trial is only planned too; the caller rolls back. Raises psycopg.Error
    for a connection that broke, and for a lock that was waited for in vain.
    """
    found: list[Doubt] = []
    async with connection.pipeline():
        await begin(connection, terms)
    for key, sql in _keyed(check):
        if first_word(sql) in PLANNED:
            found += [replace(doubt, key=key) async for doubt in _of_statement(connection, sql, samples, terms, ours)]
        elif first_word(sql) == "set" and (doubt := await set_locally(connection, sql, terms, ours)) is not None:
            found.append(replace(doubt, key=key))
            break  # what comes later would be planned for another role than is meant
        elif check.mutates and first_word(sql) != "set":
            break  # what comes later may need what this makes
    return tuple(dict.fromkeys(found))


def _keyed(check: PostgresCheck) -> Iterator[tuple[str, str]]:
    """The statements in the order in which they are asked, by the keys of the plan; the control sees what led up."""
    *before, last = check.statements
    for place, sql in enumerate(before, start=1):
        yield f"sql[{place}]", sql
    if check.seen:
        yield "seen", check.seen
    yield f"sql[{len(before) + 1}]" if before else "sql", last


async def _of_statement(
    connection: Connection, sql: str, samples: Sequence[tuple[object, ...]], terms: Terms, ours: Translate
) -> AsyncIterator[Doubt]:
    try:
        for sample in samples:
            async with aside(connection):
                await plan(connection, sql, sample)
                relations = await locked(connection)
    except psycopg.Error as error:
        if error.sqlstate in (None, _LOCKED):
            raise
        yield refused(error, ours)
        return
    text = bare(sql).lower()
    named = [relation for relation in relations if relation.name in text]
    for relation in named or relations:  # a view of a view is told once, by the name that was written
        doubt = of_view(relation, sql) or await hidden_by_rights(connection, relation)
        if doubt is not None:
            yield doubt
    if terms.row_security != "off" and (table := await decided_by_policy(connection, sql, samples[0])):
        yield _by_policy(table, relations)


async def plan(connection: Connection, sql: str, sample: Sequence[object]) -> None:
    """Have the server plan a statement. Raises psycopg.Error for what keeps the role from it."""
    async with connection.pipeline():
        await connection.execute(f"explain (costs off) {sql}".encode(), bound(sql, sample))


async def decided_by_policy(connection: Connection, sql: str, sample: Sequence[object]) -> str:
    """The first table whose policies decide which rows come; empty where all do."""
    try:
        async with aside(connection):
            await settle(connection, {"row_security": "off"})
            await plan(connection, sql, sample)
    except psycopg.errors.InsufficientPrivilege as error:
        named = _NAMED.search(error.diag.message_primary or "")
        return (named[1] or named[2]) if named else "a table"
    return ""


def _by_policy(table: str, relations: Sequence[Locked]) -> Doubt:
    shown = inert(table, limit=60)
    for relation in relations:
        if relation.name == table and relation.is_shut:
            what = f"No policy lets {inert(relation.role, limit=60)} see a row of {shown}, so it would count none."
            return Doubt(what, "Add a policy for it, or ask as a role that sees rows.")
    what = f"Row-level security decides which rows of {shown} it sees."
    return Doubt(what, "Let its seen prove that they are enough.", sure=False)


async def set_locally(connection: Connection, sql: str, terms: Terms, ours: Translate) -> Doubt | None:
    """Set for the transaction what the check would set; why not, where that is refused."""
    await connection.execute(b"savepoint setting")
    try:
        await carry_out(connection, sql, ())
        await settle(connection, terms.settings())
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        await connection.execute(b"rollback to setting")
        return refused(error, ours)
    return None


def refused(error: psycopg.Error, ours: Translate) -> Doubt:
    """The doubt that an error of the server is."""
    said = ours(error)
    named = _NAMED.search(error.diag.message_primary or "") if error.sqlstate in _NOT_THERE else None
    return Doubt(said.what, said.remedy, lacks=(named[1] or named[2]) if named else "")


@asynccontextmanager
async def aside(connection: Connection) -> AsyncIterator[None]:
    """A place in the transaction to come back to, whatever happens: locks and settings of it go too."""
    await connection.execute(b"savepoint aside")
    try:
        yield
    finally:
        await connection.execute(b"rollback to aside")
