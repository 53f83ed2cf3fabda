"""Railway's endpoint over HTTP: one POST a request, errors as HTTP 200.

Order matters here: what a fault prevents must not happen, and what has happened stands in
the ledger before the answer leaves.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cockpit.simulator import schema, tokens
from cockpit.simulator.faults import Fault, Rule
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.resolvers.asking import Asking
from cockpit.simulator.schema import Operation
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.wire import Wire

_INSTEAD = (
    Fault.STATUS,
    Fault.CLOUDFLARE,
    Fault.UNAUTHORIZED,
    Fault.ERROR,
    Fault.HANG,
    Fault.DROP_BEFORE,
)
"""Faults in whose place nothing takes effect."""
_AFTER = (Fault.LATENCY, Fault.TRUNCATED, Fault.HTML, Fault.DROP_AFTER, Fault.UNKNOWN_STATUS)
_STATUSES = frozenset(schema.schema().type_map["DeploymentStatus"].values)  # type: ignore[attr-defined]  # an enum

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request says, before it is known whether it makes sense."""

    query: str
    name: str | None
    variables: dict[str, Any]


def endpoint(simulation: Simulation, wire: Wire) -> Handler:
    """The handler of `POST /graphql/v2`."""

    async def graphql(request: Request) -> Response:
        if _from_nobody(request.headers.get("user-agent")):
            simulation.record(
                "railway",
                "http",
                operation="POST /graphql/v2",
                fields=(),
                variables={},
                status=403,
                refused="no user agent",
            )
            return Response("error code: 1010", status_code=403)
        try:
            asked = _asked(await request.body())
        except ClientDisconnect:
            return Response(status_code=499)
        if asked is None:
            return _json({"errors": [{"message": "Problem processing request"}]}, status=400)
        return _with_limits(await _handle(simulation, wire, request, asked), simulation, tokens.sent(request.headers))

    return graphql


def _with_limits(response: Response, simulation: Simulation, token: str) -> Response:
    """The only header about limits that was ever seen, which tells nothing of what is left [1 X1, X2].

    The documented ones [1 D] come where somebody has asked for them.
    """
    if response.media_type == "application/json":  # what comes from the edge does not know it
        tier = simulation.world.allowed
        response.headers["ratelimit-policy"] = f'"default";q={tier.per_hour};w=3600'
        response.headers.update(simulation.meter.headers(tier, token, time.time()))
    return response


async def _handle(simulation: Simulation, wire: Wire, request: Request, asked: _Asked) -> Response:
    operation = schema.read(asked.query, asked.name)
    if wait := simulation.meter.wait(simulation.world.allowed, tokens.sent(request.headers), time.time()):
        return _turned_away(simulation, None if isinstance(operation, list) else operation, asked, wait)
    if isinstance(operation, list):
        answer = schema.invalid(operation)
        _record(simulation, None, asked, 200, refused=answer["errors"][0]["message"])
        return _json(answer)
    names = (operation.name, *operation.fields)
    rule = simulation.faults.strike((*_INSTEAD, *_AFTER), time.time(), "railway", names)
    if rule is not None and rule.fault in _INSTEAD:
        return await _instead(simulation, wire, request, operation, asked, rule)
    answer, effect = _execute(simulation, request.headers, operation, asked.variables)
    dropped = rule is not None and rule.fault is Fault.DROP_AFTER
    _record(
        simulation,
        operation,
        asked,
        0 if dropped else 200,
        effect=effect,
        refused=_first_error(answer),
        answered=not dropped,
    )
    return await _sent(wire, request, answer, rule)


def _execute(
    simulation: Simulation, headers: Mapping[str, str], operation: Operation, variables: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    try:
        asking = Asking(simulation, simulation.tokens.principal(headers), simulation.now())
    except Refusal as refusal:
        return schema.failure(str(refusal), refusal.code), None
    if operation.kind == "subscription":
        return schema.failure("Subscriptions need a websocket", "BAD_REQUEST"), None
    answer = schema.answer(operation, variables, asking)
    simulation.settle()
    return answer, asking.effect


def _turned_away(simulation: Simulation, operation: Operation | None, asked: _Asked, wait: float) -> Response:
    """Too many requests: every 429 says in whole seconds how long to wait [1 C]; its body is not known [1 I]."""
    _record(simulation, operation, asked, 429, refused="too many requests")
    return _json({"errors": [{"message": "Too Many Requests"}]}, 429, {"retry-after": str(math.ceil(wait))})


async def _instead(
    simulation: Simulation, wire: Wire, request: Request, operation: Operation, asked: _Asked, rule: Rule
) -> Response:
    """A fault in place of an answer."""
    silent = rule.fault in {Fault.HANG, Fault.DROP_BEFORE}
    status = {Fault.STATUS: rule.status, Fault.CLOUDFLARE: 429}.get(rule.fault, 0 if silent else 200)
    _record(simulation, operation, asked, status, refused=f"fault {rule.fault}", answered=not silent)
    match rule.fault:
        case Fault.HANG:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response(status_code=499)
        case Fault.DROP_BEFORE:
            return await wire.cut(request)
        case Fault.CLOUDFLARE:
            return Response("error code: 1015", 429, {"retry-after": f"{rule.retry_after:g}"}, "text/plain")
        case Fault.STATUS:
            later = {"retry-after": f"{rule.retry_after:g}"} if rule.status == 429 else {}
            return _json({"errors": [{"message": f"HTTP {rule.status}"}]}, rule.status, later)
        case Fault.ERROR:
            return _json(schema.failure(rule.text))
        case _:
            return _json(schema.failure("Not Authorized"))


async def _sent(wire: Wire, request: Request, answer: dict[str, Any], rule: Rule | None) -> Response:
    """An answer, as far as a fault lets it through."""
    if rule is None:
        return _json(answer)
    match rule.fault:
        case Fault.LATENCY:
            await asyncio.sleep(rule.seconds)
        case Fault.DROP_AFTER:
            return await wire.cut(request)
        case Fault.HTML:
            return Response("<!doctype html><title>Bad gateway</title>", 200, media_type="text/html")
        case Fault.TRUNCATED:
            text = json.dumps(answer)
            return Response(text[: len(text) // 2], 200, media_type="application/json")
        case _:
            return _json(strange(answer, rule.text))
    return _json(answer)


def strange(answer: Any, word: str) -> Any:
    """The same answer with every deployment status replaced by a word that is in no enum."""
    if isinstance(answer, dict):
        return {key: strange(value, word) for key, value in answer.items()}
    if isinstance(answer, list):
        return [strange(value, word) for value in answer]
    return word if isinstance(answer, str) and answer in _STATUSES else answer


def _record(simulation: Simulation, operation: Operation | None, asked: _Asked, status: int, **rest: Any) -> None:
    simulation.record(
        "railway",
        operation.kind if operation else "query",
        operation=operation.name if operation else asked.name,
        fields=operation.fields if operation else (),
        variables=asked.variables,
        status=status,
        **rest,
    )


def _asked(body: bytes) -> _Asked | None:
    try:
        given = json.loads(body)
        return _Asked(str(given["query"]), given.get("operationName"), dict(given.get("variables") or {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _from_nobody(agent: str | None) -> bool:
    """The edge turns away requests without a name, and Python's own default one [1 T]."""
    return not agent or agent.startswith("Python-urllib")


def _first_error(answer: Mapping[str, Any]) -> str | None:
    errors = answer.get("errors")
    return str(errors[0]["message"]) if errors else None


def _json(answer: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(answer), status, dict(headers or {}), "application/json")
