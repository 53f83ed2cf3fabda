"""The strings behind the scene: clock, faults, floods of lines, other people's doings, the ledger.

For the process that started the simulator and for tests; adapters never get this address.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from cockpit.simulator import agenda, configuration, deployments, ledger
from cockpit.simulator.clock import Clock, nanos
from cockpit.simulator.faults import Rule
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.world import Deployment, Emission, World

_RULES = TypeAdapter(list[Rule])
_WORLD = TypeAdapter(World)
_SECOND = 1_000_000_000
_SOMEBODY = {"id": "release-bot", "name": "release bot", "email": "release-bot@reports.example"}

ClockChanged = Callable[[Clock], Awaitable[None]]
LastLook = Callable[[], Awaitable[dict[str, Any]]]
Act = Callable[[Any], Awaitable[Any]]


class Factor(BaseModel):
    """POST /clock."""

    model_config = ConfigDict(extra="forbid")

    factor: float = Field(gt=0, le=100_000)
    skew: float | None = Field(default=None, ge=-86_400, le=86_400)
    """Plan seconds by which Railway's clock is ahead of the answer to this, from now on; None leaves it."""


class Paid(BaseModel):
    """POST /tier: what the workspace pays for, from now on."""

    model_config = ConfigDict(extra="forbid")

    tier: Literal["free", "trial", "hobby", "pro", "enterprise"] | None = None
    """None leaves it."""
    limits: bool = False
    """Turn away what is above its requests an hour and a second, of machine time; forgotten on restart."""
    headers: bool = False
    """Tell by the documented headers what is left of the hour; forgotten on restart."""


class Flood(BaseModel):
    """POST /logs: many lines of a service from now on, `per_second` of machine time at the speed of now."""

    model_config = ConfigDict(extra="forbid")

    service: str | None = None
    """By name; else the one that the public asks."""
    lines: int = Field(ge=1, le=10_000_000)
    per_second: float = Field(default=500, gt=0, le=1_000_000)
    text: str = "line {n}"
    severity: str = "info"
    platform_limit: bool = False
    """Drop what is above 500 lines a second, and say so, as the platform does [9 D]."""


class External(BaseModel):
    """POST /external: what somebody else does. Exactly one part."""

    model_config = ConfigDict(extra="forbid")

    deploy: str | None = None
    """A service by name."""
    move: str | None = None
    """A service by name: the platform moves a replica of what serves."""
    restart: str | None = None
    """A service by name: what serves is restarted."""
    crash: str | None = None
    """A service by name: what serves ends by itself, and not well."""
    sleep: str | None = None
    """A service by name: what serves falls asleep; a request to the app wakes web."""
    mount: str | None = None
    """A service by name: it gets a volume, which the next deployment takes up."""
    approval: bool = False
    """That deployment waits for approval."""
    stage: dict[str, Any] | None = None
    """A patch laid on what is staged where it is played."""
    variables: dict[str, str | None] | None = None
    """Variables of the front service set without a deployment."""


def application(simulation: Simulation, changed: ClockChanged, last_look: LastLook, stop: asyncio.Event) -> Starlette:
    """The admin surface; every request carries the admin token as Bearer."""

    async def clock(_: Any) -> Any:
        return simulation.told_clock().as_json()

    async def set_clock(body: Any) -> Any:
        asked = Factor.model_validate(body)
        await changed(simulation.set_factor(asked.factor, skew=asked.skew))
        return simulation.told_clock().as_json()

    async def faults(_: Any) -> Any:
        return simulation.faults.as_json(time.time())

    async def set_faults(body: Any) -> Any:
        simulation.faults.replace(_RULES.validate_python(body), time.time())
        return simulation.faults.as_json(time.time())

    async def set_tier(body: Any) -> Any:
        asked = Paid.model_validate(body)
        simulation.pay(asked.tier or simulation.world.tier, limits=asked.limits, headers=asked.headers)
        return {"tier": simulation.world.tier, "limits": asked.limits, "headers": asked.headers}

    async def flood(body: Any) -> Any:
        return asdict(_flooded(simulation, Flood.model_validate(body)))

    async def external(body: Any) -> Any:
        return _external(simulation, External.model_validate(body))

    async def entries(_: Any) -> Any:
        return [asdict(entry) for entry in ledger.read(simulation.folder)]

    async def world(_: Any) -> Any:
        simulation.now()
        return _WORLD.dump_python(simulation.world, mode="json")

    async def look(_: Any) -> Any:
        return await last_look()

    async def end(_: Any) -> Any:
        stop.set()
        return {"stopping": True}

    acts: dict[tuple[str, str], Act] = {
        ("GET", "/clock"): clock,
        ("POST", "/clock"): set_clock,
        ("GET", "/faults"): faults,
        ("POST", "/faults"): set_faults,
        ("POST", "/tier"): set_tier,
        ("POST", "/logs"): flood,
        ("POST", "/external"): external,
        ("GET", "/ledger"): entries,
        ("GET", "/world"): world,
        ("GET", "/last-look"): look,
        ("POST", "/stop"): end,
    }
    routes = [Route(path, _handler(simulation, act), methods=[method]) for (method, path), act in acts.items()]
    return Starlette(routes=[*routes, Route("/hold", _hold(simulation, stop))])


