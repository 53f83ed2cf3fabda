"""When a monitor fires: the state of one question asked on a cadence.

Rules, written out:

- `hold` fires once bad answers were watched for that long without a good one between them.
- `times` and `within`: the `times`-th bad answer within the span fires. It goes on firing while that many lie within
  the last such span *of watching*.
- `consecutive`: so many bad answers in a row fire. "More than 3 in a row" is `consecutive = 4`.
- An error (the question could not be answered) counts neither as bad nor as good. Three in a row make the monitor
  *unknown*; so does a silence of more than two cadences. What stood before is remembered, and the first answer after
  goes on from there.
- A *hole* is what lies between two answers more than two cadences apart, but for the first of those cadences: nobody
  asked, or nothing was answered. A hole neither begins an alarm nor ends one. So it is cut out of the time of `hold`
  (not bad time), it parts no stretch and makes no alarm of a window grow old (not good time), and bad answers on
  both of its sides are `within` a span only by the clock.
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
"""Cadences without any sample that are still no silence, and no hole: one sample may be late, or lost."""


class MonitorKind(StrEnum):
    """What a monitor says."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MonitorRule:
    """Asked `every` so often; fires after `hold`, on `times` bad answers `within` a span, or on some `consecutive`."""

    every: timedelta
    hold: timedelta | None = None
    times: int | None = None
    within: timedelta | None = None
    consecutive: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError unless it is exactly one of the three, with lengths and counts above zero."""
        counts = [count for count in (self.times, self.consecutive) if count is not None]
        if (self.times is None) != (self.within is None) or len(counts) + (self.hold is not None) != 1:
            raise ValueError("A monitor fires in one way. Give it 'for', 'times' with 'within', or 'consecutive'.")
        spans = [span for span in (self.every, self.hold, self.within) if span is not None]
        if min(spans) <= timedelta() or min(counts, default=1) < 1:
            raise ValueError("A monitor's spans and counts are above zero. Write them as in 5m and 2.")


@dataclass(frozen=True, slots=True)
class Sample:
    """One asking: when, and whether the alert condition was true (`bad`), false (`ok`) or had no answer."""

    at: datetime
    verdict: Literal["ok", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad answer: when, and how much had been watched by then."""

    at: datetime
    watched: timedelta


@dataclass(frozen=True, slots=True)
class MonitorState:
    """Where a monitor stands. `standing` is what the last answer left, kept while the kind is unknown."""

    kind: MonitorKind
    since: datetime
    """When this kind began; for a silence, the last that was heard."""
    standing: MonitorKind = MonitorKind.UNKNOWN
    bad: tuple[Bad, ...] = ()
    """With `times` the newest so many within the span; else the first of the stretch."""
    in_a_row: int = 0
    """Bad answers without a good one between them."""
    watched: timedelta = timedelta()
    """Time that answers stood for, holes cut out."""
    errors: int = 0
    """Errors in a row."""
    last: datetime | None = None
    """The newest sample, whatever it said."""
    answered: datetime | None = None
    """The newest answer."""
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
    watched = state.watched + _watched_between(rule, state.answered, sample.at)
    heard = replace(state, watched=watched, errors=0, last=sample.at, answered=sample.at)
    if rule.times is not None:
        return _after_count(rule, heard, sample)
    if sample.verdict == "ok":
        return _answered(replace(heard, in_a_row=0), MonitorKind.OK, (), "the last answer was good")
    bad = state.bad or (Bad(sample.at, watched),)
    stretch = replace(heard, in_a_row=state.in_a_row + 1, bad=bad)
    return _after_hold(rule, stretch) if rule.hold is not None else _after_row(rule, stretch)


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
        return replace(counted, because="could not be told yet")
    return counted


def _watched_between(rule: MonitorRule, before: datetime | None, now: datetime) -> timedelta:
    """What two answers show of the time between them: all of it, or where that is a hole, the first cadence."""
    gap = now - before if before is not None else timedelta()
    return rule.every if _is_silence(rule, gap) else gap


def _after_hold(rule: MonitorRule, state: MonitorState) -> MonitorState:
    assert rule.hold is not None
    lasted = state.watched - state.bad[0].watched
    if state.standing is MonitorKind.FIRING or lasted >= rule.hold:
        return _answered(state, MonitorKind.FIRING, state.bad, f"bad for {show_span(lasted)}")
    because = f"bad for {show_span(lasted)} of {show_span(rule.hold)}"
    return _answered(state, MonitorKind.PENDING, state.bad, because)


def _after_row(rule: MonitorRule, state: MonitorState) -> MonitorState:
    assert rule.consecutive is not None
    is_enough = state.in_a_row >= rule.consecutive
    because = f"{state.in_a_row} bad in a row" + ("" if is_enough else f" of {rule.consecutive}")
    return _answered(state, MonitorKind.FIRING if is_enough else MonitorKind.PENDING, state.bad, because)


def _after_count(rule: MonitorRule, state: MonitorState, sample: Sample) -> MonitorState:
    assert rule.times is not None
    assert rule.within is not None
    newest = (Bad(sample.at, state.watched),) if sample.verdict == "bad" else ()
    known = tuple(bad for bad in state.bad + newest if state.watched - bad.watched <= rule.within)[-rule.times :]
    close = [bad for bad in known if sample.at - bad.at <= rule.within]
    counted = known if state.standing is MonitorKind.FIRING else close
    kind = MonitorKind.FIRING if len(counted) >= rule.times else MonitorKind.PENDING if known else MonitorKind.OK
    of_watching = " of watching" if len(known) > len(close) else ""
    return _answered(
        state, kind, known, f"{len(known)} bad of {rule.times} within {show_span(rule.within)}{of_watching}"
    )


def _answered(state: MonitorState, kind: MonitorKind, bad: tuple[Bad, ...], because: str) -> MonitorState:
    assert state.answered is not None
    unseen = (state.answered - bad[0].at) - (state.watched - bad[0].watched) if bad else timedelta()
    words = f"{because}, and for {show_span(unseen)} nobody could tell" if unseen else because
    return _told(replace(state, standing=kind, bad=bad), kind, state.answered, words)


def _told(state: MonitorState, kind: MonitorKind, at: datetime, because: str) -> MonitorState:
    return replace(state, kind=kind, since=state.since if state.kind is kind else at, because=because)
