"""What the screen says of the API requests of this hour, and of what is asked less often because of them."""

from __future__ import annotations

from datetime import timedelta

from cockpit.core import cadence
from cockpit.core.plan import LogCheck, Monitor, Question, RailwayCheck
from cockpit.core.span import show_span
from cockpit.telemetry import Scene
from cockpit.view.line import Span, Tone

_LOW, _STRETCHED, _CALM = 0, 4, 7
"""Places in the header: what is low never leaves it, what is calm leaves it first."""


def in_header(scene: Scene) -> tuple[int, Span] | None:
    """`api 212/1000`, and how much slower Railway is asked; None before it was asked at all."""
    budget = scene.live.budget
    if budget is None:
        return None
    words = f"api {budget.used}/{budget.per_hour}"
    if budget.uncounted:
        words += f" ({budget.uncounted} uncounted)"
    if budget.used >= budget.free:
        return _LOW, Span(f"! {words}", Tone.BAD)
    if not _is_slower(budget.giving_way):
        return _CALM, Span(words, Tone.DIM)
    return _STRETCHED, Span(f"{words}, asked {_times(budget.giving_way)} slower", Tone.WARN)


def of_rollouts(scene: Scene) -> str:
    """Which looks are stretched to what, and why, as a sentence; empty while none is."""
    budget = scene.live.budget
    if budget is None or not _is_slower(budget.giving_way):
        return ""
    ours, usual = show_span(_whole(cadence.ROLLOUT * budget.stretch)), show_span(cadence.ROLLOUT)
    looks = f"this run's rollouts every {ours} instead of {usual}, all else {_times(budget.giving_way)} slower"
    return f"Railway is asked less often: {looks}. {_why(scene)}"


def of_limits(scene: Scene) -> str:
    """What Railway says of the requests, where that is less than was planned or counted; empty where it is not."""
    budget = scene.live.budget
    if budget is None:
        return ""
    said = []
    if budget.is_overstated:
        said.append(f"Railway allows {budget.observed} requests an hour, the plan says {budget.planned}")
    if budget.uncounted:
        less = f"Railway leaves {budget.uncounted} requests less than were counted here"
        said.append(f"{less}: other programs, or an earlier start, spend with the same token")
    return ". ".join(said)


def of_monitor(scene: Scene, check: Question, monitor: Monitor) -> str:
    """`every 5m`, or what that is stretched to now, and why."""
    budget, every = scene.live.budget, show_span(monitor.every)
    asks_railway = isinstance(check, RailwayCheck | LogCheck)
    if budget is None or not asks_railway or not _is_slower(budget.giving_way):
        return f"every {every}"
    return f"every {show_span(_whole(monitor.every * budget.giving_way))} instead of {every} ({_why(scene)})"


def _why(scene: Scene) -> str:
    budget = scene.live.budget
    assert budget is not None
    kept = f"{budget.held_back} more are kept for a rollback"
    others = f" ({budget.uncounted} of them not counted here)" if budget.uncounted else ""
    return f"{budget.used} of the hour's {budget.free} free requests are spent{others}, {kept}"


def _is_slower(factor: float) -> bool:
    return factor >= 1.1


def _times(factor: float) -> str:
    return f"{factor:.1f}x" if factor < 10 else f"{factor:.0f}x"


def _whole(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))
