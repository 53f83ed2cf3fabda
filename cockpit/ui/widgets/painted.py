"""The ground all live widgets stand on: strips made line by line, and only changed cells sent.

Textual repaints whole dirty regions; a pane that says "everything" costs kilobytes a frame over
a slow line. So a widget here makes its strips first, compares them with what is on the screen,
and names the cells that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cockpit.ui.themes import Look, terminal_look
from cockpit.view.line import Line

_JUMP = 8
"""Cells that are cheaper to send again than to jump over."""


def look_of(widget: Widget) -> Look:
    """The look of the app a widget lives in; the terminal's own in an app that has none."""
    look = getattr(widget.app, "look", None)
    return look if isinstance(look, Look) else terminal_look()


class Piece(Widget, can_focus=False):
    """An upright part of a painted widget, as wide as the others.

    Textual sends a dirty line from the left edge of its widget, so a clock at the right end would
    cost the whole line each second. A widget cut into pieces sends one piece.
    """

    def render_line(self, y: int) -> Strip:
        whole = self.parent
        assert isinstance(whole, Painted)
        left = self.virtual_region.x
        return whole.render_line(y).crop(left, left + self.size.width)


class Painted(Widget, can_focus=False):
    """Paints the strips of `strip_at`, cut into as many pieces as pay.

    Takes no focus: what is active is the screen's to say, and survives a blur.
    """

    def __init__(self, *, pieces: int = 1, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []
        self._pieces = pieces

    def compose(self) -> ComposeResult:
        if self._pieces > 1:
            for _ in range(self._pieces):
                yield Piece()

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        """The strip of one visible line, `width` cells long."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Make the strips anew and send the cells that changed."""
        width, height = self.size
        if not width or not self.is_attached:
            return
        look, base = look_of(self), self.rich_style
        fresh = [self.strip_at(y, width, look, base) for y in range(height)]
        before, self._strips = self._strips, fresh
        changed = []
        for y, (old, new) in enumerate(zip_longest(before, fresh[:height])):
            if new is not None:
                spans = ((0, width),) if old is None else self.difference(old, new)
                changed += [Region(start, y, end - start, 1) for start, end in spans]
        if changed:
            self.send(changed)

    def difference(self, old: Strip, new: Strip) -> Sequence[tuple[int, int]]:
        """The cells to send where a strip takes another's place: first and one past the last of each run."""
        return changed_cells(old, new)

    def send(self, changed: list[Region]) -> None:
        """Have these cells repainted."""
        if self._pieces == 1:
            self.refresh(*(region.translate(self.gutter.top_left) for region in changed))
            return
        for piece in self.children:
            place = piece.virtual_region
            parts = [
                part.intersection(place).translate((-place.x, -place.y)) for part in changed if part.overlaps(place)
            ]
            if parts:
                piece.refresh(*parts)

    def render_line(self, y: int) -> Strip:
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def fit(self) -> None:
        """The size has changed: what hangs on it is put right before the repaint."""

    def on_resize(self) -> None:
        self.fit()
        self.repaint()

    def on_show(self) -> None:
        self.repaint()


def strip_of(line: Line, width: int, look: Look, base: Style, *, over: Style | None = None, shift: int = 0) -> Strip:
    """A line in exactly `width` cells, `shift` cells scrolled off to the left.

    `over` paints all of it in one style, whatever the tones. Text is taken as it is: what is in a
    `Span` is inert already, and segments know no markup.
    """
    filler = base if over is None else base + over
    segments = [
        Segment(span.text, filler if over else base + look.tones[span.tone]) for span in line.spans if span.text
    ]
    strip = Strip(segments)
    if shift:
        strip = strip.crop(min(shift, strip.cell_length), strip.cell_length)
    return strip.adjust_cell_length(width, filler).simplify()


def changed_cells(before: Strip, after: Strip) -> Sequence[tuple[int, int]]:
    """Runs of cells in which two strips differ. Runs that are close are one: to jump costs more than a few cells."""
    if before == after:
        return ()
    runs: list[tuple[int, int]] = []
    for x, (old, new) in enumerate(zip_longest(_cells(before), _cells(after))):
        if old == new:
            continue
        if runs and x - runs[-1][1] < _JUMP:
            runs[-1] = (runs[-1][0], x + 1)
        else:
            runs.append((x, x + 1))
    return runs


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    """One entry a cell; the second cell of a wide character holds nothing of its own."""
    found: list[tuple[str, Style | None]] = []
    for segment in strip:
        style = segment.style
        for character in segment.text:
            found.append((character, style))
            if not character.isascii() and get_character_cell_size(character) == 2:
                found.append(("", style))
    return found
