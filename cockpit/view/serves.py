"""Which deployments serve while nothing is under way, since when, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cockpit.core.deployment import Deployment, Rollout
from cockpit.core.meaning import starter
from cockpit.core.newcomers import is_ours
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view.fit import foreign, join, line_cells, spread
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.rollback import light_span, readiness
from cockpit.view.times import moment
from cockpit.view.words import short


def at_rest(scene: Scene, width: int, right: Line | None = None) -> Line:
    """Which deployments serve, since when; and whether the way back is open."""
    serving = join(_serving(scene.state, scene.now)) or Line()
    left = Line((Span(" "), *(serving.spans or (Span("which deployment serves is not known yet", Tone.DIM),))))
    end = right or _light(scene, width // 2)
    return spread(left, line(*end.spans, " ") if end.spans else end, width)


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
    full = line(light_span(readiness(scene)))
    return full if line_cells(full) <= room else line(light_span(readiness(scene), why=False))


def _serving(state: State, now: datetime) -> Iterator[Span]:
    newest: dict[str, Rollout] = {
        rollout.service: rollout for rollout in state.rollouts.values() if rollout.outcome == "done"
    }
    for service in dict.fromkeys((*newest, *state.targets)):
        rollout, target = newest.get(service), state.targets.get(service)
        if rollout is not None:
            yield _after(state, rollout, now)
        elif target is not None:
            yield _before(state, service, target, now)


def _after(state: State, rollout: Rollout, now: datetime) -> Span:
    which = f"{foreign(rollout.service, limit=20)} {short(rollout.commit or rollout.deployment)}"
    if not rollout.is_up:
        return Span(f"! {which} is not up ({foreign(rollout.status, limit=30)})", Tone.BAD)
    since = f" since {moment(rollout.t1.at, now)}" if rollout.t1 else ""
    if not is_ours(state, rollout.deployment):
        who = foreign(starter(state, rollout), limit=20)
        return Span(f"! {which} of {who}, not ours, serves{since}", Tone.BAD)
    return Span(f"{which} serves{since}")


def _before(state: State, service: str, target: Deployment, now: datetime) -> Span:
    which = f"{foreign(service, limit=20)} {short(target.commit or target.id)}"
    if deploy_is_unknown(state, service):
        return Span(f"! {which} served; a deploy may have replaced it", Tone.BAD)
    if not target.is_up:
        return Span(f"! {which} was not up at the opening ({foreign(target.status, limit=30)})", Tone.BAD)
    return Span(f"{which} serves since {moment(target.status_at or target.created_at, now)}")
