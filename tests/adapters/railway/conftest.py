"""The simulator over loopback, and Railway connections to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters import web
from cockpit.adapters.railway import Railway
from cockpit.adapters.railway.tail import Pace
from cockpit.core.plan.connection import RailwayConnection
from cockpit.simulator.faults import Fault, Rule
from cockpit.simulator.ledger import Entry, read
from cockpit.simulator.server import running
from cockpit.simulator.simulation import Simulation


async def brief(seconds: float) -> None:
    """A wait of machine time cut short: back-off is under test, not patience."""
    await asyncio.sleep(min(seconds, 0.01))


@dataclass
class World:
    """A running simulator, and connections to it that are closed with it."""

    address: dict[str, Any]
    simulation: Simulation
    opened: list[Railway] = field(default_factory=list)

    def now(self) -> datetime:
        return self.simulation.now()

    def machine(self, span: timedelta) -> float:
        return span.total_seconds()

    def railway(self, token: str = "project_token", reference: str = "env:TOKEN", **changed: Any) -> Railway:
        """A connection; `token` names one of the simulator's, or is a token itself."""
        pace = changed.pop("pace", Pace(time.monotonic, brief, poll=0.01, retry_socket=60.0))
        redact, is_paced = changed.pop("redact", str), changed.pop("is_paced", False)
        plan = {
            "kind": "railway",
            "token": reference,
            "project": self.address["project"],
            "environment": self.address["environment"],
            "endpoint": self.address["railway"]["endpoint"],
        }
        connection = RailwayConnection.model_validate(plan | changed)
        value = self.address["railway"].get(token, token)
        made = Railway("railway", connection, value, clock=self, redact=redact, pace=pace, is_paced=is_paced)
        self.opened.append(made)
        return made

    def misbehave(self, *rules: Rule) -> None:
        self.simulation.faults.replace(rules, time.time())

    def fault(self, fault: Fault, operation: str = "*", **rest: Any) -> None:
        self.misbehave(Rule(fault=fault, operation=operation, **rest))

    def asked(self, operation: str) -> list[Entry]:
        """The ledger's requests of this operation."""
        return [entry for entry in read(self.simulation.folder) if entry.operation == operation]

    async def admin(self, path: str, **body: object) -> Any:
        """What somebody else does to the world."""
        headers = {"Authorization": f"Bearer {self.address['admin']['token']}"}
        http = web.client(seconds=120.0)  # the strings behind the scene are pulled however busy the machine is
        try:
            page = await web.fetch(
                http, "POST", self.address["admin"]["url"] + path, headers=headers, content=json.dumps(body).encode()
            )
        finally:
            await http.aclose()
        assert page.status == 200, page.text()
        return json.loads(page.text())


@asynccontextmanager
async def playing(folder: Path, speed: float, scenario: str = "calm") -> AsyncIterator[World]:
    """A world that plays a scenario."""
    async with running(folder / "sim", speed=speed, scenario=scenario) as (address, simulation):
        world = World(address, simulation)
        try:
            yield world
        finally:
            for railway in world.opened:
                await railway.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Plan time at the speed of machine time: nothing moves by itself while a test looks."""
    async with playing(tmp_path, 1.0) as made:
        yield made


@pytest.fixture
async def swift(tmp_path: Path) -> AsyncIterator[World]:
    """Plan time 2400 times as fast: a rollout is over in a second."""
    async with playing(tmp_path, 2400.0) as made:
        yield made
