"""The world as it is found: a project whose services were deployed days ago and serve.

In each of two environments, `production` and `staging`, every service serves; an older
deployment of the one that the public asks has been removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from cockpit.simulator import agenda
from cockpit.simulator.clock import whole
from cockpit.simulator.projects.project import Part, Project
from cockpit.simulator.projects.reports import REPORTS
from cockpit.simulator.scenario import Scenario
from cockpit.simulator.world import (
    Deployment,
    Environment,
    Patch,
    Replica,
    Service,
    ServiceInstance,
    Step,
    Variable,
    World,
)

_ENVIRONMENTS = ("production", "staging")


def found(
    seed: str, scenario: Scenario, origin: datetime, *, project: Project = REPORTS, environment: str = "production"
) -> World:
    """The world at its first instant; the same arguments make the same world.

    `environment` is the one that is played; it stands in for production where there is none of that name.
    """
    salt = "" if project.has_fixed_commits else f"{seed}/"
    commits = {_sha(salt + text): text for text in project.messages}
    oldest, first, newest = commits
    world = World(
        seed=seed,
        scenario=scenario,
        origin=whole(origin),
        project="",
        project_name=project.name,
        workspace="",
        workspace_name=f"{project.name.capitalize()} team",
        user="",
        commits=commits,
        first_commit=first,
        home=environment,
        front=project.front,
    )
    world.project, world.workspace, world.user = world.new_id(), world.new_id(), world.new_id()
    long_ago = world.origin - timedelta(days=90)
    for part in project.parts:
        service = Service(world.new_id(), part.name, long_ago)
        world.services[service.id] = service
    for name in _ENVIRONMENTS if environment in _ENVIRONMENTS else (environment, *_ENVIRONMENTS[1:]):
        _environment(world, project, name, newest, long_ago)
    for held in world.environments.values():
        for service in world.services.values():
            _history(world, held, service, oldest, first)
    world.change = 0
    return world


_PIPELINE = {"id": "pipeline", "name": "release pipeline", "email": "pipeline@reports.example"}
"""Who deployed before the run: `Deployment.creator` is a DeploymentCreator (the schema)."""


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _environment(world: World, project: Project, name: str, commit: str, at: datetime) -> None:
    services = {}
    for service in world.services.values():
        part = project.part(service.name)
        services[service.id] = ServiceInstance(
            id=world.new_id(),
            service=service.id,
            created=at,
            updated=at,
            variables=dict(_variables(world, part, at)),
            settings=dict(part.settings),
            commit=commit,
            domain=f"{project.name}-{name}.up.railway.app" if part.is_public else None,
            custom_domain=f"{project.name}.example" if part.is_public and name == world.home else None,
        )
    shared = {"REGION_LABEL": Variable(world.new_id(), "REGION_LABEL", "west", at, at)}
    key = world.new_id()
    world.environments[key] = Environment(key, name, at, at, services, shared, Patch(world.new_id(), {}, at, at))


def _variables(world: World, part: Part, at: datetime) -> Iterable[tuple[str, Variable]]:
    for name, value in part.variables.items():
        yield name, Variable(world.new_id(), name, value, at, at)
    for name in part.sealed:
        yield name, Variable(world.new_id(), name, f"sealed-{world.new_id()}", at, at, sealed=True)


def _history(world: World, environment: Environment, service: Service, oldest: str, first: str) -> None:
    """One deployment that has gone, one that serves."""
    serves = world.origin - timedelta(days=1, hours=3, minutes=12)
    if service.name == world.front:
        old = _deployment(world, environment, service, oldest, serves - timedelta(days=6))
        old.status, old.leaves = "REMOVED", serves + timedelta(seconds=112)
        old.removed = old.status_at = old.updated = old.leaves + timedelta(seconds=2)
        for replica in old.replicas:
            replica.status, replica.updated, replica.completed = "REMOVED", old.removed, old.removed
    _deployment(world, environment, service, first, serves)


def _deployment(world: World, environment: Environment, service: Service, commit: str, at: datetime) -> Deployment:
    instance = environment.services[service.id]
    up = at + timedelta(seconds=112)
    key = world.new_id()
    made = Deployment(
        id=key,
        service=service.id,
        environment=environment.id,
        snapshot=world.new_id(),
        reason="deploy",
        commit=commit,
        message=world.commits[commit],
        creator=dict(_PIPELINE),
        status="SUCCESS",
        created=at,
        updated=up,
        status_at=up,
        variables=environment.shared | instance.variables,
        settings=dict(instance.settings),
        image=f"registry.railway.internal/{world.project_name}/{service.name}:{key[:8]}",
        digest=agenda.fingerprint(commit, key),
        replicas=[Replica(world.new_id(), "RUNNING", up - timedelta(seconds=10), up)],
        succeeded=up,
    )
    for name, start, end in (("BUILD_IMAGE", 2, 64), ("CREATE_CONTAINER", 64, 104), ("HEALTHCHECK", 104, 112)):
        span = timedelta(seconds=start), timedelta(seconds=end)
        made.steps.append(Step(world.new_id(), name, at + span[0], at + span[1]))
    world.deployments[key] = made
    return made
