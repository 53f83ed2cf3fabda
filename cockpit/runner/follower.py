"""One rollout followed: a look every few seconds of plan time, slower when the budget runs low."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cockpit.clock import pause
from cockpit.core import cadence
from cockpit.core.commands import BeginRollout, ObserveRollout
from cockpit.core.rollout import begin, newcomers
from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain, SourceError, Throttled
from cockpit.ports import Platform
from cockpit.runner.awaited import awaited
from cockpit.runner.telling import tell
from cockpit.session import Session

FLOOR = 0.04
"""Machine seconds between two looks."""

_ON_THE_WAY = ("QUEUED", "INITIALIZING", "WAITING", "NEEDS_APPROVAL", "BUILDING", "DEPLOYING")
_FINAL = ("FAILED", "CRASHED", "REMOVING", "REMOVED", "SKIPPED")


class Follower:
    """Begins rollouts, looks at them until they are over, and finds deployments nobody gave us the id of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def begin(
        self,
        platform: Platform,
        service: str,
        deployment: str,
        *,
        started: datetime,
        item: str | None,
        creator: str | None = None,
        listed: Sequence[Deployment] = (),
        asked: datetime | None = None,
    ) -> None:
        """Have a deployment followed as a rollout: of `item`, or of nobody here. Raises SourceError."""
        settings = await platform.settings(service, urgent=is_urgent(self._session))
        made = next((one.created_at for one in listed if one.id == deployment), None)
        rollout = begin(
            deployment,
            service,
            newcomers.predecessor(self._session.state, service, made, listed),
            started=started,
            overlap=settings.overlap,
            drain=settings.drain,
            health=settings.health_timeout,
            creator=creator,
            doubts=settings.disagreements,
            asked=asked,
        )
        await tell(self._session, BeginRollout(rollout, item))

    async def follow(self, platform: Platform, deployment: str) -> Rollout:
        """Observe a begun rollout to its end, or to that of the run; one that nobody here started less often."""
        session, is_ours = self._session, deployment in self._session.state.rollout_items
        looked_again = False
        while True:
            rollout = session.state.rollouts[deployment]
            # What took its place may be shown a moment after it has gone.
            is_odd = rollout.outcome == "removed" and not looked_again
            if session.state.is_closed or (rollout.is_over and not is_odd):
                return rollout
            looked_again = is_odd
            try:
                with awaited(session, self._connection()):
                    seen = await platform.observe(
                        rollout.service, deployment, rollout.previous, urgent=is_ours and is_urgent(session)
                    )
                session.telemetry.works(self._connection())
                session.telemetry.looked[deployment] = seen.at
                await session.dispatch(ObserveRollout(deployment, seen), by="runner")
            except Throttled as error:
                session.telemetry.fails(self._connection(), error, session.clock.now())
                await pause(session.clock, timedelta(), floor=min(error.retry_after, 30.0))
            except SourceError as error:
                session.telemetry.fails(self._connection(), error, session.clock.now())
            budget = session.telemetry.budget = platform.budget
            if not session.state.rollouts[deployment].is_over:
                every = cadence.ROLLOUT * budget.stretch if is_ours else cadence.STRANGERS * budget.giving_way
                await pause(session.clock, every, floor=FLOOR)

    async def find_new(self, platform: Platform, service: str, intent: Intent) -> str:
        """The deployment an accepted rollback made: newer than all we know, and maybe its. Raises ActionUncertain."""
        for _ in range(40):
            listed = await platform.deployments(service, first=10, urgent=is_urgent(self._session))
            found = newcomers.possible(self._session.state, service, intent, self.newer(listed, service, intent))
            if len(found) > 1:
                names = ", ".join(one.id[:8] for one in found)
                raise ActionUncertain(
                    f"Railway took the rollback, and {len(found)} new deployments may be its: {names}.",
                    "Which is ours cannot be told; look at the dashboard.",
                )
            if found:
                return found[0].id
            await pause(self._session.clock, timedelta(seconds=2), floor=0.05)
        raise ActionUncertain(
            "Railway took the rollback and shows no new deployment.", "Look at the dashboard before anything else."
        )

    def newer(self, listed: Sequence[Deployment], service: str, intent: Intent) -> list[Deployment]:
        """Deployments of a listing, newest first, that appeared after an intent and that nothing else known made."""
        return newcomers.since(self._session.state, listed, service, intent)

    def _connection(self) -> str:
        railway = self._session.state.plan.railway()
        return railway[0] if railway else "railway"


def is_urgent(session: Session) -> bool:
    """Whether requests may use what the budget holds back: on the way back."""
    return session.state.level is not None


def is_final(status: str) -> bool:
    """Whether a deployment with this status comes up no more by itself."""
    return status in _FINAL


def is_on_its_way(status: str) -> bool:
    """Whether a deployment with this status may come up yet, and can be cancelled."""
    return status in _ON_THE_WAY
