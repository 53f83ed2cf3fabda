"""The one place where text is typed."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual import events
from textual.widgets import Input

from cockpit.view.fit import foreign

_LONGEST = 20_000
"""Characters of a paste that are taken."""


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
        """Pasted lines become one, and what would have power over the terminal a mark; a secret stays as it is.

        Textual would keep the first line and lose the rest without a word.
        """
        words = " ".join(line.strip() for line in event.text.splitlines() if line.strip())
        self.replace(words if self.password else foreign(words, limit=_LONGEST), *self.selection)
        event.prevent_default()
        event.stop()
