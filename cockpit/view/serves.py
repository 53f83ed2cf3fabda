"""Which deployments serve while nothing is under way, since when, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.rollout.meaning import starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rollout.stopping import is_stopped
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view.fit import foreign, join, line_cells, spread
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.rollback import whole_span
from cockpit.view.times import moment
from cockpit.view.words import short


def at_rest(scene: Scene, width: int, right: Line | None = None) -> Line:
    """Which deployments serve, since when where there is room for all; and whether the way back is open."""
    end = right or _light(scene, width // 2)
    end = line(*end.spans, " ") if end.spans else end
    is_followed = scene.state.plan.railway() is not None
    unknown = "which deployment serves is not known yet" if is_followed else "this plan follows no deployment"
    left = Line((Span(f" {unknown}", Tone.DIM),))
    for spans in _forms([*_serving(scene.state, scene.now)]):
        left = Line((Span(" "), *(join(spans) or Line()).spans))
        if line_cells(left) + line_cells(end) <= width:
            break
    return spread(left, end, width)


def deploy_is_unknown(state: State, service: str | None = None) -> bool:
    """Whether something that starts a rollout was sent and its outcome never came."""
    for intent in state.intents.values():
        action = state.plan.actions.get(intent.action)
        starts = intent.outcome == "lost" and action is not None and action.starts_rollout
        if starts and action is not None and service in (None, action.target):
            return True
    return False


def _light(scene: Scene, room: int) -> Line:
    """The light with its reason where there is room; none once the run is over."""
    if scene.state.is_closed:
        return Line()
    full = line(whole_span(scene))
    return full if line_cells(full) <= room else line(whole_span(scene, why=False))


@dataclass(frozen=True, slots=True)
class _Told:
    """One service: which of it, what it does, since when."""

    which: str
    does: str = "serves"
    since: str = ""
    tone: Tone = Tone.PLAIN

    @property
    def is_well(self) -> bool:
        return self.does == "serves" and self.tone is Tone.PLAIN


def _forms(told: Sequence[_Told]) -> Iterator[list[Span]]:
    """Ways to say it, the longest first: what does not serve is told in full in each of them."""
    if not told:
        return
    yield [Span(f"{one.which} {one.does}{one.since}", one.tone) for one in told]
    yield [Span(f"{one.which} {one.does}", one.tone) for one in told]
    well, others = [one.which for one in told if one.is_well], [one for one in told if not one.is_well]
    others_told = [Span(f"{one.which} {one.does}", one.tone) for one in others]
    yield [*others_told, *map(Span, well[:-1]), *(Span(f"{which} serve") for which in well[-1:])]


def _serving(state: State, now: datetime) -> Iterator[_Told]:
    newest: dict[str, Rollout] = {
        rollout.service: rollout for rollout in state.rollouts.values() if rollout.outcome == "done"
    }
    for service in dict.fromkeys((*newest, *state.targets)):
        rollout, target = newest.get(service), state.targets.get(service)
        if is_stopped(state, service):
            yield _Told(foreign(service, limit=20), "stopped", tone=Tone.WARN)
        elif rollout is not None:
            yield _after(state, rollout, now)
        elif target is not None:
            yield _before(state, service, target, now)


def _after(state: State, rollout: Rollout, now: datetime) -> _Told:
    which = f"{foreign(rollout.service, limit=20)} {short(rollout.commit or rollout.deployment)}"
    if not rollout.is_up:
        return _Told(f"! {which}", f"is not up ({foreign(rollout.status, limit=30)})", tone=Tone.BAD)
    since = f" since {moment(rollout.t1.at, now)}" if rollout.t1 else ""
    if not is_ours(state, rollout.deployment):
        who = foreign(starter(state, rollout), limit=20)
        return _Told(f"! {which} of {who}, not ours,", since=since, tone=Tone.BAD)
    return _Told(which, since=since)


def _before(state: State, service: str, target: Deployment, now: datetime) -> _Told:
    which = f"{foreign(service, limit=20)} {short(target.commit or target.id)}"
    if deploy_is_unknown(state, service):
        return _Told(f"! {which}", "served; a deploy may have replaced it", tone=Tone.BAD)
    if not target.is_up:
        return _Told(f"! {which}", f"was not up at the opening ({foreign(target.status, limit=30)})", tone=Tone.BAD)
    return _Told(which, since=f" since {moment(target.status_at or target.created_at, now)}")
