"""The project's database, kept in step with the world: its clock and its moving rows."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

from cockpit.simulator.clock import Clock
from cockpit.simulator.simulation import Simulation

_STEP = 0.1
"""Machine seconds between two moves of the rows."""


class Database:
    """An embedded Postgres under the state folder while entered; without entering there is none.

    If it fails while it lives, `stop` is set, and leaving raises its SimulatorError.
    """

    def __init__(self, simulation: Simulation, stop: asyncio.Event) -> None:
        self._simulation, self._stop = simulation, stop
        self._rows: Any = None
        self._stack = contextlib.AsyncExitStack()
        self.url: str | None = None
        self.owner_url: str | None = None
        """For the role that writes: a rehearsal's `sql` actions."""

    async def __aenter__(self) -> Self:
        # Imported here: without a database the simulator needs neither its binaries nor its driver.
        from cockpit.simulator.postgres import Server  # noqa: PLC0415
        from cockpit.simulator.tables import rows  # noqa: PLC0415

        simulation = self._simulation
        server = await Server.start(simulation.folder, database=simulation.world.project_name)
        self._stack.push_async_callback(server.stop)
        self.url, self.owner_url = server.url, server.owner_url
        self._rows = await rows.opened(server, simulation.world, simulation.clock, self._stack)
        moving = asyncio.create_task(self._move())
        moving.add_done_callback(lambda _: self._stop.set())
        self._stack.push_async_callback(_ended, moving)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def set_clock(self, clock: Clock) -> None:
        """Tell the database of another speed."""
        if self._rows is not None:
            await self._rows.set_clock(clock.plan, clock.machine, clock.factor)

    async def last_look(self) -> dict[str, Any]:
        """What the database holds now, for a judge; empty without one."""
        return {} if self._rows is None else await self._rows.last_look()

    async def _move(self) -> None:
        while True:
            await self._rows.move(self._simulation.world, self._simulation.now())
            await asyncio.sleep(_STEP)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
