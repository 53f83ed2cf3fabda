"""A run in hand over a stand-in world in the test's own loop: real adapters, a real journal, the runner under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.http import Http
from cockpit.adapters.railway import Railway
from cockpit.adapters.railway.tail import Pace as MachinePace
from cockpit.clock import Pace as PlanPace
from cockpit.clock import PacedClock
from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Event
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.plan import Plan
from cockpit.core.plan.connection import RailwayConnection
from cockpit.core.state import Intent, State
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Shell, Source, Writer
from cockpit.runner import Runner
from cockpit.runner.performer import Hands
from cockpit.session import Session
from cockpit.simulator import deployments
from cockpit.simulator.faults import Rule
from cockpit.simulator.ledger import Entry, read
from cockpit.simulator.server import running
from cockpit.simulator.simulation import Simulation

PATIENCE = 30.0
"""Machine seconds until a condition that does not come is a failure."""

GRACE = {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "10"}

ACTIONS: dict[str, Any] = {
    "set_grace": {"on": "railway", "service": "web", "set_variables": GRACE, "undo": "clear_grace"},
    "clear_grace": {"on": "railway", "service": "web", "delete_variables": list(GRACE), "undo": "set_grace"},
    "deploy_web": {"on": "railway", "deploy": "web", "undo": "roll_back_web"},
    "roll_back_web": {"on": "railway", "rollback": "web", "undo": "none", "why": "it is the way back"},
    "restart_web": {"on": "railway", "restart": "web", "undo": "none", "why": "nothing to take back"},
    "deploy_worker": {"on": "railway", "deploy": "worker", "undo": "none", "why": "it is a test"},
    "redeploy_web": {"on": "railway", "redeploy": "web", "undo": "none", "why": "the same again"},
    "more_web": {"on": "railway", "scale": {"service": "web", "to": 3}, "undo": "none", "why": "it is a test"},
    "run_it": {"argv": ["false"], "rehearse": ["true"], "undo": "none", "why": "it is a test"},
}
SET, DEPLOY = "work/do:set_grace", "work/do:deploy_web"
CLEAR, BACK = "level-1/do:clear_grace", "level-2/do:roll_back_web"


async def brief(seconds: float) -> None:
    """A wait of machine time cut short: back-off is under test elsewhere."""
    await asyncio.sleep(min(seconds, 0.01))


def plan_of(*items: str, **tables: Any) -> Plan:
    """A plan whose one phase has these items; `tables` add to it or replace its tables."""
    return Plan.model_validate(
        {
            "name": "Bench",
            "connections": {"railway": {"kind": "railway", "token": "env:RAILWAY_TOKEN", "environment": "production"}},
            "actions": ACTIONS,
            "phases": [{"title": "Work", "items": list(items)}],
            "rollback": [
                {"title": "Level 1", "items": ["do clear_grace"]},
                {"title": "Level 2", "items": ["do roll_back_web"]},
            ],
            **tables,
        }
    )


@dataclass
class World:
    """A running simulator, its clock, and connections to it."""

    address: dict[str, Any]
    simulation: Simulation
    clock: PacedClock
    opened: list[Railway] = field(default_factory=list)

    def railway(self, *, kind: str = "project", requests_per_hour: int | None = None) -> Railway:
        """Within so many requests an hour as in life; else without a limit, an hour's or a second's."""
        told = {
            "kind": "railway",
            "token": "env:RAILWAY_TOKEN" if kind == "project" else "env:RAILWAY_API_TOKEN",
            "project": self.address["project"],
            "environment": "production",
            "endpoint": self.address["railway"]["endpoint"],
            "requests_per_hour": requests_per_hour or 100_000,
        }
        pace = MachinePace(time.monotonic, brief, poll=0.01, retry_socket=60.0)
        token = self.address["railway"][f"{kind}_token"]
        plan, paced = RailwayConnection.model_validate(told), requests_per_hour is not None
        made = Railway("railway", plan, token, clock=self.clock, pace=pace, is_paced=paced)
        self.opened.append(made)
        return made

    def http(self) -> Http:
        return Http("app", self.address["app"]["base_url"], {})

    def fault(self, fault: str, operation: str = "*", **rest: Any) -> None:
        rule = Rule.model_validate({"fault": fault, "operation": operation, **rest})
        self.simulation.faults.replace([rule], time.time())

    def all_well(self) -> None:
        self.simulation.faults.replace([], time.time())

    def somebody_deploys(self, service: str = "web", who: str = "release bot", *, waits: bool = False) -> str:
        """What a colleague does meanwhile: the id of a deployment that is not ours; one that `waits` never comes up."""
        world, simulation = self.simulation.world, self.simulation
        now = simulation.now()
        environment, made_of = world.environment_named("production").id, world.service_named(service).id
        creator = {"id": "somebody", "name": who, "email": "somebody@reports.example"}
        made = deployments.deploy(world, now, environment, made_of, creator=creator, approval=waits)
        simulation.settle()
        return made.id

    def requests(self, operation: str) -> list[Entry]:
        return [entry for entry in read(self.simulation.folder) if entry.operation == operation]

    def asked(self, root: str) -> list[Entry]:
        """The requests that asked for this root field, alone or beside others."""
        return [entry for entry in read(self.simulation.folder) if root in entry.fields]

    def effects(self, root: str) -> list[Entry]:
        """The mutations of this root field that took effect."""
        return [entry for entry in read(self.simulation.folder) if root in entry.fields and entry.effect]


@dataclass
class Bench:
    """A session with its runner under way, driven by commands and waited for by conditions."""

    session: Session
    runner: Runner
    task: asyncio.Task[None]

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def events(self) -> list[Event]:
        return self.session.events()

    def kinds(self, *kinds: str) -> list[str]:
        """The kinds of the events so far, of these kinds only."""
        return [event.kind for event in self.events if event.kind in kinds]

    def intent(self, item: str) -> Intent:
        intent = self.state.intent_of(item)
        assert intent is not None
        return intent

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Look again after each event, and often between: what is live is no event."""
        changed = asyncio.Event()
        unsubscribe = self.session.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    if self.task.done():
                        await self.task
                        raise AssertionError("the runner has ended")
                    changed.clear()
                    try:
                        async with asyncio.timeout(0.01):
                            await changed.wait()
                    except TimeoutError:
                        continue
        except TimeoutError:
            told = [f"{event.seq} {event.kind} {event.body}" for event in self.events[-8:]]
            raise AssertionError(f"It did not come: {what}\n" + "\n".join(told)) from None
        finally:
            unsubscribe()

    async def until_item(self, item: str, *statuses: str) -> None:
        await self.until(lambda: self.state.item(item).status in statuses, f"{item} {statuses}")

    async def give(self, command: Command) -> None:
        answer = await self.session.dispatch(command)
        assert not isinstance(answer, Refusal), answer.reason

    async def do(self, item: str) -> None:
        """Start an action as its operator would, once it may be started."""
        typed = "yes" if "set_grace" in item or "restart" in item else "production"
        await self.until(lambda: not self.refused(wanted.Do(item, typed)), f"{item} may be started")
        await self.give(wanted.Do(item, typed))

    async def roll_back(self, level: str) -> None:
        await self.give(wanted.StartRollback(level, "production"))

    def refused(self, command: Command) -> bool:
        from cockpit.core.rules import allowed

        return allowed(self.state, command, self.session.clock.now()) is not None

    async def stop(self) -> None:
        """The process ends; the journal stays."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.session.close()


Bring = Callable[..., Awaitable[Any]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Bring]:
    """Starts stand-in worlds that end with the test: `await world(speed=..., scenario=...)`."""
    async with AsyncExitStack() as stack:

        async def begin(*, speed: float = 1200.0, scenario: str = "calm", skew: float = 0.0) -> World:
            address, simulation = await stack.enter_async_context(
                running(tmp_path / "world", scenario=scenario, speed=speed, skew=skew)
            )
            base = simulation.told_clock()
            made = World(address, simulation, PacedClock(PlanPace(base.plan, base.machine, base.factor)))
            stack.push_async_callback(_closed, made)
            return made

        yield begin


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bring]:
    """Starts or takes up a run: `await bench(plan, world=...)`, `await bench(None, world=..., resumed=True)`."""
    begun: list[Bench] = []

    async def begin(
        plan: Plan | None,
        *,
        world: World | None = None,
        railway: Railway | None = None,
        sources: dict[str, Source] | None = None,
        clock: Any = None,
        resumed: bool = False,
        logs: bool = False,
        shell: Shell | None = None,
        writers: dict[str, Writer] | None = None,
        conceal: Conceal = plainly,
    ) -> Bench:
        platforms: dict[str, Any] = {}
        if world is not None:
            clock = world.clock
            platforms = {"railway": railway or world.railway()}
        session = _session(tmp_path / "runs", plan, clock)
        hands = Hands(platforms, writers or {}, shell)
        runner = Runner(session, {**platforms, **(sources or {})}, hands, logs=logs, conceal=conceal)
        await session.attach(resumed=resumed)
        made = Bench(session, runner, asyncio.create_task(runner.run()))
        begun.append(made)
        return made

    yield begin
    for one in begun:
        await one.stop()


def _session(folder: Path, plan: Plan | None, clock: Any) -> Session:
    if plan is None:
        (path,) = folder.glob("*.sqlite")
        return Session(SqliteJournal.open(path), clock, "bob")
    journal = SqliteJournal.create(folder, plan.name, datetime(2026, 3, 1, tzinfo=UTC))
    return Session.open(journal, clock, "ada", plan, plan_file="bench.toml")


async def _closed(world: World) -> None:
    for railway in world.opened:
        await railway.close()


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


class Ticking:
    """Plan time that a test moves; waiting takes no longer than a hundredth of a second."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def machine(self, span: timedelta) -> float:
        return min(span.total_seconds(), 0.01)

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Ticking:
    return Ticking()
