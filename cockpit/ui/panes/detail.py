"""The detail pane: all about the row under the checklist's cursor."""

from __future__ import annotations

from cockpit.telemetry import Scene
from cockpit.ui.panes.pane import Pane, Tab
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view import detail
from cockpit.view.line import Line, Span, Tone


class Detail(Pane):
    """Live rows, baseline, verdict and why."""

    def __init__(self) -> None:
        self.text = TextLines(pieces=4)
        super().__init__("2", "Detail", self.text, id="detail")
        self._row_id = ""

    def show(self, scene: Scene, row_id: str, *, tabs: tuple[Tab, ...] = ()) -> None:
        """Paint what is known of a row now."""
        text = self.text
        if not text.size.width:
            return
        text.show(detail.lines(scene, row_id, text.size.width), from_top=row_id != self._row_id)
        self._row_id = row_id
        position = Line((Span(text.position, Tone.DIM),)) if text.position else Line()
        self.show_title(position, heading=detail.heading(scene, row_id), tabs=tabs)
