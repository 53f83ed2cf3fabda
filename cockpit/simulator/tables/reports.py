"""The report service's database: what the demo deploys around, alive in plan time.

Long reports are written in eight steps, a new one every 40 seconds. The rows are a function of
plan time (`reports.sql`), so that it does not matter how often `advance` is called, and `now()`
in anybody's SQL is plan time too.
"""

from __future__ import annotations

from datetime import datetime

from cockpit.simulator.tables.table import LivingTables

TEST_REPORT = "00000000-0000-4000-8000-000000000001"
"""A complete report with eight steps that is there from the start; the bad version takes three of them away."""

_LAST_LOOK = """
select count(*) filter (where status = 'in_progress') as in_progress,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status = 'failed') as failed,
       count(*) filter (where status = 'in_progress' and created_at < sim.now() - interval '2 hours') as orphans,
       count(*) filter (where status = 'completed' and written < 7) as broken,
       (select coalesce(sum(count), 0)::bigint from sim.tolls where cause = 'harmed') as harmed
from public.reports, lateral (select count(*) as written from public.steps where report_id = id) as own
"""


class Reports(LivingTables):
    """The rows, moved by plan time."""

    FILES = ("clock.sql", "reports.sql")

    async def seed(self, orphans: int) -> None:
        """50 complete reports, 3 being written, 2 failed, and orphans in progress for more than a day.

        Does nothing where there are reports.
        """
        await self.do("select sim.seed(%s::integer)", orphans)

    async def advance(self, now: datetime, *, serving: str, regression: bool) -> None:
        """Move the rows to plan time `now`.

        While `serving` is "new" and there is a `regression`, reports lose steps and four of five complete
        ones fail within ninety seconds; when the old version serves again it makes them good.
        """
        await self.do("select sim.advance(%s, %s)", now, regression and serving == "new")

    async def last_look(self) -> dict[str, object]:
        """Counts: `in_progress completed failed`, `orphans` (in progress over two hours), `broken` (steps missing).

        Also `harmed`: reports that the bad version has failed, made good again or not.
        """
        return await self.row(_LAST_LOOK)
