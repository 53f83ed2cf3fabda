"""The deployment strip: the stages of the rollout in flight with their clocks, or what serves and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.core.rollout import countdown
from cockpit.core.rollout.deployment import STATUSES, Rollout, Stage
from cockpit.core.rollout.forecast import Forecast, contradictions
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.span import clock_face
from cockpit.telemetry import Scene
from cockpit.view import trouble
from cockpit.view.fit import cut_line, foreign, join, line_cells, spread
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.rollouts import expected, on_its_way, place, shown
from cockpit.view.serves import at_rest
from cockpit.view.standing import DONE, FAILED, LEFT_OUT, OPEN, RUNNING, UNSURE
from cockpit.view.times import until
from cockpit.view.words import count, reason

_FULL, _EMPTY = "▓", "░"

_ALL = 10_000
_WORDS_AT_LEAST = 24
"""Cells the words at the end keep, however long the stages are."""


def strip(scene: Scene, width: int) -> Line:
    """One line of at most `width` cells; stages that are done shrink first, what comes next stays."""
    rollout = shown(scene)
    if rollout is None or shows_light(scene):
        return at_rest(scene, width)
    right = _what_next(scene, rollout)
    if rollout.outcome == "done" and not scene.rollout:
        return at_rest(scene, width, right)
    return _rolling(scene, rollout, right, width)


def in_words(scene: Scene, rollout: Rollout) -> str:
    """`web: build ✓ 1:02 ─ overlap ◐ 3:12/5:00 ─ drain ○ 10:00, SIGTERM in 1:48`, for a pipe."""
    stages = _stages(scene, rollout, _Squeeze(bar=0))
    told = " ─ ".join(span.text for span in stages if not span.text.startswith("gone "))
    ahead = _what_next(scene, rollout).text
    return f"{foreign(rollout.service, limit=20)}: {told}" + (f", {ahead}" if ahead else "")


def shows_light(scene: Scene) -> bool:
    """Whether there is room for the light of the way back: nothing is in flight, nothing odd is left to tell."""
    state, rollout = scene.state, shown(scene)
    if rollout is None:
        return True
    if scene.rollout in state.rollouts:
        return False
    if rollout.outcome == "done" and not rollout.deviations:
        return True
    if rollout.is_over and rollout.t1 is None and not is_ours(state, rollout.deployment):
        return True  # somebody else's that never served has left everything as it was
    level = state.plan.phase(state.level) if state.level else None
    return rollout.is_over and level is not None and state.phase_settled(level)


@dataclass(frozen=True, slots=True)
class _Squeeze:
    """What is left out so that the line fits."""

    bar: int = 8
    done_times: bool = True
    done_names: bool = True
    forecasts: bool = True
    later: bool = True


_SQUEEZES = (
    _Squeeze(),
    _Squeeze(bar=5),
    _Squeeze(bar=5, done_times=False),
    _Squeeze(bar=5, done_times=False, done_names=False),
    _Squeeze(bar=5, done_times=False, done_names=False, forecasts=False),
    _Squeeze(bar=0, done_times=False, done_names=False, forecasts=False),
    _Squeeze(bar=0, done_times=False, done_names=False, forecasts=False, later=False),
)


def _rolling(scene: Scene, rollout: Rollout, right: Line, width: int) -> Line:
    end = line(*right.spans, " ") if right.spans else Line()
    left, needed = Line(), line_cells(end)
    for start, squeeze, words in _forms(scene, rollout):
        left = Line((start, *join(_stages(scene, rollout, squeeze), " ─ ").spans))
        if line_cells(left) + 2 + min(needed, words) <= width:
            break
    room = max(_WORDS_AT_LEAST, width - line_cells(left) - 2)
    return spread(left, cut_line(end, room, whole_words=True), width, gap=2)


def _forms(scene: Scene, rollout: Rollout) -> Iterator[tuple[Span, _Squeeze, int]]:
    """Ways to show it, the longest first, each with the cells its words at the end need at most.

    Of ours the stages stay longest; of others' it stays longest who started it.
    """
    leads = _leads(scene, rollout)
    if is_ours(scene.state, rollout.deployment):
        yield from ((start, squeeze, _ALL) for squeeze in _SQUEEZES for start in leads)
    else:
        yield from ((leads[0], squeeze, _ALL) for squeeze in _SQUEEZES)
        yield from ((start, _SQUEEZES[-1], _WORDS_AT_LEAST) for start in leads)


def _leads(scene: Scene, rollout: Rollout) -> tuple[Span, ...]:
    """What stands before the stages, the longest first. Whose it is stays, where it is not ours."""
    number = place(scene, rollout)
    service = foreign(rollout.service, limit=20) + (f" {number}" if number else "")
    if is_ours(scene.state, rollout.deployment):
        return (Span(f" {service}: ", Tone.DIM), Span(f" {number}: " if number else " ", Tone.DIM))
    who = foreign(starter(scene.state, rollout), limit=20)
    return (
        Span(f" ! not ours, {who}: {service}: ", Tone.WARN),
        Span(f" ! not ours, {who}: ", Tone.WARN),
        Span(f" ! not ours {number}: " if number else " ! not ours: ", Tone.WARN),
    )


def _stages(scene: Scene, rollout: Rollout, squeeze: _Squeeze) -> Iterator[Span]:
    known, now, is_seen = expected(scene, rollout), rollout.railways(scene.now), not trouble.is_unseen(scene, rollout)
    if not rollout.stages:
        yield Span(f"queue {RUNNING} {clock_face(now - rollout.started)}", Tone.BUSY)
        return
    begun = [place for place, stage in enumerate(rollout.stages) if stage.started is not None]
    newest = begun[-1] if begun else -1
    passed = [stage for place, stage in enumerate(rollout.stages) if place <= newest and _is_passed(stage)]
    if passed and not squeeze.done_names:
        yield Span(f"{len(passed)} done {DONE}", Tone.OK)
    for stage in rollout.stages:
        if stage in passed:
            if squeeze.done_names:
                yield _finished(stage, with_time=squeeze.done_times)
            continue
        if stage.started is not None and not stage.failed and not is_seen:
            yield _unsure(stage, stage.started, _length(stage, known), now)
        elif stage.started is not None or stage.failed or squeeze.later:
            yield _unfinished(stage, _length(stage, known), now, squeeze)
        if stage.failed:
            return


def _is_passed(stage: Stage) -> bool:
    """It ended well, or a later one began without it: no health check, say."""
    return not stage.failed and (stage.ended is not None or stage.started is None)


@dataclass(frozen=True, slots=True)
class _Length:
    """How long a stage should take: as configured, or with `~` as in the median of earlier runs."""

    seconds: float
    mark: str = ""
    most: float = 0.0
    """Seconds after which it is late."""

    @property
    def words(self) -> str:
        return self.mark + _face(self.seconds)


def _length(stage: Stage, known: Forecast) -> _Length | None:
    if stage.expected is not None:
        return _Length(stage.expected, most=stage.expected)
    earlier = known.get(stage.name)
    return _Length(earlier.median, "~", earlier.high) if earlier is not None else None


def _unfinished(stage: Stage, length: _Length | None, now: datetime, squeeze: _Squeeze) -> Span:
    if stage.failed:
        return Span(f"{stage.name} {FAILED}{_took(stage)}", Tone.BAD)
    if stage.started is not None:
        return _running(stage, stage.started, length, now, squeeze.bar)
    forecast = f" {length.words}" if length is not None and squeeze.forecasts else ""
    return Span(f"{stage.name} {OPEN}{forecast}", Tone.DIM)


def _finished(stage: Stage, *, with_time: bool) -> Span:
    if stage.started is None:
        return Span(f"{stage.name} {LEFT_OUT}", Tone.DIM)
    is_moment = stage.started == stage.ended
    return Span(f"{stage.name} {DONE}{_took(stage) if with_time and not is_moment else ''}", Tone.OK)


def _running(stage: Stage, started: datetime, length: _Length | None, now: datetime, bar: int) -> Span:
    passed = max(timedelta(), now - started)
    if length is None:
        return Span(f"{stage.name} {RUNNING} {clock_face(passed)}", Tone.BUSY)
    share = min(1.0, passed.total_seconds() / length.seconds) if length.seconds else 1.0
    full = int(share * bar)
    meter = _FULL * full + _EMPTY * (bar - full) if bar else RUNNING
    is_over = passed.total_seconds() > length.most
    return Span(f"{stage.name} {meter} {clock_face(passed)}/{length.words}", Tone.WARN if is_over else Tone.BUSY)


def _unsure(stage: Stage, started: datetime, length: _Length | None, now: datetime) -> Span:
    """A stage that ran when Railway showed it last: whether it still does is not known."""
    of = f"/{length.words}" if length is not None else ""
    return Span(f"{stage.name} {UNSURE} {clock_face(max(timedelta(), now - started))}{of}", Tone.WARN)


def _took(stage: Stage) -> str:
    if stage.started is None or stage.ended is None:
        return ""
    return f" {clock_face(stage.ended - stage.started)}"


def _what_next(scene: Scene, rollout: Rollout) -> Line:
    """Trouble first, then the countdown, then what is odd."""
    if trouble.is_unseen(scene, rollout):
        return line(Span(f"! {trouble.unseen(scene, rollout)}", Tone.BAD))
    if rollout.outcome in ("failed", "crashed", "removed", "superseded"):
        return line(Span(f"{FAILED} {reason(rollout.because) or rollout.outcome}", Tone.BAD))
    for found in _in_order(scene, rollout):
        return found
    return Line()


def _in_order(scene: Scene, rollout: Rollout) -> Iterator[Line]:
    """What there is to say of one that goes on, or went, the weightiest first."""
    if not rollout.is_over and rollout.status not in STATUSES:
        yield line(Span(f"! Railway says {foreign(rollout.status, limit=30)}, not known here", Tone.WARN))
    at_pace = on_its_way(scene, rollout)
    if at_pace.word == "stalled":
        yield line(Span(f"! {reason(at_pace.sentence)}", Tone.BAD))
    if rollout.deviations:
        words = f"! {count(len(rollout.deviations), 'deviation')}: {reason(rollout.deviations[-1])}"
        yield line(Span(words, Tone.WARN))
    for sentence in meaning(scene.state, rollout) if rollout.t1 is None else ():
        yield line(Span(f"! {reason(sentence)}", Tone.WARN))
    if not rollout.is_over and rollout.successor is not None:
        yield line(Span(f"! {reason(rollout.because)}", Tone.WARN))
    ahead = countdown(rollout, scene.now)
    if ahead is not None:
        what, when = ahead
        words = f"{what.removesuffix(', overdue')} {until(when, scene.now)}"
        yield line(Span(words, Tone.WARN if scene.now > when else Tone.STRONG))
    if at_pace.word == "over":
        yield line(Span(f"! {reason(at_pace.sentence)}", Tone.WARN))
    if rollout.because:
        yield line(Span(reason(rollout.because), Tone.WARN))
    for sentence in (*contradictions(rollout, expected(scene, rollout)), *rollout.doubts):
        if not rollout.is_over:
            yield line(Span(f"! {reason(sentence)}", Tone.WARN))


def _face(seconds: float) -> str:
    return clock_face(timedelta(seconds=seconds))
