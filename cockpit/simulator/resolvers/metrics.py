"""CPU, memory and HTTP rates over a window of plan time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cockpit.simulator import traffic
from cockpit.simulator.clock import EPOCH, nanos
from cockpit.simulator.resolvers.asking import Args, Asking
from cockpit.simulator.traffic import Request
from cockpit.simulator.world import Deployment

_SAMPLES = 60
_RETAINED = timedelta(days=30)
"""Metrics go back so far [10 D]."""
_TAGS = {
    "DEPLOYMENT_ID": "deploymentId",
    "DEPLOYMENT_INSTANCE_ID": "deploymentInstanceId",
    "ENVIRONMENT_ID": "environmentId",
    "PROJECT_ID": "projectId",
    "REGION": "region",
    "SERVICE_ID": "serviceId",
}


def metrics(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """Samples by measurement and tags; grouping by instance tells old from new during overlap [10 S]."""
    held = asking.environment(args.get("environmentId"))
    window = _Window(asking, args)
    result = []
    for measurement in args["measurements"]:
        groups: dict[tuple[tuple[str, str], ...], list[tuple[Deployment, int]]] = defaultdict(list)
        for one in asking.world.of(held.id, args.get("serviceId")):
            for tags, share in _tagged(asking, one, args.get("groupBy") or []):
                groups[tags].append((one, share))
        for tags, members in groups.items():
            values = [
                {"ts": at, "value": sum(traffic.load(one, measurement, at) * share for one, share in members)}
                for at in window.instants
            ]
            if any(value["value"] for value in values):
                result.append({"measurement": measurement, "tags": _tag_view(dict(tags)), "values": values})
    return result


def http_metrics(asking: Asking, args: Args) -> dict[str, Any]:
    """Requests per step [10 S]."""
    window = _Window(asking, args)
    counts = Counter(window.place(request) for request in window.requests())
    return {"samples": [{"ts": at, "value": float(counts[at])} for at in window.instants]}


def http_metrics_grouped_by_status(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """Requests per step and status code [10 S]."""
    window = _Window(asking, args)
    counts = Counter((request.status, window.place(request)) for request in window.requests())
    return [
        {
            "statusCode": status,
            "samples": [{"ts": at, "value": float(counts[status, at])} for at in window.instants],
        }
        for status in sorted({status for status, _ in counts})
    ]


def http_duration_metrics(asking: Asking, args: Args) -> dict[str, Any]:
    """Percentiles of the time to answer, per step, in milliseconds [10 S]."""
    window = _Window(asking, args)
    took: dict[int, list[int]] = defaultdict(list)
    for request in window.requests():
        took[window.place(request)].append(request.took)
    return {"samples": [{"ts": at} | _percentiles(sorted(took[at])) for at in window.instants if took[at]]}


def usage(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """Use since the start of the period, else of a week; the unit is minutes of the measurement [10 S, I]."""
    asking.project(args.get("projectId"))
    start = args.get("startDate") or asking.at - timedelta(days=7)
    low, high = nanos(start), nanos(min(args.get("endDate") or asking.at, asking.at))
    by_service: dict[str, list[Deployment]] = defaultdict(list)
    for one in asking.world.deployments.values():
        if asking.may_see(asking.world.environments[one.environment]):
            by_service[one.service if "SERVICE_ID" in (args.get("groupBy") or []) else ""].append(one)
    return [
        {
            "measurement": measurement,
            "value": round(sum(traffic.used(one, measurement, low, high) * len(one.replicas) for one in found), 6),
            "tags": _tag_view({"serviceId": service} if service else {}),
        }
        for measurement in args["measurements"]
        for service, found in by_service.items()
    ]


def estimated_usage(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """Use at the end of the billing cycle [10 S]: that of the last week, gone on with for thirty days [10 I].

    A project token is told as well; whether the platform does so is not known [10 I].
    """
    asking.project(args.get("projectId"))
    return [
        {
            "measurement": found["measurement"],
            "estimatedValue": round(found["value"] * 30 / 7, 6),
            "projectId": asking.world.project,
        }
        for found in usage(asking, {"measurements": args["measurements"]})
    ]


QUERIES = {
    "estimatedUsage": estimated_usage,
    "metrics": metrics,
    "httpMetrics": http_metrics,
    "httpMetricsGroupedByStatus": http_metrics_grouped_by_status,
    "httpDurationMetrics": http_duration_metrics,
    "usage": usage,
}


class _Window:
    """A stretch of plan time in steps; samples carry the Unix second at which their step begins."""

    def __init__(self, asking: Asking, args: Args) -> None:
        self._asking, self._args = asking, args
        start: datetime = max(args["startDate"], asking.at - _RETAINED)
        end: datetime = min(args.get("endDate") or asking.at, asking.at)
        self._start, self._end = start, end
        span = max(0.0, (end - start).total_seconds())
        step = args.get("stepSeconds") or args.get("sampleRateSeconds") or max(1, math.ceil(span / _SAMPLES))
        self._step = max(1, int(step), math.ceil(span / 10_000))
        first = int((start - EPOCH).total_seconds())
        self._first = first
        self.instants = range(first, first + math.ceil(span), self._step)

    def place(self, request: Request) -> int:
        return self._first + (request.at // 1_000_000_000 - self._first) // self._step * self._step

    def requests(self) -> Iterator[Request]:
        args = self._args
        instance = self._asking.instance(args["environmentId"], args["serviceId"])
        if not instance.domain:
            return
        low, high = nanos(self._start), nanos(self._end)
        made = traffic.between(self._asking.world, args["environmentId"], instance.service, low, high)
        asked = (request for request in self._asking.simulation.probes if low < request.at <= high)
        wanted = {"method": args.get("method"), "path": args.get("path"), "status": args.get("statusCode")}
        for part in (made, asked):
            for request in part:
                if all(value is None or getattr(request, name) == value for name, value in wanted.items()):
                    yield request


def _tagged(asking: Asking, one: Deployment, group_by: list[str]) -> Iterator[tuple[tuple[tuple[str, str], ...], int]]:
    """The tags of a deployment under a grouping, with the number of replicas behind each."""
    known = {
        "deploymentId": one.id,
        "environmentId": one.environment,
        "projectId": asking.world.project,
        "region": str(one.settings.get("region", "us-west2")),
        "serviceId": one.service,
    }
    names = [_TAGS[tag] for tag in group_by if tag in _TAGS]
    fixed = tuple((name, known[name]) for name in names if name in known)
    if "deploymentInstanceId" in names:
        for replica in one.replicas:
            yield (*fixed, ("deploymentInstanceId", replica.id)), 1
    else:
        yield fixed, len(one.replicas)


def _tag_view(tags: dict[str, str]) -> dict[str, str | None]:
    names = (*_TAGS.values(), "volumeId", "volumeInstanceId")
    return {name: tags.get(name) for name in names}


def _percentiles(took: list[int]) -> dict[str, float]:
    last = len(took) - 1
    return {f"p{share}": float(took[round(last * share / 100)]) for share in (50, 90, 95, 99)}
