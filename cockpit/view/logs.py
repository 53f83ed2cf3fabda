"""Log lines as they are read: time, who, text; gaps as loud as errors."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit.core.logline import LogGap, LogLine
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view.fit import cut_line, foreign, join, pad
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.times import utc

_LEVELS = {
    "debug": ("", Tone.DIM),
    "info": ("", Tone.PLAIN),
    "warn": ("! ", Tone.WARN),
    "warning": ("! ", Tone.WARN),
    "error": ("✗ ", Tone.BAD),
    "critical": ("✗ ", Tone.BAD),
    "platform": ("· ", Tone.ACCENT),
}
"""Level to the mark before the text, and its tone."""

_LINKS = {"live": Tone.OK, "polling": Tone.WARN, "reconnecting": Tone.WARN, "down": Tone.BAD}

_WHO = 12
"""Cells of `service·role`."""

Roles = Mapping[str, str]
"""Deployment id to `old` or `new`."""


def roles(state: State) -> Roles:
    """Which deployment is the old one and which the new, by the newest rollout."""
    rollout = state.current_rollout
    if rollout is None:
        return {target.id: "old" for target in state.targets.values()}
    return {rollout.deployment: "new"} | ({rollout.previous: "old"} if rollout.previous else {})


def log_line(entry: LogLine | LogGap, width: int, *, roles: Roles) -> Line:
    """One line of at most `width` cells: `12:01:22 web·old  text`."""
    if isinstance(entry, LogGap):
        words = f"! lines may be missing from {utc(entry.since)} to {utc(entry.until)}: {foreign(entry.why, limit=200)}"
        return cut_line(line(Span(words, Tone.BAD)), width)
    mark, tone = _LEVELS.get(entry.level.lower(), ("", Tone.PLAIN))
    role = roles.get(entry.deployment, "")
    who = foreign(entry.service, limit=40) + (f"·{role}" if role else "")
    return cut_line(
        line(
            Span(utc(entry.at), Tone.DIM),
            " ",
            Span(pad(who, _WHO), Tone.ACCENT if role == "new" else Tone.DIM),
            " ",
            Span(mark + foreign(entry.text.strip(), limit=max(1, width)), tone),
        ),
        width,
    )


def log_title(scene: Scene, following: bool, level: str) -> Line:  # noqa: FBT001  (the title's two words, in order)
    """The pane's title: which lines, whether they follow, how they come, how many were let go."""
    ring, link = scene.live.logs, scene.live.log_link
    dropped = f"{ring.first} older ones let go" if ring.first else ""
    why = f", {foreign(link.why, limit=60)}" if link.why and link.state != "live" else ""
    return join(
        (
            Span("Logs", Tone.STRONG),
            f"level≥{foreign(level, limit=20)}" if level and level != "all" else "all levels",
            Span(f"{foreign(link.state, limit=20)}{why}", _LINKS.get(link.state, Tone.WARN)),
            Span("following" if following else "held still", Tone.PLAIN if following else Tone.WARN),
            Span(dropped, Tone.DIM),
        )
    )
