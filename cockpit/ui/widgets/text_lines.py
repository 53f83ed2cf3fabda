"""Lines to read: detail, gate, rollback, notes, help."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from cockpit.ui.themes import Look
from cockpit.ui.widgets.painted import Painted, strip_of
from cockpit.view.line import Line

SIDESTEP = 16
"""Cells that one step to the side moves."""


class TextLines(Painted):
    """Lines longer than the widget are scrolled, wider ones moved to the side."""

    def __init__(self, *, pieces: int = 1, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(pieces=pieces, id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._top = 0
        self._shift = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    @property
    def position(self) -> str:
        """Which lines are shown, where not all are."""
        height = self.size.height
        if len(self._lines) <= height:
            return ""
        return f"{self._top + 1}-{min(len(self._lines), self._top + height)} of {len(self._lines)}"

    def under(self, heading: str) -> str:
        """The heading of these lines, with which of them are shown where not all are."""
        return f"{heading}  {self.position}" if self.position else heading

    @property
    def paging_keys(self) -> tuple[str, ...]:
        """The actions that show the rest, where there is one."""
        return ("move.page_down", "move.page_up") if self.position else ()

    def show(self, lines: Sequence[Line], *, from_top: bool = False, at_end: bool = False) -> None:
        """Paint these lines; `from_top` where they are about something else than before.

        `at_end`: where the end was shown it is shown again, for what grows there.
        """
        fresh = tuple(lines)
        if fresh == self._lines and not from_top:
            return
        was_at_end = self._top >= len(self._lines) - self.size.height
        self._lines = fresh
        if from_top:
            self._top = self._shift = 0
        self._go(len(fresh) if at_end and was_at_end else self._top)

    def move(self, lines: int) -> bool:
        """Scroll by that many lines, as far as they go."""
        before = self._top
        self._go(self._top + lines)
        return self._top != before

    def page(self, pages: int) -> bool:
        """Scroll by the height of the widget."""
        return self.move(pages * max(1, self.size.height - 1))

    def sidestep(self, steps: int) -> bool:
        """Move to the side, as far as the widest line goes."""
        widest = max((len(line.text) for line in self._lines), default=0)
        before = self._shift
        self._shift = max(0, min(self._shift + steps * SIDESTEP, widest - self.size.width))
        self.repaint()
        return self._shift != before

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        number = self._top + y
        line = self._lines[number] if number < len(self._lines) else Line()
        return strip_of(line, width, look, base, shift=self._shift)

    def fit(self) -> None:
        self._top = self._clamped(self._top)

    def _go(self, top: int) -> None:
        self._top = self._clamped(top)
        self.repaint()

    def _clamped(self, top: int) -> int:
        return max(0, min(top, len(self._lines) - self.size.height))
