"""What the next deployment will be made of: variables, settings, staged changes, scale.

Patches have the shape of Railway's environment configuration:
`{"services": {ID: {"variables": {NAME: {"value": ...}}, "deploy": {...}}}, "sharedVariables": {...}}`,
where null deletes [4 C].
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cockpit.simulator import agenda, deployments
from cockpit.simulator.clock import iso
from cockpit.simulator.lifecycle import GONE
from cockpit.simulator.refusal import Refusal, bad_input
from cockpit.simulator.world import Deployment, Environment, Patch, Replica, ServiceInstance, Variable, Volume, World

_REFERENCE = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


def set_variables(
    world: World,
    at: datetime,
    environment: str,
    service: str | None,
    values: Mapping[str, Any],
    *,
    replace: bool = False,
    skip_deploys: bool = False,
) -> list[Deployment]:
    """Set variables of a service, or shared ones; returns the deployments this started."""
    held = _holder(world, environment, service)
    if replace:
        held.clear()
    for name, value in values.items():
        if value is None:
            held.pop(name, None)
        elif not isinstance(value, str):
            raise bad_input(f"Variable {name} must be a string")
        else:
            _put(world, at, held, name, value)
    return _touched(world, at, environment, {service}, skip_deploys=skip_deploys)


def delete_variable(world: World, at: datetime, environment: str, service: str | None, name: str) -> list[Deployment]:
    """Delete a variable, which always deploys: the mutation has no way to say otherwise [4 S]."""
    _holder(world, environment, service).pop(name, None)
    return _touched(world, at, environment, {service}, skip_deploys=False)


def update_settings(world: World, at: datetime, environment: str, service: str, values: Mapping[str, Any]) -> None:
    """Change settings of a service; deploys nothing by itself [5 T]."""
    instance = world.environments[environment].services[service]
    if values.get("numReplicas") is not None:
        _check_replicas(world, values["numReplicas"])
        instance.settings.pop("multiRegionConfig", None)
    for name, value in values.items():
        if value is None:
            instance.settings.pop(name, None)
        else:
            instance.settings[name] = value
    instance.updated = at
    world.change += 1


def mount(world: World, at: datetime, environment: str, service: str, path: str = "/data") -> Volume:
    """Give a service a volume, which its next deployment takes up."""
    held = world.environments[environment]
    made = Volume(world.new_id(), f"{world.services[service].name}-volume", path, service, at)
    held.volumes[made.id] = made
    world.change += 1
    return made


def remount(world: World, volume: Volume, service: str | None, path: str | None) -> None:
    """Another service or none, and another path or the same; what is in it stays, and nothing is deployed [5 I]."""
    volume.service, volume.path = service, path or volume.path
    world.change += 1


def stage(world: World, at: datetime, environment: str, patch: Mapping[str, Any], *, merge: bool) -> Patch:
    """Lay changes beside the configuration, on top of staged ones or in their place."""
    held = world.environments[environment]
    old = held.staged.patch if merge and held.staged.status == "STAGED" else {}
    held.staged = Patch(world.new_id(), merged(old, patch), at, at)
    world.change += 1
    return held.staged


def commit_staged(
    world: World, at: datetime, environment: str, message: str | None, *, skip_deploys: bool
) -> tuple[Patch, list[Deployment]]:
    """Apply everything that is staged, whoever staged it."""
    held = world.environments[environment]
    patch = held.staged
    if patch.status != "STAGED" or not patch.patch:
        raise Refusal("No changes to apply")
    started = commit(world, at, environment, patch.patch, skip_deploys=skip_deploys)
    patch.status, patch.message, patch.applied, patch.updated = "COMMITTED", message, at, at
    held.staged = Patch(world.new_id(), {}, at, at)
    return patch, started


def commit(
    world: World, at: datetime, environment: str, patch: Mapping[str, Any], *, skip_deploys: bool
) -> list[Deployment]:
    """Apply a patch; services whose variables or settings it touches are deployed, a change of scale alone is not."""
    held = world.environments[environment]
    known = patch.get("services") or {}
    for service in known:
        if service not in held.services:
            raise bad_input(f"Service {service} not found")
    touched: set[str | None] = set()
    for service, part in known.items():
        if _apply_service(world, at, environment, held.services[service], part or {}):
            touched.add(service)
    if shared := patch.get("sharedVariables"):
        _apply_variables(world, at, held.shared, shared)
        touched.add(None)
    return _touched(world, at, environment, touched, skip_deploys=skip_deploys)


def merged(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A patch on top of another, table by table; null stays, since it deletes."""
    result = dict(base)
    for key, value in patch.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def leaves(patch: Any) -> int:
    """How many single changes a patch holds: what `unmergedChangesCount` counts [3 I]."""
    if isinstance(patch, dict) and set(patch) != {"value"}:
        return sum(leaves(value) for value in patch.values())
    return 1


def config(environment: Environment) -> dict[str, Any]:
    """The environment's configuration as one blob; sealed values never leave [4 D]."""
    return {
        "services": {
            instance.service: {
                "source": {"repo": instance.settings.get("source", {}).get("repo")},
                "deploy": {k: v for k, v in sorted(instance.settings.items()) if k != "source"},
                "variables": _blob(instance.variables),
                "volumeMounts": {
                    one.id: {"mountPath": one.path}
                    for one in environment.volumes.values()
                    if one.service == instance.service
                },
            }
            for instance in environment.services.values()
        },
        "sharedVariables": _blob(environment.shared),
    }


def etag(environment: Environment) -> str:
    """An opaque token that changes with the configuration."""
    return hashlib.sha256(json.dumps(config(environment), sort_keys=True).encode()).hexdigest()[:32]


