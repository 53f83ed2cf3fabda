"""One line of words: title, strip, guide, key row."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from cockpit.ui.themes import Look
from cockpit.ui.widgets.painted import Painted, strip_of
from cockpit.view.line import Line


class LineBar(Painted):
    """Shows one `Line`."""

    def __init__(self, *, pieces: int = 1, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(pieces=pieces, id=id, classes=classes)
        self._line = Line()

    @property
    def line(self) -> Line:
        return self._line

    def show(self, line: Line) -> None:
        """Paint this line."""
        if line != self._line:
            self._line = line
            self.repaint()

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        return strip_of(self._line if y == 0 else Line(), width, look, base)
