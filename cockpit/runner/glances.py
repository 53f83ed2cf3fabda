"""Looks that an operator asks for and no rule depends on: a build log, the requests answered, the deployments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from cockpit.core import agenda, cadence
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.errors import CockpitError
from cockpit.ports import Platform
from cockpit.session import Session
from cockpit.telemetry import Glance, Listing

LISTED = 20
"""Deployments of a service: one request, and as many as the check that asks for `deployments` shows."""


class Glances:
    """One at a time: the newest wish is what is shown. None may spend what is held back for a rollback."""

    def __init__(self, session: Session, platforms: Mapping[str, Platform], conceal: Conceal = plainly) -> None:
        """`conceal` takes secrets out of the lines."""
        self._session, self._platforms, self._conceal = session, platforms, conceal

    def due(self, now: datetime) -> Glance | None:
        """The log on the screen, where more of it may have come by now."""
        live = self._session.telemetry
        seen, slower = live.glance, live.budget.giving_way if live.budget else 1.0
        if (
            seen is None
            or seen.asked is None
            or not agenda.grows(self._session.state, seen.kind, seen.deployment, seen.asked)
        ):
            return None
        return seen if now >= seen.asked + cadence.LOGS * slower else None

    async def look(self, wish: Glance) -> None:
        """Ask, and put into telemetry what came, or why nothing did; an answer to an older wish is dropped."""
        seen = await (self._listed(wish) if wish.kind == "deployments" else self._asked(wish))
        shown = self._session.telemetry.glance
        if shown is not None and shown.subject == wish.subject:
            self._session.telemetry.glance = seen

    async def _asked(self, wish: Glance) -> Glance:
        trouble = "The plan has no Railway connection to ask."
        for platform in self._platforms.values():
            asked = platform.build_log if wish.kind == "build" else platform.request_log
            try:
                lines = await asked(wish.service, wish.deployment)
                told = tuple(line.concealed(self._conceal) for line in lines)
                return replace(wish, lines=told, trouble="", asked=self._session.clock.now())
            except CockpitError as error:
                trouble = str(error)
            finally:
                self._session.telemetry.budget = platform.budget
        return replace(wish, trouble=trouble, asked=self._session.clock.now())

    async def _listed(self, wish: Glance) -> Glance:
        """Every service of the plan, one after the other: each is shown as soon as it has come."""
        for connection, service in agenda.services_listed(self._session.state.plan):
            await self._list(connection, service)
        return replace(wish, lines=())

    async def _list(self, connection: str, service: str) -> None:
        live, now = self._session.telemetry, self._session.clock.now()
        known = live.listings.get((connection, service), Listing())
        platform = self._platforms.get(connection)
        if platform is None:
            trouble = "This process has no such connection. Leave, and `resume` the run."
            live.listings[connection, service] = replace(known, trouble=trouble)
            return
        try:
            live.listings[connection, service] = Listing(now, await platform.deployments(service, first=LISTED))
        except CockpitError as error:
            live.listings[connection, service] = replace(known, trouble=str(error))
        live.budget = platform.budget
