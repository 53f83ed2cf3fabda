"""A pane: a title line over something live."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.painted import Painted
from cockpit.view.fit import cut_line, join, line_cells
from cockpit.view.line import Line, Span, Tone

Tab = tuple[str, str, bool]
"""Key, words, and whether it is the one shown."""


class Pane(Vertical, can_focus=False):
    """Keys reach it through the run screen; it has no focus to lose."""

    class Sized(Message):
        """It has another size than it was painted for: perhaps it is shown for the first time."""

    def __init__(self, key: str, name: str, content: Painted, *, id: str) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.key = key
        self.words = name
        self.is_active = False
        self._title = LineBar(pieces=2)
        self._content = content

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._content

    def on_resize(self) -> None:
        self.post_message(self.Sized())

    def show_title(self, right: Line, *, heading: Line | None = None, tabs: Sequence[Tab] = ()) -> None:
        """Paint the title: a rule with the pane's name or `heading`; where panes are tabs, with all their names.

        There `heading` moves to the right end, before `right`.
        """
        width = self.size.width
        if not width:
            return
        if tabs:
            end = join((heading or Line(), right))
            left = _names(tabs, short=line_cells(_names(tabs)) + line_cells(end) + 4 > width)
        else:
            tone = Tone.ACCENT if self.is_active else Tone.DIM
            words = heading or Line((Span(self.words, Tone.STRONG if self.is_active else Tone.PLAIN),))
            left, end = Line((Span("─ ", Tone.DIM), Span(f"{self.key} ", tone), *words.spans, Span(" "))), right
        self._title.show(ruled(left, end, width))


def ruled(left: Line, right: Line, width: int) -> Line:
    """Left and right with a rule between them; the right one is cut first."""
    left = cut_line(left, width)
    end = cut_line(right, max(0, width - line_cells(left) - 4))
    tail = Line((Span(" "), *end.spans, Span(" ─", Tone.DIM))) if end.spans else Line()
    rule = max(0, width - line_cells(left) - line_cells(tail))
    return Line((*left.spans, Span("─" * rule, Tone.DIM), *tail.spans))


def _names(tabs: Sequence[Tab], *, short: bool = False) -> Line:
    spans: list[Span] = [Span("─", Tone.DIM)]
    for key, words, active in tabs:
        label = f"[{key} {words}]" if active else f" {key} " if short else f" {key} {words} "
        spans += [Span(label, Tone.ACCENT if active else Tone.DIM), Span("─", Tone.DIM)]
    return Line(tuple(spans))