def unrendered(instance: ServiceInstance | None, environment: Environment) -> dict[str, str | None]:
    """Variables as they were written, references kept; null for sealed ones [4 I]."""
    held = instance.variables if instance else environment.shared
    return {name: None if variable.sealed else variable.value for name, variable in held.items()}


def rendered(world: World, instance: ServiceInstance | None, environment: Environment) -> dict[str, str | None]:
    """Variables with references resolved and, for a service, those Railway provides [4 I]."""
    own = unrendered(instance, environment)
    if instance is not None:
        shared = {name: None if held.sealed else held.value for name, held in environment.shared.items()}
        own = {**shared, **own, **_provided(world, instance, environment)}
    known = {name: value or "" for name, value in own.items()}
    return {name: value and _REFERENCE.sub(lambda m: _resolve(m[1], known), value) for name, value in own.items()}


def references(variable: Variable) -> list[str]:
    """The names a value refers to."""
    return _REFERENCE.findall(variable.value)


def _resolve(reference: str, known: Mapping[str, str]) -> str:
    """A name of the service itself or `shared.NAME`; what another service holds is made up."""
    owner, _, name = reference.rpartition(".")
    if owner in {"", "shared"}:
        return known.get(name, "")
    return f"{owner}/{name}".lower()


def _provided(world: World, instance: ServiceInstance, environment: Environment) -> dict[str, str]:
    name = world.services[instance.service].name
    given = {
        "RAILWAY_PROJECT_ID": world.project,
        "RAILWAY_PROJECT_NAME": world.project_name,
        "RAILWAY_ENVIRONMENT_ID": environment.id,
        "RAILWAY_ENVIRONMENT_NAME": environment.name,
        "RAILWAY_SERVICE_ID": instance.service,
        "RAILWAY_SERVICE_NAME": name,
        "RAILWAY_PRIVATE_DOMAIN": f"{name}.railway.internal",
    }
    return given | ({"RAILWAY_PUBLIC_DOMAIN": instance.domain} if instance.domain else {})


def _blob(variables: Mapping[str, Variable]) -> dict[str, Any]:
    return {
        name: {"value": None if held.sealed else held.value, "isSealed": held.sealed, "updatedAt": iso(held.updated)}
        for name, held in variables.items()
    }


def _holder(world: World, environment: str, service: str | None) -> dict[str, Variable]:
    held = world.environments[environment]
    return held.services[service].variables if service else held.shared


def _put(world: World, at: datetime, held: dict[str, Variable], name: str, value: str) -> None:
    old = held.get(name)
    held[name] = Variable(
        id=old.id if old else world.new_id(),
        name=name,
        value=value,
        created=old.created if old else at,
        updated=at,
        sealed=old.sealed if old else False,
    )


def _apply_variables(world: World, at: datetime, held: dict[str, Variable], patch: Mapping[str, Any]) -> None:
    for name, entry in patch.items():
        value = entry.get("value") if isinstance(entry, dict) else entry
        if value is None:
            held.pop(name, None)
        else:
            _put(world, at, held, name, str(value))


def _apply_service(
    world: World, at: datetime, environment: str, instance: ServiceInstance, part: Mapping[str, Any]
) -> bool:
    """Apply one service's part; True when it takes a deployment to make it real."""
    if variables := part.get("variables"):
        _apply_variables(world, at, instance.variables, variables)
    settings = dict(part.get("deploy") or {})
    scale = settings.pop("multiRegionConfig", None)
    if settings:
        update_settings(world, at, environment, instance.service, settings)
    if scale:
        _scale(world, at, environment, instance, scale)
    instance.updated = at
    world.change += 1
    return bool(variables or settings)


def _check_replicas(world: World, count: int) -> None:
    """None at all is rejected [5 X1, X2]; so is more than the tier has [5 D], in words that are not known [5 I]."""
    if not 1 <= count <= world.allowed.replicas:
        raise Refusal("Error in numReplicas - Invalid input")


def _scale(world: World, at: datetime, environment: str, instance: ServiceInstance, regions: Mapping[str, Any]) -> None:
    """New replicas from the running image, surplus ones drained, without a deployment [5 D]."""
    before = instance.settings.get("multiRegionConfig") or {}
    after = {region: part for region, part in merged(before, regions).items() if part}
    count = sum(int(part.get("numReplicas") or 0) for part in after.values())
    _check_replicas(world, count)
    instance.settings["multiRegionConfig"] = after
    instance.settings.pop("numReplicas", None)
    for deployment in world.serving(environment, instance.service)[:1]:
        deployment.settings = dict(instance.settings)
        running = [replica for replica in deployment.replicas if replica.status == "RUNNING"]
        for _ in range(count - len(running)):
            deployment.replicas.append(Replica(world.new_id(), "RUNNING", at, at))
            agenda.begin(world, deployment, deployment.replicas[-1], at)
        for replica in running[count:]:
            replica.status, replica.updated = "REMOVED", at + timedelta(seconds=GONE)
            replica.completed = replica.updated


def _touched(
    world: World, at: datetime, environment: str, services: set[str | None], *, skip_deploys: bool
) -> list[Deployment]:
    """Deploy the services a change touches that have ever been deployed; a shared variable touches all."""
    held = world.environments[environment]
    for service in services - {None}:
        held.services[str(service)].updated = at
    world.change += 1
    if skip_deploys:
        return []
    chosen = list(held.services) if None in services else [str(service) for service in services]
    return [deployments.deploy(world, at, environment, service) for service in chosen if world.of(environment, service)]
