"""Whether a rollout goes as fast as it should: over its time, stalled, or waiting for somebody.

Judged by Railway's own stamps and an instant: nothing here counts looks, so a cockpit that was away
judges the same. Over its time is no ending, a stall is no failure: both are told, neither is acted on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cockpit.core.rollout.deployment import Rollout, Stage
from cockpit.core.rollout.forecast import Forecast
from cockpit.core.span import clock_face

TIMES = 3
"""A stage in which nothing moved for so many times what it took in earlier runs has stalled."""
NO_FORECAST = timedelta(minutes=15)
"""The same where nothing is known from before."""
LEAST = timedelta(minutes=2)
"""Nothing stalls sooner, however fast it used to be: looks, stamps and clocks are seconds apart."""
HEALTH_TIMEOUT = timedelta(seconds=300)
"""Railway's own, where none is configured (`railway/api.md` 5 [D])."""
_SLACK = {"overlap": timedelta(seconds=5), "drain": timedelta(seconds=10)}
"""By how much a configured period may be passed; from the kill to REMOVED it takes seconds."""

_WAITING = frozenset({"QUEUED", "WAITING", "NEEDS_APPROVAL", "SLEEPING"})


@dataclass(frozen=True, slots=True)
class Pace:
    """What is to be said about the stage under way; `word` is empty where there is nothing."""

    word: Literal["", "waits", "over", "stalled"] = ""
    stage: str = ""
    sentence: str = ""


def pace(rollout: Rollout, expected: Forecast, now: datetime) -> Pace:
    """The stage under way against its configured and forecast length. Nothing of a rollout that is over."""
    now = rollout.railways(now)
    if rollout.is_over:
        return Pace()
    if rollout.status in _WAITING:
        return Pace("waits", sentence=rollout.because)
    stage = under_way(rollout)
    name = stage.name if stage is not None else "queue"
    quiet = max(timedelta(), now - min(now, _moved(rollout)))
    limit = _stalls_after(rollout, name, expected)
    if quiet > limit:
        return Pace("stalled", name, f"Stalled: nothing moved for {clock_face(quiet)} in {name}.")
    if stage is None or stage.started is None:
        return Pace()
    most, why = _most(rollout, stage, expected)
    passed = max(timedelta(), now - stage.started)
    if most is None or passed <= most:
        return Pace()
    return Pace("over", name, f"Over: {name} takes {clock_face(passed)}, {why}.")


def under_way(rollout: Rollout) -> Stage | None:
    """The last stage that has begun and not ended."""
    open_ = [stage for stage in rollout.stages if stage.started is not None and stage.ended is None]
    return open_[-1] if open_ else None


def _most(rollout: Rollout, stage: Stage, expected: Forecast) -> tuple[timedelta | None, str]:
    """How long it may take before that is said, and by what measure."""
    if stage.expected is not None:
        configured = timedelta(seconds=stage.expected)
        return configured + _SLACK.get(stage.name, timedelta()), f"configured are {clock_face(configured)}"
    if stage.name == "health" and rollout.health_limit is not None:
        limit = timedelta(seconds=rollout.health_limit)
        if (known := expected.get("health")) is None or known.high > rollout.health_limit:
            return limit, f"its limit is {clock_face(limit)}"
    known = expected.get(stage.name)
    if known is None:
        return None, ""
    # One earlier rollout shows no range; half as long again is not worth a word.
    most = timedelta(seconds=max(known.high, known.median * 1.5 if known.count < TIMES else known.high)) + LEAST / 12
    return most, f"earlier runs took {known.words}"


def _stalls_after(rollout: Rollout, name: str, expected: Forecast) -> timedelta:
    configured = {"overlap": rollout.overlap_configured, "drain": rollout.drain_configured}.get(name)
    if name == "health":
        seconds = rollout.health_limit
        return (timedelta(seconds=seconds) if seconds is not None else HEALTH_TIMEOUT) + timedelta(seconds=30)
    if configured is not None:
        return timedelta(seconds=configured) + LEAST
    known = expected.get(name)
    return max(LEAST, timedelta(seconds=known.median * TIMES)) if known is not None else NO_FORECAST


def _moved(rollout: Rollout) -> datetime:
    """The newest thing that Railway has stamped."""
    return max(_stamps(rollout))


def _stamps(rollout: Rollout) -> Iterator[datetime]:
    yield rollout.made or rollout.started
    yield from (at for at in (rollout.status_at, rollout.stopping, rollout.deploying) if at is not None)
    for step in rollout.steps:
        yield step.completed or step.started
    yield from (clock.at for clock in (rollout.t1, rollout.t2, rollout.t3) if clock is not None)
