"""A report service: `web` takes orders for reports, `worker` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cockpit.simulator.clock import nanos
from cockpit.simulator.projects.project import Chatter, Part, Project, Said, speaker
from cockpit.simulator.world import Deployment, World

_SECOND = 1_000_000_000
_SETTINGS = {
    "region": "us-west2",
    "restartPolicyType": "ON_FAILURE",
    "restartPolicyMaxRetries": 10,
    "source": {"repo": "reports/reports"},
}
_WEB = {"healthcheckPath": "/api/health", **_SETTINGS, "startCommand": "node server.js"}
_WORKER = {**_SETTINGS, "startCommand": "node worker.js"}
_VARIABLES = {
    "DATABASE_URL": "${{Postgres.DATABASE_URL}}",
    "LOG_LEVEL": "info",
    "PORT": "8080",
    "REPORT_TIMEOUT_SECONDS": "5400",
}


def _chatter(period: int, *, answers: bool) -> Chatter:
    """A line in each `period` nanoseconds, counted from when the deployment came up; three of four an answer."""

    def chatter(_: World, deployment: Deployment, low: int, high: int) -> Iterable[Said]:
        assert deployment.succeeded is not None
        start, salt = nanos(deployment.succeeded), int(deployment.id[:8], 16)
        for number in range(max(0, (low - start) // period - 1), (high - start) // period + 1):
            mixed = (number * 2_654_435_761 + salt) % 4_294_967_296
            at = start + number * period + mixed % (period * 4 // 5) | 1
            if low < at <= high and (replica := speaker(deployment, mixed, at)):
                text, attributes = _saying(number, mixed, answers=answers)
                yield Said(at, text, replica, attributes=attributes)

    return chatter


def _saying(number: int, mixed: int, *, answers: bool) -> tuple[str, tuple[tuple[str, Any], ...]]:
    if answers and number % 4:
        took = 3 + mixed % 40
        return f"GET /api/reports 200 {took} ms", (("path", "/api/reports"), ("status", 200), ("ms", took))
    step = 1 + number % 7
    return f"report {mixed:08x} step {step}/7 done", (("report", f"{mixed:08x}"), ("step", step))


REPORTS = Project(
    name="reports",
    messages=(
        "Reports: render tables in PDF",
        "Reports: retry a failed step once",
        "Reports: finish open requests on SIGTERM",
    ),
    parts=(
        Part(
            "web",
            _WEB,
            _VARIABLES,
            _chatter(20 * _SECOND, answers=True),
            sealed=("SIGNING_KEY",),
            is_public=True,
        ),
        Part("worker", _WORKER, _VARIABLES, _chatter(60 * _SECOND, answers=False), sealed=("SIGNING_KEY",)),
    ),
    front="web",
    paths=("/", "/api/reports", "/api/reports/latest", "/api/health", "/reports/new"),
)
