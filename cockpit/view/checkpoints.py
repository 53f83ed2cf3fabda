"""The page of checkpoints: what is due, overdue and ahead, with the time left or over, and what is open in each."""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.plan.window import is_open, next_change
from cockpit.core.span import clock_face
from cockpit.core.watch.checkpoint import Checkpoint, Mark, checkpoints
from cockpit.telemetry import Scene
from cockpit.view.fit import cells, cut_line, foreign, pad, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import ACTIVE, DONE, LEFT_OUT, OPEN, RUNNING, UNSURE, of_item, of_monitor
from cockpit.view.times import moment
from cockpit.view.words import count, name, title

_TITLE, _RULE, _TIME = 24, 30, 48
"""Columns in cells: a title, the words of the plan, the time left or over with its instant (a day and a date at most).

Where all three do not fit, the words of the plan stand below: an instant that is cut could be misread.
"""

_STANDING = {
    Mark.WAITS: (OPEN, Tone.DIM),
    Mark.AHEAD: (OPEN, Tone.PLAIN),
    Mark.DUE: (ACTIVE, Tone.ACCENT),
    Mark.OVERDUE: (UNSURE, Tone.BAD),
    Mark.RUNNING: (RUNNING, Tone.BUSY),
    Mark.DONE: (DONE, Tone.OK),
    Mark.LEFT: (LEFT_OUT, Tone.WARN),
}


def lines(scene: Scene, width: int) -> Iterator[Line]:
    """The page: each checkpoint, below it what is open in it; then the windows."""
    found = checkpoints(scene.state, scene.now)
    if not found:
        yield from wrapped("No phase of this plan comes at a time or lasts. There are no checkpoints.", width, Tone.DIM)
    for each in found:
        is_wide = width >= _TITLE + _RULE + _TIME
        yield cut_line(_head(scene, each, is_wide=is_wide), width)
        if not is_wide:
            yield cut_line(Line((Span(f"    {_rule(each)}", Tone.DIM),)), width)
        yield from (cut_line(one, width) for one in _below(scene, each))
    if scene.state.plan.windows:
        yield Line()
    for key in scene.state.plan.windows:
        yield from wrapped(window_words(scene, key), width)


def time_words(scene: Scene, each: Checkpoint) -> str:
    """`in 2:59:48`, `overdue by 0:12`, `due since 0:12`, `23:12:02 left`, `done`."""
    if each.at is None or each.mark in (Mark.DONE, Mark.LEFT, Mark.WAITS):
        return str(each.mark)
    span = clock_face(abs(each.at - scene.now))
    words = {
        Mark.AHEAD: f"in {span}",
        Mark.DUE: f"due since {span}",
        Mark.OVERDUE: f"overdue by {span}",
        Mark.RUNNING: f"{span} left",
    }
    return words[each.mark]


def window_words(scene: Scene, key: str) -> str:
    """`peak (mon-fri 08:00-18:00 Europe/Berlin): open, closes in 2:10:00 (16:00:00 UTC)`."""
    window = scene.state.plan.windows[key]
    inside, change = is_open(window, scene.now), next_change(window, scene.now)
    head = f"{key} ({foreign(str(window), limit=80)})"
    if inside is None:
        return f"{head}: not known, this machine has no such time zone"
    word, verb = ("open", "closes") if inside else ("closed", "opens")
    if change is None:
        return f"{head}: {word} at any time"
    return f"{head}: {word}, {verb} in {clock_face(change - scene.now)} ({moment(change, scene.now)} UTC)"


def _rule(each: Checkpoint) -> str:
    return foreign(each.phase.due or f"lasts {each.phase.lasts}", limit=60)


def _head(scene: Scene, each: Checkpoint, *, is_wide: bool) -> Line:
    glyph, tone = _STANDING[each.mark]
    columns = [Span(f"{glyph} ", tone), Span(_column(name(each.phase), _TITLE), Tone.STRONG)]
    if is_wide:
        columns.append(Span(_column(_rule(each), _RULE), Tone.DIM))
    at = f", {moment(each.at, scene.now)} UTC" if each.at is not None and each.mark is not Mark.DONE else ""
    return line(*columns, Span(time_words(scene, each), tone), Span(at, Tone.DIM))


def _column(words: str, width: int) -> str:
    """Words that end before the next column; longer ones move it, since half a rule says something else."""
    return pad(words, max(width, cells(words) + 2))


def _below(scene: Scene, each: Checkpoint) -> Iterator[Line]:
    """What is open in it, item by item; of one that has not come the number alone. Of a watch its monitors."""
    if each.mark in (Mark.WAITS, Mark.AHEAD) and scene.state.opened_at(each.phase.id) is None:
        if each.open:
            yield Line((Span(f"    {count(len(each.open), 'item')}", Tone.DIM),))
        return
    for item in each.open:
        standing = of_item(scene, item)
        glyph, word = Span(f"    {standing.glyph} ", standing.tone), Span(f"  {standing.word}", standing.tone)
        yield Line((glyph, Span(title(scene.state, item)), word))
    for key in each.phase.monitors if each.mark is Mark.RUNNING else ():
        standing = of_monitor(scene.state, key)
        window = scene.state.plan.windows.get(scene.state.plan.monitors[key].during or "")
        rests = window is not None and is_open(window, scene.now) is False
        words = "rests, outside its window" if rests else standing.word
        yield Line((Span(f"    {standing.glyph} {key}: {words}", Tone.DIM if rests else standing.tone),))
