"""Pages to read: the keys, the notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.app import ComposeResult

from cockpit.telemetry import Scene
from cockpit.ui.actions import ACTIONS, Keymap, Scope, glyph
from cockpit.ui.screens.dialogs import rule
from cockpit.ui.screens.frame import Frame
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view.fit import join, pad, wrapped
from cockpit.view.line import Line, Span, Tone


class Page(Frame):
    """Lines made for the present width."""

    def __init__(self, heading: str, lines: Callable[[Scene, int], Iterable[Line]]) -> None:
        super().__init__()
        self._heading = heading
        self._made = lines

    def body(self) -> ComposeResult:
        yield LineBar(id="heading", classes="rule")
        yield TextLines(id="page")

    def show_body(self, scene: Scene) -> None:
        text, width = self._text, self.size.width
        text.show([Line((Span(" "), *line.spans)) for line in self._made(scene, width - 2)])
        position = f"{self._heading}  {text.position}" if text.position else self._heading
        self._bar("heading").show(rule(position, width))

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.back", "move.page_down", "move.page_up")

    def act_dialog_back(self) -> None:
        self.dismiss(None)

    def act_dialog_accept(self) -> None:
        self.dismiss(None)

    def act_move_up(self) -> None:
        self._moved(self._text.move(-1))

    def act_move_down(self) -> None:
        self._moved(self._text.move(1))

    def act_move_page_up(self) -> None:
        self._moved(self._text.page(-1))

    def act_move_page_down(self) -> None:
        self._moved(self._text.page(1))

    def act_move_top(self) -> None:
        self._moved(self._text.move(-1_000_000))

    def act_move_bottom(self) -> None:
        self._moved(self._text.move(1_000_000))

    @property
    def _text(self) -> TextLines:
        return self.query_one("#page", TextLines)

    def _moved(self, _: bool) -> None:  # noqa: FBT001  (what a movement returns)
        self.show_body(self.cockpit.scene())


def key_lines(keymap: Keymap, width: int) -> Iterable[Line]:
    """The key table as a page."""
    for scope in Scope:
        yield Line((Span(scope.value.capitalize(), Tone.STRONG),))
        for action in ACTIONS:
            if action.scope is not scope or action.follows:
                continue
            keys = join([Span(glyph(key), Tone.ACCENT) for key in keymap.keys[action.id]], " ")
            head = Line((Span("  "), *keys.spans))
            words = f"{action.title}. {action.tooltip}{' Always confirmed.' if action.dangerous else ''}"
            for number, line in enumerate(wrapped(words, max(20, width - 16))):
                left = head if number == 0 else Line()
                gap = " " * (16 - len(left.text))
                yield Line((*left.spans, Span(gap), *line.spans))
        yield Line()
    yield Line((Span(pad("Capital letters are typed with shift; g g is g twice.", width), Tone.DIM),))
