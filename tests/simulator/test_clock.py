from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cockpit.simulator.clock import EPOCH, Clock, iso, nano, nanos, whole

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_plan_time_runs_as_many_times_as_fast_as_the_factor_says():
    assert Clock(START, 1000.0, 60).at(1002.5) == START + timedelta(seconds=150)


def test_before_its_base_the_clock_stands():
    assert Clock(START, 1000.0, 60).at(990) == START


def test_a_new_factor_goes_on_from_where_the_old_one_stood():
    faster = Clock(START, 1000.0, 1).rebased(1010.0, 2400)
    assert faster.at(1010.0) == START + timedelta(seconds=10)
    assert faster.at(1011.0) == START + timedelta(seconds=2410)


@pytest.mark.parametrize("factor", [0, -1, float("inf"), float("nan")])
def test_a_factor_that_does_not_run_is_refused(factor: float):
    with pytest.raises(ValueError, match="above zero"):
        Clock(START, 0).rebased(1, factor)


def test_until_is_in_machine_seconds():
    assert Clock(START, 1000.0, 60).until(START + timedelta(seconds=120), 1001.0) == pytest.approx(1.0)


def test_a_client_computes_the_same_instant_from_what_it_is_given():
    clock = Clock(START, 1000.0, 60).rebased(1003.7, 20)
    base = clock.as_json()
    plan = datetime.fromisoformat(str(base["plan"]))
    assert plan + timedelta(seconds=(1010.0 - clock.machine) * clock.factor) == clock.at(1010.0)


@given(some.integers(0, 4_000_000_000_000_000).map(lambda micros: EPOCH + timedelta(microseconds=micros)))
def test_what_is_cut_to_the_grain_of_the_api_survives_being_written(at: datetime):
    assert datetime.fromisoformat(iso(whole(at))) == whole(at)
    assert nano(nanos(at)).startswith(iso(at, "microseconds").rstrip("Z"))
