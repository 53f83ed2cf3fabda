"""Looks that an operator asks for and no rule depends on: the build log of a deployment, the requests it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cockpit.errors import CockpitError
from cockpit.ports import Platform
from cockpit.session import Session
from cockpit.telemetry import Glance


class Glances:
    """One at a time: the newest wish is what is shown."""

    def __init__(self, session: Session, platforms: Mapping[str, Platform]) -> None:
        self._session, self._platforms = session, platforms

    async def look(self, wish: Glance) -> None:
        """Ask, and put into telemetry what came, or why nothing did; an answer to an older wish is dropped."""
        seen = await self._asked(wish)
        if self._session.telemetry.glance == wish:
            self._session.telemetry.glance = seen

    async def _asked(self, wish: Glance) -> Glance:
        trouble = "The plan has no Railway connection to ask."
        for platform in self._platforms.values():
            asked = platform.build_log if wish.kind == "build" else platform.request_log
            try:
                return replace(wish, lines=await asked(wish.service, wish.deployment))
            except CockpitError as error:
                trouble = str(error)
        return replace(wish, trouble=trouble)
