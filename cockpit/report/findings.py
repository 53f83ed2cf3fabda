"""What the record of a run shows on a second look: the last comparison of each baseline, how long nobody asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cockpit.core import events as happened
from cockpit.core.events import Body, Event
from cockpit.core.plan import Level, Monitor, Phase, Plan, Verb
from cockpit.core.progress import watch_ends
from cockpit.core.reading import Reading
from cockpit.core.reading.comparison import Comparison, compare
from cockpit.core.state import State

Readings = Mapping[int, Reading]

SLACK = 2
"""Cadences between two samples from which on the time between them is a hole."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A baseline and what it was last compared with."""

    check: str
    before: Reading | None
    now: Reading | None
    comparison: Comparison | None
    warnings: tuple[str, ...] = ()
    """What is to be known of the last comparison all the same."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a monitor saw in one watch, and when nobody asked."""

    monitor: str
    phase: str
    since: datetime
    until: datetime
    samples: tuple[Reading, ...]
    holes: tuple[tuple[datetime, datetime], ...]

    def counted(self) -> dict[str, int]:
        """Samples by verdict."""
        counts: dict[str, int] = {}
        for sample in self.samples:
            counts[sample.verdict.value] = counts.get(sample.verdict.value, 0) + 1
        return counts


def parts(plan: Plan) -> tuple[Phase | Level, ...]:
    """Phases, then rollback levels."""
    return (*plan.phases, *plan.rollback)


def compared(state: State, readings: Readings) -> Iterator[Compared]:
    """Every check that is recorded or compared in the plan, with its baseline and its last comparison."""
    checks = dict.fromkeys(item.target for item in state.plan.lines() if item.verb in (Verb.RECORD, Verb.COMPARE))
    for check in checks:
        known = state.baselines.get(check)
        before = readings.get(known.reading) if known is not None else None
        now, warnings = _last_compared(state, check, readings)
        yield Compared(check, before, now, _comparison(state, check, before, now), warnings)


def _last_compared(state: State, check: str, readings: Readings) -> tuple[Reading | None, tuple[str, ...]]:
    judged = [
        (readings[known.reading], known.warnings)
        for (item_id, _), known in state.items.items()
        if item_id.endswith(f"/{Verb.COMPARE.value}:{check}")
        and known.reading is not None
        and known.reading in readings
    ]
    return max(judged, key=lambda pair: pair[0].asked, default=(None, ()))


def _comparison(state: State, check: str, before: Reading | None, now: Reading | None) -> Comparison | None:
    if before is None or now is None or before.table is None or now.table is None:
        return None
    question = state.plan.checks[check]
    relation = question.compare if question.compare is not None else "equal"
    return compare(before.table, now.table, relation=relation, rows_by=question.rows_by, missing=question.missing)


def watched(state: State, readings: Readings) -> Iterator[Watched]:
    """Each monitor in each watch that began, of the present attempt."""
    for phase in state.plan.phases:
        for name in phase.monitors:
            since = state.opened_at(phase.id)
            monitor = state.plan.monitors.get(name)
            if since is not None and monitor is not None:
                yield _watched(state, phase, name, monitor, since, readings)


def _watched(state: State, phase: Phase, name: str, monitor: Monitor, since: datetime, readings: Readings) -> Watched:
    ends = [at for at in (watch_ends(state, phase), state.closed, None if state.closed else state.at) if at is not None]
    until = max(since, min(ends))
    samples = tuple(
        sorted(
            (each for each in readings.values() if each.check == monitor.check and since <= each.asked <= until),
            key=lambda each: each.asked,
        )
    )
    instants = [since, *(each.asked for each in samples), until]
    holes = tuple(pair for pair in pairwise(instants) if pair[1] - pair[0] > SLACK * monitor.every)
    return Watched(name, phase.id, since, until, samples, holes)


def of_kind(events: Sequence[Event], *kinds: type[Body]) -> Iterator[Event]:
    """The events of some kinds, in order."""
    return (event for event in events if isinstance(event.body, kinds))


def about(events: Sequence[Event], intent: int) -> Iterator[Event]:
    """What became of an intent, in order."""
    for event in events:
        if getattr(event.body, "intent", None) == intent:
            yield event


def intended(events: Sequence[Event], intent: int) -> tuple[Event, happened.ActionIntended] | None:
    """The event an intent is known by."""
    for event in events:
        if event.seq == intent and isinstance(event.body, happened.ActionIntended):
            return event, event.body
    return None
