"""Deployments that nobody here started, found while the run is open, and followed like our own.

One listing a service every half a minute; while a rollout of it is followed its looks tell, at no
request of their own, that something newer has been made.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core import agenda
from cockpit.core.cadence import NEWCOMERS
from cockpit.core.commands import SeeReplicas
from cockpit.core.rollout import newcomers
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.text.logline import LogLine
from cockpit.errors import CockpitError
from cockpit.ports import Platform
from cockpit.runner.follower import Follower
from cockpit.session import Session

LISTED = 20
"""Deployments looked at: more than anybody starts in half a minute."""
PACE = 0.2
"""Machine seconds between two looks at least: plan time of a rehearsal may run faster."""

_STARTED = "Starting Container"


class Newcomers:
    """Looks for deployments of the services that the plan changes, and follows those that no action follows."""

    def __init__(self, session: Session, follower: Follower) -> None:
        self._session = session
        self._follower = follower
        self._next = dict.fromkeys(agenda.services_changed(session.state.plan), session.clock.now())
        self._sought: set[str] = set()
        """Newer deployments that looks have shown, and that a listing was asked about."""

    def is_due(self, connection: str) -> bool:
        """Whether some service of a connection is to be looked at; none before its environment is proved."""
        return connection in self._session.state.proved and bool(self._due(connection))

    async def look(self, connection: str, platform: Platform) -> None:
        """One listing of every service that is due; trouble is told by the links, and tried again."""
        for service in self._due(connection):
            self._sought |= self._newer(service)
            try:
                listed = await platform.deployments(service, first=LISTED)
                for one in newcomers.strangers(self._session.state, service, listed):
                    await self._begin(platform, service, one, listed)
                await self._see_replicas(service, listed)
                self._session.telemetry.works(connection)
            except CockpitError as error:
                self._session.telemetry.fails(connection, error, self._session.clock.now())
            budget = self._session.telemetry.budget = platform.budget
            self._next[service] = self._session.clock.now() + self._lasting(NEWCOMERS * budget.giving_way)

    def to_watch(self, connection: str) -> tuple[str, ...]:
        """Rollouts on a connection that nothing else follows."""
        state = self._session.state
        return tuple(one for one in agenda.to_watch(state) if connection in self._on(state.rollouts[one].service))

    async def watch(self, platform: Platform, deployment: str) -> None:
        """Follow one of them to its end."""
        await self._follower.follow(platform, deployment)

    async def _begin(self, platform: Platform, service: str, one: Deployment, listed: tuple[Deployment, ...]) -> None:
        """A change of scale of ours may have made it; else nobody here did."""
        cause = newcomers.came_of(self._session.state, service, one)
        await self._follower.begin(
            platform,
            service,
            one.id,
            started=one.created_at,
            item=cause.item if cause is not None else None,
            creator=one.creator,
            listed=listed,
        )

    async def _see_replicas(self, service: str, listed: tuple[Deployment, ...]) -> None:
        """Containers of what serves that were replaced, or started anew, while nothing was deployed."""
        up = [one for one in listed if one.is_up]
        if not up:
            return
        newest = max(up, key=lambda one: one.created_at)
        await self._session.dispatch(SeeReplicas(service, newest, self._started(newest.id)), by="runner")

    def _started(self, deployment: str) -> datetime | None:
        """The newest line of the platform that says a container of it started, of those the log still holds."""
        ring = self._session.telemetry.logs
        lines = (one for one in ring.since(ring.first) if isinstance(one, LogLine) and one.level == "platform")
        starts = (one.at for one in lines if one.deployment == deployment and one.text.startswith(_STARTED))
        return max(starts, default=None)

    def _due(self, connection: str) -> list[str]:
        state, now = self._session.state, self._session.clock.now()
        for service in agenda.services_changed(state.plan):
            self._next.setdefault(service, now)  # an amended plan may name others
        return [
            service
            for service, at in self._next.items()
            if connection in self._on(service)
            and (self._newer(service) - self._sought or (now >= at and not self._is_told(service)))
        ]

    def _newer(self, service: str) -> set[str]:
        """Deployments newer than one that is followed, of which no rollout tells yet."""
        state = self._session.state
        shown = {one.successor for one in state.rollouts.values() if one.service == service and one.successor}
        return shown - state.rollouts.keys()

    def _is_told(self, service: str) -> bool:
        """Whether the looks at a rollout under way would tell of anything newer, and have told of nothing."""
        state = self._session.state
        under_way = [one for one in state.rollouts.values() if one.service == service and not one.is_over]
        return not self._newer(service) and any(one.last_seen is not None for one in under_way)

    def _on(self, service: str) -> set[str | None]:
        """The connections whose service it is: an id means nothing to another account."""
        return {action.on for action in self._session.state.plan.actions.values() if action.target == service}

    def _lasting(self, span: timedelta) -> timedelta:
        one = self._session.clock.machine(timedelta(seconds=1))
        return max(span, timedelta(seconds=PACE / one)) if one > 0 else span
