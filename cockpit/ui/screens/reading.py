"""Pages to read: the keys, the notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.app import ComposeResult

from cockpit.telemetry import Scene
from cockpit.ui.actions import ACTIONS, Scope
from cockpit.ui.keymap import Keymap, glyph
from cockpit.ui.screens.dialogs import rule
from cockpit.ui.screens.frame import Frame, Movable
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view.fit import join, pad, wrapped
from cockpit.view.line import Line, Span, Tone


class Page(Frame):
    """Lines made for the present width."""

    grows = False
    """Whether lines come at its end while it is read."""

    def __init__(self, heading: str, lines: Callable[[Scene, int], Iterable[Line]]) -> None:
        super().__init__()
        self._rule, self._text = LineBar(), TextLines()
        self._heading = heading
        self._made = lines

    def body(self) -> ComposeResult:
        yield from (self._rule, self._text)

    def moving(self) -> Movable:
        return self._text

    def show_body(self, scene: Scene) -> None:
        text, width = self._text, self.app.size.width
        text.show([Line((Span(" "), *line.spans)) for line in self._made(scene, width - 2)], at_end=self.grows)
        self._rule.show(rule(text.under(self._heading), width))

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.back", *self._text.paging_keys)

    def act_dialog_back(self) -> None:
        self.finish()

    def act_dialog_accept(self) -> None:
        self.finish()


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
