"""Requests the public sends to the app, and what serving them costs.

A function of plan time: request n comes in the n-th stretch of five seconds and is answered
by a deployment that serves then, so logs, rates and counters agree and need no storage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.simulator import projects
from cockpit.simulator.clock import nanos
from cockpit.simulator.world import Deployment, World

PERIOD = 5
"""Seconds between two requests of the public."""
_STEP = PERIOD * 1_000_000_000
_COUNTED = 30 * 86_400
"""Seconds the counters had run before the world was first looked at."""
_COUNTERS = {
    "reports": {"reports_completed_total": 240, "reports_failed_total": 21_600},
    "invoices": {"files_received_total": 30, "files_refused_total": 7200},
}
"""Seconds between two of what is counted."""
_WRITTEN = 3
"""Reports being written at any time."""
_NANO = 1_000_000_000
_WAVE = 97
"""Seconds in which the angle of a load's swing grows by one."""
_LOADS = {
    "CPU_USAGE": (0.08, 0.3), "CPU_USAGE_2": (0.08, 0.3), "MEMORY_USAGE_GB": (0.42, 0.05),
    "CPU_LIMIT": (8.0, 0.0), "MEMORY_LIMIT_GB": (8.0, 0.0),
    "NETWORK_RX_GB": (0.0001, 0.0001), "NETWORK_TX_GB": (0.0001, 0.0001),
}  # fmt: skip
"""A replica's measurements: the least, and by how much it swings above that."""


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request; `at` in nanoseconds, `took` in milliseconds."""

    at: int
    method: str
    path: str
    status: int
    took: int
    agent: str
    deployment: str
    replica: str


def between(world: World, environment: str, service: str, low: int, high: int) -> Iterator[Request]:
    """The public's requests to a service in a window open at its lower end; none where nobody serves."""
    spells = [_spell(deployment) for deployment in world.of(environment, service)]
    for number in range(low // _STEP, high // _STEP + 1):
        mixed = (number * 2_654_435_761) % 4_294_967_296
        at = number * _STEP + mixed % (_STEP * 4 // 5)
        if low < at <= high:
            up = [deployment for start, end, deployment in spells if start <= at < end]
            if up:
                yield _request(number, mixed, at, up[number % len(up)], projects.played(world).paths)


def counters(world: World, now: datetime) -> dict[str, int]:
    """What the app's `/metrics` counts, growing with plan time."""
    passed = int((now - world.origin).total_seconds()) + _COUNTED
    counted = {name: passed // seconds for name, seconds in _COUNTERS[world.project_name].items()}
    return {**counted, "http_requests_total": passed // PERIOD}


def functions(world: World, now: datetime) -> list[tuple[str, dict[str, str], int]]:
    """What Inngest's export would say of the function that writes reports: counters by day and status, and gauges.

    A day's counters begin at zero with it, as they do there; the day before is still shown.
    """
    fn = {"fn": "reports-write-report"}
    found: list[tuple[str, dict[str, str], int]] = []
    for day in (now - timedelta(days=1), now):
        begin = day.replace(hour=0, minute=0, second=0, microsecond=0)
        until = min(now, begin + timedelta(days=1))
        first, last = (counters(world, moment) for moment in (begin, until))
        completed, failed = (last[name] - first[name] for name in ("reports_completed_total", "reports_failed_total"))
        labels = {**fn, "date": begin.date().isoformat()}
        found += [
            ("inngest_function_run_started_total", labels, completed + failed + _WRITTEN),
            ("inngest_function_run_ended_total", {**labels, "status": "Completed"}, completed),
            ("inngest_function_run_ended_total", {**labels, "status": "Failed"}, failed),
        ]
    return [*found, ("inngest_steps_running", fn, _WRITTEN), ("inngest_steps_scheduled", fn, 1)]


def load(deployment: Deployment, measurement: str, at: int) -> float:
    """One sample of a deployment's use of its machine, `at` in Unix seconds; 0 while nothing of it runs."""
    start, end = _running(deployment)
    if not start <= at * _NANO < end:
        return 0.0
    least, swing = _LOADS.get(measurement, (0.0, 0.0))
    return round(least + swing * (0.5 + 0.5 * math.sin(at / _WAVE + _phase(deployment))), 6)


def used(deployment: Deployment, measurement: str, low: int, high: int) -> float:
    """What its samples add up to over a window, in minutes of the measurement; `low` and `high` in nanoseconds."""
    start, end = _running(deployment)
    first, last = max(low, start) / _NANO, min(high, end) / _NANO
    if last <= first or measurement.endswith(("LIMIT", "LIMIT_GB")):
        return 0.0
    least, swing = _LOADS.get(measurement, (0.0, 0.0))
    phase = _phase(deployment)
    wave = math.cos(first / _WAVE + phase) - math.cos(last / _WAVE + phase)
    return ((least + swing / 2) * (last - first) + swing / 2 * _WAVE * wave) / 60


def _spell(deployment: Deployment) -> tuple[int, float, Deployment]:
    """From when until when a deployment answers the public, in nanoseconds."""
    if deployment.succeeded is None:
        return 0, 0, deployment
    ends = [one.completed for one in deployment.replicas if one.completed]
    if deployment.leaves:
        ends.append(deployment.leaves)
    return nanos(deployment.succeeded), nanos(min(ends)) if ends else math.inf, deployment


def _running(deployment: Deployment) -> tuple[int, float]:
    """From coming up until it is gone, in nanoseconds; draining counts."""
    start, end, _ = _spell(deployment)
    return start, nanos(deployment.removed) if deployment.removed else math.inf if deployment.leaves else end


def _phase(deployment: Deployment) -> int:
    return int(deployment.id[:4], 16)


def _request(number: int, mixed: int, at: int, deployment: Deployment, paths: Sequence[str]) -> Request:
    path = paths[mixed % len(paths)]
    status = 404 if number % 97 == 0 else 200
    replica = deployment.replicas[number % len(deployment.replicas)].id
    return Request(at, "GET", path, status, 4 + mixed % 60, "Mozilla/5.0", deployment.id, replica)
