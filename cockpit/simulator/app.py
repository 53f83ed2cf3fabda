"""The deployed app as the public sees it: health, metrics, a page.

Answered by a deployment that serves at that instant; while two do, during an overlap, they
take turns [11 I]. With none the edge answers 503.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from cockpit.simulator import deployments, pages, traffic
from cockpit.simulator.clock import nanos
from cockpit.simulator.faults import Fault
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.wire import Wire
from cockpit.simulator.world import Deployment, World

_FAULTS = (Fault.STATUS, Fault.HTML, Fault.HANG, Fault.DROP_BEFORE, Fault.LATENCY)


def application(simulation: Simulation, wire: Wire) -> Starlette:
    """The app behind the domain of the project's front service, in the environment that is played."""
    routes = [Route(path, _handler(simulation, wire, page)) for path, page in pages.of(simulation.world).items()]
    return Starlette(routes=routes)


def _handler(simulation: Simulation, wire: Wire, page: pages.Page) -> Callable[[Request], Awaitable[Response]]:
    turns = iter(range(1 << 60))

    async def handle(request: Request) -> Response:
        now = simulation.now()
        world = simulation.world
        up = world.serving(world.stage.id, world.service_named(world.front).id)
        if not up and (asleep := _asleep(world)):
            deployments.wake(world, now, asleep)
            up = [asleep]
        chosen = up[next(turns) % len(up)] if up else None
        rule = simulation.faults.strike(_FAULTS, time.time(), "app", (request.url.path,))
        if rule is not None and rule.fault is not Fault.LATENCY:
            silent = rule.fault in {Fault.HANG, Fault.DROP_BEFORE}
            _note(simulation, request, 0 if silent else rule.status, None, answered=not silent)
            return await _broken(wire, request, rule.fault, rule.status)
        response = page(simulation, chosen) if chosen else PlainTextResponse("Application failed to respond", 503)
        _note(simulation, request, response.status_code, chosen)
        if chosen:
            agent = request.headers.get("user-agent", "")
            replica = chosen.replicas[0].id
            simulation.probes.append(
                traffic.Request(
                    nanos(now), request.method, request.url.path, response.status_code, 4, agent, chosen.id, replica
                )
            )
        if rule is not None:
            await asyncio.sleep(rule.seconds)
        return response

    return handle


def _asleep(world: World) -> Deployment | None:
    found = world.of(world.stage.id, world.service_named(world.front).id)
    return next((one for one in found if one.status == "SLEEPING"), None)


async def _broken(wire: Wire, request: Request, fault: Fault, status: int) -> Response:
    match fault:
        case Fault.DROP_BEFORE:
            return await wire.cut(request)
        case Fault.HANG:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response(status_code=499)
        case Fault.HTML:
            return HTMLResponse("<!doctype html><title>Bad gateway</title>", status)
        case _:
            return PlainTextResponse("Application failed to respond", status)


def _note(
    simulation: Simulation, request: Request, status: int, chosen: Deployment | None, *, answered: bool = True
) -> None:
    variables: dict[str, Any] = {"deployment": chosen.id, "digest": chosen.digest} if chosen else {}
    simulation.record(
        "app",
        "http",
        operation=f"{request.method} {request.url.path}",
        fields=(),
        variables=variables,
        status=status,
        answered=answered,
    )
