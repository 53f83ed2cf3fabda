"""What was looked at outside of the run, on which the findings rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.drift import Drift


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What the last look at a deployment that a rollback leads to showed."""

    found: Deployment | None
    """None: Railway has no such deployment any more."""
    until: datetime
    """When the look stops to count (plan time)."""
    trouble: str = ""
    """Why it could not be looked at."""
    drift: Drift | None = None
    """How what is configured differs from what it was built with; None where Railway did not show it."""
    at: datetime | None = None
    """When it was looked at."""


@dataclass(frozen=True, slots=True)
class ProgramLook:
    """Where a command was found on this machine."""

    at: datetime
    found: str | None
    """Its path; None where there is none that may be run."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a rollback's SQL when it was tried, and rolled back."""

    at: datetime
    on: str
    """The connection."""
    ok: bool | None
    """None where it could not be tried."""
    words: str


@dataclass(frozen=True, slots=True)
class Looks:
    """What was looked at outside of the run."""

    links: Mapping[str, str] = field(default_factory=dict)
    """Connections that do not answer as they should, and how: `is down`, `throttles`."""
    targets: Mapping[str, TargetLook] = field(default_factory=dict)
    programs: Mapping[str, ProgramLook] = field(default_factory=dict)
    trials: Mapping[tuple[str, ...], Trial] = field(default_factory=dict)
    """By the actions that were tried together."""
