"""Alerts sent to where somebody is told who does not look: each once, tried again, never in anybody's way.

It runs beside the loop and shares nothing with it but the session: a place that hangs or refuses holds up no question.
The process that asks sends; one that stands by sends what nobody else has told for `GRACE`, since whoever drives
may have no such place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from cockpit.core.commands import Refusal, TellAlert
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.watch import alerts
from cockpit.core.watch.alerts import OPERATOR, PLAN, Alert
from cockpit.errors import SourceError, Throttled, TimedOut
from cockpit.ports import Messenger
from cockpit.session import Session

LINKS = {OPERATOR: "webhook", PLAN: "plan's webhook"}
"""The names under which trouble of each place is told."""
LOOK = 1.0
"""Machine seconds between two looks, besides those when something has happened."""
ANSWERS_WITHIN = 10.0
"""Machine seconds for one try."""
GIVES_UP_AFTER = 120.0
"""Machine seconds for one alert; then the record says that it could not be told."""
GRACE = 20.0
"""Machine seconds that whoever asks is given, before one that stands by tells it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class Herald:
    """Tells one place, one alert after the other; several places have a herald each, and none waits for another."""

    def __init__(
        self,
        session: Session,
        messenger: Messenger,
        conceal: Conceal = plainly,
        *,
        place: str = OPERATOR,
        machine: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`conceal` takes secrets out of what is sent."""
        self._session = session
        self._messenger = messenger
        self._place = place
        self._conceal = conceal
        self._machine = machine
        self._pause = pause
        self._seen: dict[tuple[str, str], float] = {}
        """Alerts that are to be told, and since when."""

    async def run(self) -> None:
        """Until cancelled."""
        happened = asyncio.Event()
        unsubscribe = self._session.subscribe(lambda _: happened.set())
        try:
            while True:
                happened.clear()
                while (alert := self._next()) is not None:
                    await self._tell(alert)
                try:
                    async with asyncio.timeout(LOOK):
                        await happened.wait()
                except TimeoutError:
                    continue
        finally:
            unsubscribe()
            await self._messenger.close()

    async def settled(self) -> None:
        """Until nothing is left to tell, while `run` is under way."""
        happened = asyncio.Event()
        unsubscribe = self._session.subscribe(lambda _: happened.set())
        try:
            while self._wanted():
                happened.clear()
                await happened.wait()
        finally:
            unsubscribe()

    def _next(self) -> Alert | None:
        """The first that is this process's to tell."""
        now = self._machine()
        wanted = {(one.subject, one.word): one for one in self._wanted()}
        self._seen = {key: self._seen.get(key, now) for key in wanted}
        asks = self._session.presence.asks
        return next((wanted[key] for key, since in self._seen.items() if asks or now - since >= GRACE), None)

    def _wanted(self) -> tuple[Alert, ...]:
        state = self._session.state
        return alerts.wanted(state, state.told_at(self._place), self._session.clock.now())

    async def _tell(self, alert: Alert) -> None:
        """Until it is told, is no news any more, or has been tried for long enough; the record says what came of it."""
        until, pause = self._machine() + GIVES_UP_AFTER, _FIRST_PAUSE
        while True:
            await self._session.follow()  # another process may have told it
            if (alert.subject, alert.word) not in {(one.subject, one.word) for one in self._wanted()}:
                return
            trouble = await self._try(alert)
            if trouble is None:
                self._session.telemetry.works(LINKS[self._place])
            else:
                self._session.telemetry.fails(LINKS[self._place], trouble, self._session.clock.now())
            if trouble is None or self._machine() + pause > until:
                await self._record(alert, "" if trouble is None else str(trouble))
                return
            wait = max(pause, trouble.retry_after) if isinstance(trouble, Throttled) else pause
            await self._pause(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self, alert: Alert) -> SourceError | None:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await self._messenger.send(self._conceal(alert.words))
        except TimeoutError:
            return TimedOut(f"The {LINKS[self._place]} does not answer.", "Look whether it is reachable from here.")
        except SourceError as error:
            return error
        return None

    async def _record(self, alert: Alert, trouble: str) -> None:
        """Where nothing can be recorded it is told again with the next look: twice is better than never."""
        told = TellAlert(alert.subject, alert.word, self._conceal(alert.words), self._conceal(trouble), self._place)
        if isinstance(await self._session.dispatch(told, by="runner"), Refusal):
            await self._pause(_LONGEST_PAUSE)
