"""The invoice service's database: a queue of jobs that workers take from, and what the workers say of themselves.

The rows are a function of plan time and of who works (`invoices.sql`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from cockpit.simulator.tables.table import LivingTables

_LAST_LOOK = """
select count(*) filter (where status = 'pending') as pending,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status = 'processing' and locked_at < sim.now() - interval '5 minutes') as orphans,
       count(*) filter (where status = 'failed') as broken,
       (select count(*) from public.schema_changes) as schema_changes,
       to_regclass('intake.refusals') is not null as added,
       (select coalesce(sum(count), 0)::bigint from sim.tolls where cause = 'crashed') as crashed
from ops.jobs
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A replica that runs, as it is told to the database."""

    worker: str
    type: str
    version: str
    is_new: bool
    fails: bool
    since: str
    """ISO 8601, plan time."""


class Invoices(LivingTables):
    """The rows, moved by plan time and by who works."""

    FILES = ("clock.sql", "invoices.sql")
    SESSION = "importer"
    ROLES = ("invoices_app", "web_anon", "web_user")
    """Whom the tables know beside their owner: the workers, and the public without and with a login."""

    async def seed(self) -> None:
        """An hour of jobs that are done. Does nothing where there are jobs."""
        await self.do("select sim.seed_jobs()")

    async def advance(self, now: datetime, present: Sequence[Worker], *, drains: bool) -> None:
        """Move the rows to plan time `now`; jobs of a worker that has gone are finished where it `drains`."""
        workers = Jsonb([asdict(one) for one in present])
        await self.do("select sim.advance_jobs(%s, %s, %s)", now, workers, drains)

    async def last_look(self) -> dict[str, object]:
        """Counts: jobs `pending` and `completed`, `orphans` (in work for over 5 minutes), `broken` (failed).

        Also `schema_changes`, `added` (a plan's table is there), and `crashed`: looks that found a failing worker.
        """
        return await self.row(_LAST_LOOK)
