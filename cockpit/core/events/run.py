"""The run itself: its beginning, its end, its attachments."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from cockpit.core.body import Body
from cockpit.core.rollout.deployment import Deployment


class RunOpened(Body):
    """The run began with this plan, against this environment."""

    plan: dict[str, Any]
    plan_file: str
    environment: str
    rehearsal: bool = False
    simulator: str | None = None
    """The state folder of the stand-in world, in a rehearsal."""
    auto: bool = False
    """A scripted operator drives."""


class PlanAmended(Body):
    """A changed plan was taken in; what did not change keeps its state."""

    plan: dict[str, Any]
    diff: tuple[str, ...]


class Attached(Body):
    """A process took up this run: at its opening, or on resume."""

    operator: str
    resumed: bool
    pid: int


class EnvironmentProved(Body):
    """Railway or a database answered for the environment the plan names."""

    connection: str
    summary: str


class TargetSeen(Body):
    """The deployment that served before anything was changed: where the way back leads."""

    service: str
    deployment: Deployment
    variables: tuple[str, ...] = ()
    """Names of the variables it was built with."""


class PaceChanged(Body):
    """A rehearsal's clock got another factor."""

    plan: datetime
    machine: float
    factor: float


class PhaseOpened(Body):
    """A phase may be worked on."""

    phase: str


class RollbackStarted(Body):
    """The way back was taken, at this level; its items run in order."""

    level: str
    reason: str


class PhasesReopened(Body):
    """After a rollback: the phases begin again as the next attempt."""

    reason: str


class RunClosed(Body):
    """The end. A run never closes itself."""

    ending: Literal["signed off", "rolled back", "stopped at gate", "partial", "abandoned"]
    note: str = ""
