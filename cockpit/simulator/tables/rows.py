"""The rows of a whole project: its tables, moved as one by what its world is at an instant."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from typing import Protocol

from cockpit.simulator.clock import Clock, iso
from cockpit.simulator.postgres import Server
from cockpit.simulator.projects import invoices
from cockpit.simulator.tables.allowances import Allowances
from cockpit.simulator.tables.invoices import Invoices, Worker
from cockpit.simulator.tables.reports import Reports
from cockpit.simulator.world import Deployment, World


class Rows(Protocol):
    """What a database is kept in step by; every method may raise SimulatorError."""

    async def set_clock(self, plan: datetime, machine: float, factor: float) -> None: ...

    async def move(self, world: World, now: datetime) -> None:
        """To plan time `now`, as the world is then."""
        ...

    async def last_look(self) -> dict[str, object]:
        """Counts for a judge."""
        ...


async def opened(server: Server, world: World, clock: Clock, stack: AsyncExitStack) -> Rows:
    """The rows of the project that is played, made where they are missing; `stack` closes them."""
    begin = clock.plan, clock.machine, clock.factor
    if world.project_name == invoices.INVOICES.name:
        await server.knows(*Invoices.ROLES)
        await server.lets_reader_watch()
        jobs = await Invoices.open_at(server, *begin)
        stack.push_async_callback(jobs.close)
        await jobs.seed()
        return InvoiceRows(jobs)
    reports = await Reports.open_at(server, *begin)
    stack.push_async_callback(reports.close)
    await reports.seed(world.scenario.orphans)
    allowances = await Allowances.open(server)
    stack.push_async_callback(allowances.close)
    await allowances.seed()
    return ReportRows(reports, allowances)


class ReportRows:
    """Reports and what they cost: moved by which version serves."""

    def __init__(self, reports: Reports, allowances: Allowances) -> None:
        self._reports, self._allowances = reports, allowances
        self.set_clock = reports.set_clock

    async def move(self, world: World, now: datetime) -> None:
        up = world.active(world.stage.id, world.service_named(world.front).id)
        serving = "new" if up and up[0].commit != world.first_commit else "old"
        await self._reports.advance(now, serving=serving, regression=world.scenario.regression)
        await self._allowances.advance(serving=serving, leaks=world.scenario.leaks)

    async def last_look(self) -> dict[str, object]:
        return {**await self._reports.last_look(), **await self._allowances.last_look()}


class InvoiceRows:
    """The queue: moved by whose replicas run."""

    def __init__(self, jobs: Invoices) -> None:
        self._jobs = jobs
        self.set_clock, self.last_look = jobs.set_clock, jobs.last_look

    async def move(self, world: World, now: datetime) -> None:
        await self._jobs.advance(now, [*_workers(world)], drains=world.scenario.drains)


def _workers(world: World) -> list[Worker]:
    """The replicas of the played environment that run and have not been told to stop, those of the API too."""
    return [
        Worker(
            worker=f"{service.name}-{replica.id[:8]}",
            type=service.name,
            version=deployment.commit[:8],
            is_new=deployment.commit != world.first_commit,
            fails=invoices.fails(world, deployment),
            since=iso(max(replica.created, _up(deployment))),
        )
        for service in world.services.values()
        for deployment in world.serving(world.stage.id, service.id)
        for replica in deployment.replicas
        if replica.status == "RUNNING"
    ]


def _up(deployment: Deployment) -> datetime:
    assert deployment.succeeded is not None, "what serves has come up"
    return deployment.succeeded
