"""What the stand-in Railway holds: project, environments, services, variables, deployments.

Pure state without clock and without I/O. It is changed by `agenda` (what time brings),
`deployments` and `configuration` (what a mutation does), read by the resolvers, and
written to the state folder whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cockpit.simulator.lifecycle import Kind
from cockpit.simulator.scenario import Scenario
from cockpit.simulator.tiers import TIERS, Tier

LIVE = frozenset({"SUCCESS", "CRASHED", "SLEEPING"})
"""Statuses of a deployment that has come up and not been torn down."""
IN_FLIGHT = frozenset({"QUEUED", "WAITING", "NEEDS_APPROVAL", "INITIALIZING", "BUILDING", "DEPLOYING"})
"""Statuses of a deployment on its way up."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as it was last set; `value` is unrendered."""

    id: str
    name: str
    value: str
    created: datetime
    updated: datetime
    sealed: bool = False


@dataclass(slots=True)
class Replica:
    """A running copy of a deployment; the API calls it an instance."""

    id: str
    status: str
    created: datetime
    updated: datetime
    completed: datetime | None = None


@dataclass(slots=True)
class Step:
    """A dated part of a deployment."""

    id: str
    name: str
    created: datetime
    completed: datetime | None = None
    payload: dict[str, Any] | None = None


@dataclass(slots=True)
class Deployment:
    """One attempt to run a service, from being accepted to being gone."""

    id: str
    service: str
    environment: str
    snapshot: str
    reason: str
    """deploy, redeploy, rollback: the API's meta says it too."""
    commit: str
    message: str
    status: str
    created: datetime
    updated: datetime
    status_at: datetime
    variables: dict[str, Variable]
    settings: dict[str, Any]
    image: str | None = None
    digest: str | None = None
    creator: dict[str, str] | None = None
    replicas: list[Replica] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    succeeded: datetime | None = None
    leaves: datetime | None = None
    """When it is told to stop; set as soon as that is known, which may lie ahead."""
    removed: datetime | None = None
    mount: str | None = None
    """Where its volume is mounted; None without one."""

    @property
    def stopped(self) -> bool:
        """No replica works; also true while one is only starting [7 X1], and asleep while they run [7 X1, X2]."""
        works = any(replica.status in {"RUNNING", "RESTARTING", "REMOVING"} for replica in self.replicas)
        return self.status == "SLEEPING" or not works

    @property
    def serves(self) -> bool:
        """It has come up, has not been told to stop, and a replica runs."""
        return self.status == "SUCCESS" and any(replica.status == "RUNNING" for replica in self.replicas)


@dataclass(slots=True)
class ServiceInstance:
    """A service in one environment: what the next deployment will be made of."""

    id: str
    service: str
    created: datetime
    updated: datetime
    variables: dict[str, Variable]
    settings: dict[str, Any]
    """By the API's own names; absent means never set."""
    commit: str
    """The commit associated with the service, which a deploy without a SHA takes."""
    domain: str | None = None
    custom_domain: str | None = None


@dataclass(slots=True)
class Patch:
    """Changes staged or committed to an environment's configuration; null in it deletes."""

    id: str
    patch: dict[str, Any]
    created: datetime
    updated: datetime
    status: str = "STAGED"
    message: str | None = None
    applied: datetime | None = None


@dataclass(slots=True)
class Volume:
    """A volume in one environment."""

    id: str
    name: str
    path: str
    """Where the next deployment of its service mounts it."""
    service: str | None
    """None while no service mounts it."""
    created: datetime
    state: str = "READY"


