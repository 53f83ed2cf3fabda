"""The report service's database, kept in step with the world: its clock and its moving rows."""

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
        self._reports: Any = None
        self._allowances: Any = None
        self._stack = contextlib.AsyncExitStack()
        self.url: str | None = None
        self.owner_url: str | None = None
        """For the role that writes: a rehearsal's `sql` actions."""

    async def __aenter__(self) -> Self:
        # Imported here: without a database the simulator needs neither its binaries nor its driver.
        from cockpit.simulator.allowances import Allowances  # noqa: PLC0415
        from cockpit.simulator.postgres import Server  # noqa: PLC0415
        from cockpit.simulator.reports import Reports  # noqa: PLC0415

        server = await Server.start(self._simulation.folder)
        self._stack.push_async_callback(server.stop)
        self.url, self.owner_url = server.url, server.owner_url
        clock = self._simulation.clock
        self._reports = await Reports.open(server, clock.plan, clock.machine, clock.factor)
        self._stack.push_async_callback(self._reports.close)
        await self._reports.seed(self._simulation.world.scenario.orphans)
        self._allowances = await Allowances.open(server)
        self._stack.push_async_callback(self._allowances.close)
        moving = asyncio.create_task(self._move())
        moving.add_done_callback(lambda _: self._stop.set())
        self._stack.push_async_callback(_ended, moving)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def set_clock(self, clock: Clock) -> None:
        """Tell the database of another speed."""
        if self._reports is not None:
            await self._reports.set_clock(clock.plan, clock.machine, clock.factor)

    async def last_look(self) -> dict[str, Any]:
        """What the database holds now, for a judge; empty without one."""
        if self._reports is None:
            return {}
        return {**await self._reports.last_look(), **await self._allowances.last_look()}

    async def _move(self) -> None:
        while True:
            now, world = self._simulation.now(), self._simulation.world
            up = world.active(world.environment_named("production").id, world.service_named("web").id)
            new = bool(up) and up[0].commit != world.first_commit
            serving = "new" if new else "old"
            await self._reports.advance(now, serving=serving, regression=world.scenario.regression)
            await self._allowances.advance(serving=serving, leaks=world.scenario.leaks)
            await asyncio.sleep(_STEP)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
