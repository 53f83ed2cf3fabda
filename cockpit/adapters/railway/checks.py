"""What a railway check is answered with: the map asked for, and a table to look at.

Variables are secrets as often as not. Expectations need their values, so the facts hold them;
the table, which is shown and may be kept, names them and shows only Railway's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from cockpit.adapters.railway import metrics
from cockpit.adapters.railway.together import both
from cockpit.core.plan.check import RailwayCheck
from cockpit.core.reading import Answer, Table
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.drift import Drift
from cockpit.core.rollout.retention import image_left, image_words
from cockpit.core.span import show_span
from cockpit.errors import Missing
from cockpit.ports import Asking, Settings

if TYPE_CHECKING:
    from cockpit.adapters.railway.platform import Railway

_SHOWN = "RAILWAY_"
_HIDDEN, _SEALED = "(hidden)", "(sealed)"
_LONGEST = 80


async def ask(railway: Railway, check: RailwayCheck, asking: Asking) -> Answer:
    """One map under the name of what was asked. Raises SourceError."""
    service, urgent = check.service or "", asking.urgent
    match check.ask:
        case "variables" | "shared variables":
            return await _configured(railway, check.service, urgent=urgent)
        case "running variables":
            deployment = asking.deployment or (await _live(railway, service, urgent=urgent)).id
            return _of_variables(await railway.running_variables(deployment, urgent=urgent))
        case "settings":
            return _of_settings(await railway.settings(service, urgent=urgent))
        case "deployment":
            return _of_deployment(await _meant(railway, service, asking))
        case "instances":
            return _of_instances(await _meant(railway, service, asking))
        case "drift":
            live = asking.deployment or (await _live(railway, service, urgent=urgent)).id
            return _of_drift(await railway.drift(service, live, urgent=urgent))
        case "deployments":
            return _of_deployments(railway, await railway.deployments(service, urgent=urgent))
        case "usage":
            scope, service_id = await railway.service(service)
            return _of_usage(await metrics.usage(railway.client, scope, service_id, railway.now(), urgent=urgent))
        case "metrics":
            scope, service_id = await railway.service(service)
            return _of_metrics(await metrics.read(railway.client, scope, service_id, railway.now(), urgent=urgent))


async def _live(railway: Railway, service: str, *, urgent: bool) -> Deployment:
    serving = await railway.serving(service, urgent=urgent)
    if serving is None:
        raise Missing(f"No deployment of {service} is up.", "Look at its deployments in Railway's dashboard.")
    return serving


async def _configured(railway: Railway, service: str | None, *, urgent: bool) -> Answer:
    found, kept = await both(railway.variables(service, urgent=urgent), railway.kept(service, urgent=urgent))
    return _of_configured(found, sorted(name for name, one in kept.items() if one.sealed))


async def _meant(railway: Railway, service: str, asking: Asking) -> Deployment:
    """The deployment named, else the newest of the service, up or not."""
    if asking.deployment is not None:
        found = await railway.deployment(asking.deployment, urgent=asking.urgent)
    else:
        found = next(iter(await railway.deployments(service, first=1, urgent=asking.urgent)), None)
    if found is None:
        raise Missing(f"{service} has no such deployment.", "Look at its deployments in Railway's dashboard.")
    return found


def _of_variables(found: Mapping[str, str]) -> Answer:
    def shown(name: str, value: str) -> str:
        return value[:_LONGEST] if name.startswith(_SHOWN) else _HIDDEN

    rows = tuple((name, shown(name, value)) for name, value in sorted(found.items()))
    return Answer(facts={"variables": dict(found)}, table=Table(("variable", "value"), rows))


def _of_configured(found: Mapping[str, str], sealed: Sequence[str]) -> Answer:
    """Railway never tells the values of sealed ones, only that they are there (`railway/api.md` 4 [D])."""
    told = _of_variables({name: value for name, value in found.items() if name not in sealed})
    rows = sorted((*told.table.rows, *((name, _SEALED) for name in sealed)))
    return Answer(facts={**told.facts, "sealed": list(sealed)}, table=Table(told.table.columns, tuple(rows)))


def _of_settings(found: Settings) -> Answer:
    told = {
        "overlap": found.overlap,
        "drain": found.drain,
        "health_path": found.health_path,
        "health_timeout": found.health_timeout,
        "replicas": found.replicas,
        "regions": dict(found.regions),
        "start_command": found.start_command,
        "sleep": found.sleep,
        "cron": found.cron,
        "has_volume": found.has_volume,
        "volume": found.volume,
        "disagreements": list(found.disagreements),
    }
    places = [(said.name, said.source, said.value) for said in found.sources]
    places += [(f"replicas in {region}", "configured", str(count)) for region, count in sorted(found.regions.items())]
    places += [("volume", "configured", f"{found.volume}: nothing overlaps")] if found.has_volume else []
    return Answer(
        facts={"settings": told},
        table=Table(("setting", "source", "value"), tuple(places)),
        evidence=found.disagreements[:5],
    )


def _facts(found: Deployment) -> dict[str, object]:
    return {
        "id": found.id,
        "status": found.status,
        "status_at": found.status_at,
        "created_at": found.created_at,
        "is_up": found.is_up,
        "stopped": found.stopped,
        "can_rollback": found.can_rollback,
        "image": found.image,
        "digest": found.digest,
        "commit": found.commit,
        "creator": found.creator,
    }


def _of_deployment(found: Deployment) -> Answer:
    told = _facts(found) | {"instances": _instances(found)}
    shown = tuple((key, value) for key, value in told.items() if key != "instances")
    return Answer(facts={"deployment": told, "status": found.status}, table=Table(("field", "value"), shown))


def _of_instances(found: Deployment) -> Answer:
    told = _instances(found)
    running = sum(one["status"] == "RUNNING" for one in told)
    rows = tuple((one["id"], one["status"]) for one in told)
    return Answer(facts={"instances": told, "count": running}, table=Table(("instance", "status"), rows))


def _of_drift(found: Drift) -> Answer:
    told = {"added": found.added, "removed": found.removed, "changed": found.changed, "unknown": found.unknown}
    rows = tuple((name, word) for word, names in told.items() for name in names)
    facts = {"drift": {word: list(names) for word, names in told.items()}, "count": len(found.names)}
    return Answer(facts=facts, table=Table(("variable", "since it was built"), rows))


def _of_deployments(railway: Railway, found: Sequence[Deployment]) -> Answer:
    """Newest first; for each, how long it can still be gone back to."""
    tier, now = railway.connection.tier, railway.now()
    told = []
    for one in found:
        left = image_left(one, tier, now)
        hours = None if left is None else Decimal(round(left / timedelta(hours=1), 2)).quantize(Decimal("0.01"))
        told.append(_facts(one) | {"age": now - one.created_at, "hours_left": hours})
    columns = ("deployment", "status", "commit", "image", "by", "age", "way back")
    rows = tuple((*_short(one), _age(now - one.created_at), image_words(one, tier, now)) for one in found)
    return Answer(facts={"deployments": told, "count": len(told)}, table=Table(columns, rows))


def _short(one: Deployment) -> tuple[str, ...]:
    image = (one.digest or one.image or "")[-12:]
    return (one.id[:8], one.status, (one.commit or "")[:8], image, one.creator or "")


def _age(span: timedelta) -> str:
    minute = timedelta(minutes=1)
    return show_span(max(minute, span // minute * minute))


def _of_usage(found: Mapping[str, object]) -> Answer:
    rows = [(name, value) for name, value in found.items() if name != "estimated"]
    if isinstance(estimated := found["estimated"], Mapping):
        rows += [(f"{name}, expected of the project", value) for name, value in estimated.items()]
    return Answer(facts={"usage": dict(found)}, table=Table(("used", "value"), tuple(rows)))


def _instances(found: Deployment) -> list[dict[str, str]]:
    return [{"id": one.id, "status": one.status} for one in found.instances]


def _of_metrics(found: Mapping[str, object]) -> Answer:
    rows = [(name, value) for name, value in found.items() if not isinstance(value, Mapping)]
    for name in ("http", "latency", "new", "old"):
        if isinstance(inside := found[name], Mapping):
            rows += [(f"{name} {key}", value) for key, value in sorted(inside.items())]
    return Answer(facts={"metrics": dict(found)}, table=Table(("metric", "value"), tuple(rows)))
