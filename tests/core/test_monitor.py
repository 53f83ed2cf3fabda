"""Monitors: when one fires, when it stops, and when nobody can say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.monitor import MonitorKind, MonitorRule, MonitorState, Sample, next_due, quiet, step

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOLD = MonitorRule(every=5 * MINUTE, hold=15 * MINUTE)
TWICE = MonitorRule(every=MINUTE, times=2, within=10 * MINUTE)

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
        ("0?", "unknown", "no answer yet"),
        ("0o", "ok", "the last answer was good"),
        ("0b", "pending", "bad for 0s of 15m"),
        ("0b 5b 10b", "pending", "bad for 10m of 15m"),
        ("0b 5b 10b 15b", "firing", "bad for 15m"),
        ("0b 5b 10b 14.9b", "pending", "bad for 14m54s of 15m"),
        ("0b 5b 10o 15b", "pending", "bad for 0s of 15m"),
        ("0b 5b 10b 15b 20o", "ok", "the last answer was good"),
        ("0b 5? 10? 15b", "firing", "bad for 15m"),
        ("0b 5b 10b 15?", "pending", "bad for 10m of 15m"),
        ("0o 5? 10?", "ok", "the last answer was good"),
        ("0o 5? 10? 15?", "unknown", "3 errors in a row"),
        ("0o 5? 10? 15? 20?", "unknown", "4 errors in a row"),
        ("0b 5? 10? 15? 20b", "firing", "bad for 20m"),
        ("0o 5? 10? 15? 20b", "pending", "bad for 0s of 15m"),
        ("0b 5b 60b", "pending", "bad for 0s of 15m"),
        ("0b 5b 15b", "firing", "bad for 15m"),
        ("0b 5b 10b 15b 90b", "firing", "bad for 1h30m"),
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
        ("0b 10.1b", "pending", "1 bad of 2 within 10m"),
        ("0b 1b 2o 9o", "firing", "2 bad of 2 within 10m"),
        ("0b 1b 10.5o", "pending", "1 bad of 2 within 10m"),
        ("0b 1b 11.5o", "ok", "0 bad of 2 within 10m"),
        ("0b 1b 2? 3?", "firing", "2 bad of 2 within 10m"),
        ("0b 1b 2? 3? 4?", "unknown", "3 errors in a row"),
        ("0b 1b 2? 3? 4? 5o", "firing", "2 bad of 2 within 10m"),
    ],
)
def test_the_times_th_bad_sample_within_the_span_fires(told: str, kind: str, why: str) -> None:
    state = after(TWICE, told)
    assert (state.kind, state.because) == (kind, why)


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
    ],
)
def test_a_rule_fires_in_exactly_one_way(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^A monitor.*\. "):
        MonitorRule(**({"every": MINUTE} | fields))  # type: ignore[arg-type]  # wrong on purpose


def recomputed_hold(rule: MonitorRule, series: Sequence[Sample]) -> MonitorKind:
    """The state from the whole series at once: the stretches since the last good answer, split at silences."""
    assert rule.hold is not None
    goods = [place for place, sample in enumerate(series) if sample.verdict == "ok"]
    tail = series[goods[-1] + 1 :] if goods else series
    stretches: list[list[datetime]] = [[]]
    for before, sample in zip([None, *series], series, strict=False):
        if sample not in tail:
            continue
        if before is not None and sample.at - before.at > 2 * rule.every and sample.verdict == "bad":
            stretches.append([])
        if sample.verdict == "bad":
            stretches[-1].append(sample.at)
    if any(stretch and stretch[-1] - stretch[0] >= rule.hold for stretch in stretches):
        return MonitorKind.FIRING
    if any(stretches):
        return MonitorKind.PENDING
    return MonitorKind.OK if goods else MonitorKind.UNKNOWN


def recomputed_count(rule: MonitorRule, series: Sequence[Sample]) -> MonitorKind:
    assert rule.times is not None
    assert rule.within is not None
    answers = [sample for sample in series if sample.verdict != "unknown"]
    if not answers:
        return MonitorKind.UNKNOWN
    end = answers[-1].at
    bad = sum(sample.verdict == "bad" and end - sample.at <= rule.within for sample in answers)
    return MonitorKind.FIRING if bad >= rule.times else MonitorKind.PENDING if bad else MonitorKind.OK


def with_errors(standing: MonitorKind, series: Sequence[Sample]) -> MonitorKind:
    trailing = 0
    for sample in reversed(series):
        if sample.verdict != "unknown":
            break
        trailing += 1
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
)


@settings(deadline=None)
@given(RULES, histories())
def test_step_by_step_is_what_the_whole_series_says(rule: MonitorRule, series: list[Sample]) -> None:
    state = MonitorState.start(START)
    for place, sample in enumerate(series):
        state = step(rule, state, sample)
        so_far = series[: place + 1]
        standing = recomputed_hold(rule, so_far) if rule.hold else recomputed_count(rule, so_far)
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
