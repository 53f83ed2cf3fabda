"""What can be done to deployments: start, roll back, restart, stop, cancel, remove, approve.

Each function takes the world, the plan instant and ids, changes the world or raises a
Refusal, and leaves the rest to time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cockpit.simulator import agenda, lifecycle, projects
from cockpit.simulator.lifecycle import Health, Kind, Moment
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.world import IN_FLIGHT, LIVE, Deployment, ServiceInstance, Variable, World, replicas_wanted

DEFAULT_HEALTH_WINDOW = 300
_APPROVABLE = "NEEDS_APPROVAL"


def deploy(
    world: World,
    at: datetime,
    environment: str,
    service: str,
    *,
    commit: str | None = None,
    latest: bool = False,
    creator: dict[str, str] | None = None,
    approval: bool = False,
) -> Deployment:
    """A new deployment from source: the commit given, the newest, or the one associated with the service [6 D]."""
    instance = world.environments[environment].services[service]
    if commit is not None and commit not in world.commits:
        raise Refusal("Commit not found")
    sha = commit or (list(world.commits)[-1] if latest else instance.commit)
    shared = world.environments[environment].shared
    new = _born(world, at, environment, instance, "deploy", sha, {**shared, **instance.variables}, instance.settings)
    new.creator = creator
    if approval:
        new.status = _APPROVABLE
    else:
        _come_up(world, new, at, build=True)
    return new


def redeploy(
    world: World, at: datetime, target: Deployment, *, same_image: bool, variables: Mapping[str, Variable] | None = None
) -> Deployment:
    """The same source again, rebuilt unless the image is reused.

    It keeps the target's variables unless others are given: sources disagree on which it takes [8 I].
    """
    if not can_redeploy(target):
        raise Refusal("Deployment cannot be redeployed")
    return _again(world, at, target, "redeploy", build=not same_image, variables=variables or target.variables)


def roll_back(world: World, at: datetime, target: Deployment) -> Deployment:
    """Image and custom variables of the target as a new deployment, without a build [8 D].

    What is configured stays as it is, so the next deploy brings it back [8 I].
    """
    if not can_roll_back(world, target, at):
        raise Refusal("Deployment cannot be rolled back")
    return _again(world, at, target, "rollback", build=False, variables=target.variables)


def restart(world: World, at: datetime, target: Deployment) -> None:
    """The same deployment started anew, also when stopped or crashed [8 X1, X2]."""
    if target.status not in LIVE or target.leaves is not None:
        raise Refusal("Deployment is not restartable")
    agenda.clear(world, target)
    begins = projects.part_of(world, target).begins
    agenda.schedule(world, target, lifecycle.restarting(at, begins, crashed=target.status == "CRASHED"))


def crash(world: World, at: datetime, target: Deployment) -> None:
    """The app's own doing: it ends non-zero and is not started again [7 D]; a restart brings it back."""
    if target.status not in LIVE or target.leaves is not None:
        raise Refusal("Deployment does not run")
    agenda.clear(world, target)
    agenda.schedule(world, target, lifecycle.crashing(at))


def sleep(world: World, at: datetime, target: Deployment) -> None:
    """Nobody has asked for it for a while [7 D]; the next request wakes it."""
    if target.status != "SUCCESS" or target.leaves is not None:
        raise Refusal("Deployment does not run")
    agenda.schedule(world, target, (Moment(at, Kind.STATUS, "SLEEPING"),))


def wake(world: World, at: datetime, target: Deployment) -> None:
    """A request has come; that it is answered at once is ours [11 I]."""
    target.status, target.status_at, target.updated = "SUCCESS", at, at
    world.change += 1


def move(world: World, at: datetime, target: Deployment) -> None:
    """The platform's own doing: the first replica runs in another container from now on, under a new id [11 I]."""
    if target.status not in LIVE or target.leaves is not None or not target.replicas:
        raise Refusal("Deployment is not movable")
    old = target.replicas[0]
    target.replicas[0] = replace(old, id=world.new_id(), status="RUNNING", created=at, updated=at, completed=None)
    agenda.schedule(world, target, (Moment(at, Kind.PLATFORM_LINE, "Starting Container"),))
    world.change += 1


def stop(world: World, at: datetime, target: Deployment) -> None:
    """Stop the containers; the status stays SUCCESS [8 X1]."""
    if target.status not in LIVE or target.stopped:
        raise Refusal("Deployment is not stoppable")
    agenda.clear(world, target)
    agenda.schedule(world, target, lifecycle.stopping(at, projects.part_of(world, target).works_on))


