"""This process beside others on one run: its heartbeat, whether it asks, who else is there.

The rules are `core.lease`'s; here they are kept, by a row in the run's file and the clock of machine time.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from cockpit.core.lease import (
    LEASE,
    Attachment,
    IsGone,
    Role,
    asker,
    driver,
    gives_way,
    is_fresh,
    left,
    living,
    nobody_is_gone,
    renewed,
)
from cockpit.core.text.wellformed import wellformed
from cockpit.errors import JournalBusy, JournalError
from cockpit.ports import Journal

LOOK = 0.25
"""Machine seconds between two looks at the others: so long until one gives way, or takes up what another has left."""

LetGo = Callable[[], Awaitable[None]]
"""Ends the questions on their way."""


class Presence:
    """One process's attachment to a run. Until its first heartbeat nobody knows of it."""

    def __init__(
        self,
        journal: Journal,
        session: str,
        name: str,
        role: Role = Role.DRIVER,
        *,
        machine: Callable[[], float] = time.time,
        is_gone: IsGone = nobody_is_gone,
    ) -> None:
        """`machine` is machine time in Unix seconds, `is_gone` tells dead processes where that can be known."""
        self._journal = journal
        self._machine = machine
        self._is_gone = is_gone
        now = machine()
        self.me = Attachment(session, role, wellformed(socket.gethostname()), os.getpid(), name, now, now)
        self.others: tuple[Attachment, ...] = ()
        """Who else was there at the last look."""
        self._looked = self._renewed = float("-inf")

    @property
    def asks(self) -> bool:
        """Whether this process may ask now. A monitor that was held up for too long may not: another may have begun."""
        return self.me.asks and (self.me.role is Role.DRIVER or is_fresh(self.me, self._machine()))

    @property
    def leads(self) -> bool:
        """Whether what concerns all is this process's matter: the driver's, else that of the monitor that asks."""
        return self.me.role is Role.DRIVER or self.asks

    def attached(self) -> tuple[Attachment, ...]:
        """Who is there now, this process included once it has said so; nobody where that cannot be read."""
        try:
            return living(self._journal.attachments(), self._machine(), self._is_gone)
        except JournalError:
            return ()

    def announce(self) -> None:
        """Stand in the run's file from now on. Raises JournalError, as where nothing can be written."""
        self._take_in(self._journal.attachments(partial(_stood, me=self.me)))

    def take_seat(self) -> Attachment | None:
        """Become the driver before anybody else does; the driver that is there, where one is. Raises JournalError."""
        taken: list[Attachment] = []

        def seated(attached: tuple[Attachment, ...], me: Attachment) -> tuple[Attachment, ...]:
            there = driver(living(attached, me.heard, self._is_gone), besides=me.session)
            taken.extend([there] if there else [])
            return attached if there else _stood(attached, me)

        now = self._machine()
        after = self._journal.attachments(partial(seated, me=replace(self.me, since=now, heard=now)))
        if not taken:
            self._take_in(after)
        return taken[0] if taken else None

    async def beat(self, let_go: LetGo) -> bool:
        """Look at the others, now and then renew the row; whether this process asks.

        A journal that cannot be written hands nothing over: a monitor goes on as it was, and a driver asks unless
        somebody did when that could last be seen. One that is only busy changes nothing.
        """
        now = self._machine()
        if abs(now - self._looked) < LOOK:
            return self.asks
        self._looked = now
        try:
            await self._look(now, let_go)
        except JournalBusy:
            return self.asks
        except JournalError:
            alone = self.me.role is Role.DRIVER and asker(living(self.others, now, self._is_gone)) is None
            self.me = replace(self.me, heard=now, asks=self.me.asks or alone)
        return self.asks

    async def leave(self) -> None:
        """Whoever takes up the asking need not wait."""
        with suppress(JournalError):
            await asyncio.to_thread(self._journal.attachments, partial(left, session=self.me.session))
        self.me = replace(self.me, asks=False)
        self._renewed = float("-inf")

    async def _look(self, now: float, let_go: LetGo) -> None:
        attached = await asyncio.to_thread(self._journal.attachments)
        others = living(left(attached, self.me.session), now, self._is_gone)
        # Who asks in its place took it for gone, frozen as it was.
        if self.me.asks and (gives_way(self.me, others) or asker(others) is not None):
            await let_go()
        elif self.me in attached and not self._is_news(renewed(attached, self.me, now, self._is_gone), now):
            self.others = others
            return
        beaten = partial(renewed, me=self.me, now=self._machine(), is_gone=self._is_gone)
        self._take_in(await asyncio.to_thread(self._journal.attachments, beaten))

    def _is_news(self, wanted: tuple[Attachment, ...], now: float) -> bool:
        """Whether the row is to be written: three times in its length, at once where it begins or asking changes."""
        is_new = not self.me.has_begun or wanted[-1].asks != self.me.asks
        return is_new or abs(now - self._renewed) >= LEASE / 3

    def _take_in(self, attached: tuple[Attachment, ...]) -> None:
        self.me = next(one for one in attached if one.session == self.me.session)
        self.others = left(attached, self.me.session)
        self._renewed = self.me.heard


def _stood(attached: tuple[Attachment, ...], me: Attachment) -> tuple[Attachment, ...]:
    return (*left(attached, me.session), me)