def _handler(simulation: Simulation, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        if not _allowed(simulation, request):
            return JSONResponse({"error": "not allowed"}, 401)
        body: Any = None
        try:
            body = json.loads(await request.body() or b"{}")
            answer, status = await act(body), 200
        except (ValueError, ValidationError, Refusal) as error:
            answer, status = {"error": str(error)}, 400
        if request.method == "POST":
            simulation.record(
                "admin",
                "http",
                operation=f"POST {request.url.path}",
                fields=(),
                variables=body if isinstance(body, dict) else {"rules": body},
                status=status,
                effect=answer if status == 200 and isinstance(answer, dict) else None,
                refused=None if status == 200 else str(answer),
            )
        return JSONResponse(answer, status)

    return handle


def _hold(simulation: Simulation, stop: asyncio.Event) -> Callable[[Request], Awaitable[Response]]:
    """A leash: the simulator does not end by itself while this response is being read."""

    async def handle(request: Request) -> Response:
        if not _allowed(simulation, request):
            return JSONResponse({"error": "not allowed"}, 401)

        async def until_the_end() -> Any:
            yield b"held\n"
            await stop.wait()

        return StreamingResponse(until_the_end(), media_type="text/plain")

    return handle


def _allowed(simulation: Simulation, request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {simulation.tokens.admin}"


def _flooded(simulation: Simulation, flood: Flood) -> Emission:
    now, world = simulation.now(), simulation.world
    environment = world.stage.id
    speaker = next(iter(world.serving(environment, _service(world, flood.service or world.front))), None)
    if speaker is None:
        raise Refusal(f"{flood.service or world.front} does not run")
    emission = Emission(
        start=nanos(now) + 1,  # after any look of this millisecond
        step=max(1, round(_SECOND * simulation.clock.factor / flood.per_second)),
        lines=flood.lines,
        text=flood.text,
        severity=flood.severity,
        service=speaker.service,
        environment=environment,
        deployment=speaker.id,
        replica=speaker.replicas[0].id,
        snapshot=speaker.snapshot,
        kept=500 if flood.platform_limit else 0,
    )
    world.emissions.append(emission)
    world.change += 1
    simulation.settle()
    return emission


def _external(simulation: Simulation, asked: External) -> dict[str, Any]:
    now, world = simulation.now(), simulation.world
    environment = world.stage.id
    done: dict[str, Any]
    if asked.deploy is not None:
        service = _service(world, asked.deploy)
        new = deployments.deploy(world, now, environment, service, creator=_SOMEBODY, approval=asked.approval)
        done = {"deployment": new.id}
    elif befalls := _befalling(asked):
        word, name, act = befalls
        serves = next(iter(world.serving(environment, _service(world, name))), None)
        if serves is None:
            raise Refusal("nothing serves there")
        act(world, now, serves)
        agenda.advance(world, now)
        done = {word: serves.id}
    elif asked.mount is not None:
        done = {"mounted": configuration.mount(world, now, environment, _service(world, asked.mount)).path}
    elif asked.stage is not None:
        staged = configuration.stage(world, now, environment, asked.stage, merge=True)
        done = {"staged": staged.patch}
    elif asked.variables is not None:
        front = _service(world, world.front)
        configuration.set_variables(world, now, environment, front, asked.variables, skip_deploys=True)
        done = {"variables": asked.variables}
    else:
        raise Refusal("nothing to do: give deploy, move, restart, crash, sleep, mount, stage or variables")
    simulation.settle()
    return done


def _befalling(asked: External) -> tuple[str, str, Callable[[World, datetime, Deployment], None]] | None:
    """What happens to the deployment that serves: a word for it, the service's name, and the act."""
    acts = (
        ("moved", asked.move, deployments.move), ("restarted", asked.restart, deployments.restart),
        ("crashed", asked.crash, deployments.crash), ("slept", asked.sleep, deployments.sleep),
    )  # fmt: skip
    return next(((word, name, act) for word, name, act in acts if name is not None), None)


def _service(world: World, name: str) -> str:
    try:
        return world.service_named(name).id
    except KeyError:
        raise Refusal(f"there is no service {name}") from None
