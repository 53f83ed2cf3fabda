"""History, as expressions ask for it: what samples show, and where they show nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.expression import Expression
from cockpit.core.reading import Reading, Verdict
from cockpit.core.reading.history import own_series, series
from cockpit.errors import Blind, ExpressionError

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def reading(minute: float, value: object) -> Reading:
    at = START + minute * MINUTE
    return Reading(int(minute * 60), "stuck", at, at, "runner", Verdict.PASS, "", None, 1, "", value=value)


def kept(told: str) -> list[Reading]:
    """`"0:4 5:6 10:?"`: minutes and values; `?` brought none."""
    pairs = [word.split(":") for word in told.split()]
    return [reading(float(minute), None if value == "?" else Decimal(value)) for minute, value in pairs]


def own(told: str, now: float, value: object, *, every: float | None = 5, baseline: Reading | None = None) -> Any:
    cadence = None if every is None else every * MINUTE
    return own_series(kept(told), START + now * MINUTE, cadence, value, baseline=baseline)


def trigger(told: str, now: float, *, every: float | None = 5, baseline: Reading | None = None) -> Any:
    cadence = None if every is None else every * MINUTE
    return series(kept(told), START + now * MINUTE, cadence, baseline=baseline)


def ten(minutes: float = 10) -> timedelta:
    return minutes * MINUTE


def test_a_rate_is_the_growth_by_the_second_over_the_time_that_passed() -> None:
    told = own("0:10 5:20 10:40", 15, 70)
    assert told.increase(ten()) == 50
    assert round(told.rate(ten()), 12) == round(Decimal(50) / 600, 12)
    late = own("0:10 4:20 10:40", 15, 70)  # the sample that stands for 10 minutes ago is 11 minutes old
    assert round(late.rate(ten()) * 660, 12) == 50


def test_growth_falls_below_zero_where_the_value_fell() -> None:
    told = own("0:10 5:3", 10, 1)
    assert (told.increase(ten()), told.rate(ten(5)) * 300) == (-9, -2)


@pytest.mark.parametrize("question", ["increase", "rate"])
def test_only_numbers_grow(question: str) -> None:
    with pytest.raises(ExpressionError, match="Only numbers increase"):
        getattr(own("0:10", 5, "text"), question)(ten(5))


@pytest.mark.parametrize(
    ("told", "now", "span", "values"),
    [
        ("0:1 5:2 10:3", 15, 10, [3, 9]),
        ("0:1 5:2 10:3", 15, 12, [2, 3, 9]),
        ("0:1 5:2 10:3", 15, 15, [2, 3, 9]),
        ("0:1 10:3", 15, 12, [3, 9]),
        ("0:1 5:? 10:3", 15, 15, [3, 9]),
    ],
)
def test_over_are_the_values_within_a_span_with_this_one_last(
    told: str, now: float, span: float, values: list[int]
) -> None:
    assert own(told, now, 9).over(ten(span)) == values


@pytest.mark.parametrize(
    ("told", "now", "span", "sentence"),
    [
        ("", 15, 15, "For 15m of the last 15m there is no sample."),
        ("0:1", 15, 20, "For 15m of the last 20m there is no sample."),
        ("0:1 5:2 20:3", 25, 25, "For 15m of the last 25m there is no sample."),
        ("0:1 5:? 10:? 15:3", 20, 20, "For 15m of the last 20m there is no sample."),
        ("0:1 5:2 10:3", 60, 15, "For 15m of the last 15m there is no sample."),
    ],
)
def test_a_window_with_a_hole_is_blind(told: str, now: float, span: float, sentence: str) -> None:
    with pytest.raises(Blind, match=sentence):
        own(told, now, 9).over(ten(span))


def test_a_window_that_nothing_samples_is_blind() -> None:
    with pytest.raises(Blind, match="Nothing samples it"):
        own("0:1", 5, 2, every=None).over(ten(5))


def test_a_trigger_sees_the_newest_sample_as_the_present() -> None:
    told = trigger("0:10 5:20 10:40", 12)
    assert (told.value, told.previous, told.age, told.now) == (40, 20, ten(2), START + ten(12))
    assert told.over(ten(12)) == [20, 40]
    assert told.rate(ten()) * 600 == 30


@pytest.mark.parametrize("question", ["increase", "rate", "over"])
def test_a_present_that_brought_nothing_is_blind_to_every_question(question: str) -> None:
    with pytest.raises(Blind, match="no answer that counts"):
        getattr(trigger("0:10 5:20 10:?", 10), question)(ten(5))
    with pytest.raises(Blind, match="no sample"):
        getattr(trigger("", 10), question)(ten(5))


def test_age_is_that_of_the_last_sample_that_told_something() -> None:
    told = trigger("0:10 5:?", 30)
    assert told.age == ten(30)
    assert Expression.parse("stuck.age > duration('20m')").judge({"stuck": told}).ok
    with pytest.raises(Blind):
        Expression.parse("stuck.age > duration('20m')").judge({"stuck": trigger("", 0)})


def test_a_baseline_is_its_one_value_or_an_error() -> None:
    recorded = reading(0, Decimal(4))
    assert own("", 5, 13, baseline=recorded).baseline == 4
    told = {"stuck": trigger("5:13", 5, baseline=recorded)}
    assert Expression.parse("stuck.value > 3 * stuck.baseline").judge(told).ok
    for missing in (None, reading(0, None)):
        with pytest.raises(ExpressionError, match="no baseline with one value"):
            Expression.parse("stuck.baseline > 3").judge({"stuck": trigger("5:13", 5, baseline=missing)})


@pytest.mark.parametrize("question", ["ago", "increase", "rate", "over"])
def test_a_span_beyond_the_calendar_is_blind(question: str) -> None:
    with pytest.raises(Blind):
        getattr(own("0:1", 5, 2), question)(timedelta(days=999_999))


@given(
    st.lists(st.integers(1, 40), max_size=30).map(lambda gaps: [sum(gaps[: place + 1]) for place in range(len(gaps))]),
    st.integers(0, 40), st.integers(1, 300),
)  # fmt: skip
def test_a_window_is_told_whole_or_not_at_all(minutes: Sequence[int], after: int, span: int) -> None:
    """Whatever is told of a window, no stretch of it longer than two cadences went without a sample."""
    now = (minutes[-1] if minutes else 0) + after + 1
    told = own_series([reading(minute, minute) for minute in minutes], START + now * MINUTE, 5 * MINUTE, now)
    inside = [minute for minute in minutes if minute > now - span]
    begin = max([minute for minute in minutes if now - span - 5 <= minute <= now - span], default=now - span)
    times = [begin, *inside, now]
    try:
        values = told.over(span * MINUTE)
    except Blind:
        assert max(later - earlier for earlier, later in pairwise(times)) > 10
    else:
        assert values == [*inside, now]
        assert max(later - earlier for earlier, later in pairwise(times)) <= 10
