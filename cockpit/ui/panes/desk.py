"""The desk: every pane of a run, arranged for the room there is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Vertical

from cockpit.telemetry import Scene
from cockpit.ui.panes.checklist import Checklist
from cockpit.ui.panes.detail import Detail
from cockpit.ui.panes.logs import Logs
from cockpit.ui.panes.margin import Notes, WayBack
from cockpit.ui.panes.pane import Pane, Tab
from cockpit.ui.widgets.painted import Painted

WIDE, FULL, TALL = (110, 28), (180, 45), 40
"""Columns and rows from which panes stand beside each other; all of them; and rows from which they stand in a pile."""


class Desk(Container, can_focus=False):
    """Which pane is active is said here and not by the focus, which a terminal that loses it would take away."""

    def __init__(self) -> None:
        super().__init__(id="desk")
        self.checklist, self.detail, self.logs = Checklist(), Detail(), Logs()
        self.active: Pane = self.checklist
        self._way_back, self._notes = WayBack(), Notes()
        self._middle = Vertical(self.detail, self.logs, id="middle")
        self._side = Vertical(self._way_back, self._notes, id="side")

    def compose(self) -> ComposeResult:
        yield self.checklist
        yield self._middle

    @property
    def panes(self) -> tuple[Pane, ...]:
        """Those that can be active, in the order of their keys."""
        return (self.checklist, self.detail, self.logs)

    @property
    def moving(self) -> Painted:
        """What the keys of movement move."""
        if self.active is self.logs:
            return self.logs.ring
        return self.detail.text if self.active is self.detail else self.checklist.list

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The names of all panes where only one of them is shown."""
        if not self._is_tabbed:
            return ()
        return tuple((pane.key, pane.words, pane is self.active) for pane in self.panes)

    def activate(self, pane: Pane) -> None:
        """Have the keys act on this pane, and show it if it was not."""
        self.active = pane
        for each in self.panes:
            each.is_active = each is pane
        self._show_active()

    def after(self, steps: int) -> Pane:
        """The pane so many steps after the active one, round the end."""
        return self.panes[(self.panes.index(self.active) + steps) % len(self.panes)]

    def arrange_for(self, width: int, height: int) -> None:
        """Tabs, a pile, two columns or three."""
        wide = width >= WIDE[0] and height >= WIDE[1]
        self.set_class(wide, "-wide")
        full = width >= FULL[0] and height >= FULL[1]
        self.set_class(full, "-full")
        if full and not self._side.is_attached:
            self.mount(self._side)
        self.set_class(not wide and height >= TALL, "-tall")
        self._show_active()

    def show_beside(self, scene: Scene) -> None:
        """Paint what is in sight beside the checklist, which says what it is about."""
        if self._is_in_sight(self.detail):
            self.detail.show(scene, self.checklist.row_id, tabs=self.tabs)
        if self._is_in_sight(self.logs):
            self.logs.show(scene, tabs=self.tabs)
        if self.has_class("-full"):
            self._way_back.show(scene, self.checklist.row_id)
            self._notes.show(scene)

    def flush_logs(self, scene: Scene) -> None:
        """Show lines that came since, if the log is in sight."""
        ring = self.logs.ring
        if ring.size.width and self._is_in_sight(self.logs) and ring.flush():
            self.logs.show(scene, tabs=self.tabs)

    def _is_in_sight(self, pane: Pane) -> bool:
        return not self._is_tabbed or pane is self.active

    @property
    def _is_tabbed(self) -> bool:
        return not (self.has_class("-wide") or self.has_class("-tall"))

    def _show_active(self) -> None:
        tabbed = self._is_tabbed
        for pane in self.panes:
            pane.set_class(tabbed and pane is not self.active, "-hidden")
        self._middle.set_class(tabbed and self.active is self.checklist, "-hidden")
