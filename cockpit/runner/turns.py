"""Whose turn it is to ask a connection: so many questions abreast, and some places for the quick ones alone.

Without it one target that hangs holds up all that share its connection until they run into their own deadlines,
and a database that answers in a millisecond is called silent. What is not known to be quick (never asked, or its
last asking took longer than `QUICK`) leaves the places alone that are kept for those that are. Nor may these take
every place. Who waits is called by when it came and how long it took the last time: a short question goes before a
long one that came a little earlier, and nobody starves. What people wait for goes first.

The clock of a question's deadline starts with its turn. Railway's questions take no turns: those of one moment go
out in one request, and its budget is what bounds them.
"""

from __future__ import annotations

import asyncio
import time
from bisect import insort
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

QUICK = 0.5
"""Machine seconds of an asking within which the next one of that question is taken for a quick one."""
UNKNOWN = 1.0
"""Machine seconds that the first asking of a question is expected to take."""
HANDICAP = 20.0
"""So many seconds later than it came counts a question as come, for each second that it is expected to take."""
_PEOPLE = 3600.0
"""So many seconds earlier, where people wait for it."""


@dataclass(frozen=True, slots=True)
class Width:
    """How many questions are asked abreast of one connection, and how many of these places are for quick ones."""

    abreast: int
    kept: int


WIDTHS = {
    "postgres": Width(5, 2),  # connections of a database are dear: the adapter holds as many at most
    "http": Width(20, 6),  # the connections that `adapters/web.py` opens at most
    "shell": Width(6, 2),
    "git": Width(3, 1),
}
WIDTH = Width(10, 3)
"""Of every other kind."""

_ENDLESS = Width(1_000_000, 1)


class Turns:
    """The places of every connection, and which questions are quick."""

    def __init__(self) -> None:
        self._desks: dict[str, _Desk] = {}
        self._took: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, connection: str, kind: str, question: str, *, first: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and hold it; `first` goes before all that wait and are not."""
        if connection not in self._desks:
            self._desks[connection] = _Desk(_ENDLESS if kind == "railway" else WIDTHS.get(kind, WIDTH))
        desk, took = self._desks[connection], self._took.get(question, UNKNOWN)
        ticket = _Ticket(took <= QUICK, time.monotonic() + HANDICAP * took - (_PEOPLE if first else 0.0))
        await desk.enter(ticket)
        began = time.monotonic()
        try:
            yield
        finally:
            self._took[question] = time.monotonic() - began
            desk.leave(ticket)


@dataclass(slots=True, eq=False)
class _Ticket:
    """One that waits for a place, or has one once it is called."""

    is_quick: bool
    counts: float
    """When it counts as come."""
    called: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Desk:
    """Who has a place at one connection, by whether they are quick, and who waits for one."""

    width: Width
    at_work: Counter[bool] = field(default_factory=Counter)
    waiting: list[_Ticket] = field(default_factory=list)

    async def enter(self, ticket: _Ticket) -> None:
        insort(self.waiting, ticket, key=lambda one: one.counts)
        self._deal()
        try:
            await ticket.called.wait()
        except asyncio.CancelledError:
            if ticket.called.is_set():
                self.leave(ticket)  # its turn came in the moment of giving up, and goes on to the next
            else:
                self.waiting.remove(ticket)
            raise

    def leave(self, ticket: _Ticket) -> None:
        self.at_work[ticket.is_quick] -= 1
        self._deal()

    def _deal(self) -> None:
        """Call all for whom there is a place, in their order."""
        for ticket in tuple(self.waiting) if self.at_work.total() < self.width.abreast else ():
            if self._has_place(ticket.is_quick):
                self.at_work[ticket.is_quick] += 1
                self.waiting.remove(ticket)
                ticket.called.set()

    def _has_place(self, is_quick: bool) -> bool:  # noqa: FBT001  (the key of `at_work`)
        most = self.width.abreast - (1 if is_quick else self.width.kept)
        return self.at_work.total() < self.width.abreast and self.at_work[is_quick] < most
