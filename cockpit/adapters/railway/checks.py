"""What a railway check is answered with: the map asked for, and a table to look at.

Variables are secrets as often as not. Expectations need their values, so the facts hold them;
the table, which is shown and may be kept, names them and shows only Railway's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cockpit.adapters.railway import metrics
from cockpit.core.check import RailwayCheck
from cockpit.core.deployment import Deployment
from cockpit.core.reading import Answer, Table
from cockpit.errors import Missing
from cockpit.ports import Asking, Settings

if TYPE_CHECKING:
    from cockpit.adapters.railway.platform import Railway

_SHOWN = "RAILWAY_"
_HIDDEN = "(hidden)"
_LONGEST = 80


async def ask(railway: Railway, check: RailwayCheck, asking: Asking) -> Answer:
    """One map under the name of what was asked. Raises SourceError."""
    service, urgent = check.service, asking.urgent
    match check.ask:
        case "variables":
            return _of_variables(await railway.variables(service, urgent=urgent))
        case "running variables":
            deployment = asking.deployment or (await _live(railway, service, urgent=urgent)).id
            return _of_variables(await railway.running_variables(deployment, urgent=urgent))
        case "settings":
            return _of_settings(await railway.settings(service, urgent=urgent))
        case "deployment":
            return _of_deployment(await _meant(railway, service, asking))
        case "instances":
            return _of_instances(await _meant(railway, service, asking))
        case "metrics":
            scope, service_id = await railway.service(service)
            return _of_metrics(await metrics.read(railway.client, scope, service_id, railway.now(), urgent=urgent))


async def _live(railway: Railway, service: str, *, urgent: bool) -> Deployment:
    serving = await railway.serving(service, urgent=urgent)
    if serving is None:
        raise Missing(f"No deployment of {service} is up.", "Look at its deployments in Railway's dashboard.")
    return serving


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


def _of_settings(found: Settings) -> Answer:
    told = {
        "overlap": found.overlap,
        "drain": found.drain,
        "health_path": found.health_path,
        "health_timeout": found.health_timeout,
        "replicas": found.replicas,
        "has_volume": found.has_volume,
        "disagreements": list(found.disagreements),
    }
    places = [(said.name, said.source, said.value) for said in found.sources]
    return Answer(
        facts={"settings": told},
        table=Table(("setting", "source", "value"), tuple(places)),
        evidence=found.disagreements[:5],
    )


def _of_deployment(found: Deployment) -> Answer:
    told = {
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
        "instances": _instances(found),
    }
    shown = tuple((key, value) for key, value in told.items() if key != "instances")
    return Answer(facts={"deployment": told, "status": found.status}, table=Table(("field", "value"), shown))


def _of_instances(found: Deployment) -> Answer:
    told = _instances(found)
    running = sum(one["status"] == "RUNNING" for one in told)
    rows = tuple((one["id"], one["status"]) for one in told)
    return Answer(facts={"instances": told, "count": running}, table=Table(("instance", "status"), rows))


def _instances(found: Deployment) -> list[dict[str, str]]:
    return [{"id": one.id, "status": one.status} for one in found.instances]


def _of_metrics(found: Mapping[str, object]) -> Answer:
    http = found["http"]
    rows = [(name, value) for name, value in found.items() if name != "http"]
    if isinstance(http, Mapping):
        rows += [(f"http {status}", count) for status, count in sorted(http.items())]
    return Answer(facts={"metrics": dict(found)}, table=Table(("metric", "value"), tuple(rows)))
