"""The checklist pane: where the run stands, and the row that keys act on."""

from __future__ import annotations

from cockpit.telemetry import Scene
from cockpit.ui.panes.pane import Pane, Tab
from cockpit.ui.widgets.rows import Rows
from cockpit.view import checklist
from cockpit.view.line import Line, Row, Span, Tone


class Checklist(Pane):
    """Rows of phases, items and ways back. What is worked on is open; the operator may open more."""

    def __init__(self) -> None:
        self.list = Rows(pieces=4)
        super().__init__("1", "Checklist", self.list, id="checklist")
        self._unfolded: frozenset[str] = frozenset()

    @property
    def row_id(self) -> str:
        """The row under the cursor."""
        return self.list.current_id

    def show(self, scene: Scene, *, tabs: tuple[Tab, ...] = ()) -> None:
        """Paint the rows as they stand now."""
        rows = self.list
        if not rows.size.width:
            return
        rows.show(checklist.rows(scene, rows.size.width, unfolded=self._unfolded or None), active=self.is_active)
        self.show_position(tabs=tabs)

    def show_position(self, *, tabs: tuple[Tab, ...] = ()) -> None:
        """Paint the title, with which rows are in sight."""
        position = self.list.position
        self.show_title(Line((Span(position, Tone.DIM),)) if position else Line(), tabs=tabs)

    def go_to(self, scene: Scene, row_id: str) -> bool:
        """Bring the cursor to a row, unfolding its phase if need be."""
        rows = self.list
        for unfolded in (self._unfolded, self._unfolded | {row_id.partition("/")[0]}):
            rows.show(checklist.rows(scene, max(1, rows.size.width), unfolded=unfolded))
            if rows.point(row_id):
                self._unfolded = unfolded
                return True
        return False

    def fold(self, *, unfold: bool) -> bool:
        """Open or fold the phase under the cursor; from an item, folding goes to its phase."""
        row = self.list.current
        if row is None:
            return False
        phase, _, item = row.id.partition("/")
        if unfold:
            changed = not item and not self._is_open(phase)
            self._unfolded |= {phase} if changed else frozenset()
            return changed
        if phase in self._unfolded:
            self._unfolded -= {phase}
            self.list.point(phase)
            return True
        return bool(item) and self.list.point(phase)

    def toggle(self) -> bool:
        """Fold what is open, open what is folded."""
        return self.fold(unfold=not self._is_open(self.row_id.partition("/")[0]))

    def find(self, words: str) -> Row | None:
        """The next row after the cursor that has these words, round the end."""
        rows, needle = self.list.rows, words.casefold()
        at = next((index for index, row in enumerate(rows) if row.id == self.row_id), -1)
        for row in (*rows[at + 1 :], *rows[: at + 1]):
            if row.id and needle in row.line.text.casefold():
                self.list.point(row.id)
                return row
        return None

    def _is_open(self, phase: str) -> bool:
        return any(row.id.startswith(f"{phase}/") for row in self.list.rows)
