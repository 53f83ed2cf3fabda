"""What was seen of deployments and their containers."""

from __future__ import annotations

from datetime import datetime

from cockpit.core.body import Body
from cockpit.core.deployment import Observation, Rollout


class RolloutBegan(Body):
    """One deployment started to replace another."""

    item: str | None
    """The item that caused it; None for one nobody here started."""
    rollout: Rollout


class RolloutObserved(Body):
    """A look at a rollout that showed something new."""

    deployment: str
    observation: Observation


class ReplicasChanged(Body):
    """Other containers of a deployment run than before, or one started anew, while nothing was deployed."""

    service: str
    deployment: str
    before: tuple[str, ...]
    """Ids of the instances that ran."""
    after: tuple[str, ...]
    started: datetime | None = None
    """The platform's line that says so; None where only the ids tell."""
    item: str | None = None
    """The restart or change of scale of this run that explains it; None: the platform or somebody did it."""
