"""Every line of some services, once each, for ever: by websocket, by polling where none passes.

A socket that breaks is opened anew after a back-off with jitter, and what was missed comes over
HTTP; a stream that Railway completes is asked for again on the same socket. Both begin a little
before what was delivered last, and the cursor drops what comes twice. Where lines are lost all the
same, by the platform's own rate limit or because there were more than can be read, a gap is told.

Quiet is not trusted for ever. A socket that answers no ping is dead; a stream that is quiet on a socket
that answers is compared with what HTTP has, now and then, for no frame would say that a subscription fell silent
while its socket lives.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.adapters.railway import logs, shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.cursor import Cursor
from cockpit.adapters.railway.socket import Socket, opened
from cockpit.adapters.railway.stamps import instant, nanoseconds, stamped
from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.errors import Refused, SourceError, Throttled, Unreachable
from cockpit.ports import Scope

Event = LogLine | LogGap | LogLink

_GIVE_UP_AFTER = 3
"""Sockets that broke before anything came by them, until polling is tried."""
_ROUTINE = 10.0
"""Seconds after which an empty stream or a quiet socket that ends is no sign of trouble."""
_TELL_AGAIN = 5.0
"""Seconds between two signs of life that are told: the screen shows when the last one was."""
_LEAST_DOUBT = 8
"""A stream that was quiet and right is doubted half as often each time, down to an eighth."""
_COUNTED = timedelta(seconds=1)
"""The limit is so many lines a second of a replica (`railway/api.md` 9 [D])."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Machine time, all of it, and so never scaled."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]
    poll: float = 2.0
    """Seconds between two polls while there is budget."""
    doubt: float = 60.0
    """Seconds of quiet after which a look over HTTP shows whether there was really nothing to tell."""
    retry_socket: float = 300.0
    """Seconds of polling until a websocket is tried again."""


