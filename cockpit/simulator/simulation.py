"""The running stand-in: world, clock, ledger and faults over one state folder.

The only place where plan time meets machine time. Whoever looks first catches the world up;
every change is on disk before anybody is told of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cockpit.errors import SimulatorError
from cockpit.simulator import agenda, genesis, projects, scenario
from cockpit.simulator.clock import Clock, iso, whole
from cockpit.simulator.faults import Faults
from cockpit.simulator.ledger import Entry, Ledger
from cockpit.simulator.tiers import Meter
from cockpit.simulator.tokens import Tokens
from cockpit.simulator.traffic import Request
from cockpit.simulator.world import World

STANDING = 1e-9
"""A factor at which plan time does not move: a week of machine time is less than a millisecond."""
_WORLD = TypeAdapter(World)
_CLOCK = TypeAdapter(Clock)
_TOKENS = TypeAdapter(Tokens)


class Simulation:
    """A world that lives: `now` moves it, `settle` makes a change last."""

    def __init__(self, folder: Path, world: World, clock: Clock, tokens: Tokens) -> None:
        self.folder, self.world, self.clock, self.tokens = folder, world, clock, tokens
        self.ledger = Ledger(folder)
        self.faults = Faults()
        self.meter = Meter()
        self.probes: deque[Request] = deque(maxlen=10_000)
        """Requests the app really got, for the HTTP logs; forgotten on restart."""
        self.handshake = 15.0
        """Machine seconds a socket may stay without `connection_init` [2 X1]."""
        self.log_life = 45.0
        """Machine seconds after which a log subscription is completed, as happens in normal operation [2 L]."""
        self._written = -1
        self._moved = asyncio.Event()
        self._write_clock()
        self.settle()

    def now(self) -> datetime:
        """Plan time, in whole milliseconds, with everything due by then applied.

        The age of `clock.json` is the last moment this world was alive: there a restart goes on.
        """
        now = whole(self.clock.at(time.time()))
        agenda.advance(self.world, now)
        self.settle()
        os.utime(self.folder / "clock.json")
        return now

    def settle(self) -> None:
        """Write the world down if it has changed, and wake who waits for changes."""
        if self.world.change != self._written:
            _replace(self.folder / "world.json", _WORLD.dump_json(self.world))
            self._written = self.world.change
            self.stir()

    def stir(self) -> None:
        """Let subscriptions look."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def moved(self) -> None:
        """Returns at the next change or look of the waker."""
        await self._moved.wait()

    def set_factor(self, factor: float, *, skew: float | None = None) -> Clock:
        """Another speed from this moment on, and another skew where one is given; both outlive a restart."""
        self.now()
        rebased = self.clock.rebased(time.time(), factor)
        self.clock = rebased if skew is None else replace(rebased, skew=skew)
        self._write_clock()
        return self.clock

    def pay(self, tier: str, *, limits: bool, headers: bool = False) -> None:
        """Another tier from this moment on, whether requests are counted against it, and whether answers tell."""
        self.meter.is_kept, self.meter.is_told = limits, headers
        self.world.tier = tier
        self.world.change += 1
        self.settle()

    def told_clock(self) -> Clock:
        """The clock as clients are told it."""
        return self.clock.told()

    def beat(self) -> float:
        """Move the world and wake who waits; machine seconds until something is due, at most 0.1."""
        self.now()
        self.stir()
        if not self.world.agenda:
            return 0.1
        return min(0.1, max(0.001, self.clock.until(self.world.agenda[0].at, time.time())))

    def record(self, surface: str, kind: str, **rest: Any) -> Entry:
        """One line in the ledger, at this moment."""
        machine = time.time()
        return self.ledger.add(iso(self.clock.at(machine)), machine, surface, kind, **rest)

    def close(self) -> None:
        """Leave the folder so that a restart goes on from this very instant."""
        self.now()
        self.ledger.close()

    def _write_clock(self) -> None:
        _replace(self.folder / "clock.json", _CLOCK.dump_json(self.clock))


@dataclass(frozen=True, slots=True)
class Play:
    """What is played, where a world begins: all of it by name."""

    scenario: str = "calm"
    project: str = "reports"
    environment: str = "production"
    start: datetime | None = None
    """Plan time; default now."""

    def begun(self, machine: float) -> World:
        """A new world. Raises SimulatorError for a scenario or project that nobody knows."""
        chosen, project = scenario.named(self.scenario), projects.named(self.project)
        start = whole((self.start or datetime.fromtimestamp(machine, UTC)).astimezone(UTC))
        return genesis.found(secrets.token_hex(8), chosen, start, project=project, environment=self.environment)


CALM = Play()


def opened(folder: Path, play: Play = CALM) -> Simulation:
    """The simulation of a state folder, new or continued.

    Plan time has stood still since the folder was last alive, and stands until `set_factor`.
    What an existing folder plays, and its start, stay what they were.
    """
    machine = time.time()
    world = play.begun(machine)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / "world.json").exists():
            return _continued(folder)
        return _begun(folder, world, machine)
    except (OSError, ValidationError, ValueError) as error:
        raise SimulatorError(f"The state folder {folder} cannot be used.", "Give an empty one.") from error


def _begun(folder: Path, world: World, machine: float) -> Simulation:
    tokens = Tokens.fresh()
    _replace(folder / "tokens.json", _TOKENS.dump_json(tokens))
    return Simulation(folder, world, Clock(world.origin, machine, STANDING), tokens)


def _continued(folder: Path) -> Simulation:
    old = _CLOCK.validate_json((folder / "clock.json").read_bytes())
    stopped = old.at((folder / "clock.json").stat().st_mtime)
    world = _WORLD.validate_json((folder / "world.json").read_bytes())
    tokens = _TOKENS.validate_json((folder / "tokens.json").read_bytes())
    return Simulation(folder, world, replace(old, plan=stopped, machine=time.time(), factor=STANDING), tokens)


def _replace(path: Path, content: bytes) -> None:
    """Write a whole file or nothing, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.replace(path)


def write_address(folder: Path, address: dict[str, Any]) -> None:
    """The addresses and tokens, for whoever may read the folder."""
    _replace(folder / "address.json", json.dumps(address).encode())
