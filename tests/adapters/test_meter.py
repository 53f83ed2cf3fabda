"""Growth of a counter within a window that was sampled here: through restarts, new series and holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.adapters.meter import MOST_SERIES, Meter
from cockpit.errors import Blind, Refused

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
A, B = frozenset({("s", "a")}), frozenset({("s", "b")})


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def fed(*shown: dict[frozenset[tuple[str, str]], int], born: list[int] | None = None, every: float = 2) -> Meter:
    """Sampled every two minutes from the start on."""
    meter = Meter(WINDOW)
    for i, values in enumerate(shown):
        started = None if born is None else Decimal(born[i])
        meter.note(minute(i * every), {labels: Decimal(value) for labels, value in values.items()}, started)
    return meter


def grown(meter: Meter, at: float = 10) -> dict[frozenset[tuple[str, str]], int]:
    return {labels: int(value) for labels, value in meter.growth(minute(at), WINDOW).by_series.items()}


@pytest.mark.parametrize(
    ("values", "born", "growth"),
    [
        ([0, 1, 1, 4, 4, 5], None, 5),
        ([7, 7, 7, 7, 7, 7], None, 0),
        ([90, 95, 3, 4, 4, 6], None, 11),  # a restart: what it shows then was counted since
        ([90, 95, 97, 99, 99, 99], [1, 1, 8, 8, 8, 8], 5 + 97 + 2),  # it restarted and has overtaken itself
        ([9, 1, 0, 0, 0, 2], None, 1 + 0 + 2),
    ],
)
def test_growth_is_added_up_through_restarts(values: list[int], born: list[int] | None, growth: int) -> None:
    assert grown(fed(*({A: value} for value in values), born=born)) == {A: growth}


def test_the_first_failure_of_a_kind_counts_although_its_series_was_not_there_before() -> None:
    assert grown(fed({A: 5}, {A: 5}, {A: 6}, {A: 6}, {A: 6, B: 1}, {A: 6, B: 2})) == {A: 1, B: 2}


def test_a_series_that_goes_and_comes_again_is_not_counted_twice() -> None:
    assert grown(fed({A: 5, B: 9}, {A: 5}, {A: 6}, {A: 6, B: 9}, {A: 6, B: 9}, {A: 6, B: 10})) == {A: 1, B: 1}


def test_a_window_that_is_not_covered_yet_is_blind_and_says_how_far_it_is() -> None:
    meter = fed({A: 1}, {A: 2}, {A: 3})
    with pytest.raises(Blind, match="The window of 10m is covered for 4m only"):
        meter.growth(minute(4), WINDOW)


def test_a_window_may_begin_a_fifth_off_and_tells_what_it_covers() -> None:
    meter = fed(*({A: i} for i in range(6)))
    assert meter.growth(minute(12), WINDOW).covered == timedelta(minutes=8)
    assert meter.growth(minute(10), WINDOW).covered == WINDOW


@pytest.mark.parametrize("at", [16, 40])
def test_a_hole_in_the_window_is_blind(at: float) -> None:
    meter = fed(*({A: i} for i in range(6)))
    with pytest.raises(Blind, match=r"[Tt]here is no sample"):
        meter.growth(minute(at), WINDOW)


def test_two_processes_that_answer_in_turn_are_blind() -> None:
    meter = fed(*({A: 5} for _ in range(6)), born=[1, 1, 2, 1, 2, 1])
    with pytest.raises(Blind, match="Several processes answer"):
        meter.growth(minute(10), WINDOW)


def test_more_series_than_are_remembered_are_refused() -> None:
    many = {frozenset({("id", str(i))}): Decimal(1) for i in range(MOST_SERIES + 1)}
    with pytest.raises(Refused, match="1001 series"):
        Meter(WINDOW).note(START, many, None)


def test_a_sample_a_second_for_a_day_keeps_little_and_loses_no_growth() -> None:
    meter = Meter(WINDOW)
    for second in range(3000):
        meter.note(START + timedelta(seconds=second), {A: Decimal(second)}, None)
    assert len(meter._points) <= 250
    growth = meter.growth(START + timedelta(seconds=2999), WINDOW)
    assert growth.by_series[A] == growth.covered.total_seconds()


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=6, max_size=6))
def test_growth_is_what_was_really_counted(steps: list[tuple[int, bool]]) -> None:
    """A counter that counts and is perhaps set back by a restart, told by its start time, between two samples."""
    value, born, told, starts, counted = 0, 1, [], [], 0
    for i, (step, restarts) in enumerate(steps):
        if restarts and i:
            value, born = 0, born + 1
        value += step
        counted += step if i else 0
        told.append({A: value})
        starts.append(born)
    assert grown(fed(*told, born=starts)) == {A: counted}
