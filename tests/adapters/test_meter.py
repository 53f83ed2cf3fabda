"""Growth of a counter within a window that was sampled here: through restarts, new series and holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.adapters.meter import MOST_SERIES, Meter
from cockpit.errors import Blind, Refused

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
A, B, C = (frozenset({("s", name)}) for name in "abc")


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


@pytest.mark.parametrize("born", [None, [1, 1, 1, 1, 9, 9, 9, 9, 9]])
def test_a_restart_that_fell_into_a_hole_is_blind_for_what_was_counted_before_it_is_lost(
    born: list[int] | None,
) -> None:
    """Half of a window is too much at any rate; where a restart was seen a quarter is."""
    meter = Meter(WINDOW)
    shown = [90, 92, 94, 96, 3, 4, 5, 6, 7]
    for i, (at, value) in enumerate(zip((0, 1, 2, 3, 7, 8, 9, 10, 11), shown, strict=True)):
        meter.note(minute(at), {A: Decimal(value)}, None if born is None else Decimal(born[i]))
    for at in (10, 11):
        with pytest.raises(Blind, match="It began anew while for 4m there was no sample"):
            meter.growth(minute(at), WINDOW)
    for at in range(12, 18):
        meter.note(minute(at), {A: Decimal(at)}, None if born is None else Decimal(9))
    assert grown(meter, 17) == {A: 17 - 3}


def test_a_hole_that_no_restart_fell_into_loses_nothing() -> None:
    meter = Meter(WINDOW)
    for at, value in ((0, 90), (2, 92), (6, 97), (8, 97), (10, 98)):
        meter.note(minute(at), {A: Decimal(value)}, Decimal(1))
    assert grown(meter) == {A: 8}


def test_a_clock_that_is_behind_the_one_before_it_hides_and_invents_nothing() -> None:
    """The asking was handed over to a machine whose clock goes a little late."""
    meter = fed({A: 0}, {A: 1}, {A: 2}, {A: 3}, {A: 4})
    meter.note(minute(7.9), {A: Decimal(6)}, None)
    meter.note(minute(10), {A: Decimal(7)}, None)
    assert grown(meter) == {A: 7}


def test_of_series_that_went_as_many_are_remembered_as_may_be_shown() -> None:
    def batch(number: int) -> dict[frozenset[tuple[str, str]], Decimal]:
        return {frozenset({("id", f"{number}-{i}")}): Decimal(5) for i in range(MOST_SERIES // 2)}

    meter = Meter(WINDOW)
    for number in range(6):
        meter.note(minute(number * 2), batch(number), None)
    assert len(meter.tally.shown) == MOST_SERIES * 3 // 2
    meter.note(minute(12), batch(4), None)
    assert sum(meter.growth(minute(12), WINDOW).by_series.values()) == 4 * 5 * MOST_SERIES // 2, "none of it twice"


def test_more_series_than_are_remembered_are_refused() -> None:
    many = {frozenset({("id", str(i))}): Decimal(1) for i in range(MOST_SERIES + 1)}
    with pytest.raises(Refused, match="1001 series"):
        Meter(WINDOW).note(START, many, None)


def test_a_sample_a_second_for_a_day_keeps_little_and_loses_no_growth() -> None:
    meter = Meter(WINDOW)
    for second in range(3000):
        meter.note(START + timedelta(seconds=second), {A: Decimal(second)}, None)
    assert len(meter.tally.points) <= 250
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


SAMPLE = st.tuples(
    st.sampled_from([0.0, 0.01, 0.5, 1, 2, 3, 4, 6]),  # minutes since the one before, a hole among them
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 9), max_size=3),
    st.sampled_from([None, 1, 1, 1, 2, 3]),
    st.booleans(),
)


@settings(max_examples=300)
@given(st.lists(SAMPLE, min_size=2, max_size=30), st.sampled_from([1, 5, 10]))
def test_a_meter_that_goes_on_from_a_tally_counts_as_one_that_never_stopped(
    samples: list[tuple[float, dict[frozenset[tuple[str, str]], int], int | None, bool]], looks_back: int
) -> None:
    """Whatever the series do, whoever restarts, wherever it is handed over: the same growth, or blind for the same."""
    window, at = timedelta(minutes=looks_back), START
    steady, handed = Meter(WINDOW), Meter(WINDOW)
    for number, (minutes, shown, born, is_handed_over) in enumerate(samples):
        at += timedelta(minutes=minutes)
        values = {labels: Decimal(value) for labels, value in shown.items()}
        if is_handed_over and number:
            handed = Meter(WINDOW, handed.tally)
        for meter in (steady, handed):
            meter.note(at, values, None if born is None else Decimal(born))
        assert told(handed, at, window) == told(steady, at, window)


def told(meter: Meter, at: datetime, window: timedelta) -> object:
    try:
        return meter.growth(at, window)
    except Blind as error:
        return str(error)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from([1, 1, 1, 2, 4])), min_size=4, max_size=40))
def test_no_restart_in_a_hole_hides_what_was_counted_or_invents_any(steps: list[tuple[int, bool, int]]) -> None:
    """What is told is what the target really counted, but for what it did in the minutes before a restart that was
    seen at once; nothing is told where these were more than a quarter of the window."""
    counts: list[tuple[float, int]] = []
    meter, at, value, born = Meter(WINDOW), 0.0, 0, 1
    lost: list[tuple[float, int]] = []
    for step, restarts, minutes in steps:
        at += minutes
        counts.append((at, step))
        if restarts:  # it had counted `step` since the last sample, and nothing since it is up
            lost.append((at, step))
            value, born = 0, born + 1
        else:
            value += step
        meter.note(minute(at), {A: Decimal(value)}, Decimal(born))
        try:
            growth = meter.growth(minute(at), WINDOW)
        except Blind:
            continue
        begin = at - growth.covered / timedelta(minutes=1)
        true = sum(count for when, count in counts if when > begin + 1e-6)
        hidden = [count for when, count in lost if when > begin + 1e-6]
        assert growth.by_series[A] == true - sum(hidden)
        seen = zip(counts, steps, strict=False)
        assert all(gap <= 2.5 for (when, _), (_, restarted, gap) in seen if restarted and when > begin + 1e-6)
