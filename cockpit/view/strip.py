"""The deployment strip: the stages of the rollout in flight with their clocks, or what serves and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.core.deployment import Deployment, Rollout, Stage
from cockpit.core.rollout import countdown
from cockpit.core.span import clock_face
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view.fit import cut_line, foreign, join, line_cells, spread
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.rollback import light_span, readiness
from cockpit.view.standing import DONE, FAILED, LEFT_OUT, OPEN, RUNNING
from cockpit.view.times import moment, until
from cockpit.view.words import count, reason, short

_FULL, _EMPTY = "▓", "░"

_WORDS_AT_LEAST = 24
"""Cells the words at the end keep, however long the stages are."""


def strip(scene: Scene, width: int) -> Line:
    """One line of at most `width` cells; stages that are done shrink first, what comes next stays."""
    rollout = scene.state.current_rollout
    if rollout is None or shows_light(scene):
        return _at_rest(scene, width)
    right = _what_next(scene, rollout)
    if rollout.outcome == "done":
        return _at_rest(scene, width, right)
    return _rolling(rollout, scene.now, right, width)


def shows_light(scene: Scene) -> bool:
    """Whether there is room for the light of the way back: nothing is in flight, nothing odd is left to tell."""
    state, rollout = scene.state, scene.state.current_rollout
    if rollout is None or (rollout.outcome == "done" and not rollout.deviations):
        return True
    level = state.plan.phase(state.level) if state.level else None
    return rollout.is_over and level is not None and state.phase_settled(level)


@dataclass(frozen=True, slots=True)
class _Squeeze:
    """What is left out so that the line fits."""

    bar: int = 8
    done_times: bool = True
    done_names: bool = True
    forecasts: bool = True


_SQUEEZES = (
    _Squeeze(),
    _Squeeze(bar=5),
    _Squeeze(bar=5, done_times=False),
    _Squeeze(bar=5, done_times=False, done_names=False),
    _Squeeze(bar=5, done_times=False, done_names=False, forecasts=False),
    _Squeeze(bar=0, done_times=False, done_names=False, forecasts=False),
)


def _rolling(rollout: Rollout, now: datetime, right: Line, width: int) -> Line:
    end = line(*right.spans, " ") if right.spans else Line()
    lead = Span(f" {foreign(rollout.service, limit=20)}: ", Tone.DIM)
    left = Line()
    for squeeze in _SQUEEZES:
        for start in (lead, Span(" ")):
            left = Line((start, *join(_stages(rollout, now, squeeze), " ─ ").spans))
            if line_cells(left) + 2 + line_cells(end) <= width:
                return spread(left, end, width, gap=2)
    return spread(left, cut_line(end, max(_WORDS_AT_LEAST, width - line_cells(left) - 2)), width, gap=2)


def _stages(rollout: Rollout, now: datetime, squeeze: _Squeeze) -> Iterator[Span]:
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
        yield _unfinished(stage, now, squeeze)
        if stage.failed:
            return


def _is_passed(stage: Stage) -> bool:
    """It ended well, or a later one began without it: no health check, say."""
    return not stage.failed and (stage.ended is not None or stage.started is None)


def _unfinished(stage: Stage, now: datetime, squeeze: _Squeeze) -> Span:
    if stage.failed:
        return Span(f"{stage.name} {FAILED}{_took(stage)}", Tone.BAD)
    if stage.started is not None:
        return _running(stage, now, squeeze.bar)
    forecast = f" {_face(stage.expected)}" if stage.expected is not None and squeeze.forecasts else ""
    return Span(f"{stage.name} {OPEN}{forecast}", Tone.DIM)


def _finished(stage: Stage, *, with_time: bool) -> Span:
    if stage.started is None:
        return Span(f"{stage.name} {LEFT_OUT}", Tone.DIM)
    is_moment = stage.started == stage.ended
    return Span(f"{stage.name} {DONE}{_took(stage) if with_time and not is_moment else ''}", Tone.OK)


def _running(stage: Stage, now: datetime, bar: int) -> Span:
    assert stage.started is not None
    passed = max(timedelta(), now - stage.started)
    if stage.expected is None:
        return Span(f"{stage.name} {RUNNING} {clock_face(passed)}", Tone.BUSY)
    share = min(1.0, passed.total_seconds() / stage.expected) if stage.expected else 1.0
    full = int(share * bar)
    meter = _FULL * full + _EMPTY * (bar - full) if bar else RUNNING
    is_over = passed.total_seconds() > stage.expected
    return Span(
        f"{stage.name} {meter} {clock_face(passed)}/{_face(stage.expected)}", Tone.WARN if is_over else Tone.BUSY
    )


def _took(stage: Stage) -> str:
    if stage.started is None or stage.ended is None:
        return ""
    return f" {clock_face(stage.ended - stage.started)}"


def _what_next(scene: Scene, rollout: Rollout) -> Line:
    """Trouble first, then the countdown, then what is odd."""
    railway = scene.state.plan.railway()
    if not rollout.is_over and railway is not None and scene.live.links.get(railway[0]):
        seen = f", last seen {moment(rollout.last_seen, scene.now)}" if rollout.last_seen else ""
        return line(Span(f"! not seen now{seen}", Tone.BAD))
    if rollout.outcome in ("failed", "crashed", "removed", "superseded"):
        return line(Span(f"{FAILED} {reason(rollout.because) or rollout.outcome}", Tone.BAD))
    if rollout.deviations:
        return line(
            Span(f"! {count(len(rollout.deviations), 'deviation')}: {reason(rollout.deviations[-1])}", Tone.WARN)
        )
    ahead = countdown(rollout, scene.now)
    if ahead is not None:
        what, when = ahead
        return line(
            Span(
                f"{what.removesuffix(', overdue')} {until(when, scene.now)}",
                Tone.WARN if scene.now > when else Tone.STRONG,
            )
        )
    return line(Span(reason(rollout.because), Tone.WARN)) if rollout.because else Line()


def _at_rest(scene: Scene, width: int, right: Line | None = None) -> Line:
    """Which deployments serve, since when; and whether the way back is open."""
    serving = join(_serving(scene.state, scene.now)) or Line()
    left = Line((Span(" "), *(serving.spans or (Span("which deployment serves is not known yet", Tone.DIM),))))
    end = right or _light(scene, width // 2)
    return spread(left, line(*end.spans, " ") if end.spans else end, width)


def _light(scene: Scene, room: int) -> Line:
    """The light with its reason where there is room; none once the run is over."""
    if scene.state.is_closed:
        return Line()
    full = line(light_span(readiness(scene)))
    return full if line_cells(full) <= room else line(light_span(readiness(scene), why=False))


def _serving(state: State, now: datetime) -> Iterator[Span]:
    newest: dict[str, Rollout] = {
        rollout.service: rollout for rollout in state.rollouts.values() if rollout.outcome == "done"
    }
    for service in dict.fromkeys((*newest, *state.targets)):
        rollout, target = newest.get(service), state.targets.get(service)
        if rollout is not None:
            yield _after(rollout, now)
        elif target is not None:
            yield _before(state, service, target, now)


def _after(rollout: Rollout, now: datetime) -> Span:
    which = f"{foreign(rollout.service, limit=20)} {short(rollout.commit or rollout.deployment)}"
    if not rollout.is_up:
        return Span(f"! {which} is not up ({foreign(rollout.status, limit=30)})", Tone.BAD)
    return Span(f"{which} serves since {moment(rollout.t1.at, now)}" if rollout.t1 else f"{which} serves")


def _before(state: State, service: str, target: Deployment, now: datetime) -> Span:
    which = f"{foreign(service, limit=20)} {short(target.commit or target.id)}"
    if deploy_is_unknown(state, service):
        return Span(f"! {which} served; a deploy may have replaced it", Tone.BAD)
    if not target.is_up:
        return Span(f"! {which} was not up at the opening ({foreign(target.status, limit=30)})", Tone.BAD)
    return Span(f"{which} serves since {moment(target.status_at or target.created_at, now)}")


def deploy_is_unknown(state: State, service: str | None = None) -> bool:
    """Whether something that starts a rollout was sent and its outcome never came."""
    for intent in state.intents.values():
        action = state.plan.actions.get(intent.action)
        starts = intent.outcome == "lost" and action is not None and action.starts_rollout
        if starts and action is not None and service in (None, action.target):
            return True
    return False


def _face(seconds: float) -> str:
    return clock_face(timedelta(seconds=seconds))
