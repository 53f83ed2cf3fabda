"""Whether the way back is open, in words: each thing it needs with how old the look at it is.

Where this process has looked, what it saw; else what the record says, with its age.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cockpit.core.finding import Finding
from cockpit.core.plan import Level
from cockpit.core.readiness import findings as found_now
from cockpit.telemetry import Scene
from cockpit.view.fit import foreign, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import DONE, FAILED, UNSURE
from cockpit.view.times import ago

_REMARK = "·"


def findings(scene: Scene, level: Level) -> tuple[Finding, ...]:
    """What one level needs, and what of it is there."""
    known = scene.state.readiness.get(level.id)
    if known is not None and not scene.live.has_looked:
        return known.findings
    return found_now(scene.state, level, scene.live.looks, scene.now)


def lines(scene: Scene, levels: Sequence[Level], width: int) -> Iterator[Line]:
    """All that these levels need, each told once, the worst first; nothing for a plan without a way back."""
    found = {(each.kind, each.subject): each for level in reversed(levels) for each in findings(scene, level)}
    if not found:
        return
    yield line(Span("What the way back needs", Tone.STRONG), Span(recorded(scene, levels), Tone.DIM))
    for each in sorted(found.values(), key=_place):
        yield from _finding(scene, each, width)


def _finding(scene: Scene, each: Finding, width: int) -> Iterator[Line]:
    age = f", seen {ago(each.at, scene.now)}" if each.at is not None else ""
    words = f"{foreign(each.words, limit=300)}{age}"
    if each.remark:
        yield from wrapped(words, width, Tone.DIM, indent=f"{_REMARK} ")
    elif each.ready:
        yield from wrapped(words, width, indent=f"{DONE} ")
    else:
        glyph, tone = (UNSURE, Tone.WARN) if each.ready is None else (FAILED, Tone.BAD)
        yield from wrapped(words, width, tone, indent=f"{glyph} ")


def _place(each: Finding) -> int:
    """Not ready, unknown, ready; remarks last."""
    if each.remark:
        return 3
    return {False: 0, None: 1, True: 2}[each.ready]


def recorded(scene: Scene, levels: Sequence[Level]) -> str:
    """`, as recorded 3h ago`: how old the record is, where this process has nothing newer; else empty."""
    at = recorded_at(scene, levels)
    return f", as recorded {ago(at, scene.now)}" if at is not None else ""


def recorded_at(scene: Scene, levels: Sequence[Level]) -> datetime | None:
    """When the oldest of the findings told was recorded; None where this process looks itself, or nobody ever did.

    A record is a line only where something changed: whoever drives may have seen the same a moment ago.
    """
    at = [known.at for level in levels if (known := scene.state.readiness.get(level.id)) is not None]
    return min(at, default=None) if not scene.live.has_looked else None
