"""The run itself: taken up, carried on, changed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cockpit.core.plan import Plan
from cockpit.core.rollout.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Attach:
    """Take up the run in this process."""

    pid: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Advance:
    """Open what has become due. Asked by the runner; nothing due is no refusal."""


@dataclass(frozen=True, slots=True)
class Prove:
    """A connection answered for the plan's environment."""

    connection: str
    summary: str


@dataclass(frozen=True, slots=True)
class SeeTarget:
    """The serving deployment of a service, before anything was changed."""

    service: str
    deployment: Deployment
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePace:
    """The rehearsal's clock got another factor."""

    plan: str
    machine: float
    factor: float


@dataclass(frozen=True, slots=True)
class StartRollback:
    """Take the way back; `typed` must be the environment's name, or REHEARSAL."""

    level: str
    typed: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    """After a rollback, begin the phases again as the next attempt."""

    reason: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Take in a changed plan."""

    plan: Plan
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """End the run."""

    ending: Literal["signed off", "rolled back", "stopped at gate", "partial", "abandoned"]
    note: str = ""
