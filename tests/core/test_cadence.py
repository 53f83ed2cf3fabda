from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.cadence import NEWCOMERS, PREVIEWS, ROLLOUT, giving_way, stretch

HOUR = 3600.0
FREE = st.sampled_from([80, 950, 9950])


def test_nothing_is_stretched_while_half_of_the_free_requests_are_left():
    assert stretch(475, 950) == giving_way(475, 950) == 1


def test_at_three_quarters_the_rollout_is_looked_at_four_times_as_seldom_and_all_else_seven_times():
    assert (stretch(750, 1000), giving_way(750, 1000)) == (4, 7)


@given(FREE, st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_more_is_spent_the_longer_it_gets_and_the_rollout_gives_way_last(free: int, one: int, other: int):
    less, more = sorted((one, other))
    assert 1 <= stretch(less, free) <= stretch(more, free) <= 625
    assert stretch(more, free) <= giving_way(more, free)


def test_where_nothing_is_free_it_is_as_if_all_were_spent():
    assert stretch(0, 0) == stretch(950, 950) == 625


@given(FREE, st.lists(st.floats(2, 60), max_size=8))
def test_an_hour_of_looks_settles_where_each_asker_has_two_or_three_left(free: int, others: list[float]):
    """A rollout, the listing, a look ahead, and monitors as often as a plan may say; the allowance refuses the rest."""
    used, now = 0, 0.0
    due = dict.fromkeys(range(len(others) + 3), 0.0)
    every = [ROLLOUT.total_seconds(), NEWCOMERS.total_seconds(), PREVIEWS.total_seconds(), *others]
    while (now := min(due.values())) < HOUR:
        who = min(due, key=lambda each: due[each])
        used += 1
        due[who] = now + every[who] * (stretch(used, free) if who == 0 else giving_way(used, free))
    assert used <= 0.98 * free + 3 * len(due)
