"""Statements of one transaction: the rows of the last taken through a portal and capped as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
from psycopg import AsyncCursor
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult

from cockpit.adapters.postgres.arrays import with_arrays
from cockpit.adapters.postgres.transaction import Connection, Terms, begin, settle, whole
from cockpit.core.plan.script import bound, objections
from cockpit.core.plan.statement import first_word
from cockpit.core.reading import Table
from cockpit.errors import Declined

MOST_ROWS = 1000
MOST_BYTES = 1_048_576
"""What is kept of an answer, as the server writes it; a row that does not fit is left out whole."""

_FIRST = 25
"""Rows of the first fetch: nearly every check's answer, in the same round trip."""


def refuse(statements: Sequence[str], *, mutates: bool = False) -> None:
    """Raises Declined for what can be told to be no good before it is sent."""
    for _, objection in objections(statements, mutates=mutates):
        raise Declined(objection.what, objection.remedy)


async def look(
    connection: Connection, sql: str, parameters: Sequence[object], terms: Terms, *, portal: str = "answer"
) -> Table:
    """What a statement gives, in the transaction that is open, or in a read-only one that is begun here.

    The caller rolls back. Raises psycopg.Error.
    """
    word, idle = first_word(sql), connection.info.transaction_status == TransactionStatus.IDLE
    if terms.mutates and word not in _ASKED_BY_PORTAL:
        return await carry_out(connection, sql, parameters)
    direct = word in ("show", "explain")  # short, and no portal takes them
    values = bound(sql, parameters)
    async with connection.pipeline():
        if idle:
            await begin(connection, terms)
        if direct:
            cursor = await connection.execute(sql.encode(), values)
        else:
            await connection.execute(f"declare {portal} no scroll cursor for {sql}".encode(), values)
            cursor = await connection.execute(f"fetch {_FIRST} from {portal}".encode())
    rows = _Rows()
    taken = await rows.take(cursor)
    while not direct and not rows.capped and taken == rows.asked:
        rows.asked = rows.room()
        async with connection.pipeline():
            cursor = await connection.execute(f"fetch {rows.asked} from {portal}".encode())
        taken = await rows.take(cursor)
    described = cursor.description or ()
    kept = await with_arrays(connection, described, rows.kept)
    return Table(_distinct([column.name for column in described]), tuple(kept), rows.capped)


async def lead_up(
    connection: Connection, statements: Sequence[str], parameters: Sequence[object], terms: Terms
) -> None:
    """Carry out what comes before the last statement, in the transaction that is open, or is begun here.

    Our settings are made again after each: none of them goes on without a deadline, or blind. Raises psycopg.Error,
    and ActionUncertain where one of them ended the transaction: then no other is sent.
    """
    if statements and connection.info.transaction_status == TransactionStatus.IDLE:
        async with connection.pipeline():
            await begin(connection, terms)
    for sql in statements:
        await carry_out(connection, sql, parameters)
        await whole(connection, terms)
        # Not in a pipeline: after a stream libpq would go on row by row in one.
        await settle(connection, terms.settings())


async def carry_out(connection: Connection, sql: str, parameters: Sequence[object]) -> Table:
    """One statement to its end, in the transaction that is open; rows beyond the caps are let go as they come.

    Row by row means the extended protocol, also where nothing is bound. Raises psycopg.Error.
    """
    rows, columns, cursor = _Rows(), tuple[str, ...](), connection.cursor()
    try:
        stream = cast("AsyncGenerator[tuple[Any, ...]]", cursor.stream(sql.encode(), bound(sql, parameters)))
        async with aclosing(stream) as came:
            async for row in came:
                assert cursor.pgresult is not None
                columns = columns or _distinct([column.name for column in cursor.description or ()])
                rows.keep(row, cursor.pgresult, 0)
    except psycopg.ProgrammingError as error:
        if error.sqlstate is not None or _NO_ROWS not in str(error):
            raise
    return Table(columns, tuple(rows.kept), rows.capped)


_ASKED_BY_PORTAL = ("select", "values", "table", "show", "explain")
"""What no writing statement begins with; one that does, no portal takes."""
_NO_ROWS = "didn't produce a result"
"""psycopg's word for a statement that was carried out and has no rows to give."""


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
            self.keep(row, result, number)
        return result.ntuples

    def keep(self, row: tuple[Any, ...], result: PGresult, number: int) -> None:
        """The row of that number of a result, where it fits and none before was left out."""
        size = sum(len(result.get_value(number, column) or b"") for column in range(result.nfields))
        self.capped = self.capped or len(self.kept) == MOST_ROWS or self.size + size > MOST_BYTES
        if not self.capped:
            self.kept.append(row)
            self.size += size

    def room(self) -> int:
        """How many rows to fetch next: one more than fits, going by the rows so far."""
        average = self.size // len(self.kept) + 1
        return min(MOST_ROWS - len(self.kept), (MOST_BYTES - self.size) // average) + 1


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
