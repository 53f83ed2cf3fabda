"""What the record of a run shows on a second look: the last comparison of each baseline, how long nobody asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cockpit.core import events as happened
from cockpit.core.events import Body, Event
from cockpit.core.plan import Level, Monitor, Phase, Plan, Verb
from cockpit.core.progress import watch_ends
from cockpit.core.reading import Reading, Sampled, Verdict
from cockpit.core.reading.comparison import Comparison, compare
from cockpit.core.state import State

Readings = Mapping[int, Reading]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the journal keeps of a run beside its events."""

    readings: Readings
    """Those that events speak of."""
    samples: Callable[[str, datetime], Sequence[Sampled]]
    """The samples of a check from an instant on, in order."""
    until: datetime
    """When the last of it came, event or reading: until then it is known whether somebody asked."""


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
    counted: Mapping[Verdict, int]
    """Samples by verdict, in the order in which each was first seen."""
    holes: tuple[tuple[datetime, datetime], ...]

    @property
    def samples(self) -> int:
        """How many there were."""
        return sum(self.counted.values())


def parts(plan: Plan) -> tuple[Phase | Level, ...]:
    """Phases, then rollback levels."""
    return (*plan.phases, *plan.rollback)


def compared(state: State, kept: Kept) -> Iterator[Compared]:
    """Every check that is recorded or compared in the plan, with its baseline and its last comparison."""
    checks = dict.fromkeys(item.target for item in state.plan.lines() if item.verb in (Verb.RECORD, Verb.COMPARE))
    for check in checks:
        known = state.baselines.get(check)
        before = kept.readings.get(known.reading) if known is not None else None
        now, warnings = _last_compared(state, check, kept.readings)
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


def watched(state: State, kept: Kept) -> Iterator[Watched]:
    """Each monitor in each watch that began, of the present attempt."""
    for phase in state.plan.phases:
        for name in phase.monitors:
            since = state.opened_at(phase.id)
            monitor = state.plan.monitors.get(name)
            if since is not None and monitor is not None:
                until = _watched_until(state, phase, since, kept.until)
                told = [sample for sample in kept.samples(monitor.check, since) if sample.asked <= until]
                counted = Counter(sample.verdict for sample in told)
                yield Watched(name, phase.id, since, until, counted, tuple(_holes(monitor, since, told, until)))


def _watched_until(state: State, phase: Phase, since: datetime, known_until: datetime) -> datetime:
    ends = (watch_ends(state, phase), state.closed, None if state.closed else known_until)
    return max(since, min(at for at in ends if at is not None))


def _holes(
    monitor: Monitor, since: datetime, told: Iterable[Sampled], until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    before = since
    for at in (*(sample.asked for sample in told), until):
        if at - before > SLACK * monitor.every:
            yield before, at
        before = at


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
