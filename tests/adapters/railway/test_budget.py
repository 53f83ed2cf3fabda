from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cockpit.adapters.railway.budget import Allowance
from cockpit.adapters.railway.limits import Limits
from cockpit.errors import Throttled
from cockpit.ports import Budget


class Time:
    """Machine time that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def spent(per_hour: int, requests: int) -> tuple[Allowance, Time]:
    time = Time()
    allowance = Allowance(per_hour, time)
    for _ in range(requests):
        allowance.spend(urgent=True)
    return allowance, time


def test_requests_are_counted():
    allowance, _ = spent(1000, 3)
    assert allowance.budget == Budget(used=3, per_hour=1000, held_back=50, planned=1000)


@pytest.mark.parametrize(("per_hour", "held_back"), [(10_000, 50), (1000, 50), (101, 50), (100, 20), (20, 10)])
def test_a_share_is_held_back(per_hour: int, held_back: int):
    assert spent(per_hour, 0)[0].budget.held_back == held_back


def test_what_is_held_back_is_for_what_is_urgent():
    allowance, _ = spent(100, 80)
    with pytest.raises(Throttled, match="80 of 100"):
        allowance.spend(urgent=False)
    assert allowance.budget.used == 80
    for _ in range(30):
        allowance.spend(urgent=True)
    assert allowance.budget.used == 110


def test_the_last_free_request_is_free():
    allowance, _ = spent(100, 79)
    allowance.spend(urgent=False)
    assert allowance.budget.used == 80


def test_it_says_when_to_come_again_and_keeps_its_word():
    allowance, time = spent(100, 40)
    time.at += 600
    for _ in range(40):
        allowance.spend(urgent=False)
    with pytest.raises(Throttled) as refused:
        allowance.spend(urgent=False)
    assert refused.value.retry_after == 3000
    time.at += 2999
    with pytest.raises(Throttled):
        allowance.spend(urgent=False)
    time.at += 1
    allowance.spend(urgent=False)
    assert allowance.budget.used == 41


def test_an_hour_later_all_is_forgotten():
    allowance, time = spent(1000, 950)
    time.at += 3600
    assert allowance.budget.used == 0


def test_a_pause_that_railway_asks_for_is_kept_by_all_but_the_urgent():
    allowance, time = spent(1000, 0)
    allowance.close_for(30)
    allowance.close_for(10)
    with pytest.raises(Throttled) as refused:
        allowance.spend(urgent=False)
    assert refused.value.retry_after == 30
    allowance.spend(urgent=True)
    time.at += 30
    allowance.spend(urgent=False)


def heard(per_hour: int | None, *told: Limits, requests: int = 0) -> tuple[Allowance, Time]:
    time = Time()
    allowance = Allowance(per_hour, time)
    for _ in range(requests):
        allowance.spend(urgent=True)
    for each in told:
        allowance.hear(each)
    return allowance, time


@pytest.mark.parametrize(
    ("planned", "observed", "per_hour"),
    [
        (None, None, 1000),
        (None, 100, 100),
        (None, 10_000, 10_000),
        (1000, 100, 100),
        (500, 1000, 500),
        (50, None, 50),
    ],
)
def test_the_smaller_of_plan_and_policy_counts(planned: int | None, observed: int | None, per_hour: int):
    budget = heard(planned, Limits(per_hour=observed))[0].budget
    assert (budget.per_hour, budget.planned, budget.observed) == (per_hour, planned, observed)
    assert budget.is_overstated is (planned == 1000)


def test_what_one_answer_told_outlives_an_answer_that_tells_nothing():
    """The edge's own answers know no policy."""
    assert heard(None, Limits(per_hour=100, per_second=5), Limits())[0].budget.per_hour == 100
    assert heard(None, Limits(per_hour=100, per_second=5), Limits())[0].per_second == 5


@pytest.mark.parametrize(
    ("requests", "remaining", "used", "uncounted"),
    [(10, 990, 10, 0), (10, 700, 300, 290), (10, 999, 10, 0), (0, 0, 1000, 1000), (10, 5000, 10, 0)],
)
def test_the_smaller_of_what_is_left_by_our_count_and_by_theirs_is_believed(
    requests: int, remaining: int, used: int, uncounted: int
):
    budget = heard(1000, Limits(remaining=remaining), requests=requests)[0].budget
    assert (budget.used, budget.uncounted) == (used, uncounted)


def test_what_was_sent_since_the_last_word_counts_on_top_of_it():
    allowance, time = heard(1000, Limits(remaining=500))
    time.at += 1
    allowance.spend(urgent=False)
    assert (allowance.budget.used, allowance.budget.uncounted) == (501, 500)


def test_what_others_have_spent_is_kept_from_what_looks_and_not_from_a_rollback():
    allowance, time = heard(100, Limits(remaining=20, resets_in=1800.0), requests=5)
    with pytest.raises(Throttled, match="80 of 100 API requests of this hour are spent, 75 of them not") as refused:
        allowance.spend(urgent=False)
    assert refused.value.retry_after == 1800
    allowance.spend(urgent=True)
    time.at += 1800
    allowance.spend(urgent=False)


def test_a_remainder_without_its_reset_is_believed_for_a_minute():
    """Else a cockpit that stopped asking for it would never ask again, however long ago the window was over."""
    allowance, time = heard(1000, Limits(remaining=0))
    with pytest.raises(Throttled) as refused:
        allowance.spend(urgent=False)
    assert refused.value.retry_after == 60
    time.at += 60
    allowance.spend(urgent=False)
    assert allowance.budget.uncounted == 0


@given(
    some.one_of(some.none(), some.integers(20, 10_000)),
    some.lists(
        some.one_of(
            some.booleans(),
            some.builds(
                Limits,
                some.one_of(some.none(), some.integers(0, 20_000)),
                some.one_of(some.none(), some.integers(1, 100)),
                some.one_of(some.none(), some.integers(0, 20_000)),
                some.one_of(some.none(), some.floats(0, 3600)),
            ),
        ),
        max_size=80,
    ),
)
def test_whatever_is_told_nothing_that_is_not_urgent_touches_what_is_held_back(
    planned: int | None, story: list[bool | Limits]
):
    time = Time()
    allowance = Allowance(planned, time)
    for each in story:
        time.at += 7
        before = allowance.budget
        if isinstance(each, Limits):
            allowance.hear(each)
            continue
        if each or before.used < before.free:
            allowance.spend(urgent=each)
        else:
            with pytest.raises(Throttled) as refused:
                allowance.spend(urgent=False)
            assert 0 <= refused.value.retry_after <= 3600
        assert allowance.budget.used >= allowance.budget.uncounted >= 0
