"""The one place where text is typed."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual import events
from textual.widgets import Input


@runtime_checkable
class HandsOn(Protocol):
    """A screen that knows whom a key is for."""

    def hand_on(self, event: events.Key) -> None: ...


class Field(Input):
    """A line of text. Keys it has no use for go to the screen; what a torn line puts in is not taken."""

    def __init__(self, value: str = "", *, secret: bool = False, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(
            value=value, password=secret, restrict=r"[^\ufffd]*", select_on_focus=False, compact=True, id=id
        )
        self.cursor_blink = False

    def on_key(self, event: events.Key) -> None:
        """A key that comes after one which opened another screen belongs to that one."""
        screen = self.screen
        if isinstance(screen, HandsOn) and screen is not self.app.screen:
            screen.hand_on(event)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted lines become one: Textual would keep the first and lose the rest without a word."""
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        if len(lines) > 1:
            self.insert_text_at_cursor(" ".join(lines))
            event.prevent_default()
            event.stop()
