"""The connections of one database that checks share: few, kept for the next question, made anew when broken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg.pq import TransactionStatus

from cockpit.adapters.postgres.transaction import Connection, Terms

MOST_CONNECTIONS = 5
"""To one database, for checks: a statement that hangs must not hold up all others, and connections are dear."""

SETTLING = 1.0
"""Machine seconds for a rollback; then the connection is dropped."""

_IDLE = 60.0
"""Machine seconds after which a connection that nobody needed is given back."""


class Pool:
    """Connections that are made by `connect` when one is needed and none is idle."""

    def __init__(self, connect: Callable[[Terms], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._idle: list[tuple[Connection, float]] = []
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)

    @asynccontextmanager
    async def lent(self, terms: Terms) -> AsyncIterator[Connection]:
        """A connection for one asking: alone on it, and rolled back after, whatever has happened."""
        async with self._places:
            connection = await self._usable(terms)
            try:
                yield connection
            finally:
                await self._settle(connection)

    async def close(self) -> None:
        """Let go of all, within a second; one that is in use is waited for, half a second at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                for _ in range(MOST_CONNECTIONS):
                    await self._places.acquire()
                for _ in range(MOST_CONNECTIONS):
                    self._places.release()
        while self._idle:
            await self._idle.pop()[0].close()

    async def _usable(self, terms: Terms) -> Connection:
        """The one that was used last and still stands, else a new one."""
        while self._idle:
            connection, _ = self._idle.pop()
            if _is_usable(connection):
                return connection
            await connection.close()
        return await self._connect(terms)

    async def _settle(self, connection: Connection) -> None:
        """Roll back, and keep the connection; drop it where that does not work."""
        try:
            with suppress(psycopg.Error, TimeoutError):
                async with asyncio.timeout(SETTLING):
                    if connection.info.transaction_status != TransactionStatus.IDLE:
                        await connection.execute(b"rollback")
        finally:
            if connection.info.transaction_status != TransactionStatus.IDLE:
                await connection.close()
            else:
                await self._keep(connection)

    async def _keep(self, connection: Connection) -> None:
        """For the next question; those that nobody has needed for long are given back."""
        now = time.monotonic()
        self._idle.append((connection, now))
        while self._idle[0][1] < now - _IDLE:
            await self._idle.pop(0)[0].close()


def _is_usable(connection: Connection) -> bool:
    """Whether an idle connection still stands, as far as our end knows."""
    try:
        # Twice: a server that shut down leaves its last words first, and the end of the stream behind them.
        for _ in range(2):
            connection.pgconn.consume_input()
    except psycopg.Error:
        return False
    return connection.info.transaction_status == TransactionStatus.IDLE
