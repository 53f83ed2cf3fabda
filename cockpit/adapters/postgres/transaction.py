"""The transaction around a question or a trial: its settings are its own, for poolers forget sessions.

The extended protocol takes one statement and no more. Pipeline mode forces it: where there is nothing to
bind psycopg falls back to the simple protocol, and there `set transaction read write; delete ...; commit`
escapes. Against that stands a second bolt: the settings are made by a query, and after a transaction's first
query the server lets nobody make it read-write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

from cockpit.errors import ActionUncertain

_IDLE = 5000
"""Milliseconds after which the server ends a session that we left in the middle of a transaction."""
_QUEUES = 1000
"""Milliseconds a trial waits for a lock: whoever waits for a strong one makes all who come later wait too."""
_MARK = "cockpit.trial"
"""A setting of our own, local to a trial's transaction: as long as it is there, so is the transaction."""

Connection = AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a statement is asked or tried."""

    seconds: float
    """How long it may take."""
    row_security: str
    """`off`: hidden rows are an error. `policy`: they are hidden."""
    mark: str = ""
    """What a trial's transaction is known by; empty for a question, which only reads."""

    @property
    def mutates(self) -> bool:
        """Whether the transaction may write: a trial, which is rolled back all the same."""
        return bool(self.mark)

    def marking(self) -> dict[str, str]:
        """The setting by which a trial's transaction is known; nothing for a question."""
        return {_MARK: self.mark} if self.mutates else {}

    def settings(self) -> dict[str, str]:
        """For this transaction alone."""
        # A little before our own deadline, so that the server's word comes first and the session stays whole.
        milliseconds = max(1, round((self.seconds - min(0.25, self.seconds / 10)) * 1000))
        queues = max(1, milliseconds // 2)
        return {
            "statement_timeout": str(milliseconds),
            "lock_timeout": str(min(_QUEUES, queues) if self.mutates else queues),
            "idle_in_transaction_session_timeout": str(_IDLE if self.mutates else milliseconds + _IDLE),
            "row_security": "off" if self.row_security == "off" else "on",
            "cursor_tuple_fraction": "1",  # all rows are wanted: plan as for a plain statement
        }


async def begin(connection: Connection, terms: Terms) -> None:
    """Open the transaction with our settings; in a pipeline."""
    await connection.execute(b"begin read write" if terms.mutates else b"begin read only")
    await settle(connection, {**terms.settings(), **terms.marking()})


async def settle(connection: Connection, settings: dict[str, str]) -> None:
    """Make settings of the transaction. They are bound, so this is the extended protocol outside of a pipeline too."""
    # set_config(.., true) is SET LOCAL as a query: one round trip, and the transaction's first query.
    calls = [f"pg_catalog.set_config('{name}', ${at}, true)" for at, name in enumerate(settings, start=1)]
    await connection.execute(f"select {', '.join(calls)}".encode(), list(settings.values()))


async def stands(connection: Connection, terms: Terms) -> bool:
    """Whether the transaction that was begun is still the one we are in."""
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        return False
    if not terms.mutates:
        return True
    cursor = await connection.execute(f"select current_setting('{_MARK}', true) = $1".encode(), [terms.mark])
    return await cursor.fetchone() == (True,)


async def whole(connection: Connection, terms: Terms) -> None:
    """Raises ActionUncertain where the transaction is another one than was begun: then something may be kept."""
    if not await stands(connection, terms):
        raise ActionUncertain(
            "A statement ended the transaction around it: what it did may be kept.",
            "Look at the data before anything else, and take that statement out.",
        )
