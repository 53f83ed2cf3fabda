"""Build, deploy, environment and HTTP logs, once or followed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import Any

from cockpit.simulator import filter as log_filter
from cockpit.simulator import logs, traffic
from cockpit.simulator.clock import nano, nanos
from cockpit.simulator.logs import Follower, Source
from cockpit.simulator.refusal import bad_input
from cockpit.simulator.resolvers.asking import Args, Asking, count
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.traffic import Request
from cockpit.simulator.world import Deployment, Line

LIMIT, MOST = 100, 5000
_BUILD, _DEPLOY = frozenset({"build"}), frozenset({"deploy"})


def build_logs(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """The build log, with the platform's health check in it [12 T].

    Without `startDate` only its first line comes, as was once observed [9 T].
    """
    found = _of_deployment(asking, args, _BUILD)
    return found if args.get("startDate") is not None else found[:1]


def deployment_logs(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """The last lines of a deployment, oldest first, one more than `limit` [9 C]."""
    return _of_deployment(asking, args, _DEPLOY)


def environment_logs(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """Lines of all services around `anchorDate`; `beforeDate` is the exclusive lower bound [9 L, I].

    Build logs only where the filter asks for a snapshot [9 S]; the key of that is a guess.
    """
    source = _environment_source(asking, args)
    return [view(asking, line) for line in _around(asking, args, lambda a, b: logs.between(asking.world, source, a, b))]


def http_logs(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """Requests a deployment answered; only for services with a domain [9 L]."""
    one = asking.deployment(args["deploymentId"])
    match = log_filter.parse(args.get("filter"))
    find = _requests(asking, one, match)
    if args.get("limit") is not None:
        args = {**args, "beforeLimit": count(args, "limit", LIMIT, MOST) + 1}
    return [_request_view(asking, one, request) for request in _around(asking, args, find)]


async def on_build_logs(asking: Asking, args: Args) -> AsyncIterator[list[dict[str, Any]]]:
    """The build log so far, then as it grows [2 C]."""
    async for lines in _follow(asking, _deployment_source(asking, args, _BUILD), args):
        yield lines


async def on_deployment_logs(asking: Asking, args: Args) -> AsyncIterator[list[dict[str, Any]]]:
    """The last lines of a deployment, then new ones [2 C]."""
    async for lines in _follow(asking, _deployment_source(asking, args, _DEPLOY), args):
        yield lines


async def on_environment_logs(asking: Asking, args: Args) -> AsyncIterator[list[dict[str, Any]]]:
    """New lines of all services, first those after the cursor `beforeDate` [9 L].

    `beforeLimit` is per look of the server: older lines of a look are silently dropped [9 L].
    """
    source = _environment_source(asking, args)
    most = count(args, "beforeLimit", MOST, MOST)
    follower = Follower(asking.world, source, asking.at)
    if args.get("beforeDate") is not None:
        high = nanos(asking.at)
        low = _low(asking, _instant(args["beforeDate"], "beforeDate"))
        backlog = logs.newest(lambda a, b: logs.between(asking.world, source, a, b), low, high, most)
        if backlog:
            yield [view(asking, line) for line in backlog]
    async for now in _looks(asking.simulation):
        if lines := follower.fresh(now)[-most:]:
            yield [view(asking, line) for line in lines]


async def on_http_logs(asking: Asking, args: Args) -> AsyncIterator[list[dict[str, Any]]]:
    """Requests a deployment answers, first those after the cursor [9 L]."""
    one = asking.deployment(args["deploymentId"])
    find = _requests(asking, one, log_filter.parse(args.get("filter")))
    most = count(args, "beforeLimit", MOST, MOST)
    low, before = nanos(asking.at), args.get("beforeDate")
    if before is not None:
        high, low = low, _low(asking, _instant(before, "beforeDate"))
        if backlog := logs.newest(find, low, high, most):
            yield [_request_view(asking, one, request) for request in backlog]
        low = high
    async for now in _looks(asking.simulation):
        high = nanos(now)
        if fresh := find(low, high)[-most:]:
            yield [_request_view(asking, one, request) for request in fresh]
        low = high


QUERIES = {
    "buildLogs": build_logs,
    "deploymentLogs": deployment_logs,
    "environmentLogs": environment_logs,
    "httpLogs": http_logs,
}
SUBSCRIPTIONS = {
    "buildLogs": on_build_logs,
    "deploymentLogs": on_deployment_logs,
    "environmentLogs": on_environment_logs,
    "httpLogs": on_http_logs,
}


def view(asking: Asking, line: Line) -> dict[str, Any]:
    """A line as the API shows it: attribute values are JSON text, `level` is always there [9 C]."""
    attributes = [("level", line.severity), *line.attributes]
    return {
        "timestamp": nano(line.at),
        "message": line.message,
        "severity": line.severity,
        "attributes": [{"key": key, "value": json.dumps(value)} for key, value in attributes],
        "tags": {
            "deploymentId": line.deployment,
            "deploymentInstanceId": line.replica,
            "environmentId": line.environment,
            "projectId": asking.world.project,
            "serviceId": line.service,
            "snapshotId": line.snapshot,
        },
    }


def _of_deployment(asking: Asking, args: Args, streams: frozenset[str]) -> list[dict[str, Any]]:
    source = _deployment_source(asking, args, streams)
    low = _low(asking, _bound(args.get("startDate"), 0))
    high = _bound(args.get("endDate"), nanos(asking.at))
    limit = count(args, "limit", LIMIT, MOST) + 1
    found = logs.newest(lambda a, b: logs.between(asking.world, source, a, b), low, min(high, nanos(asking.at)), limit)
    return [view(asking, line) for line in found]


def _deployment_source(asking: Asking, args: Args, streams: frozenset[str]) -> Source:
    one = asking.deployment(args["deploymentId"])
    return Source(deployment=one.id, streams=streams, match=log_filter.parse(args.get("filter")))


def _environment_source(asking: Asking, args: Args) -> Source:
    held = asking.environment(args["environmentId"])
    text = args.get("filter")
    streams = _BUILD | _DEPLOY if log_filter.names(text, "snapshot") else _DEPLOY
    return Source(environment=held.id, streams=streams, match=log_filter.parse(text))


def _around(asking: Asking, args: Args, find: Callable[[int, int], list[Any]]) -> list[Any]:
    """Finds up to the anchor and after `beforeDate`, then finds after the anchor where those are asked for."""
    now = nanos(asking.at)
    anchor = min(now, _instant(args["anchorDate"], "anchorDate") if args.get("anchorDate") else now)
    low = _low(asking, _instant(args["beforeDate"], "beforeDate") if args.get("beforeDate") else 0)
    found = logs.newest(find, low, anchor, count(args, "beforeLimit", LIMIT, MOST + 1))
    if args.get("afterDate") or args.get("afterLimit") is not None:
        high = _instant(args["afterDate"], "afterDate") if args.get("afterDate") else now
        found += find(anchor, min(now, high))[: count(args, "afterLimit", LIMIT, MOST)]
    return found


async def _follow(asking: Asking, source: Source, args: Args) -> AsyncIterator[list[dict[str, Any]]]:
    follower = Follower(asking.world, source, asking.at)
    limit = count(args, "limit", LIMIT, MOST) + 1
    low, high = _low(asking, 0), nanos(asking.at)
    if backlog := logs.newest(lambda a, b: logs.between(asking.world, source, a, b), low, high, limit):
        yield [view(asking, line) for line in backlog]
    async for now in _looks(asking.simulation):
        if lines := follower.fresh(now):
            yield [view(asking, line) for line in lines]


async def _looks(simulation: Simulation) -> AsyncIterator[datetime]:
    """The moments to look, until the server has had enough: completing log subscriptions is routine [2 L]."""
    over = asyncio.get_running_loop().time() + simulation.log_life
    while asyncio.get_running_loop().time() < over:
        await simulation.moved()
        yield simulation.now()


def _requests(asking: Asking, one: Deployment, match: log_filter.Match | None) -> Callable[[int, int], list[Request]]:
    instance = asking.world.environments[one.environment].services[one.service]

    def find(low: int, high: int) -> list[Request]:
        if not (instance.domain or instance.custom_domain):
            return []
        made = traffic.between(asking.world, one.environment, one.service, low, high)
        asked = (request for request in asking.simulation.probes if low < request.at <= high)
        mine = (request for part in (made, asked) for request in part if request.deployment == one.id)
        return sorted(_passing(mine, match), key=lambda request: request.at)

    return find


def _passing(requests: Iterable[Request], match: log_filter.Match | None) -> Iterable[Request]:
    if match is None:
        return requests
    return (request for request in requests if match(request.path, _request_fields(request)))


def _request_fields(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "httpStatus": request.status,
        "totalDuration": request.took,
        "responseTime": request.took,
        "clientUa": request.agent,
        "deploymentId": request.deployment,
        "deploymentInstanceId": request.replica,
    }


def _request_view(asking: Asking, one: Deployment, request: Request) -> dict[str, Any]:
    """`upstreamErrors` is a string here, though documented examples show a number [9 S, D]."""
    instance = asking.world.environments[one.environment].services[one.service]
    return {
        "timestamp": nano(request.at),
        "requestId": f"{request.at:x}",
        "method": request.method,
        "path": request.path,
        "host": instance.custom_domain or instance.domain,
        "httpStatus": request.status,
        "totalDuration": request.took,
        "upstreamRqDuration": max(1, request.took - 2),
        "clientUa": request.agent,
        "edgeRegion": "us-west2",
        "srcIp": "203.0.113.7",
        "rxBytes": 420,
        "txBytes": 2_048,
        "responseDetails": "",
        "upstreamErrors": "",
        "upstreamAddress": "http://[fd12::1]:8080",
        "upstreamProto": "HTTP/1.1",
        "downstreamProto": "HTTP/2.0",
        "deploymentId": request.deployment,
        "deploymentInstanceId": request.replica,
    }


def _low(asking: Asking, given: int) -> int:
    """A lower bound, no lower than lines are kept [9 D]."""
    return max(given, logs.beginning(asking.world, asking.at))


def _bound(given: datetime | None, default: int) -> int:
    return default if given is None else nanos(given)


def _instant(text: str, name: str) -> int:
    """RFC 3339 with up to nine digits, as nanoseconds."""
    try:
        whole, _, rest = text.rstrip("Z").partition(".")
        digits = rest if rest.isdigit() else ""
        base = datetime.fromisoformat(f"{whole}+00:00" if digits or text.endswith("Z") else text)
        return nanos(base) + int(digits[:9].ljust(9, "0") or 0)
    except (ValueError, TypeError):
        raise bad_input(f"Error in {name} - Invalid date") from None
