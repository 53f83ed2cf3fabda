"""The report service's database: what the demo deploys around, alive in plan time.

Long reports are written in eight steps, a new one every 40 seconds. The rows are a function of
plan time (`reports.sql`), so that it does not matter how often `advance` is called, and `now()`
in anybody's SQL is plan time too.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from cockpit.errors import SimulatorError

TEST_REPORT = "00000000-0000-4000-8000-000000000001"
"""A complete report with eight steps that is there from the start; the bad version takes three of them away."""

_LAST_LOOK = """
select count(*) filter (where status = 'in_progress') as in_progress,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status = 'failed') as failed,
       count(*) filter (where status = 'in_progress' and created_at < sim.now() - interval '2 hours') as orphans,
       count(*) filter (where status = 'completed' and written < 7) as steps_missing
from public.reports, lateral (select count(*) as written from public.steps where report_id = id) as own
"""


class Address(Protocol):
    """Where the database is; `postgres.Server` is one."""

    @property
    def owner_url(self) -> str: ...


class Reports:
    """The rows, moved by plan time. Made by `Reports.open`; every method may raise SimulatorError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, server: Address, plan: datetime, machine: float, factor: float) -> Reports:
        """Make the tables where they are missing and set the clock: at Unix time `machine` it was `plan`."""
        try:
            reports = cls(await AsyncConnection.connect(server.owner_url, autocommit=True))
        except psycopg.Error as error:
            raise gone(error) from error
        try:
            # The file holds several statements and no parameters, which is what the simple protocol is for.
            await reports._do(Path(__file__).with_name("reports.sql").read_text(encoding="utf-8"))
            await reports.set_clock(plan, machine, factor)
        except BaseException:
            await reports.close()
            raise
        return reports

    async def set_clock(self, plan: datetime, machine: float, factor: float) -> None:
        """A new pace of plan time."""
        await self._do("select sim.set_clock(%s, to_timestamp(%s), %s)", plan, machine, factor)

    async def seed(self, orphans: int) -> None:
        """50 complete reports, 3 being written, 2 failed, and orphans in progress for more than a day.

        Does nothing where there are reports.
        """
        await self._do("select sim.seed(%s::integer)", orphans)

    async def advance(self, now: datetime, *, serving: str, regression: bool) -> None:
        """Move the rows to plan time `now`.

        While `serving` is "new" and there is a `regression`, reports lose steps and four of five complete
        ones fail within ninety seconds; when the old version serves again it makes them good.
        """
        await self._do("select sim.advance(%s, %s)", now, regression and serving == "new")

    async def last_look(self) -> dict[str, object]:
        """Counts: `in_progress completed failed`, `orphans` (in progress over two hours), `steps_missing`."""
        try:
            async with self._connection.cursor(row_factory=dict_row) as cursor:
                row = await (await cursor.execute(_LAST_LOOK)).fetchone()
        except psycopg.Error as error:
            raise gone(error) from error
        return dict(row or {})

    async def close(self) -> None:
        await self._connection.close()

    async def _do(self, statement: str, *parameters: object) -> None:
        try:
            await self._connection.execute(statement.encode(), parameters or None)
        except psycopg.Error as error:
            raise gone(error) from error


def gone(error: psycopg.Error) -> SimulatorError:
    """What a failure of the stand-in's own database means to who plays with it."""
    words = str(error).strip().splitlines() or [type(error).__name__]
    return SimulatorError(f"The simulator's database failed: {words[0]}.", "Start the simulator again.")
