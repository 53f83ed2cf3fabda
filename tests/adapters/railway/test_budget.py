from __future__ import annotations

import pytest

from cockpit.adapters.railway.budget import Allowance
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
    assert allowance.budget == Budget(used=3, per_hour=1000, held_back=50)


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
