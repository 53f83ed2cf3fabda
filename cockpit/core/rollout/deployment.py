"""What Railway shows of deployments, in our words.

Statuses stay strings: the enum of the schema may grow, and an unknown value is shown, never a
crash. All instants are the server's own stamps.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict


class Seen(BaseModel):
    """A frozen value that can stand in a journal."""

    model_config = ConfigDict(frozen=True)


class Instance(Seen):
    """One replica of a deployment."""

    id: str
    status: str


STATUSES = frozenset(
    {
        *("QUEUED", "INITIALIZING", "WAITING", "NEEDS_APPROVAL", "BUILDING", "DEPLOYING"),
        *("SUCCESS", "SLEEPING", "CRASHED", "FAILED", "REMOVING", "REMOVED", "SKIPPED"),
    }
)
"""Of a deployment, as the schema has them [S]; of any other it is not known what it means."""

_GONE = frozenset({"REMOVED", "REMOVING", "EXITED", "STOPPED", "SKIPPED"})


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

    @property
    def is_settled(self) -> bool:
        """Up, and no replica on its way in or out: only then its instances are compared with those of another look."""
        return self.is_up and all(one.status in _GONE | {"RUNNING"} for one in self.instances)

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the replicas that run, in order."""
        return tuple(sorted(instance.id for instance in self.instances if instance.status == "RUNNING"))


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
    """The service's newest deployment: another id than ours means that it is being superseded."""
    latest_at: datetime | None = None
    """When Railway made that one."""
    latest_by: str | None = None
    """Who made it, by Railway's word."""
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
    health_limit: float | None = None
    """Seconds the platform waits for a healthy answer; None where that is not known."""
    doubts: tuple[str, ...] = ()
    """Settings whose sources disagreed when it began, one sentence each."""
    creator: str | None = None
    """Who made the deployment, by Railway's word; None where it does not say."""
    made: datetime | None = None
    """When Railway made it."""
    deploying: datetime | None = None
    """The first stamp of DEPLOYING, for a rollout that shows no steps."""
    status: str = "QUEUED"
    status_at: datetime | None = None
    """The server's stamp of `status`: a look that carries an older one never overwrites it."""
    old_status: str | None = None
    old_status_at: datetime | None = None
    old_seen: datetime | None = None
    """Plan time of the look that `old_status` is from."""
    successor: str | None = None
    """The first deployment made after this one, while it was looked at: what supersedes it."""
    successor_at: datetime | None = None
    successor_by: str | None = None
    is_complete: bool = False
    """One look has shown it up with the one before gone: what comes later no longer changes how it ended."""
    oddity: str = ""
    """One sentence about its status, where that is not a plain one."""
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
    replicas: tuple[str, ...] = ()
    """Ids of the instances that ran at the last look, if that showed it up and settled."""
    deviations: tuple[str, ...] = ()
    """What did not go as configured, one sentence each."""
    image: str | None = None
    digest: str | None = None
    commit: str | None = None
    old_digest: str | None = None
    last_seen: datetime | None = None
    is_up: bool = False
    old_is_up: bool = False
    asked: datetime | None = None
    """When this run asked for it to be made, by our clock; None where it was there already, or is somebody else's."""
    clock_lead: int = 0
    """Seconds by which a stamp of Railway lay in our future, at most: its clock runs ahead of ours by that or more.

    Below zero: it was made by Railway's clock before it was asked for by ours, which runs ahead by that or more.
    """

    @property
    def is_over(self) -> bool:
        return self.outcome != "in flight"

    def railways(self, now: datetime) -> datetime:
        """What Railway's clock shows, as far as known, when ours shows `now`: its stamps are compared with that."""
        return now + timedelta(seconds=self.clock_lead)
