"""When a monitor fires: the state of one question asked on a cadence.

Rules, written out:

- With `hold`, the bad samples of one stretch fire once the last is `hold` after the first. A good sample ends the
  stretch. So does a silence of more than two cadences before it has fired: nobody saw that it went on.
- With `times` and `within`, the `times`-th bad sample within the span fires. It goes on firing while that many
  lie within the span of the newest answer.
- An error (the question could not be answered) counts neither as bad nor as good, and ends no stretch. Three in
  a row make the monitor *unknown*; so does a silence of more than two cadences. What stood before is remembered:
  the first answer after goes on from there, and an alarm ends by a good answer alone, not by our blindness.
- A monitor that was never answered is *unknown*, not *ok*.

Peers differ on purpose: a failure limit of 3 that needs the fourth failure, errors that use up the count, and an
analysis without samples that succeeds are known traps of the field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from cockpit.core.span import show_span

ERRORS_TO_UNKNOWN = 3
"""Errors in a row after which nothing is claimed any more."""
SILENT_CADENCES = 2
"""Cadences without any sample that are still no silence: one sample may be late."""


class MonitorKind(StrEnum):
    """What a monitor says."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MonitorRule:
    """Asked `every` so often; fires after `hold` without a break, or on `times` bad samples `within` a span."""

    every: timedelta
    hold: timedelta | None = None
    times: int | None = None
    within: timedelta | None = None

    def __post_init__(self) -> None:
        """Raises ValueError unless it is exactly one of the two, with lengths and counts above zero."""
        if (self.times is None) != (self.within is None) or (self.hold is None) == (self.times is None):
            raise ValueError("A monitor fires in exactly one way. Give it 'for', or both 'times' and 'within'.")
        spans = [span for span in (self.every, self.hold, self.within) if span is not None]
        if min(spans) <= timedelta() or (self.times is not None and self.times < 1):
            raise ValueError("A monitor's spans and counts are above zero. Write them as in 5m and 2.")


@dataclass(frozen=True, slots=True)
class Sample:
    """One asking: when, and whether the alert condition was true (`bad`), false (`ok`) or had no answer."""

    at: datetime
    verdict: Literal["ok", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class MonitorState:
    """Where a monitor stands. `standing` is what the last answer left, kept while the kind is unknown."""

    kind: MonitorKind
    since: datetime
    """When this kind began; for a silence, the last that was heard."""
    standing: MonitorKind = MonitorKind.UNKNOWN
    bad: tuple[datetime, ...] = ()
    """With `hold` the first bad sample of the stretch; else the newest `times` of those within the span."""
    errors: int = 0
    """Errors in a row."""
    last: datetime | None = None
    """The newest sample, whatever it said."""
    because: str = "not asked yet"

    @classmethod
    def start(cls, started: datetime) -> MonitorState:
        """A monitor that has not been asked."""
        return cls(MonitorKind.UNKNOWN, started)


def step(rule: MonitorRule, state: MonitorState, sample: Sample) -> MonitorState:
    """The state after one more sample. One that is not newer than the last changes nothing."""
    if state.last is not None and sample.at <= state.last:
        return state
    if sample.verdict == "unknown":
        return _after_error(state, sample.at)
    return _after_hold(rule, state, sample) if rule.hold else _after_count(rule, state, sample)


def quiet(rule: MonitorRule, state: MonitorState, now: datetime) -> MonitorState:
    """The state when nothing has come until `now`: unknown after more than two cadences of silence."""
    if state.kind is MonitorKind.UNKNOWN or state.last is None or not _is_silence(rule, now - state.last):
        return state
    because = f"nothing heard for {show_span(now - state.last)}"
    return replace(state, kind=MonitorKind.UNKNOWN, since=state.last, because=because)


def next_due(rule: MonitorRule, last_asked: datetime | None, started: datetime) -> datetime:
    """When to ask next: one cadence after the last asking. So a sleep is followed by one asking, not by a burst."""
    return started if last_asked is None else last_asked + rule.every


def _is_silence(rule: MonitorRule, gap: timedelta) -> bool:
    return gap > SILENT_CADENCES * rule.every


def _after_error(state: MonitorState, at: datetime) -> MonitorState:
    errors = state.errors + 1
    counted = replace(state, errors=errors, last=at)
    if errors >= ERRORS_TO_UNKNOWN:
        return _told(counted, MonitorKind.UNKNOWN, at, f"{errors} errors in a row")
    if state.last is None:
        return replace(counted, because="no answer yet")
    return counted


def _after_hold(rule: MonitorRule, state: MonitorState, sample: Sample) -> MonitorState:
    assert rule.hold is not None
    if sample.verdict == "ok":
        return _answered(state, sample, MonitorKind.OK, (), "the last answer was good")
    is_broken = state.last is not None and _is_silence(rule, sample.at - state.last)
    goes_on = state.bad and (state.standing is MonitorKind.FIRING or not is_broken)
    first = state.bad[0] if goes_on else sample.at
    lasted = sample.at - first
    if state.standing is MonitorKind.FIRING or lasted >= rule.hold:
        return _answered(state, sample, MonitorKind.FIRING, (first,), f"bad for {show_span(lasted)}")
    because = f"bad for {show_span(lasted)} of {show_span(rule.hold)}"
    return _answered(state, sample, MonitorKind.PENDING, (first,), because)


def _after_count(rule: MonitorRule, state: MonitorState, sample: Sample) -> MonitorState:
    assert rule.times is not None
    assert rule.within is not None
    newest = (sample.at,) if sample.verdict == "bad" else ()
    bad = tuple(at for at in state.bad + newest if sample.at - at <= rule.within)[-rule.times :]
    because = f"{len(bad)} bad of {rule.times} within {show_span(rule.within)}"
    if len(bad) >= rule.times:
        return _answered(state, sample, MonitorKind.FIRING, bad, because)
    return _answered(state, sample, MonitorKind.PENDING if bad else MonitorKind.OK, bad, because)


def _answered(
    state: MonitorState, sample: Sample, kind: MonitorKind, bad: tuple[datetime, ...], because: str
) -> MonitorState:
    answered = replace(state, standing=kind, bad=bad, errors=0, last=sample.at)
    return _told(answered, kind, sample.at, because)


def _told(state: MonitorState, kind: MonitorKind, at: datetime, because: str) -> MonitorState:
    return replace(state, kind=kind, since=state.since if state.kind is kind else at, because=because)
