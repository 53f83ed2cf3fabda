"""What was seen of deployments and their containers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cockpit.core.rollout.deployment import Deployment, Observation, Rollout


@dataclass(frozen=True, slots=True)
class BeginRollout:
    """Follow this rollout."""

    rollout: Rollout
    item: str | None = None


@dataclass(frozen=True, slots=True)
class ObserveRollout:
    """A look at a rollout."""

    deployment: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class SeeReplicas:
    """A look at the deployment that serves, between rollouts."""

    service: str
    deployment: Deployment
    started: datetime | None = None
    """The newest line by which the platform says that a container of it started; None where none is known."""
