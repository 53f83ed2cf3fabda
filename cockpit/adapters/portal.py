"""A statement asked in a read-only transaction, its rows taken through a portal and capped as they come.

The extended protocol takes one statement and no more. Pipeline mode forces it: where there is nothing to
bind psycopg falls back to the simple protocol, and there `set transaction read write; delete ...; commit`
escapes. Against that stands a second bolt: the settings are made by a query, and after a transaction's first
query the server lets nobody make it read-write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.pq import TransactionStatus

from cockpit.core.reading import Table
from cockpit.core.statement import first_word

MOST_ROWS = 1000
MOST_BYTES = 1_048_576
"""What is kept of an answer, as the server writes it; a row that does not fit is left out whole."""

_FIRST = 25
"""Rows of the first fetch: nearly every check's answer, in the same round trip."""

Connection = AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a statement is asked."""

    seconds: float
    """How long it may take."""
    row_security: str
    """`off`: hidden rows are an error. `policy`: they are hidden."""

    def settings(self) -> dict[str, str]:
        """For this transaction alone."""
        # A little before our own deadline, so that the server's word comes first and the session stays whole.
        milliseconds = max(1, round((self.seconds - min(0.25, self.seconds / 10)) * 1000))
        return {
            "statement_timeout": str(milliseconds),
            "lock_timeout": str(max(1, milliseconds // 2)),
            "idle_in_transaction_session_timeout": str(milliseconds + 5000),
            "row_security": "off" if self.row_security == "off" else "on",
            "cursor_tuple_fraction": "1",  # all rows are wanted: plan as for a plain statement
        }


async def look(
    connection: Connection, sql: str, parameters: Sequence[object], terms: Terms, *, portal: str = "answer"
) -> Table:
    """What a statement gives, in the read-only transaction that is open, or is begun here.

    The caller rolls back. Raises psycopg.Error.
    """
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    direct = first_word(sql) in ("show", "explain")  # short, and no portal takes them
    async with connection.pipeline():
        if idle:
            await _begin(connection, terms)
        if direct:
            cursor = await connection.execute(sql.encode(), parameters)
        else:
            await connection.execute(f"declare {portal} no scroll cursor for {sql}".encode(), parameters)
            cursor = await connection.execute(f"fetch {_FIRST} from {portal}".encode())
    rows = _Rows()
    taken = await rows.take(cursor)
    while not direct and not rows.capped and taken == rows.asked:
        rows.asked = rows.room()
        async with connection.pipeline():
            cursor = await connection.execute(f"fetch {rows.asked} from {portal}".encode())
        taken = await rows.take(cursor)
    columns = _distinct([column.name for column in cursor.description or ()])
    return Table(columns, tuple(rows.kept), rows.capped)


@dataclass(slots=True)
class _Rows:
    """Rows as they come in, up to the caps."""

    kept: list[tuple[Any, ...]] = field(default_factory=list)
    size: int = 0
    asked: int = _FIRST
    capped: bool = False

    async def take(self, cursor: AsyncCursor[tuple[Any, ...]]) -> int:
        """Keep what fits of one fetch; how many rows it brought."""
        result = cursor.pgresult
        assert result is not None
        for number, row in enumerate(await cursor.fetchall()):
            size = sum(len(result.get_value(number, column) or b"") for column in range(result.nfields))
            if len(self.kept) == MOST_ROWS or self.size + size > MOST_BYTES:
                self.capped = True
                break
            self.kept.append(row)
            self.size += size
        return result.ntuples

    def room(self) -> int:
        """How many rows to fetch next: one more than fits, going by the rows so far."""
        average = self.size // len(self.kept) + 1
        return min(MOST_ROWS - len(self.kept), (MOST_BYTES - self.size) // average) + 1


async def _begin(connection: Connection, terms: Terms) -> None:
    await connection.execute(b"begin read only")
    settings = terms.settings()
    # set_config(.., true) is SET LOCAL as a query: one round trip, and the transaction's first query.
    calls = [f"pg_catalog.set_config('{name}', ${at}, true)" for at, name in enumerate(settings, start=1)]
    await connection.execute(f"select {', '.join(calls)}".encode(), list(settings.values()))


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names by which each column can be asked for: a repeated one gets a number."""
    distinct: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in distinct:
            number += 1
            candidate = f"{name}_{number}"
        distinct.append(candidate)
    return tuple(distinct)