@dataclass(slots=True)
class Environment:
    """A copy of the project's services, with shared variables and staged changes."""

    id: str
    name: str
    created: datetime
    updated: datetime
    services: dict[str, ServiceInstance]
    shared: dict[str, Variable]
    staged: Patch
    volumes: dict[str, Volume] = field(default_factory=dict)

    def mounted(self, service: str) -> Volume | None:
        """The volume of a service; None without one."""
        return next((one for one in self.volumes.values() if one.service == service), None)


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the project, by name."""

    id: str
    name: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A stored log line, of the platform or of a starting or stopping app; `at` is in nanoseconds."""

    at: int
    stream: str
    """build or deploy."""
    message: str
    severity: str
    service: str
    environment: str
    deployment: str
    replica: str | None
    snapshot: str
    attributes: tuple[tuple[str, Any], ...] = ()
    """What was parsed from a structured line, beside its level."""


@dataclass(frozen=True, slots=True)
class Emission:
    """Many lines ordered at once: line n is at `start + n * step` nanoseconds, and needs no storage."""

    start: int
    step: int
    lines: int
    text: str
    """`{n}` becomes the number of the line, from 1."""
    severity: str
    service: str
    environment: str
    deployment: str
    replica: str
    snapshot: str
    kept: int = 0
    """Of each plan second only so many lines are kept and the platform says so; 0 keeps all."""


@dataclass(frozen=True, slots=True)
class Due:
    """A change that time will bring to a deployment."""

    at: datetime
    deployment: str
    kind: Kind
    value: str
    payload: dict[str, Any] | None = None


@dataclass(slots=True)
class World:
    """Everything the API shows."""

    seed: str
    scenario: Scenario
    origin: datetime
    """The plan instant at which this world was first looked at."""
    project: str
    project_name: str
    workspace: str
    workspace_name: str
    user: str
    commits: dict[str, str]
    """Known commits with their messages, oldest first."""
    first_commit: str
    """The commit that serves at the start; scenarios spare it."""
    home: str = "production"
    """The environment that is played: the project token, the app and the database are of it."""
    front: str = "web"
    """The service that the public asks."""
    services: dict[str, Service] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    """Oldest first."""
    agenda: list[Due] = field(default_factory=list)
    """Sorted by time; equal times in the order in which they were scheduled."""
    lines: list[Line] = field(default_factory=list)
    emissions: list[Emission] = field(default_factory=list)
    tier: str = "hobby"
    """What the workspace pays for, by the name in `tiers.TIERS`."""
    issued: int = 0
    change: int = 0
    """Counts changes, so that a watcher sees that there was one."""

    @property
    def allowed(self) -> Tier:
        """What that tier allows and keeps."""
        return TIERS[self.tier]

    @property
    def stage(self) -> Environment:
        """The environment that is played."""
        return self.environment_named(self.home)

    def new_id(self) -> str:
        """A fresh UUID; the same world issues the same ones."""
        self.issued += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed}/{self.issued}"))

    def service_named(self, name: str) -> Service:
        """The service of that name; KeyError without."""
        return next((service for service in self.services.values() if service.name == name), None) or _none(name)

    def environment_named(self, name: str) -> Environment:
        """The environment of that name; KeyError without."""
        found = next((one for one in self.environments.values() if one.name == name), None)
        return found or _none(name)

    def of(self, environment: str, service: str | None = None) -> list[Deployment]:
        """Deployments of an environment, or of one service in it, newest first."""
        return [
            deployment
            for deployment in reversed(self.deployments.values())
            if deployment.environment == environment and service in {None, deployment.service}
        ]

    def active(self, environment: str, service: str) -> list[Deployment]:
        """Deployments that are up and not yet told to stop, newest first; two during an overlap [7 I]."""
        return [deployment for deployment in self.of(environment, service) if deployment.status in LIVE]

    def serving(self, environment: str, service: str) -> list[Deployment]:
        """Deployments that answer requests now, newest first."""
        return [deployment for deployment in self.of(environment, service) if deployment.serves]


def replicas_wanted(settings: Mapping[str, Any]) -> int:
    """Replicas over all regions; where no regions are set, the one number, else one."""
    regions = settings.get("multiRegionConfig")
    if regions:
        return sum(int(part.get("numReplicas") or 1) for part in regions.values())
    return int(settings.get("numReplicas") or 1)


def _none(name: str) -> Any:
    raise KeyError(name)
