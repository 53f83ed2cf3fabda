"""What only a large screen has room for: the way back and the notes, always in sight."""

from __future__ import annotations

from cockpit.core.plan import Level
from cockpit.telemetry import Scene
from cockpit.ui.panes.pane import Pane
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view import rollback
from cockpit.view.fit import foreign, wrapped
from cockpit.view.line import Line, Span, Tone
from cockpit.view.times import utc


class WayBack(Pane):
    """The rollback level that is under way, under the cursor, or the best there is."""

    def __init__(self) -> None:
        self.text = TextLines(pieces=2)
        super().__init__("^R", "Way back", self.text, id="way-back")

    def show(self, scene: Scene, row_id: str) -> None:
        """Paint the level as it stands."""
        text = self.text
        level = level_at(scene, row_id)
        if text.size.width:
            text.show(rollback.lines(scene, level.id, text.size.width) if level else ())
            self.show_title(Line())


class Notes(Pane):
    """What was noted, newest last."""

    def __init__(self) -> None:
        self.text = TextLines(pieces=2)
        super().__init__("m", "Notes and deviations", self.text, id="notes")

    def show(self, scene: Scene) -> None:
        """Paint the last notes that fit."""
        text = self.text
        if text.size.width:
            text.show(note_lines(scene, text.size.width)[-text.size.height :])
            self.show_title(Line())


def level_at(scene: Scene, row_id: str) -> Level | None:
    """The level a row belongs to, else the one under way, else the first that is ready, else the first."""
    plan = scene.state.plan
    for part_id in (row_id.partition("/")[0], scene.state.level or ""):
        part = plan.phase(part_id)
        if isinstance(part, Level):
            return part
    ready = (level for level in plan.rollback if rollback.light(scene, level)[0])
    return next(ready, plan.rollback[0] if plan.rollback else None)


def note_lines(scene: Scene, width: int) -> tuple[Line, ...]:
    """Every note and deviation, oldest first: when, who, at which item."""
    found: list[Line] = []
    for note in scene.state.notes:
        item = scene.state.plan.item(note.item) if note.item else None
        at = f", at {foreign(scene.state.plan.title_of(item), limit=80)}" if item is not None else ""
        kind = Span("! deviation ", Tone.WARN) if note.deviation else Span("note ", Tone.STRONG)
        found.append(Line((Span(f"{utc(note.at)} UTC ", Tone.DIM), kind, Span(f"by {foreign(note.by)}{at}", Tone.DIM))))
        found += wrapped(foreign(note.text), width, indent="  ")
    return tuple(found) or (Line((Span("Nothing has been noted.", Tone.DIM),)),)
