"""One rollout followed: a look every few seconds of plan time, slower when the budget runs low."""

from __future__ import annotations

from datetime import timedelta

from cockpit.clock import pause
from cockpit.core.commands import ObserveRollout
from cockpit.core.deployment import Deployment, Rollout
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain, SourceError, Throttled
from cockpit.ports import Budget, Platform
from cockpit.session import Session

CADENCE = timedelta(seconds=4)
SKEW = timedelta(minutes=2)
"""How far Railway's clock may lie behind ours before a new deployment is taken for an old one."""
FLOOR = 0.04
"""Machine seconds between two looks."""


class Follower:
    """Looks at rollouts until they are over, and finds deployments nobody gave us the id of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def follow(self, platform: Platform, deployment: str) -> Rollout:
        """Observe a begun rollout to its end."""
        session = self._session
        while True:
            rollout = session.state.rollouts[deployment]
            if rollout.is_over:
                return rollout
            urgent = session.state.level is not None
            try:
                seen = await platform.observe(rollout.service, deployment, rollout.previous, urgent=urgent)
                session.telemetry.links[self._connection()] = ""
                await session.dispatch(ObserveRollout(deployment, seen), by="runner")
            except Throttled as error:
                session.telemetry.links[self._connection()] = str(error)
                await pause(session.clock, timedelta(), floor=min(error.retry_after, 30.0))
            except SourceError as error:
                session.telemetry.links[self._connection()] = str(error)
            session.telemetry.budget = platform.budget
            if not session.state.rollouts[deployment].is_over:
                await pause(session.clock, CADENCE * stretch(platform.budget), floor=FLOOR)

    async def find_new(self, platform: Platform, service: str, intent: Intent) -> str:
        """The deployment an accepted rollback made: newer than all we know. Raises ActionUncertain."""
        for _ in range(40):
            found = self.newer(await platform.deployments(service, first=10), service, intent)
            if found:
                return found[0].id
            await pause(self._session.clock, timedelta(seconds=2), floor=0.05)
        raise ActionUncertain(
            "Railway took the rollback and shows no new deployment.", "Look at the dashboard before anything else."
        )

    def newer(self, listed: tuple[Deployment, ...], service: str, intent: Intent) -> list[Deployment]:
        """Deployments of a listing, newest first, that appeared after an intent and that no other intent made."""
        state = self._session.state
        known = {rollout.deployment for rollout in state.rollouts.values()}
        known |= {other.deployment for other in state.intents.values() if other.deployment and other.seq != intent.seq}
        if service in state.targets:
            known.add(state.targets[service].id)
        return [one for one in listed if one.id not in known and one.created_at >= intent.at - SKEW]

    def _connection(self) -> str:
        railway = self._session.state.plan.railway()
        return railway[0] if railway else "railway"


def stretch(budget: Budget) -> int:
    """By how much cadences stretch as the hour's requests are used up."""
    free = budget.per_hour - budget.held_back
    share = budget.used / free if free > 0 else 1.0
    return 1 if share < 0.5 else 2 if share < 0.75 else 5
