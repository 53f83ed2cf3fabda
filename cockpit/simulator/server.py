"""The composition: one simulation behind three ports, with its database, from start to end.

A process of its own (`main`), or inside a running loop for tests (`running`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from cockpit.errors import SimulatorError
from cockpit.simulator import admin, app, railway, sockets
from cockpit.simulator.database import Database
from cockpit.simulator.faults import Rule, rule
from cockpit.simulator.simulation import Play, Simulation, opened, write_address
from cockpit.simulator.wire import Wire

FIRST_CLIENT = 60.0
LAST_CLIENT = 10.0
"""Machine seconds without any client until it ends: before the first, and after the last."""
_PATH = "/graphql/v2"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong from the first moment on."""

    rules: tuple[Rule, ...] = ()
    skew: float | None = None
    """Plan seconds by which Railway's clock is ahead of the one that clients are told; None leaves what it was."""


CALM = Trouble()


def main(
    state: Path,
    play: Play,
    speed: float,
    *,
    keep: bool,
    postgres: bool = True,
    faults: Sequence[str] = (),
    skew: float | None = None,
) -> int:
    """Run the simulator until it is told to stop or its last client has gone; 0, or 1 when it could not start."""
    try:
        trouble = Trouble(tuple(map(rule, faults)), skew)
        asyncio.run(_live(state, play, speed, keep=keep, postgres=postgres, trouble=trouble))
    except SimulatorError as error:
        print(error, file=sys.stderr)  # noqa: T201  # this is the process's own word
        return 1
    return 0


@contextlib.asynccontextmanager
async def running(
    state: Path,
    *,
    scenario: str = "calm",
    speed: float = 1.0,
    postgres: bool = False,
    plan_start: datetime | None = None,
    project: str = "reports",
    environment: str = "production",
    skew: float | None = None,
) -> AsyncIterator[tuple[dict[str, Any], Simulation]]:
    """The simulator inside the running loop: yields its addresses and the live simulation (`.world`, `.clock`)."""
    play = Play(scenario, project, environment, plan_start)
    async with _House(state, play, speed, postgres=postgres, trouble=Trouble(skew=skew)) as house:
        yield house.address, house.simulation


async def _live(state: Path, play: Play, speed: float, *, keep: bool, postgres: bool, trouble: Trouble) -> None:
    async with _House(state, play, speed, postgres=postgres, trouble=trouble) as house:
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(ending, house.stop.set)
        print(json.dumps(house.address), flush=True)  # noqa: T201  # who started it reads this line
        await house.until_over(keep=keep)


class _House:
    """Everything that is open while the simulator lives, opened in order and closed in reverse."""

    def __init__(self, state: Path, play: Play, speed: float, *, postgres: bool, trouble: Trouble = CALM) -> None:
        if not 0 < speed < float("inf"):
            raise SimulatorError("The speed must be above zero.", "Give a number such as 1 or 60.")
        self.simulation = opened(state, play)
        self.simulation.faults.replace(trouble.rules, time.time())
        self._speed, self._skew = speed, trouble.skew
        self.stop = asyncio.Event()
        self.address: dict[str, Any] = {}
        self._postgres = postgres
        self._stack = contextlib.AsyncExitStack()
        self._wires: list[Wire] = []

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self._stack.aclose()

    async def until_over(self, *, keep: bool) -> None:
        """Until told to stop, or until nobody has been there for long enough."""
        alone_since, asked, patience = time.monotonic(), 0, FIRST_CLIENT
        while not self.stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), 0.2)
            so_far = sum(wire.requests for wire in self._wires)
            if so_far != asked or any(wire.clients for wire in self._wires):
                alone_since, asked, patience = time.monotonic(), so_far, LAST_CLIENT
            if not keep and time.monotonic() - alone_since > patience:
                return

    async def _open(self) -> None:
        simulation, stack = self.simulation, self._stack
        stack.callback(simulation.close)
        database = Database(simulation, self.stop)
        if self._postgres:
            await stack.enter_async_context(database)
        # Not before: while a database starts, plan time stands as it does while the simulator is down.
        await database.set_clock(simulation.set_factor(self._speed, skew=self._skew))
        beating = asyncio.create_task(_beating(simulation))
        beating.add_done_callback(lambda _: self.stop.set())
        stack.push_async_callback(_ended, beating)
        ports: list[Callable[[Wire], Starlette]] = [
            lambda wire: Starlette(
                routes=[
                    Route(_PATH, railway.endpoint(simulation, wire), methods=["POST"]),
                    WebSocketRoute(_PATH, sockets.endpoint(simulation, wire)),
                ]
            ),
            lambda wire: app.application(simulation, wire),
            lambda _: admin.application(simulation, database.set_clock, database.last_look, self.stop),
        ]
        for made in ports:
            wire = Wire()
            stack.push_async_callback(wire.close)
            await wire.open(made(wire))
            self._wires.append(wire)
        self.address = _address(simulation, [wire.address for wire in self._wires], database)
        write_address(simulation.folder, self.address)


def _address(simulation: Simulation, ports: list[str], database: Database) -> dict[str, Any]:
    world, tokens = simulation.world, simulation.tokens
    api, public, behind = ports
    return {
        "railway": {
            "endpoint": f"http://{api}{_PATH}",
            "project_token": tokens.project,
            "account_token": tokens.account,
            "workspace_token": tokens.workspace,
        },
        "postgres": {"url": database.url, "owner_url": database.owner_url},
        "app": {"base_url": f"http://{public}"},
        "admin": {"url": f"http://{behind}", "token": tokens.admin},
        "project": world.project_name,
        "environment": world.home,
        "services": {service.name: service.id for service in world.services.values()},
        "pid": os.getpid(),
        "clock": simulation.told_clock().as_json(),
    }


async def _beating(simulation: Simulation) -> None:
    """Plan time has no event to wait for: what falls due is found by looking."""
    while True:  # noqa: ASYNC110  # see above
        await asyncio.sleep(simulation.beat())


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
