"""The way into a database: a connection as one role, which is proved to lead to the database that the plan means."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.conninfo import conninfo_to_dict

from cockpit.adapters.postgres.cells import cells
from cockpit.adapters.postgres.facts import says_yes
from cockpit.adapters.postgres.portal import look, refuse
from cockpit.adapters.postgres.sqlstate import not_connected
from cockpit.adapters.postgres.transaction import Connection, Terms
from cockpit.core.text.inert import inert
from cockpit.errors import Refused

# psycopg warns of connections that it gives up; what an operator must know of it, our errors say.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Door:
    """An address with its role, and what must be true behind it."""

    name: str
    url: str
    is_: str | None
    """Asked of each new connection; must be true."""
    application: str
    clean: Callable[[str], str]
    """Takes addresses and passwords out of foreign words."""

    async def open(self, terms: Terms) -> Connection:
        """A new connection. Raises Unreachable, or Refused for a bad address, a role not let in, another database."""
        try:
            conninfo_to_dict(self.url)
        except (psycopg.ProgrammingError, UnicodeError):
            # Without its cause: libpq repeats what it could not read, which may be the password.
            what = f"The address of '{self.name}' cannot be read."
            raise Refused(what, "Write postgresql://user:password@host:5432/name.") from None
        try:
            connection: Connection = await AsyncConnection.connect(
                self.url,
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=AsyncRawCursor,
                context=cells(),
                application_name=self.application,
                client_encoding="utf8",
                keepalives_idle=30,
            )
        except psycopg.Error as error:
            raise not_connected(f"'{self.name}'", error, self.clean) from error
        try:
            if self.is_ is not None:
                await self._prove(connection, self.is_, terms)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _prove(self, connection: Connection, statement: str, terms: Terms) -> None:
        refuse((statement,))
        table = await look(connection, statement, (), Terms(terms.seconds, terms.row_security), portal="environment")
        await connection.execute(b"rollback")
        if not says_yes(table):
            raise Refused(
                f"'{self.name}' is not the database that the plan means: {inert(statement, limit=120)} is not true.",
                "Look at the address, or at 'is'.",
            )
