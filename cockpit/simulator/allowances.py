"""What accounts may spend and have spent: the tables that a change of schema goes round.

The rows follow the reports (`allowances.sql`): what is complete is charged once, however often `advance` is called.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import AsyncConnection

from cockpit.simulator.reports import Address, gone

_HELD = "select count(*) from public.reservations where status = 'held'"


class Allowances:
    """Made by `Allowances.open` once there are reports; every method may raise SimulatorError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, server: Address) -> Allowances:
        """Make the tables where they are missing, and three accounts in them."""
        try:
            made = cls(await AsyncConnection.connect(server.owner_url, autocommit=True))
        except psycopg.Error as error:
            raise gone(error) from error
        try:
            await made._do(Path(__file__).with_name("allowances.sql").read_text(encoding="utf-8"))
            await made._do("select sim.seed_allowances()")
        except BaseException:
            await made.close()
            raise
        return made

    async def advance(self, *, serving: str, leaks: bool) -> None:
        """Charge what has been completed since; the "new" version also fills the tables a plan has added.

        With `leaks` it never lets go of the tokens it reserved.
        """
        await self._do("select sim.advance_allowances(%s, %s)", serving == "new", leaks)

    async def last_look(self) -> dict[str, object]:
        """`schema_changes`, and `held`: reservations never released, none where there is no such table."""
        try:
            versions = await (await self._connection.execute("select count(*) from public.schema_changes")).fetchone()
            there = await (await self._connection.execute("select to_regclass('public.reservations')")).fetchone()
            held = await (await self._connection.execute(_HELD)).fetchone() if there and there[0] else (0,)
        except psycopg.Error as error:
            raise gone(error) from error
        return {"schema_changes": (versions or (0,))[0], "held": (held or (0,))[0], "added": bool(there and there[0])}

    async def close(self) -> None:
        await self._connection.close()

    async def _do(self, statement: str, *parameters: object) -> None:
        try:
            await self._connection.execute(statement.encode(), parameters or None)
        except psycopg.Error as error:
            raise gone(error) from error
