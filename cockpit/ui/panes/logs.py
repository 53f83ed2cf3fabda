"""The log pane: what the deployments say, followed or held still, all of it or what a filter lets pass."""

from __future__ import annotations

from datetime import datetime

from cockpit.core.text.logline import LogGap
from cockpit.telemetry import Scene
from cockpit.ui.panes.pane import Pane, Tab
from cockpit.ui.widgets.ring_log import Entry, RingLog
from cockpit.view import logs
from cockpit.view.line import Line
from cockpit.view.logs import Position
from cockpit.view.sieve import LEVELS, Roles, Sieve, is_trouble, rank, sieve

SIDES = ("", "new", "old")


class Logs(Pane):
    """A ring of lines; flushed ten times a second while it is shown, and only if something came."""

    def __init__(self) -> None:
        self.ring = RingLog(self._line)
        super().__init__("3", "Logs", self.ring, id="logs")
        self.roles: Roles = {}
        self.level = "all"
        self.side = ""
        self.sieve = Sieve()

    def show(self, scene: Scene, *, tabs: tuple[Tab, ...] = ()) -> None:
        """Take over ring and roles, and paint the title."""
        ring = self.ring
        if not ring.size.width:
            return
        roles = logs.roles(scene.state)
        if roles != self.roles:
            self.roles = dict(roles)
            ring.forget()
            self._sift()
        ring.read(scene.live.logs)
        ring.flush()
        self.show_title(logs.log_title(scene, self._position), tabs=tabs)

    def next_level(self) -> str:
        """Show lines from the next level up; from the last it goes back to all."""
        self.level = LEVELS[(LEVELS.index(self.level) + 1) % len(LEVELS)]
        self._sift()
        return self.level

    def next_side(self) -> str:
        """Show lines of both deployments, of the new one, of the old one."""
        self.side = SIDES[(SIDES.index(self.side) + 1) % len(SIDES)]
        self._sift()
        return self.side

    def filter(self, words: str) -> None:
        """Show what these words let pass; none show all. Raises ExpressionError and keeps the filter that was."""
        self.sieve = sieve(words)
        self._sift()

    def next_trouble(self, step: int) -> bool:
        """Go to the next error or gap: 1 towards newer ones, -1 towards older."""
        return self.ring.next_where(is_trouble, step)

    def go_to_time(self, at: datetime) -> bool:
        """Go to the first line of that instant or later."""
        return self.ring.first_where(lambda entry: (entry.until if isinstance(entry, LogGap) else entry.at) >= at)

    @property
    def _position(self) -> Position:
        ring = self.ring
        return Position(
            following=ring.is_following,
            fresh=ring.fresh,
            level=self.level,
            side=self.side,
            sieve=self.sieve.words,
            needle=ring.needle.words,
            shown=ring.shown,
            unread=ring.unread,
        )

    def _sift(self) -> None:
        """Gaps, the platform's own lines and levels nobody knows are never hidden by a level."""
        least = rank(self.level) if self.level != "all" else 0
        side, roles, chosen = self.side, self.roles, self.sieve

        def passes(entry: Entry) -> bool:
            if isinstance(entry, LogGap):
                return True
            if rank(entry.level) < least or (side and roles.get(entry.deployment) != side):
                return False
            return chosen.passes(entry, roles)

        self.ring.accept(passes, is_slow=chosen.is_slow)

    def _line(self, entry: Entry, width: int) -> Line:
        return logs.log_line(entry, width, roles=self.roles)
