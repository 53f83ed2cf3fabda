"""A list of rows with a cursor: the checklist, a gate, a palette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from cockpit.ui.themes import Look
from cockpit.ui.widgets.painted import Painted, strip_of
from cockpit.view.line import Line, Row


class Rows(Painted):
    """Rows that stand for something, one of them under the cursor.

    The cursor stays with its row when rows come and go above it. Rows without an id are words
    between the others: the cursor passes over them.
    """

    @dataclass
    class Pointed(Message):
        """The cursor came to another row."""

        row_id: str

    def __init__(self, *, pieces: int = 1, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(pieces=pieces, id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()
        self._cursor = 0
        self._top = 0
        self._is_active = True

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def current_id(self) -> str:
        return self.current.id if self.current else ""

    @property
    def position(self) -> str:
        """Which lines are shown, where not all are."""
        height = self.size.height
        if len(self._rows) <= height:
            return ""
        return f"{self._top + 1}-{min(len(self._rows), self._top + height)} of {len(self._rows)}"

    def show(self, rows: Sequence[Row], *, active: bool | None = None) -> None:
        """Paint these rows; `active` says whether keys move this cursor."""
        held, fresh = self.current_id, tuple(rows)
        if active is None:
            active = self._is_active
        if fresh == self._rows and active == self._is_active:
            return
        self._rows, self._is_active = fresh, active
        self._cursor = self._found(held)
        self._settle(held)

    def point(self, row_id: str) -> bool:
        """Bring the cursor to a row; false where there is none of that id."""
        found = next((index for index, row in enumerate(self._rows) if row.id == row_id), None)
        if found is None:
            return False
        return self._go(found)

    def move(self, lines: int) -> bool:
        """Move the cursor by that many rows, as far as they go."""
        step = 1 if lines > 0 else -1
        places = [index for index, row in enumerate(self._rows) if row.id]
        if not places:
            return False
        beyond = [place for place in places if (place - self._cursor) * step > 0][::step]
        return self._go(beyond[min(abs(lines), len(beyond)) - 1]) if beyond else self._reveal_edge(step)

    def page(self, pages: int) -> bool:
        """Move by the height of the widget."""
        return self.move(pages * max(1, self.size.height - 1))

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        number = self._top + y
        if number >= len(self._rows):
            return strip_of(Line(), width, look, base)
        over = None
        if number == self._cursor and self._rows[number].id:
            over = look.cursor if self._is_active else look.idle_cursor
        return strip_of(self._rows[number].line, width, look, base, over=over)

    def fit(self) -> None:
        self._keep_in_sight()

    def _go(self, index: int) -> bool:
        before = self.current_id
        self._cursor = index
        self._settle(before)
        return True

    def _reveal_edge(self, step: int) -> bool:
        """Words above the first row or below the last come into sight when the cursor can go no further."""
        height = self.size.height
        top = 0 if step < 0 else max(0, len(self._rows) - height)
        if top == self._top or abs(self._cursor - top) >= height:
            return False
        self._top = top
        self.repaint()
        return True

    def _found(self, row_id: str) -> int:
        """Where a row is now; where it was folded away, its phase; else the nearest that stands for something."""
        ids = [row.id for row in self._rows]
        for known in (row_id, row_id.partition("/")[0]):
            if known and known in ids:
                return ids.index(known)
        places = [index for index, row in enumerate(self._rows) if row.id]
        return min(places, key=lambda place: abs(place - self._cursor), default=0)

    def _settle(self, before: str) -> None:
        self._keep_in_sight()
        self.repaint()
        if self.current_id != before:
            self.post_message(self.Pointed(self.current_id))

    def _keep_in_sight(self) -> None:
        """The cursor is in the window, with a neighbour to each side where there is room, and no line is wasted."""
        height = max(1, self.size.height)
        margin = 1 if height > 4 else 0
        self._top = min(max(self._top, self._cursor + margin - height + 1), self._cursor - margin)
        self._top = max(0, min(self._top, len(self._rows) - height))
