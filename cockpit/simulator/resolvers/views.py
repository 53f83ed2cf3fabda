"""The nouns of the world as the API shows them: plain dicts by the schema's field names.

What leads to another noun is a function, so that cycles cost nothing until they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cockpit.simulator import configuration, deployments
from cockpit.simulator.clock import EPOCH
from cockpit.simulator.refusal import unauthorised
from cockpit.simulator.resolvers.asking import Asking
from cockpit.simulator.resolvers.paging import connection
from cockpit.simulator.world import (
    Deployment,
    Environment,
    Patch,
    Service,
    ServiceInstance,
    Step,
    Variable,
    Volume,
    replicas_wanted,
)

_SETTINGS = (
    "buildCommand", "cronSchedule", "drainingSeconds", "healthcheckPath", "healthcheckTimeout",
    "overlapSeconds", "preDeployCommand", "railwayConfigFile", "region", "rootDirectory", "sleepApplication",
    "source", "startCommand",
)  # fmt: skip


_SUBSCRIPTIONS = {"enterprise": "pro"}
"""The enum has no word for it, so what such a project reads is not known [3 I]."""


def project(asking: Asking) -> dict[str, Any]:
    """The one project."""
    world = asking.world
    return {
        "id": world.project,
        "name": world.project_name,
        "description": None,
        "isPublic": False,
        "subscriptionType": _SUBSCRIPTIONS.get(world.tier, world.tier),
        "workspaceId": world.workspace,
        "createdAt": _first(asking),
        "updatedAt": _first(asking),
        "environments": lambda _, **args: connection(_environments(asking, args), args, partial(environment, asking)),
        "services": lambda _, **args: connection(list(world.services.values()), args, partial(service, asking)),
    }


def environment(asking: Asking, held: Environment) -> dict[str, Any]:
    """An environment; one the token may not touch shows its name and nothing inside [1 I]."""
    world = asking.world

    def inside(items: list[Any]) -> list[Any]:
        if not asking.may_see(held):
            raise unauthorised()
        return items

    return {
        "id": held.id,
        "name": held.name,
        "projectId": world.project,
        "canAccess": asking.may_see(held),
        "isEphemeral": False,
        "createdAt": held.created,
        "updatedAt": held.updated,
        "unmergedChangesCount": configuration.leaves(held.staged.patch) if held.staged.patch else 0,
        "config": lambda _, **__: inside([configuration.config(held)])[0],
        "configEtag": lambda _: configuration.etag(held),
        "deployments": lambda _, **args: connection(inside(world.of(held.id)), args, partial(deployment, asking)),
        "serviceInstances": lambda _, **args: connection(
            inside(list(held.services.values())), args, lambda one: service_instance(asking, held, one)
        ),
        "variables": lambda _, **args: connection(inside(_variables(held)), args, lambda pair: variable(held, *pair)),
        "volumeInstances": lambda _, **args: connection(
            inside(list(held.volumes.values())), args, partial(volume_instance, asking, held)
        ),
    }


def volume_instance(asking: Asking, held: Environment, one: Volume) -> dict[str, Any]:
    """A volume in an environment. Its service is non-null though none may mount it [5 S]: who asks then is refused."""
    world = asking.world
    return {
        "id": f"instance-{one.id}",
        "volumeId": one.id,
        "environmentId": held.id,
        "environment": lambda _: environment(asking, held),
        "serviceId": one.service,
        "service": lambda _: service(asking, world.services[one.service]) if one.service else None,
        "mountPath": one.path,
        "state": one.state,
        "isPendingDeletion": False,
        "region": "us-west2",
        "sizeMB": 5000,
        "createdAt": one.created,
        "volume": {
            "id": one.id,
            "name": one.name,
            "projectId": world.project,
            "project": lambda _: project(asking),
            "createdAt": one.created,
        },
    }


def service(asking: Asking, held: Service) -> dict[str, Any]:
    """A service of the project."""
    return {
        "id": held.id,
        "name": held.name,
        "icon": None,
        "projectId": asking.world.project,
        "project": lambda _: project(asking),
        "createdAt": held.created,
        "updatedAt": held.created,
    }


def service_instance(asking: Asking, held: Environment, instance: ServiceInstance) -> dict[str, Any]:
    """A service in an environment; settings that were never set are null [5 T, X1]."""
    world = asking.world
    listed = world.of(held.id, instance.service)
    return {name: instance.settings.get(name) for name in _SETTINGS} | {
        "numReplicas": _legacy_replicas(instance.settings),
        "id": instance.id,
        "serviceId": instance.service,
        "serviceName": world.services[instance.service].name,
        "environmentId": held.id,
        "builder": instance.settings.get("builder", "RAILPACK"),
        "isUpdatable": True,
        "restartPolicyType": instance.settings.get("restartPolicyType", "ON_FAILURE"),
        "restartPolicyMaxRetries": instance.settings.get("restartPolicyMaxRetries", 10),
        "watchPatterns": instance.settings.get("watchPatterns", []),
        "createdAt": instance.created,
        "updatedAt": instance.updated,
        "service": lambda _: service(asking, world.services[instance.service]),
        "domains": domains(asking, held, instance),
        "latestDeployment": lambda _: deployment(asking, listed[0]) if listed else None,
        "activeDeployments": lambda _: [deployment(asking, one) for one in world.active(held.id, instance.service)],
    }


def _legacy_replicas(settings: Mapping[str, Any]) -> int | None:
    """Of one region, and 1 for a service in several [5 C]; null where it was never set [5 T, X1]."""
    regions = list((settings.get("multiRegionConfig") or {}).values())
    if len(regions) > 1:
        return 1
    found: int | None = regions[0].get("numReplicas") if regions else settings.get("numReplicas")
    return found


def domains(asking: Asking, held: Environment, instance: ServiceInstance) -> dict[str, Any]:
    """The names under which the public reaches a service."""

    def domain(name: str, **more: Any) -> dict[str, Any]:
        return more | {
            "id": f"domain-{name}",
            "domain": name,
            "environmentId": held.id,
            "projectId": asking.world.project,
            "serviceId": instance.service,
            "targetPort": 8080,
            "createdAt": instance.created,
            "updatedAt": instance.created,
        }

    return {
        "serviceDomains": [domain(instance.domain, suffix="up.railway.app")] if instance.domain else [],
        "customDomains": [domain(instance.custom_domain, isRailwayDomain=False)] if instance.custom_domain else [],
    }


def variable(held: Environment, owner: str | None, one: Variable) -> dict[str, Any]:
    """A variable without its value."""
    return {
        "id": one.id,
        "name": one.name,
        "isSealed": one.sealed,
        "references": configuration.references(one),
        "environmentId": held.id,
        "serviceId": owner,
        "createdAt": one.created,
        "updatedAt": one.updated,
    }


def patch(held: Environment, one: Patch) -> dict[str, Any]:
    """Staged or committed changes."""
    return {
        "id": one.id,
        "environmentId": held.id,
        "status": one.status,
        "message": one.message,
        "lastAppliedError": None,
        "patch": one.patch,
        "appliedAt": one.applied,
        "createdAt": one.created,
        "updatedAt": one.updated,
    }


def deployment(asking: Asking, one: Deployment) -> dict[str, Any]:
    """A deployment; starting ones read `deploymentStopped: true` [7 X1]."""
    world = asking.world
    instance = world.environments[one.environment].services[one.service]
    url = instance.custom_domain or instance.domain
    return {
        "id": one.id,
        "status": one.status,
        "statusUpdatedAt": one.status_at,
        "createdAt": one.created,
        "updatedAt": one.updated,
        "deploymentStopped": one.stopped,
        "canRedeploy": deployments.can_redeploy(one),
        "canRollback": deployments.can_roll_back(world, one, asking.at),
        "creator": one.creator,
        "diagnosis": None,
        "environmentId": one.environment,
        "environment": lambda _: environment(asking, world.environments[one.environment]),
        "instances": [{"id": replica.id, "status": replica.status} for replica in one.replicas],
        "meta": meta(one),
        "projectId": world.project,
        "service": lambda _: service(asking, world.services[one.service]),
        "serviceId": one.service,
        "snapshotId": one.snapshot,
        "sockets": [
            {"ipv6": True, "port": 8080, "processName": "node", "updatedAt": int((one.updated - EPOCH).total_seconds())}
        ] if one.serves else [],
        "staticUrl": instance.domain,
        "suggestAddServiceDomain": False,
        "url": url,
    }  # fmt: skip


def meta(one: Deployment) -> dict[str, Any]:
    """What a deployment was made of; no digest until there is an image [7 T]."""
    here = {one.settings.get("region", "us-west2"): {"numReplicas": replicas_wanted(one.settings)}}
    regions = one.settings.get("multiRegionConfig") or here
    settings = {name: value for name, value in one.settings.items() if name != "source"}
    made = {
        "reason": one.reason,
        "branch": "main",
        "commitHash": one.commit,
        "commitMessage": one.message,
        "repo": (one.settings.get("source") or {}).get("repo"),
        "image": one.image,
        "volumeMounts": [one.mount] if one.mount else [],
        "serviceManifest": {"build": {"builder": "RAILPACK"}, "deploy": settings | {"multiRegionConfig": regions}},
    }
    return made | ({"imageDigest": one.digest} if one.digest else {})


def step(one: Step) -> dict[str, Any]:
    """A dated part of a deployment; unknown parts of its payload are null."""
    empty = dict.fromkeys(("attempt", "detail", "durationMs", "error", "maxAttempts", "reason", "skipped"))
    return {
        "id": one.id,
        "step": one.name,
        "createdAt": one.created,
        "completedAt": one.completed,
        "payload": None if one.payload is None else empty | one.payload,
    }


def _environments(asking: Asking, args: dict[str, Any]) -> list[Environment]:
    return [] if args.get("isEphemeral") else list(asking.world.environments.values())


def _variables(held: Environment) -> list[tuple[str | None, Variable]]:
    pairs: list[tuple[str | None, Variable]] = [(None, variable) for variable in held.shared.values()]
    for one in held.services.values():
        pairs += [(one.service, variable) for variable in one.variables.values()]
    return pairs


def _first(asking: Asking) -> Any:
    return min(held.created for held in asking.world.environments.values())
