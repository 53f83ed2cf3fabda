"""CPU, memory, network, HTTP statuses and latency of a service over the last minutes, and its usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.stamps import written
from cockpit.adapters.railway.together import both
from cockpit.errors import Refused
from cockpit.ports import Scope

WINDOW = timedelta(minutes=5)

_NAMES = {
    "CPU_USAGE": "cpu",
    "CPU_LIMIT": "cpu_limit",
    "MEMORY_USAGE_GB": "memory_gb",
    "MEMORY_LIMIT_GB": "memory_limit_gb",
    "NETWORK_RX_GB": "received_gb",
    "NETWORK_TX_GB": "sent_gb",
}
_USED = {"CPU_USAGE": "cpu", "MEMORY_USAGE_GB": "memory", "NETWORK_TX_GB": "sent", "DISK_USAGE_GB": "disk"}
_PERCENTILES = ("p50", "p90", "p95", "p99")


async def read(
    client: Client, scope: Scope, service_id: str, now: datetime, *, urgent: bool = False
) -> dict[str, object]:
    """The latest sample of each, None where there is none, and `http`: requests by status in the window.

    `errors` is the share of 5xx among them, None without any; `latency` the newest percentiles in milliseconds,
    None without requests. `new` is CPU and memory of the newest active deployment, `old` those of the ones beside
    it, None where none is. Raises SourceError.
    """
    about: Json = {"environmentId": scope.environment_id, "serviceId": service_id, "since": written(now - WINDOW)}
    data = await client.ask("metrics", urgent=urgent, **about)
    with shapes.understood("metrics"):
        latest = {_NAMES[found["measurement"]]: _latest(found["values"]) for found in data["metrics"]}
        new, old = _by_age(data)
    http, latency = await _requests(client, about, now, urgent=urgent)
    total = sum(http.values(), Decimal())
    bad = sum((count for status, count in http.items() if status.startswith("5")), Decimal())
    share = {"http": http, "errors": round(bad / total, 6) if total else None, "latency": latency}
    return dict.fromkeys(_NAMES.values()) | latest | share | {"new": new, "old": old}


async def usage(client: Client, scope: Scope, service_id: str, now: datetime, *, urgent: bool) -> dict[str, object]:
    """What a service has used since the month began (UTC), in Railway's own numbers, whose unit no page states.

    `estimated` is what Railway expects of the whole project by the end of its billing cycle, "the estimated total cost"
    in the schema's words; None where it does not tell this token. Raises SourceError.
    """
    since = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    data, estimated = await both(
        client.ask("usage", urgent=urgent, projectId=scope.project_id, since=written(since)),
        _estimated(client, scope, urgent=urgent),
    )
    with shapes.understood("usage"):
        found: dict[str, object] = dict.fromkeys(_USED.values())
        for one in data["usage"]:
            if one["tags"]["serviceId"] == service_id:
                found[_USED[one["measurement"]]] = _exact(one["value"])
        return found | {"since": since, "estimated": estimated}


async def _estimated(client: Client, scope: Scope, *, urgent: bool) -> dict[str, Decimal] | None:
    try:
        data = await client.ask("estimated_usage", urgent=urgent, projectId=scope.project_id)
    except Refused:
        return None
    with shapes.understood("usage"):
        return {_USED[one["measurement"]]: _exact(one["estimatedValue"]) for one in data["estimatedUsage"]}


def _by_age(data: Json) -> tuple[dict[str, Decimal | None] | None, dict[str, Decimal | None] | None]:
    """The newest active deployment, and the one before it where both are active; what is not active is not shown."""
    active = sorted(data["serviceInstance"]["activeDeployments"], key=lambda one: str(one["createdAt"]), reverse=True)
    told: dict[str, dict[str, Decimal | None]] = {one["id"]: {"cpu": None, "memory_gb": None} for one in active}
    for found in data["each"]:
        if (owner := found["tags"]["deploymentId"]) in told:
            told[owner][_NAMES[found["measurement"]]] = _latest(found["values"])
    new, old = ([*told.values(), None, None])[:2]
    return new, old


async def _requests(
    client: Client, about: Json, now: datetime, *, urgent: bool
) -> tuple[dict[str, Decimal], dict[str, Decimal] | None]:
    """Requests by status in the window, and the newest percentiles."""
    try:
        data = await client.ask("http_statuses", urgent=urgent, **about, until=written(now))
    except Refused:  # a service without a domain has no HTTP to measure
        return {}, None
    with shapes.understood("HTTP metrics"):
        samples = data["httpDurationMetrics"]["samples"]
        newest = max(samples, key=lambda sample: int(sample["ts"]), default=None)
        latency = None if newest is None else {name: _exact(newest[name]) for name in _PERCENTILES}
        return {
            str(found["statusCode"]): sum((_exact(sample["value"]) for sample in found["samples"]), Decimal())
            for found in data["httpMetricsGroupedByStatus"]
        }, latency


def _latest(values: Sequence[Mapping[str, Any]]) -> Decimal | None:
    newest = max(values, key=lambda sample: int(sample["ts"]), default=None)
    return None if newest is None else _exact(newest["value"])


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
