"""What did not go as configured in a rollout, one sentence each.

A function of the clocks alone, so a sentence is corrected when a better stamp arrives and is
never there twice. Clocks that only we have seen prove nothing and accuse nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.core.rollout.clocks import BY_LINE, BY_STATUS, BY_US, drain, draining, overlap
from cockpit.core.rollout.deployment import Instant, Rollout
from cockpit.core.span import clock_face

_TOLERANCE = timedelta(seconds=5)
"""Below this a clock is as configured: platform lines carry whole seconds, statuses lag by one or two."""


def deviations(rollout: Rollout) -> tuple[str, ...]:
    """The sentences, in the order of the clocks."""
    found = (_of_overlap(rollout), _of_drain(rollout), *_of_witnesses(rollout))
    return tuple(sentence for sentence in found if sentence)


def _of_overlap(rollout: Rollout) -> str:
    actual, configured = overlap(rollout), rollout.overlap_configured
    if actual is None or _is_hearsay(rollout.t1, rollout.t2):
        return ""
    if actual < -_TOLERANCE:
        return f"The old deployment was stopped {clock_face(-actual)} before the new one was up."
    if configured is None or abs(actual - timedelta(seconds=configured)) <= _TOLERANCE:
        return ""
    return f"The overlap took {clock_face(actual)}, configured were {_face(configured)}."


def _of_drain(rollout: Rollout) -> str:
    actual, configured = drain(rollout), rollout.drain_configured
    if actual is None or not configured or _is_hearsay(rollout.t2, rollout.t3):
        return ""
    # A line's stamp is cut to whole seconds: the drain it begins looks up to one second too long.
    slack = timedelta(seconds=1 if rollout.t2 and rollout.t2.source == BY_LINE else 0)
    if actual < timedelta(seconds=configured) + slack:
        return ""
    used = f"{clock_face(actual)} of {_face(configured)}"
    return f"The drain used its whole window ({used}): the old instance was killed, not finished."


def _of_witnesses(rollout: Rollout) -> Iterator[str]:
    """The platform's other stamps of T2, where they tell another time than the status."""
    if rollout.t2 is None or rollout.t2.source != BY_STATUS:
        return
    step = draining(rollout)
    yield _disagreement("The line 'Stopping Container'", rollout.stopping, rollout.t2.at)
    yield _disagreement("The step DRAIN_INSTANCES", step.started if step else None, rollout.t2.at)


def _disagreement(witness: str, at: datetime | None, status: datetime) -> str:
    if at is None or abs(at - status) <= _TOLERANCE:
        return ""
    word = "after" if at > status else "before"
    return f"{witness} came {clock_face(abs(at - status))} {word} REMOVING: the overlap may be another one."


def _is_hearsay(*clocks: Instant | None) -> bool:
    return any(clock is not None and clock.source == BY_US for clock in clocks)


def _face(seconds: float) -> str:
    return clock_face(timedelta(seconds=seconds))
