"""CPU, memory, network and HTTP statuses of a service over the last minutes, as Railway measures them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.stamps import written
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


async def read(
    client: Client, scope: Scope, service_id: str, now: datetime, *, urgent: bool = False
) -> dict[str, object]:
    """The latest sample of each, None where there is none, and `http`: requests by status in the window.

    `errors` is the share of 5xx among them, None without any. Raises SourceError.
    """
    about: Json = {"environmentId": scope.environment_id, "serviceId": service_id, "since": written(now - WINDOW)}
    data = await client.ask("metrics", urgent=urgent, **about)
    with shapes.understood("metrics"):
        latest = {_NAMES[found["measurement"]]: _latest(found["values"]) for found in data["metrics"]}
    http = await _by_status(client, about, now, urgent=urgent)
    total = sum(http.values(), Decimal())
    bad = sum((count for status, count in http.items() if status.startswith("5")), Decimal())
    share = {"http": http, "errors": round(bad / total, 6) if total else None}
    return dict.fromkeys(_NAMES.values()) | latest | share


async def _by_status(client: Client, about: Json, now: datetime, *, urgent: bool) -> dict[str, Decimal]:
    try:
        data = await client.ask("http_statuses", urgent=urgent, **about, until=written(now))
    except Refused:  # a service without a domain has no HTTP to measure
        return {}
    with shapes.understood("HTTP metrics"):
        return {
            str(found["statusCode"]): sum((_exact(sample["value"]) for sample in found["samples"]), Decimal())
            for found in data["httpMetricsGroupedByStatus"]
        }


def _latest(values: Sequence[Mapping[str, Any]]) -> Decimal | None:
    newest = max(values, key=lambda sample: int(sample["ts"]), default=None)
    return None if newest is None else _exact(newest["value"])


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
