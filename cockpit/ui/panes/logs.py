"""The log pane: what the deployments say, followed or held still."""

from __future__ import annotations

from cockpit.core.logline import LogGap, LogLine
from cockpit.telemetry import Scene
from cockpit.ui.panes.pane import Pane, Tab
from cockpit.ui.widgets.ring_log import Entry, RingLog
from cockpit.view import logs
from cockpit.view.fit import join
from cockpit.view.line import Line, Span, Tone

LEVELS = ("all", "info", "warn", "error")
_RANK = {"debug": 0, "info": 1, "warn": 2, "warning": 2, "error": 3}


class Logs(Pane):
    """A ring of lines; flushed ten times a second while it is shown, and only if something came."""

    def __init__(self) -> None:
        self.ring = RingLog(self._line)
        super().__init__("3", "Logs", self.ring, id="logs")
        self._roles: dict[str, str] = {}
        self.level = "all"

    def show(self, scene: Scene, *, tabs: tuple[Tab, ...] = ()) -> None:
        """Take over ring and roles, and paint the title."""
        ring = self.ring
        if not ring.size.width:
            return
        roles = logs.roles(scene.state)
        if roles != self._roles:
            self._roles = dict(roles)
            ring.forget()
        ring.read(scene.live.logs)
        ring.flush()
        self.show_title(self._state(scene), tabs=tabs)

    def next_level(self) -> str:
        """Show lines from the next level up; from the last it goes back to all."""
        self.level = LEVELS[(LEVELS.index(self.level) + 1) % len(LEVELS)]
        least = _RANK.get(self.level, 0)
        self.ring.accept(lambda entry: _rank(entry) >= least)
        return self.level

    def _state(self, scene: Scene) -> Line:
        ring = self.ring
        told = logs.log_title(scene, ring.is_following, self.level).spans
        named = told[2:] if told and told[0].text == self.words else told
        return join(
            (
                Line((Span(f"+{ring.fresh:,} new", Tone.ACCENT),)) if ring.fresh else Line(),
                Line((Span(f"/{ring.needle}", Tone.ACCENT),)) if ring.needle else Line(),
                Line(named),
            )
        )

    def _line(self, entry: Entry, width: int) -> Line:
        return logs.log_line(entry, width, roles=self._roles)


def _rank(entry: Entry) -> int:
    """Gaps, the platform's own lines and levels nobody knows are never hidden."""
    return 9 if isinstance(entry, LogGap) else _RANK.get(entry.level, 9) if isinstance(entry, LogLine) else 9
