"""The connections of a run, reached: examined until they answer, and their logs followed for as long as the run is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from cockpit.core import agenda
from cockpit.core.commands import Prove, SeeTarget
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.errors import CockpitError, Missing, SourceError
from cockpit.ports import Platform, Source
from cockpit.session import Session

PROVE_AGAIN = 3.0
"""Machine seconds between two tries to reach a connection."""
LOG_BACK = timedelta(minutes=10)
"""How much log from before the run is shown."""


class Reaching:
    """What a driver must know before anything is sent."""

    def __init__(self, session: Session, platforms: Mapping[str, Platform], conceal: Conceal = plainly) -> None:
        """`conceal` takes secrets out of log lines before anything else has them: screen, evidence, report."""
        self._session = session
        self._platforms = platforms
        self._conceal = conceal

    async def prove(self, name: str, source: Source) -> None:
        """Reach a connection until it answers for the environment, and the way back is found; then say so.

        Nothing is sent over a connection that is not proved: so nothing is changed before it is known
        where the way back leads.
        """
        platform = self._platforms.get(name)
        while True:
            link = await source.examine()
            trouble = "" if link.ok else f"{link.summary} {link.remedy}".strip()
            if link.ok and platform is not None:
                trouble = await self._find_targets(platform)
            if not trouble:
                self._session.telemetry.works(name)
                break
            self._session.telemetry.fails(name, SourceError(trouble), self._session.clock.now())
            await asyncio.sleep(PROVE_AGAIN)
        await self._session.dispatch(Prove(name, link.summary), by="runner")

    async def _find_targets(self, platform: Platform) -> str:
        """The deployments that serve now, before anything is changed: where a rollback leads. Returns what hinders it.

        A service that Railway does not know has no way back; waiting would not change that.
        """
        trouble = ""
        for service in agenda.services_changed(self._session.state.plan):
            if service in self._session.state.targets or self._session.state.intents:
                continue
            try:
                serving = await platform.serving(service)
                if serving is not None:
                    names = await self._names_in(platform, serving.id)
                    await self._session.dispatch(SeeTarget(service, serving, names), by="runner")
            except Missing as error:
                self._session.telemetry.fails(service, error, self._session.clock.now())
            except SourceError as error:
                trouble = str(error)
        self._session.telemetry.budget = platform.budget
        return trouble

    async def _names_in(self, platform: Platform, deployment: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(await platform.running_variables(deployment)))
        except Missing:
            return ()

    async def follow_logs(self, platform: Platform) -> None:
        """Every line of the services that the plan touches, into the ring; taken up where it broke."""
        ring, live = self._session.telemetry.logs, self._session.telemetry
        services = agenda.services_of(self._session.state.plan)
        since = self._session.clock.now() - LOG_BACK
        while True:
            try:
                async for one in platform.follow(services, since):
                    if isinstance(one, LogLink):
                        live.log_link = one
                        continue
                    ring.extend((one.concealed(self._conceal) if isinstance(one, LogLine) else one,))
                    since = one.until if isinstance(one, LogGap) else one.at
            except CockpitError as error:
                live.log_link = LogLink("down", str(error))
            await asyncio.sleep(PROVE_AGAIN)
