"""What was seen of deployments and their containers."""

from __future__ import annotations

from datetime import datetime

from cockpit.core.body import Body
from cockpit.core.rollout.deployment import Observation, Rollout


class RolloutBegan(Body):
    """One deployment started to replace another."""

    item: str | None
    """The item that caused it; None for one nobody here started."""
    rollout: Rollout


class RolloutObserved(Body):
    """A look at a rollout that showed something new."""

    deployment: str
    observation: Observation


class VersionsAnswered(Body):
    """Which versions answered the probes of a check, how often each, since the last such event.

    Probes are no readings, so nothing hangs on them; without this a resume would forget what they showed.
    """

    check: str
    rollout: str
    """The deployment whose rollout the screen shows."""
    since: datetime
    until: datetime
    counts: dict[str, int]
    """By the version named; by the empty name those that named none, or did not come."""


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
