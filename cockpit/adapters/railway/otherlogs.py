"""The logs that the tail does not carry, asked once: how a deployment was built, which requests it answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cockpit.adapters.railway import logs, shapes
from cockpit.adapters.railway.client import Client
from cockpit.adapters.railway.stamps import instant, written
from cockpit.core.text.logline import LogLine
from cockpit.errors import Missing
from cockpit.ports import Scope

_EARLIER = timedelta(minutes=5)
"""`buildLogs` begins so long before the deployment, or it leaves lines out (`railway/api.md` 9, [T])."""
_REQUESTS = 500
"""The newest requests that are read."""


async def build(client: Client, scope: Scope, deployment: str) -> tuple[LogLine, ...]:
    """Every line of a build; health checks of the platform are among them. Raises SourceError."""
    found = (await client.ask("deployment", id=deployment)).get("deployment")
    if found is None:
        raise Missing("Railway has no such deployment any more.", "Its build log is gone with it.")
    since = shapes.deployment(found).created_at - _EARLIER
    data = await client.ask("build_log", deploymentId=deployment, since=written(since), limit=logs.PAGE)
    return tuple(await logs.read({"environmentLogs": data.get("buildLogs")}, logs.names(scope)))


async def requests(client: Client, service: str, deployment: str) -> tuple[LogLine, ...]:
    """The newest requests a deployment answered, oldest first, as lines. Raises SourceError."""
    data = await client.ask("http_log", deploymentId=deployment, limit=_REQUESTS)
    with shapes.understood("requests"):
        return tuple(_line(node, service) for node in data["httpLogs"])


def _line(node: Mapping[str, Any], service: str) -> LogLine:
    status = node["httpStatus"]
    named = ("requestId", "host", "upstreamRqDuration", "edgeRegion", "responseDetails")
    return LogLine(
        at=instant(node["timestamp"]),
        stamp=node["timestamp"],
        text=f"{node['method']} {node['path']} {status} {node['totalDuration']} ms",
        level="error" if status >= 500 else "warn" if status >= 400 else "info",
        service=service,
        deployment=node["deploymentId"],
        instance=node["deploymentInstanceId"],
        attributes=tuple((name, str(node[name])) for name in named if node.get(name)),
    )
