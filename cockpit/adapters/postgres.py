"""A database that answers checks, and cannot be changed by them.

Every check runs in a read-only transaction whose settings are its own (poolers forget sessions), and is
rolled back. One connection is kept; a broken one is made anew at the next question. Rows come through a
cursor of the server's, so that a query of a million rows costs the thousand that are kept. A cursor is
planned without parallel workers: a check may be slower than in psql, and takes less of production.

A write is an action's, in one transaction on a connection of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from cockpit.adapters.cells import cells
from cockpit.adapters.portal import Connection, Terms, look
from cockpit.adapters.sqlstate import in_our_words, not_connected
from cockpit.core.check import PostgresCheck, Question
from cockpit.core.inert import inert
from cockpit.core.reading import Answer, Table
from cockpit.core.redact import Redactor
from cockpit.core.statement import READING_WORDS, deciding_word, first_word, is_single
from cockpit.errors import ActionUncertain, Refused, SourceError, TimedOut, Unreachable
from cockpit.ports import Asking, Link

_GRACE = 1.0
"""Seconds past a deadline in which a running statement is cancelled; then the connection is dropped."""

_EXAMINED_FOR = 10.0
_ENDING_WORDS = ("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare")
"""First words that would open or end the transaction around a write."""

_ABOUT_US = """
select current_setting('server_version') as version, current_database() as name, current_user as role,
       rolsuper as superuser,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)'
          and has_table_privilege(c.oid, 'insert, update, delete, truncate')) as writable,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema)'
          and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) as readable,
       (select count(*) from pg_class c where c.relkind in ('r', 'p') and row_security_active(c.oid)) as hidden
