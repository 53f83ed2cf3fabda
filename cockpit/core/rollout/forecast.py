"""What a rollout may be expected to take, from those of earlier runs: median and range of each stage.

Only rollouts that were seen to their end count, and of them only stages whose both ends have a
stamp of Railway's: what only we saw begin or end is as long as we looked away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from statistics import median

from cockpit.core.events import RolloutBegan, RolloutObserved
from cockpit.core.rollout import advance
from cockpit.core.rollout.clocks import BY_US
from cockpit.core.rollout.deployment import Rollout
from cockpit.core.span import clock_face

_TOLERANCE = 5.0
"""Seconds by which observed and configured may differ: as in `deviations`."""
_KILL = 10.0
"""From the kill to REMOVED; seconds. Seen: 1 to 4."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How long a stage took in earlier runs; seconds."""

    median: float
    low: float
    high: float
    count: int
    """How many rollouts that rests on."""

    @property
    def words(self) -> str:
        """`1:02 (0:58 to 1:10 in 4)`; of a single one only what it took."""
        if self.count == 1:
            return f"{_face(self.median)} (once)"
        return f"{_face(self.median)} ({_face(self.low)} to {_face(self.high)} in {self.count})"


Story = tuple[RolloutBegan, tuple[RolloutObserved, ...]]
"""One rollout as its run recorded it."""

ROLLOUTS = 12
"""Rollouts of an action that a forecast rests on: older ones tell of another build."""

Forecast = Mapping[str, Expected]
"""By the stage's name; none for a stage no earlier rollout tells of."""


def forecast(earlier: Iterable[Rollout]) -> dict[str, Expected]:
    """Median and range of each stage over rollouts that are done."""
    taken: dict[str, list[float]] = {}
    for rollout in earlier:
        for stage, seconds in _lengths(rollout):
            taken.setdefault(stage, []).append(seconds)
    return {
        stage: Expected(median(lengths), min(lengths), max(lengths), len(lengths)) for stage, lengths in taken.items()
    }


def by_action(stories: Iterable[Story]) -> dict[str, dict[str, Expected]]:
    """A forecast for each action, from what earlier runs recorded of its rollouts, newest first.

    A rollback builds nothing and a redeploy may not: what another action took says little.
    """
    done: dict[str, list[Rollout]] = {}
    for began, looks in stories:
        known = done.setdefault((began.item or "").rpartition(":")[2], [])
        if len(known) < ROLLOUTS:
            rollout = reduce(advance, (each.observation for each in looks), began.rollout)
            known += [rollout] if rollout.outcome == "done" else []
    return {action: forecast(known) for action, known in done.items() if known}


def contradictions(rollout: Rollout, expected: Forecast) -> tuple[str, ...]:
    """Where earlier runs took other times than are configured, one sentence each.

    A drain ends when the old instance is done: only one that took longer than configured contradicts.
    """
    found = []
    overlap, drain = expected.get("overlap"), expected.get("drain")
    configured = rollout.overlap_configured
    if overlap is not None and configured is not None and abs(overlap.median - configured) > _TOLERANCE:
        found.append(f"The overlap is configured as {_face(configured)}; earlier it took {overlap.words}.")
    configured = rollout.drain_configured
    if drain is not None and configured is not None and drain.median > configured + _KILL:
        found.append(f"The drain is configured as {_face(configured)} at most; earlier it took {drain.words}.")
    return tuple(found)


def _lengths(rollout: Rollout) -> Iterator[tuple[str, float]]:
    if rollout.outcome != "done":
        return
    guessed = {
        name
        for name, clocks in (("overlap", (rollout.t1, rollout.t2)), ("drain", (rollout.t2, rollout.t3)))
        if any(clock is not None and clock.source == BY_US for clock in clocks)
    }
    for stage in rollout.stages:
        if stage.name == "gone" or stage.name in guessed or stage.started is None or stage.ended is None:
            continue
        seconds = (stage.ended - stage.started).total_seconds()
        if seconds >= 0:
            yield stage.name, seconds


def _face(seconds: float) -> str:
    return clock_face(timedelta(seconds=round(seconds)))
