"""The settings that shape a rollout, from every place that says something of them.

A variable, the service's setting and the manifest of what runs may disagree, and which of them
governs is documented nowhere (`railway/api.md` 5). The forecast takes them in that order; all are
kept, so that the screen can show where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Json
from cockpit.ports import Setting, Settings

VARIABLE, SERVICE, RUNNING = "variable", "service setting", "running deployment"

_PLACES = (
    ("overlap", "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS", "overlapSeconds"),
    ("drain", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS", "drainingSeconds"),
    ("health_path", None, "healthcheckPath"),
    ("health_timeout", "RAILWAY_HEALTHCHECK_TIMEOUT_SEC", "healthcheckTimeout"),
    ("start_command", None, "startCommand"),
    ("sleep", None, "sleepApplication"),
    ("cron", None, "cronSchedule"),
    ("replicas", None, "numReplicas"),
)
"""Ours, the variable's name, the field's name in setting and manifest (`railway/api.md` 5)."""


def merged(data: Json, service_id: str) -> Settings:
    """The forecast out of one `Settings` answer. Raises Garbled."""
    with shapes.understood("settings"):
        instance = data["serviceInstance"]
        manifest = shapes.manifest(running(instance))
        sources = tuple(_sources(instance, shapes.variables(data["variables"]), manifest))
        overlap, drain, timeout, replicas = (
            _number(sources, name) for name in ("overlap", "drain", "health_timeout", "replicas")
        )
        volume = _volume(data["environment"]["config"], service_id, running(instance))
        return Settings(
            overlap=overlap if volume is None else 0.0,
            drain=drain,
            health_path=_text(sources, "health_path"),
            start_command=_text(sources, "start_command"),
            sleep={"true": True, "false": False}.get(_text(sources, "sleep") or ""),
            cron=_text(sources, "cron"),
            regions=counted(regions(data, service_id)),
            health_timeout=timeout,
            replicas=None if replicas is None else int(replicas),
            volume=volume,
            sources=sources,
        )


def running(instance: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The deployment whose manifest is in force: the newest that runs, else the latest."""
    active = sorted(instance["activeDeployments"], key=lambda node: str(node["createdAt"]))
    found: Mapping[str, Any] | None = active[-1] if active else instance["latestDeployment"]
    return found


def regions(data: Json, service_id: str) -> Mapping[str, Any]:
    """Region to its replicas: as configured, else as it runs."""
    with shapes.understood("regions"):
        configured = _service(data["environment"]["config"], service_id).get("deploy") or {}
        manifest = shapes.manifest(running(data["serviceInstance"]))
        for place in (configured, manifest):
            found = place.get("multiRegionConfig")
            if isinstance(found, Mapping) and found:
                return {name: replicas for name, replicas in found.items() if replicas is not None}
        region = data["serviceInstance"]["region"] or manifest.get("region")
        return {region: {}} if region else {}


def counted(found: Mapping[str, Any]) -> dict[str, int]:
    """Regions with their replicas, one where no number is told. Raises Garbled."""
    with shapes.understood("regions"):
        return {region: int((told or {}).get("numReplicas") or 1) for region, told in found.items()}


def _sources(
    instance: Mapping[str, Any], variables: Mapping[str, str], manifest: Mapping[str, Any]
) -> Iterator[Setting]:
    for name, variable, field in _PLACES:
        said = (
            (VARIABLE, variables.get(variable) if variable else None),
            (SERVICE, None if name == "replicas" else instance[field]),
            (RUNNING, _replicas(manifest) if name == "replicas" else manifest.get(field)),
            # Legacy: it says 1 for services of several regions.
            (SERVICE, instance[field] if name == "replicas" and not manifest.get("multiRegionConfig") else None),
        )
        for source, value in said:
            if value not in {None, ""}:
                yield Setting(name, source, str(value).lower() if isinstance(value, bool) else str(value))


def _text(sources: Sequence[Setting], name: str) -> str | None:
    return next((said.value for said in sources if said.name == name), None)


def _replicas(manifest: Mapping[str, Any]) -> int | None:
    by_region = manifest.get("multiRegionConfig")
    if isinstance(by_region, Mapping) and by_region:
        return sum(int((region or {}).get("numReplicas") or 1) for region in by_region.values())
    found = manifest.get("numReplicas")
    return None if found is None else int(found)


def _number(sources: Sequence[Setting], name: str) -> float | None:
    """The first that reads as a number: config files carry them as strings, variables may be anything."""
    for said in sources:
        if said.name == name:
            try:
                return float(said.value)
            except ValueError:
                continue
    return None


def _volume(config: object, service_id: str, deployed: Mapping[str, Any] | None) -> str | None:
    """Where volumes are mounted: as the environment's configuration says, else in what runs."""
    mounts = _service(config, service_id).get("volumeMounts")
    if isinstance(mounts, Mapping) and mounts:
        paths = [mount.get("mountPath") if isinstance(mount, Mapping) else None for mount in mounts.values()]
        return ", ".join(str(path or "somewhere") for path in paths)
    meta = (deployed or {}).get("meta")
    mounted = meta.get("volumeMounts") if isinstance(meta, Mapping) else None
    return ", ".join(map(str, mounted)) if isinstance(mounted, Sequence) and mounted else None


def _service(config: object, service_id: str) -> Mapping[str, Any]:
    services = config.get("services") if isinstance(config, Mapping) else None
    found = services.get(service_id) if isinstance(services, Mapping) else None
    return found if isinstance(found, Mapping) else {}
