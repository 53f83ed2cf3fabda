"""Where rollbacks lead, looked at every few minutes; and whether what serves meanwhile is of this run at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.commands import Note
from cockpit.core.readiness import TargetLook, awaited
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.drift import Drift
from cockpit.core.text.inert import inert
from cockpit.errors import CockpitError
from cockpit.ports import Platform
from cockpit.session import Session

EVERY = timedelta(minutes=5)
"""An image is kept for days, its withdrawal is rare."""
COUNTS_FOR = timedelta(minutes=15)
"""After this a look says nothing about now."""
MOST_STRETCHED = 2.5
"""Looks get fewer as requests run out, and stay within `COUNTS_FOR` of each other."""
PACE, PATIENCE = 0.2, 3.0
"""Machine seconds that these two take at least: plan time of a rehearsal may run faster than looks can be made."""


class Destinations:
    """Looks at the deployments that rollbacks lead to, and at those that serve; tells telemetry what it saw."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next = self._began = session.clock.now()
        self._told: set[str] = set()

    def is_due(self, now: datetime) -> bool:
        """Whether it is time for a look; the first is at once, and so is one that a gate waits for."""
        waits = awaited(self._session.state)
        return now >= self._next or (waits is not None and self._began < waits)

    async def look(self, connection: str, platform: Platform) -> None:
        """One look at every target of a connection, and at what serves in its place."""
        self._began = self._session.clock.now()
        for service, target in tuple(self._session.state.targets.items()):
            if connection in self._connections(service):
                await self._look_at(service, target, platform)
        budget = self._session.telemetry.budget = platform.budget
        self._next = self._session.clock.now() + self._lasting(EVERY * min(budget.giving_way, MOST_STRETCHED), PACE)

    async def _look_at(self, service: str, target: Deployment, platform: Platform) -> None:
        live, began = self._session.telemetry, self._session.clock.now()
        try:
            found = await platform.deployment(target.id)
            serving = await platform.serving(service)
        except CockpitError as error:
            seen = live.targets.get(service)
            known = seen.found if seen else target
            live.targets[service] = TargetLook(known, began, str(error), at=began)
            return
        until = self._session.clock.now() + self._lasting(COUNTS_FOR, PATIENCE)
        live.targets[service] = TargetLook(found, until, drift=await self._drift(service, target, platform), at=began)
        live.strangers.pop(service, None)
        if serving is not None and self._is_strange(service, serving):
            live.strangers[service] = serving
            await self._tell(service, serving)

    async def _drift(self, service: str, target: Deployment, platform: Platform) -> Drift | None:
        """How the variables configured now differ from those the target would bring back."""
        try:
            return await platform.drift(service, target.id)
        except CockpitError:
            return None

    async def _tell(self, service: str, stranger: Deployment) -> None:
        """Once a deployment and run: a restart does not say it again."""
        words = f"{service} is served by deployment {stranger.id}, which this run did not make"
        text = inert(f"{words} ({stranger.creator}).", limit=300) if stranger.creator else inert(f"{words}.", limit=300)
        if stranger.id not in self._told and all(stranger.id not in note.text for note in self._session.state.notes):
            await self._session.dispatch(Note(text), by="runner")
        self._told.add(stranger.id)

    def _is_strange(self, service: str, serving: Deployment) -> bool:
        """Neither where a rollback leads nor made by an action; while it may be ours unknown to us, nobody can tell."""
        state = self._session.state
        known = {state.targets[service].id, *state.rollout_items}
        known |= {intent.deployment for intent in state.intents.values() if intent.deployment}
        return serving.id not in known and not self._may_have_made_one(service)

    def _may_have_made_one(self, service: str) -> bool:
        state = self._session.state
        for intent in state.intents.values():
            action = state.plan.actions.get(intent.action)
            if action is None or action.target != service:
                continue
            # A change of scale makes Railway deploy by itself; the deployment's id is told to nobody.
            if action.kind == "scale" or (action.starts_rollout and not intent.deployment and _is_open(intent.outcome)):
                return True
        return False

    def _connections(self, service: str) -> set[str | None]:
        """The connections whose service it is: an id means nothing to another account."""
        return {action.on for action in self._session.state.plan.actions.values() if action.target == service}

    def _lasting(self, span: timedelta, seconds: float) -> timedelta:
        one = self._session.clock.machine(timedelta(seconds=1))
        return max(span, timedelta(seconds=seconds / one)) if one > 0 else span


def _is_open(outcome: str | None) -> bool:
    return outcome in (None, "lost")
