"""A hand on the keys and an eye on the screen, for stories: `await op.presses("space"); op.sees("1/3")`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from textual import events
from textual.pilot import Pilot

from cockpit.ui.app import Cockpit
from cockpit.ui.screens.run import RunScreen
from tests.ui.stage import Stage
from tests.view.runs import Run

SIZE = (80, 24)
PATIENCE = 5.0
"""Seconds after which what was waited for will not come."""


class Operator:
    """Presses keys, reads lines."""

    def __init__(self, app: Cockpit, pilot: Pilot[None], stage: Stage) -> None:
        self.app = app
        self.stage = stage
        self._pilot = pilot

    @property
    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def toast(self) -> str:
        """The message above the keys."""
        return " ".join(notification.message for notification in self.app._notifications)

    async def presses(self, *keys: str) -> None:
        for key in keys:
            await self._pilot.press(key)
        await self._pilot.pause()

    async def types(self, text: str) -> None:
        """All of it at once, as over a slow line."""
        for character in text:
            self.app.post_message(events.Key("space" if character == " " else character, character))
        await self._pilot.pause()

    async def waits_for(self, condition: Callable[[], bool], what: str = "it") -> None:
        """Until a condition holds."""
        end = monotonic() + PATIENCE
        while not condition():
            assert monotonic() < end, f"{what} did not come:\n{self.text}"
            await self._pilot.pause()
            await asyncio.sleep(0.01)

    async def sees(self, *texts: str) -> None:
        """Until each of these is on the screen."""
        for text in texts:
            await self.waits_for(lambda text=text: text in self.text, repr(text))  # type: ignore[misc]  # bound on purpose

    async def sees_no(self, text: str) -> None:
        await self.waits_for(lambda: text not in self.text, f"the end of {text!r}")

    async def resizes(self, width: int, height: int) -> None:
        await self._pilot.resize_terminal(width, height)
        await self._pilot.pause()

    def line(self, text: str) -> str:
        """The one line that has this text."""
        found = [line for line in self.lines if text in line]
        assert len(found) == 1, f"{len(found)} lines have {text!r}:\n{self.text}"
        return found[0]


@asynccontextmanager
async def at_the_keys(
    run: Run, *, size: tuple[int, int] = SIZE, stage: Stage | None = None, **options: Any
) -> AsyncIterator[Operator]:
    """The screen over a told run, or over a stage of the test's own."""
    stage = stage or Stage(run)
    app = Cockpit(stage, theme_folders=(), **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        if isinstance(app.screen, RunScreen):
            app.screen.bounce = 0  # a pilot's finger is as quick as it likes
        yield Operator(app, pilot, stage)
