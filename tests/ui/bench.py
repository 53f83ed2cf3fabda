"""One widget on a small screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from cockpit.ui.widgets.rows import Rows

HOSTILE = "[/bold] [red]x[/] [/ \\[b] [link=file:///etc] {x} $y"


class Bench(App[None]):
    """One widget, 40 columns wide and 10 high."""

    CSS = """
    Painted { layout: horizontal; } Piece { width: 1fr; height: 1fr; }
    LineBar { height: 1; } Rows, TextLines, RingLog { height: 1fr; }
    """

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget
        self.pointed: list[str] = []

    def compose(self) -> ComposeResult:
        yield self._widget

    def on_rows_pointed(self, message: Rows.Pointed) -> None:
        self.pointed.append(message.row_id)


@asynccontextmanager
async def shown(widget: Widget) -> AsyncIterator[Pilot[None]]:
    async with Bench(widget).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        yield pilot


async def text(pilot: Pilot[None]) -> list[str]:
    await pilot.pause()
    return [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]
