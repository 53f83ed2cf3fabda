"""The world as it is found: a report service in production, deployed days ago.

Project `reports` with environments `production` and `staging` and services `web` and
`worker`; in production each serves, and an older deployment of web has been removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from cockpit.simulator import agenda
from cockpit.simulator.clock import whole
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

_MESSAGES = (
    "Reports: render tables in PDF",
    "Reports: retry a failed step once",
    "Reports: finish open requests on SIGTERM",
)
_WEB_SETTINGS = {
    "healthcheckPath": "/api/health",
    "region": "us-west2",
    "startCommand": "node server.js",
    "restartPolicyType": "ON_FAILURE",
    "restartPolicyMaxRetries": 10,
    "source": {"repo": "reports/reports"},
}
_WORKER_SETTINGS = {**_WEB_SETTINGS, "healthcheckPath": None, "startCommand": "node worker.js"}
_VARIABLES = {
    "DATABASE_URL": "${{Postgres.DATABASE_URL}}",
    "LOG_LEVEL": "info",
    "PORT": "8080",
    "REPORT_TIMEOUT_SECONDS": "5400",
}
_SEALED = "SIGNING_KEY"


def found(seed: str, scenario: Scenario, origin: datetime) -> World:
    """The world at its first instant; the same arguments make the same world."""
    commits = {hashlib.sha1(f"{seed}/{text}".encode(), usedforsecurity=False).hexdigest(): text for text in _MESSAGES}
    oldest, first, newest = commits
    world = World(
        seed=seed,
        scenario=scenario,
        origin=whole(origin),
        project="",
        project_name="reports",
        workspace="",
        workspace_name="Reports team",
        user="",
        commits=commits,
        first_commit=first,
    )
    world.project, world.workspace, world.user = world.new_id(), world.new_id(), world.new_id()
    long_ago = world.origin - timedelta(days=90)
    for name in ("web", "worker"):
        service = Service(world.new_id(), name, long_ago)
        world.services[service.id] = service
    for name in ("production", "staging"):
        _environment(world, name, newest, long_ago)
    for environment in world.environments.values():
        for service in world.services.values():
            _history(world, environment, service, oldest, first)
    world.change = 0
    return world


def _environment(world: World, name: str, commit: str, at: datetime) -> None:
    services = {}
    for service in world.services.values():
        web = service.name == "web"
        services[service.id] = ServiceInstance(
            id=world.new_id(),
            service=service.id,
            created=at,
            updated=at,
            variables=dict(_variables(world, at)),
            settings=_set(_WEB_SETTINGS if web else _WORKER_SETTINGS),
            commit=commit,
            domain=f"reports-{name}.up.railway.app" if web else None,
            custom_domain="reports.example" if web and name == "production" else None,
        )
    shared = {"REGION_LABEL": Variable(world.new_id(), "REGION_LABEL", "west", at, at)}
    key = world.new_id()
    world.environments[key] = Environment(key, name, at, at, services, shared, Patch(world.new_id(), {}, at, at))


def _variables(world: World, at: datetime) -> Iterable[tuple[str, Variable]]:
    for name, value in _VARIABLES.items():
        yield name, Variable(world.new_id(), name, value, at, at)
    yield _SEALED, Variable(world.new_id(), _SEALED, f"sealed-{world.new_id()}", at, at, sealed=True)


def _set(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _history(world: World, environment: Environment, service: Service, oldest: str, first: str) -> None:
    """One deployment that has gone, one that serves."""
    serves = world.origin - timedelta(days=1, hours=3, minutes=12)
    if service.name == "web":
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
