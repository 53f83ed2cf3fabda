"""What Railway shows of deployments, in our words.

Statuses stay strings: the enum of the schema may grow, and an unknown value is shown, never a
crash. All instants are the server's own stamps.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Seen(BaseModel):
    """A frozen value that can stand in a journal."""

    model_config = ConfigDict(frozen=True)


class Instance(Seen):
    """One replica of a deployment."""

    id: str
    status: str


class Deployment(Seen):
    """One deployment as last seen."""

    id: str
    status: str
    status_at: datetime | None = None
    created_at: datetime
    stopped: bool = False
    can_rollback: bool = False
    image: str | None = None
    digest: str | None = None
    commit: str | None = None
    creator: str | None = None
    instances: tuple[Instance, ...] = ()

    @property
    def is_up(self) -> bool:
        """SUCCESS, not stopped, and at least one replica RUNNING: SUCCESS alone does not mean up."""
        running = any(instance.status == "RUNNING" for instance in self.instances)
        return self.status == "SUCCESS" and not self.stopped and running


class Step(Seen):
    """One `deploymentEvents` entry: a step of a rollout with its own stamps."""

    name: str
    started: datetime
    completed: datetime | None = None
    error: str | None = None


class PlatformLine(Seen):
    """A line the platform itself wrote (`Starting Container`, `Stopping Container`); whole seconds."""

    at: datetime
    deployment: str
    text: str


class Observation(Seen):
    """One look at a rollout: the new deployment, the one it replaces, the steps, who is active."""

    at: datetime
    """Plan time of the look, ours."""
    new: Deployment
    old: Deployment | None = None
    steps: tuple[Step, ...] = ()
    active: tuple[str, ...] = ()
    latest: str | None = None
    """The service's newest deployment: another id than ours means we were superseded."""
    lines: tuple[PlatformLine, ...] = ()


class Instant(Seen):
    """One of the three clocks: when, and where that is known from."""

    at: datetime
    source: str
    """`status`, `platform log line`, `step`, or `seen by us`."""


class Stage(Seen):
    """One stage of a rollout on the strip: build, deploy, health, overlap, drain, gone."""

    name: str
    started: datetime | None = None
    ended: datetime | None = None
    expected: float | None = None
    """Configured or forecast length, seconds."""
    failed: bool = False


class Rollout(Seen):
    """One deployment replacing another, folded from observations.

    Overlap is T2-T1, drain is T3-T2. `outcome` is `in flight`, `done`, `failed`, `crashed`,
    `superseded`, or `removed`.
    """

    deployment: str
    service: str
    previous: str | None
    """The deployment it replaces; none for a first one."""
    started: datetime
    overlap_configured: float | None = None
    """Seconds, as configured when it began."""
    drain_configured: float | None = None
    status: str = "QUEUED"
    status_at: datetime | None = None
    """The server's stamp of `status`: a look that carries an older one never overwrites it."""
    old_status: str | None = None
    old_status_at: datetime | None = None
    t1: Instant | None = None
    t2: Instant | None = None
    t3: Instant | None = None
    stages: tuple[Stage, ...] = ()
    """build, deploy, health; then overlap, drain, gone where there is a deployment to replace."""
    steps: tuple[Step, ...] = ()
    """Every step seen, oldest first."""
    stopping: datetime | None = None
    """The old deployment's first `Stopping Container` line since the new one was created."""
    outcome: str = "in flight"
    because: str = ""
    """One sentence about the outcome, or about what is odd just now."""
    deviations: tuple[str, ...] = ()
    """What did not go as configured, one sentence each."""
    image: str | None = None
    digest: str | None = None
    commit: str | None = None
    old_digest: str | None = None
    last_seen: datetime | None = None
    is_up: bool = False
    old_is_up: bool = False

    @property
    def is_over(self) -> bool:
        return self.outcome != "in flight"
