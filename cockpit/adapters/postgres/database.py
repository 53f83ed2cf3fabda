"""A database that answers checks, and cannot be changed by them.

Every check runs in a read-only transaction whose settings are its own (poolers forget sessions), and is
rolled back. Connections are few and kept for the next question; a broken one is made anew. Rows come through a
cursor of the server's, so that a query of a million rows costs the thousand that are kept. A cursor is
planned without parallel workers: a check may be slower than in psql, and takes less of production.

What a check may not, a trial may: it writes, and is rolled back too (`trial`). A write is an action's, in one
transaction. Both have a connection of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import psycopg
from psycopg.pq import TransactionStatus

from cockpit.adapters.postgres.authority import authorised
from cockpit.adapters.postgres.door import Door
from cockpit.adapters.postgres.facts import facts_of, says_yes
from cockpit.adapters.postgres.foresight import foreseen
from cockpit.adapters.postgres.locks import holders
from cockpit.adapters.postgres.origin import whence
from cockpit.adapters.postgres.pool import Pool
from cockpit.adapters.postgres.portal import lead_up, look, refuse
from cockpit.adapters.postgres.rights import ABOUT_US, of_role, of_transport
from cockpit.adapters.postgres.sqlstate import in_our_words, without_values
from cockpit.adapters.postgres.standby import behind
from cockpit.adapters.postgres.transaction import Connection, Terms, settle
from cockpit.adapters.postgres.trial import begun_anew, concluded, named, opened, taken_back, terms_of_trial
from cockpit.core.plan.check import PostgresCheck, Question
from cockpit.core.plan.script import bound, objections_to_write
from cockpit.core.reading import Answer, Table
from cockpit.core.text.inert import inert
from cockpit.core.text.redact import Redactor
from cockpit.errors import ActionUncertain, Declined, Refused, SourceError, TimedOut, Unreachable
from cockpit.ports import Asking, Doubt, Link, Script

_GRACE = 1.0
"""Seconds past a deadline in which a running statement is cancelled; then the connection is dropped."""

_EXAMINED_FOR = 10.0
_WRITE_QUEUES = 5000
"""Milliseconds a write waits for a lock: meanwhile everybody who comes later may have to wait behind it."""


class Postgres:
    """One database, as one role.

    Its facts: `columns`, `rows` (maps by column), `row` where there is one row, `value` where there is one cell that
    is not null; `row_error` and `value_error` say why those are missing, `seen_error` why the control failed.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        is_: str | None = None,
        row_security: str = "off",
        application: str = "cockpit",
        writes_by: str | None = None,
    ) -> None:
        """`is_` is asked on connecting and must be true; `row_security` is `off` or `policy`.

        `writes_by` is the address of whoever writes and tries, where that is another role than the one that asks.
        """
        self.name = name
        self._row_security = row_security
        self._clean = Redactor([url, *([writes_by] if writes_by else ())]).clean
        self._door = Door(name, url, is_, application, self._clean)
        self._desk = Door(name, writes_by or url, is_, application, self._clean)
        """Where writes and trials are handed in."""
        self._pool = Pool(self._door.open)

    async def ask(self, check: Question, asking: Asking) -> Answer:
        """The rows of a check's last statement and its control, within the check's deadline.

        Raises Unreachable, TimedOut, Garbled; Refused for a statement that is not sent, lacks a right, would write
        without `mutates`, or meets rows hidden by row-level security; ActionUncertain where a trial escaped.
        """
        if not isinstance(check, PostgresCheck):
            raise Refused(f"'{self.name}' is a database and answers no such check.", "Give the check its 'sql'.")
        try:
            return await self._asked(check, asking)
        except SourceError as error:
            raise (without_values(error) if check.mask else error) from error.__cause__

    async def _asked(self, check: PostgresCheck, asking: Asking) -> Answer:
        refuse(check.statements, mutates=check.mutates)
        if check.seen:
            refuse((check.seen,))
        seconds = check.deadline.total_seconds()
        if check.mutates:
            terms = terms_of_trial(seconds, self._row_security)
            async with self._trial(terms) as connection:
                answer = await self._answer(connection, check, asking, terms)
                await concluded(connection, terms)
                return answer
        terms = Terms(seconds, self._row_security)
        async with self._conversation(terms) as connection:
            return await self._answer(connection, check, asking, terms)

    async def _answer(self, connection: Connection, check: PostgresCheck, asking: Asking, terms: Terms) -> Answer:
        """The control sees what the last statement sees: what leads up to both comes first."""
        *before, last = check.statements
        await lead_up(connection, before, asking.parameters, terms)
        control = await self._control(connection, check.seen, asking.parameters, terms) if check.seen else {}
        table = await look(connection, last, asking.parameters, terms)
        origin = await whence(connection, self.name, terms) if asking.whence else None
        held, blind = not control if check.seen else None, await behind(connection, check.fresh, terms)
        return Answer({**facts_of(table), **control}, table, control=held, origin=origin, blind=blind)

    async def try_out(self, *scripts: Script, seconds: float) -> Table:
        """Carry out scripts in order, in one transaction that is always rolled back; the rows of the last statement.

        That it returns means that a commit after each would have gone through. Raises SourceError where not, and
        ActionUncertain where a statement ended the transaction itself, so that something may be kept.
        """
        for script in scripts:
            refuse(script.statements, mutates=True)
        terms, told = terms_of_trial(seconds, self._row_security), Table((), ())
        script = scripts[0]
        try:
            async with self._trial(terms) as connection:
                for at, script in enumerate(scripts):
                    if at:
                        await begun_anew(connection, terms)
                    *before, last = script.statements
                    await lead_up(connection, before, script.parameters, terms)
                    told = await look(connection, last, script.parameters, terms)
                    await concluded(connection, terms)
                return told
        except SourceError as error:
            raise (named(script.title, error) if len(scripts) > 1 else error) from error.__cause__

    async def write(self, statements: tuple[str, ...], parameters: Sequence[object], *, seconds: float) -> str:
        """Carry out statements in one transaction; the server's words for them, such as `UPDATE 3`.

        A SourceError means that nothing happened, ActionUncertain that the commit's answer was lost.
        """
        for _, objection in objections_to_write(statements):
            raise Declined(objection.what, objection.remedy)
        committing, terms = False, Terms(seconds, self._row_security)
        try:
            async with self._deadline(seconds), await self._desk.open(terms) as connection:
                try:
                    async with connection.pipeline():
                        await connection.execute(b"begin read write")
                        await settle(connection, {"lock_timeout": str(_WRITE_QUEUES)})
                        done = [await connection.execute(sql.encode(), bound(sql, parameters)) for sql in statements]
                except psycopg.errors.LockNotAvailable as error:
                    raise await self._waited(connection, of_writers=True) from error
                committing = True
                await connection.execute(b"commit")
                return ", ".join(cursor.statusmessage or "" for cursor in done)
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
                about = (await look(connection, ABOUT_US, (), terms)).rows[0]
                began = time.perf_counter()
                await look(connection, "select 1", (), terms, portal="echo")
                milliseconds = (time.perf_counter() - began) * 1000
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        version, database, role, superuser, writable, readable, hidden = about
        summary = (
            f"{database} on PostgreSQL {version} as {role}, {milliseconds:.1f} ms a round trip, transactions read-only"
        )
        rights = of_role(superuser=superuser, writable=writable, readable=readable, hidden=hidden)
        return Link(
            self.name,
            ok=True,
            summary=inert(summary),
            milliseconds=round(milliseconds),
            warnings=(*of_transport(connection), *rights),
            details=(f"Tables and views it may read: {readable}; write to: {writable}.",),
        )

    async def doubts(self, check: Question, samples: Sequence[tuple[object, ...]]) -> tuple[Doubt, ...]:
        """Whether a check could be judged by this role: planned by the server, and not carried out."""
        if not isinstance(check, PostgresCheck):
            return ()
        terms = Terms(min(_EXAMINED_FOR, check.deadline.total_seconds()), self._row_security)
        try:
            async with self._conversation(terms) as connection:
                return await foreseen(connection, check, samples, terms, self._ours)
        except SourceError as error:
            return (Doubt(error.what, error.remedy),)

    async def doubts_to_write(
        self, statements: Sequence[str], samples: Sequence[tuple[object, ...]]
    ) -> tuple[Doubt, ...]:
        """Whether the role that writes may do what these do: planned and asked about, and not carried out."""
        terms = Terms(_EXAMINED_FOR, "policy")
        try:
            async with self._deadline(terms.seconds):
                connection = await self._desk.open(terms)
                try:
                    return await authorised(connection, statements, samples, terms, self._ours)
                finally:
                    await taken_back(connection)
        except psycopg.Error as error:
            ours = self._ours(error)
            return (Doubt(ours.what, ours.remedy),)
        except SourceError as error:
            return (Doubt(error.what, error.remedy),)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def _conversation(self, terms: Terms) -> AsyncIterator[Connection]:
        """A connection for one asking: alone on it, within the deadline, rolled back, errors in our words."""
        try:
            async with self._deadline(terms.seconds), self._pool.lent(terms) as connection:
                try:
                    yield connection
                except psycopg.errors.LockNotAvailable as error:
                    raise await self._waited(connection, of_writers=False) from error
        except psycopg.Error as error:
            raise self._ours(error) from error

    @asynccontextmanager
    async def _trial(self, terms: Terms) -> AsyncIterator[Connection]:
        """A connection of its own for one trial, and whatever happens on it rolled back."""
        try:
            async with self._deadline(terms.seconds):
                connection = await self._desk.open(terms)
                try:
                    await opened(connection, terms)
                    yield connection
                except psycopg.errors.LockNotAvailable as error:
                    raise await self._waited(connection, of_writers=True) from error
                finally:
                    await taken_back(connection)
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

    async def _control(
        self, connection: Connection, statement: str, parameters: Sequence[object], terms: Terms
    ) -> dict[str, object]:
        """Nothing where the control holds, else why not. Where it cannot be answered, what came before it stays."""
        goes_on = connection.info.transaction_status == TransactionStatus.INTRANS
        try:
            if goes_on:
                await connection.execute(b"savepoint control")
            table = await look(connection, statement, parameters, terms, portal="control")
        except psycopg.Error as error:
            if connection.closed or error.sqlstate is None:
                raise
            await connection.execute(b"rollback to control" if goes_on else b"rollback")
            return {"seen_error": f"The control could not be answered: {self._ours(error)}"}
        if says_yes(table):
            return {}
        return {"seen_error": f"The control is not true: {inert(statement, limit=200)}."}

    async def _waited(self, connection: Connection, *, of_writers: bool) -> TimedOut:
        """The error of a wait for a lock, with who holds it where that can be seen."""
        await connection.execute(b"rollback")
        held = await holders(connection, of_writers=of_writers)
        what = f"'{self.name}' kept the statement waiting for a lock{f': {held}' if held else ''}."
        return TimedOut(what, "Let that session end, or ask its owner; then ask again." if held else "Ask again.")

    def _uncertain(self) -> ActionUncertain:
        return ActionUncertain(
            f"'{self.name}' did not answer the commit: it may have happened.", "Look before anything else."
        )

    def _ours(self, error: psycopg.Error) -> SourceError:
        return in_our_words(f"'{self.name}'", error, self._clean)
