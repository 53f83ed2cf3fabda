"""Small samples of the benchmarks, so that a screen which became dear is noticed where it happened.

The goals themselves are checked by the scripts beside, alone on the machine; here other tests run too.
"""

from __future__ import annotations

from tests.benchmarks import bytes_at_rest, key_to_paint


def test_keys_are_painted_within_the_goal_while_5000_lines_a_second_come_in() -> None:
    taken = key_to_paint.measure(keys=40, lines=5000)
    assert key_to_paint.percentile(taken, 0.5) <= key_to_paint.GOAL


def test_a_screen_that_waits_for_somebody_sends_next_to_nothing() -> None:
    assert bytes_at_rest.measure("at_gate", seconds=3.0) <= bytes_at_rest.GOAL


def test_a_closed_run_sends_nothing() -> None:
    assert bytes_at_rest.measure("closed", seconds=1.5) == 0
