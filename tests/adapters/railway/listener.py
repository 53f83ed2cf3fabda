"""Somebody who listens to a tail and remembers all that it delivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from cockpit.adapters.railway import Railway
from cockpit.core.text.logline import LogGap, LogLine, LogLink

PATIENCE = 60.0


class Heard:
    """What a tail has delivered so far."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.numbers: list[tuple[int, int]] = []
        """Wave and number of the flooded lines, as they came."""
        self.gaps: list[LogGap] = []
        self.links: list[LogLink] = []
        """Each state of the link once, signs of life apart."""
        self.signs = 0
        self._changed = asyncio.Event()

    @property
    def states(self) -> list[str]:
        return [link.state for link in self.links]

    @property
    def state(self) -> str:
        return self.links[-1].state if self.links else ""

    def hear(self, event: LogLine | LogGap | LogLink) -> None:
        match event:
            case LogLine():
                self.lines.append(event)
                if event.text.startswith("wave "):
                    _, wave, _, number = event.text.split()
                    self.numbers.append((int(wave), int(number)))
            case LogGap():
                self.gaps.append(event)
            case LogLink():
                if not self.links or (event.state, event.why) != (self.links[-1].state, self.links[-1].why):
                    self.links.append(event)
                self.signs += event.heard is not None
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    def assert_once_each_in_order(self, lines: int) -> None:
        assert len(self.numbers) == lines
        assert self.numbers == sorted(set(self.numbers))
        assert self.gaps == []


@asynccontextmanager
async def following(railway: Railway, since: datetime, *services: str) -> AsyncIterator[Heard]:
    heard = Heard()

    async def listen() -> None:
        async for event in railway.follow(services or ("web",), since):
            heard.hear(event)

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
