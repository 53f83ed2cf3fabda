"""What accounts may spend and have spent: the tables that a change of schema goes round.

The rows follow the reports (`allowances.sql`): what is complete is charged once, however often `advance` is called.
"""

from __future__ import annotations

from cockpit.simulator.tables.table import Tables

_LAST_LOOK = """
select (select count(*) from public.schema_changes) as schema_changes,
       to_regclass('public.reservations') is not null as added,
       (select coalesce(sum(count), 0)::bigint from sim.tolls where cause = 'leaked') as leaked
"""


class Allowances(Tables):
    """The rows; opened once there are reports."""

    FILES = ("allowances.sql",)

    async def seed(self) -> None:
        """Three accounts, where there are none."""
        await self.do("select sim.seed_allowances()")

    async def advance(self, *, serving: str, leaks: bool) -> None:
        """Charge what has been completed since; the "new" version also fills the tables a plan has added.

        With `leaks` it never lets go of the tokens it reserved.
        """
        await self.do("select sim.advance_allowances(%s, %s)", serving == "new", leaks)

    async def last_look(self) -> dict[str, object]:
        """`schema_changes`, `added` (a plan's table is there), `leaked`: reservations ever made and not released."""
        return await self.row(_LAST_LOOK)