from pg_roles where rolname = current_user
"""

# psycopg warns of connections that it gives up; what an operator must know of it, our errors say.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


_HERE = ("localhost", "127.0.0.1", "::1")


class Postgres:
    """One database, as one role.

    Its facts: `columns`, `rows` (maps by column), `row` where there is one row, `value` where there is one cell that
    is not null; `row_error` and `value_error` say why those are missing, `seen_error` why the control failed.
    """

    def __init__(
        self, name: str, url: str, *, is_: str | None = None, row_security: str = "off", application: str = "cockpit"
    ) -> None:
        """`is_` is asked on connecting and must be true; `row_security` is `off` or `policy`."""
        self.name = name
        self._url = url
        self._is = is_
        self._row_security = row_security
        self._application = application
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()
        self._clean = Redactor([url]).clean

    async def ask(self, check: Question, asking: Asking) -> Answer:
        """The rows of a check's statement and its control, within the check's deadline.

        Raises Unreachable, TimedOut, Garbled, or Refused for what is no reading statement, lacks a right,
        would write, or meets rows hidden by row-level security.
        """
        if not isinstance(check, PostgresCheck):
            raise Refused(f"'{self.name}' is a database and answers no such check.", "Give the check its 'sql'.")
        for statement in (check.sql, *([check.seen] if check.seen else ())):
            self._must_read(statement)
        terms = Terms(check.deadline.total_seconds(), self._row_security)
        async with self._conversation(terms) as connection:
            control = await self._control(connection, check.seen, terms) if check.seen else {}
            table = await look(connection, check.sql, asking.parameters, terms)
        return Answer({**_facts(table), **control}, table, control=not control if check.seen else None)

    async def write(self, sql: str, parameters: Sequence[object], *, seconds: float) -> str:
        """Carry out one statement in one transaction; the server's word for it, such as `UPDATE 3`.

        A SourceError means that nothing happened, ActionUncertain that the commit's answer was lost.
        """
        if not is_single(sql) or first_word(sql) in _ENDING_WORDS:
            raise Refused(f"'{self.name}' takes one statement a write.", "Split the action; transactions are ours.")
        committing = False
        try:
            async with self._deadline(seconds), await self._connect(Terms(seconds, self._row_security)) as connection:
                async with connection.pipeline():
                    await connection.execute(b"begin read write")
                    cursor = await connection.execute(sql.encode(), parameters)
                committing = True
                await connection.execute(b"commit")
                return cursor.statusmessage or ""
        except psycopg.Error as error:
            ours = self._ours(error)
            # A constraint that is checked at the commit is an answer, and a no; a broken connection is none.
            if committing and isinstance(ours, Unreachable):
                raise self._uncertain() from error
            raise ours from error
        except TimedOut as error:
            raise (self._uncertain() if committing else error) from error.__cause__

    async def examine(self) -> Link:
        """Who we are there, with which rights, and how fast it answers."""
        terms = Terms(_EXAMINED_FOR, "policy")
        try:
            async with self._conversation(terms) as connection:
                about = (await look(connection, _ABOUT_US, (), terms)).rows[0]
                began = time.perf_counter()
                await look(connection, "select 1", (), terms, portal="echo")
                milliseconds = (time.perf_counter() - began) * 1000
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        version, database, role, superuser, writable, readable, hidden = about
        summary = (
            f"{database} on PostgreSQL {version} as {role}, {milliseconds:.1f} ms a round trip, transactions read-only"
        )
        rights = _warnings(superuser=superuser, writable=writable, readable=readable, hidden=hidden)
        return Link(
            self.name,
            ok=True,
            summary=inert(summary),
            milliseconds=round(milliseconds),
            warnings=(*_transport(connection), *rights),
            details=(f"Tables and views it may read: {readable}; write to: {writable}.",),
        )

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await self._lock.acquire()
                self._lock.release()
        await self._drop()

    def _must_read(self, sql: str) -> None:
        word = deciding_word(sql)
        if word not in READING_WORDS:
            raise Refused(
                f"'{inert(word, limit=20) or 'nothing'}' begins no statement that only reads.",
                f"Begin with one of {', '.join(READING_WORDS)}; what writes is an action.",
            )
        if not is_single(sql):
            raise Refused("A check asks one statement, and here are several.", "Make each a check of its own.")

    @asynccontextmanager
    async def _conversation(self, terms: Terms) -> AsyncIterator[Connection]:
        """The connection for one asking: alone on it, within the deadline, rolled back, errors in our words."""
        try:
            async with self._deadline(terms.seconds), self._lock:
                connection = await self._connected(terms)
                try:
                    yield connection
                finally:
                    await self._settle(connection)
        except psycopg.Error as error:
            raise self._ours(error) from error

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[None]:
        # The inner one cancels the statement on the server and waits for its end; where the server does not answer
        # that either, the outer one breaks off the wait.
        try:
            async with asyncio.timeout(seconds + _GRACE), asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            remedy = "See whether it is reachable, or busy with another check; or raise the deadline."
            raise TimedOut(f"'{self.name}' did not answer within {seconds:g} s.", remedy) from error

    async def _connected(self, terms: Terms) -> Connection:
        if self._connection is not None and _is_usable(self._connection):
            return self._connection
        await self._drop()
        self._connection = await self._connect(terms)
        return self._connection

    async def _connect(self, terms: Terms) -> Connection:
        """A new connection to the database that the plan means."""
        try:
            conninfo_to_dict(self._url)
        except (psycopg.ProgrammingError, UnicodeError):
            # Without its cause: libpq repeats what it could not read, which may be the password.
            what = f"The address of '{self.name}' cannot be read."
            raise Refused(what, "Write postgresql://user:password@host:5432/name.") from None
        try:
            connection: Connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=AsyncRawCursor,
                context=cells(),
                application_name=self._application,
                client_encoding="utf8",
                keepalives_idle=30,
            )
        except psycopg.Error as error:
            raise not_connected(f"'{self.name}'", error, self._clean) from error
        try:
            if self._is is not None:
                await self._prove(connection, self._is, terms)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _prove(self, connection: Connection, statement: str, terms: Terms) -> None:
        self._must_read(statement)
        table = await look(connection, statement, (), terms, portal="environment")
        await connection.execute(b"rollback")
        if not _says_yes(table):
            raise Refused(
                f"'{self.name}' is not the database that the plan means: {inert(statement, limit=120)} is not true.",
                "Look at the address, or at 'is'.",
            )

    async def _control(self, connection: Connection, statement: str, terms: Terms) -> dict[str, object]:
        """Nothing where the control holds, else why not."""
        try:
            table = await look(connection, statement, (), terms, portal="control")
        except psycopg.Error as error:
            if connection.closed or error.sqlstate is None:
                raise
            await connection.execute(b"rollback")
            return {"seen_error": f"The control could not be answered: {self._ours(error)}"}
        if _says_yes(table):
            return {}
        return {"seen_error": f"The control is not true: {inert(statement, limit=200)}."}

    async def _settle(self, connection: Connection) -> None:
        """Roll back, whatever has happened; drop the connection where that does not work."""
        with suppress(psycopg.Error, TimeoutError):
            async with asyncio.timeout(_GRACE):
                if connection.info.transaction_status != TransactionStatus.IDLE:
                    await connection.execute(b"rollback")
        if connection.info.transaction_status != TransactionStatus.IDLE:
            await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _uncertain(self) -> ActionUncertain:
        return ActionUncertain(
            f"'{self.name}' did not answer the commit: it may have happened.", "Look before anything else."
        )

    def _ours(self, error: psycopg.Error) -> SourceError:
        return in_our_words(f"'{self.name}'", error, self._clean)


def _is_usable(connection: Connection) -> bool:
    """Whether an idle connection still stands, as far as our end knows."""
    try:
        # Twice: a server that shut down leaves its last words first, and the end of the stream behind them.
        for _ in range(2):
            connection.pgconn.consume_input()
    except psycopg.Error:
        return False
    return connection.info.transaction_status == TransactionStatus.IDLE


def _says_yes(table: Table) -> bool:
    return len(table.rows) == 1 and len(table.columns) == 1 and table.rows[0][0] is True


def _facts(table: Table) -> dict[str, object]:
    """What an expectation may speak of."""
    facts: dict[str, object] = {
        "columns": table.columns,
        "rows": tuple(dict(zip(table.columns, row, strict=True)) for row in table.rows),
    }
    count, width = len(table.rows), len(table.columns)
    shape = f"{count}{' and more' if table.capped else ''} rows of {width} columns"
    if count == 1 and not table.capped:
        facts["row"] = dict(zip(table.columns, table.rows[0], strict=True))
    else:
        facts["row_error"] = f"'row' is the only row, and there are {shape}. Use rows, or make the statement give one."
    if count != 1 or width != 1 or table.capped:
        facts["value_error"] = f"'value' is a single cell, and there are {shape}. Make the statement give one."
    elif table.rows[0][0] is None:
        facts["value_error"] = "The cell is null. If nothing counts as zero, write coalesce(..., 0)."
    else:
        facts["value"] = table.rows[0][0]
    return facts


def _transport(connection: Connection) -> tuple[str, ...]:
    """What libpq's default of `sslmode=prefer` leaves open, once the server is not on this machine.

    https://www.postgresql.org/docs/current/libpq-ssl.html, table 32.1.
    """
    info = connection.info
    if not info.host or info.host.startswith("/") or info.host in _HERE:
        return ()
    if not connection.pgconn.ssl_in_use:
        return ("The connection is not encrypted. Add sslmode=verify-full to its address.",)
    if info.get_parameters().get("sslmode") not in ("verify-ca", "verify-full"):
        return ("The server's certificate is not verified. Add sslmode=verify-full to its address.",)
    return ()


def _warnings(*, superuser: object, writable: object, readable: object, hidden: object) -> tuple[str, ...]:
    warnings = []
    if not readable:
        warnings.append("The role may read no table here. Grant it usage on the schema and select on the tables.")
    if superuser:
        warnings.append(
            "The role is a superuser: functions it calls may act outside transactions. Use one that only reads."
        )
    elif writable:
        warnings.append(f"The role may write to {writable} tables. Checks do not, but one that only reads is safer.")
    if hidden:
        warnings.append(f"Row-level security hides rows of {hidden} tables from the role. Checks of them are refused.")
    return tuple(warnings)
