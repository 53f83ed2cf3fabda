"""A trial: statements that may write, in one transaction that is always rolled back.

Nothing here ever sends a commit. Whatever ends it early (an error, a deadline, a cancelled task, a lost line, a
killed process), the server rolls back: it looks each second whether its client is there, stops a statement at its
deadline, and ends a transaction that is left alone after five seconds.

What a rollback does not undo, nobody here can: numbers taken from sequences, what functions did in other sessions,
servers or files (`dblink`, untrusted languages), session-level advisory locks, which go with the connection.
While it lasts it holds its locks like any writer.
"""

from __future__ import annotations

import secrets
from contextlib import suppress

import psycopg
from psycopg.pq import TransactionStatus

from cockpit.adapters.postgres.transaction import Connection, Terms, begin, settle, stands, whole
from cockpit.errors import Refused, SourceError


def terms_of_trial(seconds: float, row_security: str) -> Terms:
    """Terms with a mark nobody else has."""
    return Terms(seconds, row_security, secrets.token_hex(8))


async def opened(connection: Connection, terms: Terms) -> None:
    """Begin, and make sure that what follows happens in this transaction.

    Refused where the next statement meets another one, as behind a pooler that deals out statements.
    """
    async with connection.pipeline():
        await begin(connection, terms)
    if not await stands(connection, terms):
        raise Refused(
            "What lies between here and the database keeps no transaction together.",
            "Give the connection an address without a pooler by statement.",
        )
    await _watched(connection)


async def concluded(connection: Connection, terms: Terms) -> None:
    """Ask what a commit would have asked: constraints and triggers that are deferred speak now.

    Raises psycopg.Error where they refuse, ActionUncertain where the transaction was ended from within.
    """
    await whole(connection, terms)
    await connection.execute(b"set constraints all immediate")


async def begun_anew(connection: Connection, terms: Terms) -> None:
    """As if the statements so far had been committed: what they set for their transaction goes, what they did stays.

    All deferrable constraints are deferred, those too that would not be by themselves: they speak when the next
    statements are concluded. Raises psycopg.Error.
    """
    for sql in (b"close all", b"reset role", b"reset all", b"set constraints all deferred"):
        await connection.execute(sql)
    await settle(connection, {**terms.settings(), **terms.marking()})
    await _watched(connection)


def named(title: str, error: SourceError) -> SourceError:
    """The error of one of several scripts.

    A value that was added to an enum serves after a commit only, which a trial never makes: that says nothing
    against the script (https://www.postgresql.org/docs/current/sql-altertype.html, notes).
    """
    if isinstance(error.__cause__, psycopg.errors.UnsafeNewEnumValueUsage):
        return SourceError(f"{title} uses a new value of an enum, which takes a commit.", "Try it by hand.")
    return type(error)(f"{title}: {error.what}", error.remedy)


async def taken_back(connection: Connection) -> None:
    """Roll back and hang up. Where the line is dead the server does the first by itself."""
    try:
        with suppress(psycopg.Error):
            if connection.info.transaction_status != TransactionStatus.IDLE:
                await connection.execute(b"rollback")
    finally:
        await connection.close()


async def _watched(connection: Connection) -> None:
    """Have the server look each second whether we are there."""
    await connection.execute(b"savepoint watched")
    try:
        await settle(connection, {"client_connection_check_interval": "1s"})
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        await connection.execute(b"rollback to watched")  # before 14 there is none, and some systems cannot tell