class Tail:
    """One endless delivery."""

    def __init__(
        self,
        client: Client,
        scope: Callable[[], Awaitable[Scope]],
        services: tuple[str, ...],
        since: datetime,
        pace: Pace,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """`services` are names. `since` is inclusive. `clock` is plan time, in which signs of life are told."""
        self._client = client
        self._find_scope = scope
        self._services = services
        self._cursor = Cursor(since)
        self._pace = pace
        self._clock = clock
        self._heard: datetime | None = None
        self._told_at = 0.0
        self._link = LogLink("")
        self._failures = 0

    async def events(self) -> AsyncGenerator[Event]:
        """Lines, gaps, and the state of the link as it changes. Ends only by being closed."""
        while True:
            began = self._pace.now()
            try:
                async with aclosing(self._live()) as live:
                    async for event in live:
                        yield event
            except Refused as refused:
                why, polls = str(refused), True
            except SourceError as error:
                self._failures = 1 if self._pace.now() - began > _ROUTINE else self._failures + 1
                why, polls = str(error), self._failures >= _GIVE_UP_AFTER
            if polls:
                async with aclosing(self._polled(why)) as polled:
                    async for event in polled:
                        yield event
                self._failures = 0
            else:
                for link in self._moved("reconnecting", why):
                    yield link
                await self._pace.sleep(_pause(self._failures))

    async def _live(self) -> AsyncGenerator[Event]:
        scope = await self._find_scope()
        wanted = _ids(scope, self._services)
        async with opened(self._client.endpoint, self._client.credential) as socket:
            for event in await self._window(scope, wanted, None):
                yield event
            empty = 0
            while True:
                began, empty = self._pace.now(), empty + 1
                async with aclosing(self._stream(socket, scope, wanted)) as stream:
                    async for event in stream:
                        empty = 0
                        yield event
                # Completed, as happens all day. At once and empty it means that Railway sheds load.
                if empty and self._pace.now() - began < _ROUTINE:
                    await self._pace.sleep(_pause(empty))

    async def _stream(self, socket: Socket, scope: Scope, wanted: tuple[str, ...]) -> AsyncGenerator[Event]:
        # Whether a subscription counts as a request is measured nowhere (`railway/api.md` 14): so it does here.
        self._client.allowance.spend(urgent=False)
        quiet_since, doubt = self._pace.now(), self._pace.doubt
        asked = socket.stream(
            "log_stream",
            environmentId=scope.environment_id,
            filter=logs.of_services(wanted),
            since=self._cursor.resume,
            limit=logs.PAGE,
        )
        async with aclosing(asked) as messages:
            async for data in messages:
                for link in self._lives():
                    yield link
                if data:
                    self._failures = 0
                    quiet_since, doubt = self._pace.now(), self._pace.doubt
                    for event in await self._message(scope, wanted, data):
                        yield event
                elif self._pace.now() - quiet_since > doubt * self._client.allowance.budget.giving_way:
                    missed = await self._missed(scope, wanted)
                    for event in missed:
                        yield event
                    if missed:
                        raise Unreachable("The log stream was open and left lines out.", "It is opened anew.")
                    quiet_since, doubt = self._pace.now(), min(doubt * 2, self._pace.doubt * _LEAST_DOUBT)

    async def _missed(self, scope: Scope, wanted: tuple[str, ...]) -> list[Event]:
        """What HTTP knows and a stream that is quiet for long did not tell; nothing where HTTP is in trouble."""
        try:
            return await self._window(scope, wanted, None)
        except SourceError:
            return []

    async def _message(self, scope: Scope, wanted: tuple[str, ...], data: Json) -> list[Event]:
        lines = await logs.read(data, logs.names(scope))
        # A full message is the newest of more: the server drops the others without a word.
        missed = []
        if len(lines) >= logs.PAGE and not self._cursor.reaches(lines):
            oldest = min(lines, key=lambda line: nanoseconds(line.stamp))
            missed = await self._window(scope, wanted, oldest.stamp)
        return [*missed, *self._delivered(lines)]

    async def _polled(self, why: str) -> AsyncGenerator[Event]:
        until = self._pace.now() + self._pace.retry_socket
        failures = 0
        while self._pace.now() < until:
            try:
                scope = await self._find_scope()
                found = await self._window(scope, _ids(scope, self._services), None)
            except SourceError as error:
                failures += 1
                found = list(self._moved("down", str(error)))
                pause = error.retry_after if isinstance(error, Throttled) else _pause(failures)
            else:
                failures = 0
                found = [*self._lives("polling", why), *found]
                pause = self._pace.poll * self._client.allowance.budget.giving_way
            for event in found:
                yield event
            await self._pace.sleep(pause)

    async def _window(self, scope: Scope, wanted: tuple[str, ...], until: str | None) -> list[Event]:
        """What HTTP has from the cursor on, with a gap before it where there was more."""
        since = self._cursor.resume
        found = await logs.window(self._client, scope, wanted, since, until, reaches=self._cursor.reaches)
        hole = self._hole(found)
        return [*([hole] if hole else []), *self._delivered(found.lines)]

    def _hole(self, found: logs.Window) -> LogGap | None:
        """What lies between the newest line delivered and the oldest that could be read, where pages ran out."""
        newest = self._cursor.newest
        if found.whole or not found.lines or nanoseconds(found.lines[0].stamp) <= newest:
            return None
        return LogGap(instant(stamped(newest)), found.lines[0].at, "More lines came than can be read back.")

    def _delivered(self, lines: Iterable[LogLine]) -> Iterator[Event]:
        for line in self._cursor.fresh(lines):
            yield line
            if lost := shapes.dropped(line):
                why = f"Railway dropped {lost} lines of a replica above its rate limit."
                yield LogGap(line.at - _COUNTED, line.at, why)

    def _moved(self, state: str, why: str = "") -> Iterator[LogLink]:
        """The state of the link, when it is another than was told last."""
        if (state, why) != (self._link.state, self._link.why):
            self._link = LogLink(state, why, self._heard)
            yield self._link

    def _lives(self, state: str = "live", why: str = "") -> Iterator[LogLink]:
        """There was a sign of life: told where the state has changed, and every few seconds."""
        self._heard = self._clock()
        now = self._pace.now()
        if (state, why) != (self._link.state, self._link.why) or now - self._told_at > _TELL_AGAIN:
            self._told_at = now
            self._link = LogLink(state, why, self._heard)
            yield self._link


def _ids(scope: Scope, services: Iterable[str]) -> tuple[str, ...]:
    missing = [name for name in services if name not in scope.services]
    if missing:
        raise Refused(f"{scope.environment} has no service {', '.join(missing)}.", "Correct the plan.")
    return tuple(scope.services[name] for name in services)


def _pause(failures: int) -> float:
    """Seconds; doubled with each failure, half of it left to chance, so that many cockpits do not come at once."""
    full = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2**failures)
    return random.uniform(full / 2, full)  # noqa: S311  (no secret hangs on it)
