"""Monitors: when one fires, when it stops, and when nobody can say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.watch.monitor import MonitorKind, MonitorRule, MonitorState, Sample, next_due, quiet, step

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOLD = MonitorRule(every=5 * MINUTE, hold=15 * MINUTE)
TWICE = MonitorRule(every=5 * MINUTE, times=2, within=10 * MINUTE)
THRICE = MonitorRule(every=MINUTE, times=3, within=10 * MINUTE)
IN_A_ROW = MonitorRule(every=5 * MINUTE, consecutive=3)

Verdict = Literal["ok", "bad", "unknown"]
WORDS: dict[str, Verdict] = {"o": "ok", "b": "bad", "?": "unknown"}


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def samples(told: str) -> list[Sample]:
    """`"0b 5b 10?"`: minutes, then ok, bad or unknown."""
    return [Sample(at(float(word[:-1])), WORDS[word[-1]]) for word in told.split()]


def after(rule: MonitorRule, told: str) -> MonitorState:
    state = MonitorState.start(START)
    for sample in samples(told):
        state = step(rule, state, sample)
    return state


@pytest.mark.parametrize(
    ("told", "kind", "why"),
    [
        ("", "unknown", "not asked yet"),
        ("0?", "unknown", "could not be told yet"),
        ("0o", "ok", "the last answer was good"),
        ("0b", "pending", "bad for 0s of 15m"),
        ("0b 5b 10b", "pending", "bad for 10m of 15m"),
        ("0b 5b 10b 15b", "firing", "bad for 15m"),
        ("0b 5b 10b 14.9b", "pending", "bad for 14m54s of 15m"),
        ("0b 5b 10o 15b", "pending", "bad for 0s of 15m"),
        ("0b 5b 10b 15b 20o", "ok", "the last answer was good"),
        ("0b 5? 10b 15b", "firing", "bad for 15m"),
        ("0b 5b 10b 15?", "pending", "bad for 10m of 15m"),
        ("0o 5? 10?", "ok", "the last answer was good"),
        ("0o 5? 10? 15?", "unknown", "3 errors in a row"),
        ("0o 5? 10? 15? 20?", "unknown", "4 errors in a row"),
        ("0b 5? 10? 15b", "pending", "bad for 5m of 15m, and for 10m nobody could tell"),
        ("0b 5? 10? 15? 20b", "pending", "bad for 5m of 15m, and for 15m nobody could tell"),
        ("0o 5? 10? 15? 20b", "pending", "bad for 0s of 15m"),
        ("0b 5b 60b", "pending", "bad for 10m of 15m, and for 50m nobody could tell"),
        ("0b 5b 60b 65b", "firing", "bad for 15m, and for 50m nobody could tell"),
        ("0b 60b 120b 180b", "firing", "bad for 15m, and for 2h45m nobody could tell"),
        ("0b 60b 65o 70b", "pending", "bad for 0s of 15m"),
        ("0b 5b 15b", "firing", "bad for 15m"),
        ("0b 5b 10b 15b 90b", "firing", "bad for 20m, and for 1h10m nobody could tell"),
        ("0b 5b 5o 4o", "pending", "bad for 5m of 15m"),
    ],
)
def test_a_stretch_fires_once_it_has_lasted(told: str, kind: str, why: str) -> None:
    state = after(HOLD, told)
    assert (state.kind, state.because) == (kind, why)


@pytest.mark.parametrize(
    ("told", "kind", "why"),
    [
        ("0o", "ok", "0 bad of 2 within 10m"),
        ("0b", "pending", "1 bad of 2 within 10m"),
        ("0b 1o 2o", "pending", "1 bad of 2 within 10m"),
        ("0b 10b", "firing", "2 bad of 2 within 10m"),
        ("0b 5o 10.1b", "pending", "1 bad of 2 within 10m"),
        ("0b 1b 2o 9o", "firing", "2 bad of 2 within 10m"),
        ("0b 1b 10.5o", "pending", "1 bad of 2 within 10m"),
        ("0b 1b 6o 11.5o", "ok", "0 bad of 2 within 10m"),
        ("0b 1b 2? 3?", "firing", "2 bad of 2 within 10m"),
        ("0b 1b 2? 3? 4?", "unknown", "3 errors in a row"),
        ("0b 1b 2? 3? 4? 5o", "firing", "2 bad of 2 within 10m"),
        # A hole: on both of its sides only the clock counts, and no alarm grows old in it.
        ("0b 30b", "pending", "2 bad of 2 within 10m of watching, and for 25m nobody could tell"),
        ("0b 30b 31b", "firing", "2 bad of 2 within 10m"),
        ("0b 1b 60o", "firing", "2 bad of 2 within 10m of watching, and for 54m nobody could tell"),
        ("0b 1b 60o 65o", "pending", "1 bad of 2 within 10m of watching, and for 54m nobody could tell"),
        ("0b 1b 60o 65o 70o", "ok", "0 bad of 2 within 10m"),
    ],
)
def test_the_times_th_bad_sample_within_the_span_fires(told: str, kind: str, why: str) -> None:
    state = after(TWICE, told)
    assert (state.kind, state.because) == (kind, why)


def test_three_times_are_the_third_bad_sample_and_no_later_one() -> None:
    assert after(THRICE, "0b 1b").kind is MonitorKind.PENDING
    assert after(THRICE, "0b 1b 2b").kind is MonitorKind.FIRING


@pytest.mark.parametrize(
    ("told", "kind", "why"),
    [
        ("0o", "ok", "the last answer was good"),
        ("0b 5b", "pending", "2 bad in a row of 3"),
        ("0b 5b 10b", "firing", "3 bad in a row"),
        ("0b 5b 10b 15b", "firing", "4 bad in a row"),
        ("0b 5b 10o 15b", "pending", "1 bad in a row of 3"),
        ("0b 5b 10b 15o", "ok", "the last answer was good"),
        ("0b 5b 10?", "pending", "2 bad in a row of 3"),
        ("0b 5b 10? 15b", "firing", "3 bad in a row"),
        ("0b 5b 10? 15? 20?", "unknown", "3 errors in a row"),
        ("0b 5b 10? 15? 20? 25b", "firing", "3 bad in a row, and for 15m nobody could tell"),
        ("0b 60b", "pending", "2 bad in a row of 3, and for 55m nobody could tell"),
        ("0b 60o", "ok", "the last answer was good"),
    ],
)
def test_so_many_bad_answers_in_a_row_fire(told: str, kind: str, why: str) -> None:
    state = after(IN_A_ROW, told)
    assert (state.kind, state.because) == (kind, why)


def test_more_than_three_in_a_row_is_the_fourth() -> None:
    more_than_three = MonitorRule(every=5 * MINUTE, consecutive=4)
    assert after(more_than_three, "0b 5b 10b").kind is MonitorKind.PENDING
    assert after(more_than_three, "0b 5b 10b 15b").kind is MonitorKind.FIRING


def test_since_is_when_the_kind_began() -> None:
    state = after(HOLD, "0o 5b 10b 15b 20b 25b")
    assert (state.kind, state.since) == (MonitorKind.FIRING, at(20))
    assert after(HOLD, "0o 5b 10b").since == at(5)


def test_an_alarm_is_remembered_while_nobody_can_ask() -> None:
    state = after(HOLD, "0b 5b 10b 15b 20? 25? 30?")
    assert (state.kind, state.standing, state.errors) == (MonitorKind.UNKNOWN, MonitorKind.FIRING, 3)
    state = step(HOLD, state, Sample(at(35), "bad"))
    assert (state.kind, state.errors) == (MonitorKind.FIRING, 0)


def test_silence_of_more_than_two_cadences_is_unknown() -> None:
    state = after(HOLD, "0o 5o")
    assert quiet(HOLD, state, at(15)) is state
    silent = quiet(HOLD, state, at(15.1))
    assert (silent.kind, silent.since) == (MonitorKind.UNKNOWN, at(5))
    assert silent.because == "nothing heard for 10m6s"
    assert quiet(HOLD, silent, at(60)) is silent


def test_a_monitor_never_asked_stays_unknown_in_silence() -> None:
    state = MonitorState.start(START)
    assert quiet(HOLD, state, at(60)) is state
    assert state.kind is MonitorKind.UNKNOWN


def test_the_first_answer_after_a_silence_goes_on_from_what_stood() -> None:
    silent = quiet(HOLD, after(HOLD, "0b 5b 10b 15b"), at(60))
    assert step(HOLD, silent, Sample(at(61), "bad")).kind is MonitorKind.FIRING
    assert step(HOLD, silent, Sample(at(61), "ok")).kind is MonitorKind.OK


def test_the_next_asking_is_one_cadence_after_the_last_however_long_ago_that_was() -> None:
    assert next_due(HOLD, None, START) == START
    assert next_due(HOLD, at(7), START) == at(12)
    slept = at(300)
    assert next_due(HOLD, slept, START) == at(305)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"times": 2},
        {"within": MINUTE},
        {"hold": MINUTE, "times": 2, "within": MINUTE},
        {"hold": MINUTE, "times": 2},
        {"hold": timedelta()},
        {"times": 0, "within": MINUTE},
        {"times": 2, "within": timedelta()},
        {"every": timedelta(), "hold": MINUTE},
        {"hold": MINUTE, "consecutive": 3},
        {"consecutive": 3, "within": MINUTE},
        {"consecutive": 3, "times": 2, "within": MINUTE},
        {"consecutive": 0},
    ],
)
def test_a_rule_fires_in_exactly_one_way(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^A monitor.*\. "):
        MonitorRule(**({"every": MINUTE} | fields))  # type: ignore[arg-type]  # wrong on purpose


def watched(rule: MonitorRule, series: Sequence[Sample], first: Sample, last: Sample) -> timedelta:
    """What answers stood for between two of them: a gap of over two cadences is one cadence, then a hole."""
    times = [sample.at for sample in series if sample.verdict != "unknown" and first.at <= sample.at <= last.at]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return sum((gap if gap <= 2 * rule.every else rule.every for gap in gaps), timedelta())


def recomputed(rule: MonitorRule, series: Sequence[Sample]) -> MonitorKind:
    """What the last answer leaves, from the whole series at once."""
    answers = [sample for sample in series if sample.verdict != "unknown"]
    if not answers:
        return MonitorKind.UNKNOWN
    if rule.times is not None:
        return recomputed_count(rule, answers)
    stretch = list(takewhile(lambda sample: sample.verdict == "bad", reversed(answers)))
    if not stretch:
        return MonitorKind.OK
    is_over = (
        watched(rule, answers, stretch[-1], stretch[0]) >= rule.hold
        if rule.hold
        else len(stretch) >= (rule.consecutive or 0)
    )
    return MonitorKind.FIRING if is_over else MonitorKind.PENDING


def recomputed_count(rule: MonitorRule, answers: Sequence[Sample]) -> MonitorKind:
    """Firing since enough were close by the clock, as long as enough have been close by what was watched."""
    assert rule.within is not None
    within, times = rule.within, rule.times or 0

    def close(end: Sample) -> int:
        return sum(one.verdict == "bad" and timedelta() <= end.at - one.at <= within for one in answers)

    def known(end: Sample) -> int:
        before = [one for one in answers if one.verdict == "bad" and one.at <= end.at]
        return sum(watched(rule, answers, one, end) <= within for one in before)

    for end in reversed(answers):
        if close(end) >= times:
            return MonitorKind.FIRING
        if known(end) < times:
            break
    return MonitorKind.PENDING if known(answers[-1]) else MonitorKind.OK


def with_errors(standing: MonitorKind, series: Sequence[Sample]) -> MonitorKind:
    trailing = len(list(takewhile(lambda sample: sample.verdict == "unknown", reversed(series))))
    return MonitorKind.UNKNOWN if trailing >= 3 else standing


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    gaps = draw(st.lists(st.sampled_from([1, 4, 5, 6, 10, 11, 30]), min_size=1, max_size=40))
    verdicts = draw(st.lists(st.sampled_from(["ok", "bad", "bad", "unknown"]), min_size=len(gaps), max_size=len(gaps)))
    moment, series = 0, []
    for gap, verdict in zip(gaps, verdicts, strict=True):
        moment += gap
        series.append(Sample(at(moment), verdict))  # type: ignore[arg-type]  # drawn from the three words
    return series


RULES = st.one_of(
    st.builds(lambda hold: MonitorRule(every=5 * MINUTE, hold=hold * MINUTE), st.integers(1, 30)),
    st.builds(
        lambda times, within: MonitorRule(every=5 * MINUTE, times=times, within=within * MINUTE),
        st.integers(1, 4),
        st.integers(1, 40),
    ),
    st.builds(lambda count: MonitorRule(every=5 * MINUTE, consecutive=count), st.integers(1, 5)),
)


@settings(deadline=None)
@given(RULES, histories())
def test_step_by_step_is_what_the_whole_series_says(rule: MonitorRule, series: list[Sample]) -> None:
    state = MonitorState.start(START)
    for place, sample in enumerate(series):
        state = step(rule, state, sample)
        so_far = series[: place + 1]
        standing = recomputed(rule, so_far)
        assert state.standing is standing
        assert state.kind is with_errors(standing, so_far)
        assert state.last == sample.at
        assert len(state.bad) <= (rule.times or 1)


@settings(deadline=None)
@given(RULES, histories(), st.integers(0, 60))
def test_no_claim_outlives_two_cadences(rule: MonitorRule, series: list[Sample], minutes: int) -> None:
    state = MonitorState.start(START)
    for sample in series:
        state = step(rule, state, sample)
    later = quiet(rule, state, series[-1].at + minutes * MINUTE)
    assert later.kind is (MonitorKind.UNKNOWN if minutes > 10 else state.kind)
    assert later.standing is state.standing


@settings(deadline=None)
@given(RULES, histories(), st.integers(1, 2000))
def test_a_longer_hole_begins_no_alarm_and_ends_none(rule: MonitorRule, series: list[Sample], minutes: int) -> None:
    """Every hole made longer leaves each answer with what it left before, but for what only the clock had joined."""
    longer: list[Sample] = []
    shift = timedelta()
    for before, sample in zip([None, *series], series, strict=False):
        if before is not None and sample.at - before.at > 2 * rule.every:
            shift += minutes * MINUTE
        longer.append(Sample(sample.at + shift, sample.verdict))
    short, long = MonitorState.start(START), MonitorState.start(START)
    for one, other in zip(series, longer, strict=True):
        short, long = step(rule, short, one), step(rule, long, other)
        if rule.times is None:
            assert (short.standing, short.watched) == (long.standing, long.watched)
        elif long.standing is MonitorKind.FIRING:
            assert short.standing is MonitorKind.FIRING
        else:
            assert (long.standing is MonitorKind.OK) == (short.standing is MonitorKind.OK)