def cancel(world: World, at: datetime, target: Deployment) -> None:
    """Abort a deployment that has not come up yet; it ends REMOVED [8 D]."""
    if target.status not in IN_FLIGHT:
        raise Refusal("Deployment is not cancellable")
    _abandon(world, target, at)


def remove(world: World, at: datetime, target: Deployment) -> None:
    """Stop a deployment and mark it REMOVED [8 C]."""
    if target.status in IN_FLIGHT:
        _abandon(world, target, at)
    elif target.status in LIVE and target.leaves is None:
        agenda.clear(world, target)
        drain = agenda.seconds(target, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS", "drainingSeconds")
        agenda.tear_down(world, target, at, drain)
    elif target.status == "FAILED":
        agenda.schedule(world, target, (Moment(at, Kind.STATUS, "REMOVED"),))
    else:
        raise Refusal("Deployment is not removable")


def approve(world: World, at: datetime, target: Deployment) -> None:
    """Let a deployment go on that waits for a human."""
    if target.status != _APPROVABLE:
        raise Refusal("Deployment does not need approval")
    _come_up(world, target, at, build=True)


def can_redeploy(target: Deployment) -> bool:
    """Not while it is on its way up, and not once it is gone [8 C]."""
    return target.status not in IN_FLIGHT and target.status not in {"REMOVED", "REMOVING"}


def can_roll_back(world: World, target: Deployment, now: datetime) -> bool:
    """It has come up once and its image is still kept, as long as the tier says [8 D]; of a live one, too [8 I]."""
    if target.succeeded is None or target.digest is None:
        return False
    return target.removed is None or now - target.removed < world.allowed.images


def _born(
    world: World,
    at: datetime,
    environment: str,
    instance: ServiceInstance,
    reason: str,
    commit: str,
    variables: Mapping[str, Variable],
    settings: Mapping[str, Any],
) -> Deployment:
    """A deployment on record; whatever was on its way up before is superseded [6 T]."""
    for other in world.of(environment, instance.service):
        if other.status in IN_FLIGHT:
            _abandon(world, other, at)
    mounted = world.environments[environment].mounted(instance.service)
    new = Deployment(
        id=world.new_id(),
        service=instance.service,
        environment=environment,
        snapshot=world.new_id(),
        reason=reason,
        commit=commit,
        message=world.commits.get(commit, ""),
        status="INITIALIZING",
        created=at,
        updated=at,
        status_at=at,
        variables=dict(variables),
        settings=dict(settings),
        mount=mounted.path if mounted else None,
    )
    name = world.services[instance.service].name
    new.image = f"registry.railway.internal/{world.project_name}/{name}:{new.id[:8]}"
    world.deployments[new.id] = new
    world.change += 1
    return new


def _again(
    world: World, at: datetime, target: Deployment, reason: str, *, build: bool, variables: Mapping[str, Variable]
) -> Deployment:
    instance = world.environments[target.environment].services[target.service]
    new = _born(world, at, target.environment, instance, reason, target.commit, variables, target.settings)
    if not build:
        new.image, new.digest = target.image, target.digest
    _come_up(world, new, at, build=build)
    return new


def _come_up(world: World, deployment: Deployment, at: datetime, *, build: bool) -> None:
    window = agenda.seconds(deployment, "RAILWAY_HEALTHCHECK_TIMEOUT_SEC", "healthcheckTimeout", DEFAULT_HEALTH_WINDOW)
    health = Health(
        path=deployment.settings.get("healthcheckPath"),
        window=int(window),
        healthy=world.scenario.healthy or deployment.commit == world.first_commit,
        replicas=replicas_wanted(deployment.settings),
        begins=projects.part_of(world, deployment).begins,
    )
    agenda.schedule(world, deployment, lifecycle.coming_up(at, health, build=build))
    agenda.advance(world, at)


def _abandon(world: World, deployment: Deployment, at: datetime) -> None:
    agenda.clear(world, deployment)
    for step in deployment.steps:
        if step.completed is None:
            step.completed, step.payload = at, {"reason": "superseded or cancelled"}
    moments = [Moment(at, Kind.REPLICAS, "REMOVED")] if deployment.replicas else []
    agenda.schedule(world, deployment, (*moments, Moment(at, Kind.STATUS, "REMOVED")))
    agenda.advance(world, at)
