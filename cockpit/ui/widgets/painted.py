"""The ground all live widgets stand on: strips made line by line, and only changed cells sent.

Textual repaints whole dirty regions; a pane that says "everything" costs kilobytes a frame over
a slow line. So a widget here makes its strips first, compares them with what is on the screen,
and names the cells that differ.
"""

from __future__ import annotations

from itertools import zip_longest

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cockpit.ui.themes import Look, terminal_look
from cockpit.view.line import Line


def look_of(widget: Widget) -> Look:
    """The look of the app a widget lives in; the terminal's own in an app that has none."""
    look = getattr(widget.app, "look", None)
    return look if isinstance(look, Look) else terminal_look()


class Painted(Widget, can_focus=False):
    """Paints the strips of `strip_at`. Takes no focus: what is active is the screen's to say, and survives a blur."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []

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
            if new is None:
                continue
            span = (0, width) if old is None else self.difference(old, new)
            if span is not None:
                changed.append(Region(span[0], y, span[1] - span[0], 1))
        if changed:
            self.send(changed)

    def difference(self, old: Strip, new: Strip) -> tuple[int, int] | None:
        """First and one past the last cell to send where a strip takes another's place."""
        return changed_cells(old, new)

    def send(self, changed: list[Region]) -> None:
        """Have these cells repainted."""
        self.refresh(*(region.translate(self.gutter.top_left) for region in changed))

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
    segments = [Segment(span.text, filler if over else base + look.tones[span.tone]) for span in line.spans if span.text]
    strip = Strip(segments)
    if shift:
        strip = strip.crop(min(shift, strip.cell_length), strip.cell_length)
    return strip.adjust_cell_length(width, filler)


def changed_cells(before: Strip, after: Strip) -> tuple[int, int] | None:
    """First and one past the last cell in which two strips differ; None where they are the same."""
    if before == after:
        return None
    one, other = _cells(before), _cells(after)
    differing = [x for x, (old, new) in enumerate(zip_longest(one, other)) if old != new]
    return (differing[0], differing[-1] + 1) if differing else None


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
