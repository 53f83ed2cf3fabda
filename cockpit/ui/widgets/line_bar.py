"""One line of words: title, strip, guide, key row.

Textual sends a dirty line from the left edge of its widget, so a clock at the right end would
cost the whole line each second. The bar is therefore cut into pieces, widgets of their own, and
a clock that ticks costs one piece.
"""

from __future__ import annotations

from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cockpit.ui.themes import Look
from cockpit.ui.widgets.painted import Painted, strip_of
from cockpit.view.line import Line


class Piece(Widget, can_focus=False):
    """A part of a bar, as wide as the others."""

    def render_line(self, y: int) -> Strip:
        bar = self.parent
        assert isinstance(bar, LineBar)
        left = self.virtual_region.x
        return bar.render_line(y).crop(left, left + self.size.width)


class LineBar(Painted):
    """Shows one `Line`; `pieces` is how finely it is cut, 1 for a line that seldom changes."""

    def __init__(self, *, pieces: int = 1, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id, classes=classes)
        self._pieces = pieces
        self._line = Line()
        self._over: Style | None = None

    @property
    def line(self) -> Line:
        return self._line

    def compose(self) -> ComposeResult:
        if self._pieces > 1:
            for _ in range(self._pieces):
                yield Piece()

    def show(self, line: Line, *, over: Style | None = None) -> None:
        """Paint this line; `over` paints all of it in one style."""
        if line == self._line and over == self._over:
            return
        self._line, self._over = line, over
        self.repaint()

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        line = self._line if y == 0 else Line()
        return strip_of(line, width, look, base, over=self._over)

    def send(self, changed: list[Region]) -> None:
        if self._pieces == 1:
            super().send(changed)
            return
        for piece in self.children:
            place = piece.virtual_region
            parts = [region.intersection(place).translate((-place.x, 0)) for region in changed if region.overlaps(place)]
            if parts:
                piece.refresh(*parts)
