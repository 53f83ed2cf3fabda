"""The palette: every action and every row, found by typing."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.widgets import Input

from cockpit.telemetry import Scene
from cockpit.ui.palette import Entry, entries, ranked
from cockpit.ui.screens.dialogs import rule
from cockpit.ui.screens.frame import END, Frame, Movable
from cockpit.ui.widgets.field import Field
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.rows import Rows
from cockpit.view.fit import cut_line, spread
from cockpit.view.line import Line, Row, Span, Tone


class PaletteScreen(Frame):
    """Choosing an action does what its key does, with the same questions; choosing a row goes there."""

    def __init__(self, context: str) -> None:
        super().__init__()
        self._rule, self._field, self._rows = LineBar(), Field(), Rows()
        self._from = context
        self._entries: tuple[Entry, ...] = ()

    def body(self) -> ComposeResult:
        yield from (self._rule, self._field, self._rows)

    def moving(self) -> Movable:
        return self._rows

    def prepare(self) -> None:
        self._entries = entries(self.cockpit.scene(), self.cockpit.keymap, self._from)
        self.set_focus(self._field)

    def show_body(self, scene: Scene) -> None:  # noqa: ARG002  (what can be chosen does not change while one chooses)
        width = self.app.size.width
        self._rule.show(rule("Palette: type some letters of what you want", width))
        found = ranked(self._entries, self._field.value)
        self._rows.show([Row(entry.id, _line(entry, width), entry.kind) for entry in found])

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.accept", "dialog.back")

    def on_input_changed(self, _: Input.Changed) -> None:
        self.show_body(self.cockpit.scene())
        self._rows.move(-END)

    def act_dialog_accept(self) -> None:
        chosen = next((entry for entry in self._entries if entry.id == self._rows.current_id), None)
        self.finish()
        if chosen is not None:
            self.cockpit.choose(chosen)

    def act_dialog_back(self) -> None:
        self.finish()


def _line(entry: Entry, width: int) -> Line:
    left = Line((Span(f" {entry.words}"),))
    return cut_line(spread(left, Line((Span(f"{entry.key} ", Tone.ACCENT),)), width), width)
