"""The three clocks of a rollout, joined from every witness there is.

T1 is the new deployment's SUCCESS, T2 the moment the old one is told to stop, T3 the moment it
is gone. Which status covers overlap and drain nobody has published (`railway/api.md` 11 and 14),
so each clock says where it comes from: the better source wins, and of equals the earlier
instant. That makes the join the same in any order and for any number of repeats.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cockpit.core.rollout.deployment import Deployment, Instant, Observation, Rollout, Step

BY_STATUS, BY_LINE, BY_STEP, BY_US = "status", "platform log line", "step", "seen by us"
"""Where a clock comes from, best first."""

DRAIN_STEP = "DRAIN_INSTANCES"
STOPPING_LINE = "Stopping Container"

_SOURCES = (BY_STATUS, BY_LINE, BY_STEP, BY_US)


def joined(rollout: Rollout, seen: Observation) -> Rollout:
    """The rollout with what this look tells of steps, lines and clocks, and of nothing else."""
    steps = _merged(rollout.steps, seen.steps)
    stopping = earliest(rollout.stopping, *_stopping_lines(rollout, seen))
    t2, t3 = (None, None) if rollout.previous is None else _of_old(seen, steps, stopping)
    return rollout.model_copy(
        update={
            "steps": steps,
            "stopping": stopping,
            "t1": _best(rollout.t1, _of_new(seen)),
            "t2": _best(rollout.t2, t2),
            "t3": _best(rollout.t3, t3),
        }
    )


def overlap(rollout: Rollout) -> timedelta | None:
    """T2-T1: how long both served; None until both are known, below zero where the old one stopped first."""
    return rollout.t2.at - rollout.t1.at if rollout.t1 and rollout.t2 else None


def drain(rollout: Rollout) -> timedelta | None:
    """T3-T2: how long the old one took to finish; None until both are known."""
    return rollout.t3.at - rollout.t2.at if rollout.t2 and rollout.t3 else None


def draining(rollout: Rollout) -> Step | None:
    """The new deployment's step in which the old one is drained."""
    return _step(rollout.steps, DRAIN_STEP)


def earliest(*instants: datetime | None) -> datetime | None:
    """The first of those that are known."""
    return min((instant for instant in instants if instant is not None), default=None)


def _of_new(seen: Observation) -> Instant | None:
    return _stamped(seen.new, seen) if seen.new.status == "SUCCESS" else None


def _of_old(
    seen: Observation, steps: tuple[Step, ...], stopping: datetime | None
) -> tuple[Instant | None, Instant | None]:
    told, gone = _by_status(seen)
    step = _step(steps, DRAIN_STEP)
    t2 = _best(told, _instant(stopping, BY_LINE), _instant(step.started if step else None, BY_STEP))
    t3 = _best(gone, _instant(step.completed if step else None, BY_STEP))
    return t2, t3


def _by_status(seen: Observation) -> tuple[Instant | None, Instant | None]:
    old = seen.old
    if old is None or old.status not in {"REMOVING", "REMOVED"}:
        return None, None
    stamp = _stamped(old, seen)
    if old.status == "REMOVING":
        return stamp, None
    # Nobody looked while it was REMOVING: it was told to stop by then at the latest.
    return _instant(stamp.at, BY_US), stamp


def _stamped(deployment: Deployment, seen: Observation) -> Instant:
    if deployment.status_at is None:
        return Instant(at=seen.at, source=BY_US)
    return Instant(at=deployment.status_at, source=BY_STATUS)


def _stopping_lines(rollout: Rollout, seen: Observation) -> Iterable[datetime]:
    """Since the new one was created, by the server's own clock: a restart before that logs the same line."""
    since = seen.new.created_at.replace(microsecond=0)  # platform lines carry whole seconds
    for line in seen.lines:
        if line.deployment == rollout.previous and line.at >= since and line.text.strip() == STOPPING_LINE:
            yield line.at


def _instant(at: datetime | None, source: str) -> Instant | None:
    return None if at is None else Instant(at=at, source=source)


def _best(*instants: Instant | None) -> Instant | None:
    known = [instant for instant in instants if instant is not None]
    return min(known, key=lambda instant: (_SOURCES.index(instant.source), instant.at), default=None)


def _step(steps: tuple[Step, ...], name: str) -> Step | None:
    return next((step for step in steps if step.name == name), None)


def _merged(known: tuple[Step, ...], seen: tuple[Step, ...]) -> tuple[Step, ...]:
    steps = {(step.name, step.started): step for step in known}
    for step in seen:
        before = steps.get((step.name, step.started), step)
        steps[step.name, step.started] = Step(
            name=step.name,
            started=step.started,
            completed=earliest(before.completed, step.completed),
            error=max(before.error or "", step.error or "") or None,
        )
    return tuple(sorted(steps.values(), key=lambda step: (step.started, step.name)))
