"""One rollout followed: a look every few seconds of plan time, slower when the budget runs low."""

from __future__ import annotations

from datetime import datetime, timedelta

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

NEWEST, NEWEST_AT = "newest", "newest at"
"""In `Intent.before`: the service's newest deployment, and when Railway made it."""

_ON_THE_WAY = ("QUEUED", "INITIALIZING", "WAITING", "NEEDS_APPROVAL", "BUILDING", "DEPLOYING")
_FINAL = ("FAILED", "CRASHED", "REMOVING", "REMOVED", "SKIPPED")


class Follower:
    """Looks at rollouts until they are over, and finds deployments nobody gave us the id of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def follow(self, platform: Platform, deployment: str) -> Rollout:
        """Observe a begun rollout to its end, or to that of the run."""
        session = self._session
        while True:
            rollout = session.state.rollouts[deployment]
            if rollout.is_over or session.state.is_closed:
                return rollout
            try:
                seen = await platform.observe(
                    rollout.service, deployment, rollout.previous, urgent=is_urgent(session)
                )
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
            listed = await platform.deployments(service, first=10, urgent=is_urgent(self._session))
            found = self.newer(listed, service, intent)
            if len(found) > 1:
                names = ", ".join(one.id[:8] for one in found)
                raise ActionUncertain(
                    f"Railway took the rollback, and {len(found)} deployments are new: {names}.",
                    "Which is ours cannot be told; look at the dashboard.",
                )
            if found:
                return found[0].id
            await pause(self._session.clock, timedelta(seconds=2), floor=0.05)
        raise ActionUncertain(
            "Railway took the rollback and shows no new deployment.", "Look at the dashboard before anything else."
        )

    def newer(self, listed: tuple[Deployment, ...], service: str, intent: Intent) -> list[Deployment]:
        """Deployments of a listing, newest first, that appeared after an intent and that no other intent made.

        What was the newest before is part of the intent, so that Railway's stamps are compared with each
        other; where that could not be read its clock is trusted to be within `SKEW` of ours.
        """
        state = self._session.state
        known = {rollout.deployment for rollout in state.rollouts.values()}
        known |= {other.deployment for other in state.intents.values() if other.deployment and other.seq != intent.seq}
        if service in state.targets:
            known.add(state.targets[service].id)
        before = intent.before.get(NEWEST_AT)
        since = datetime.fromisoformat(before) if before else intent.at - SKEW
        fresh = [one for one in listed if one.id not in known and one.id != intent.before.get(NEWEST)]
        return [one for one in fresh if one.created_at >= since]

    def _connection(self) -> str:
        railway = self._session.state.plan.railway()
        return railway[0] if railway else "railway"


def is_urgent(session: Session) -> bool:
    """Whether requests may use what the budget holds back: on the way back."""
    return session.state.level is not None


def is_final(status: str) -> bool:
    """Whether a deployment with this status will not serve any more, or never did."""
    return status in _FINAL


def is_on_its_way(status: str) -> bool:
    """Whether a deployment with this status may come up yet, and can be cancelled."""
    return status in _ON_THE_WAY


def stretch(budget: Budget) -> float:
    """By how much cadences stretch as the hour's requests are used up: not at all while half of them are left.

    The square makes looking alone settle before what is held back is touched.
    """
    free = budget.per_hour - budget.held_back
    left = max(0.02, 1 - budget.used / free) if free > 0 else 0.02
    return 1 / min(1.0, 2 * left) ** 2
