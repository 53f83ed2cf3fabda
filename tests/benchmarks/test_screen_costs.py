"""Small samples of the benchmarks, so that a screen which became dear is noticed where it happened.

The goals themselves are checked by the scripts beside, alone on the machine; here other tests run too.
"""

from __future__ import annotations

from tests.benchmarks import bytes_at_rest, key_to_paint

TRIES = 3
"""Whatever else the machine does makes keys slow now and then; a screen that became dear is slow each time."""

CPU_PER_KEY = 60.0
"""Milliseconds of the program's own time a key may cost beside 5,000 lines a second: about three times what it does."""


def test_keys_are_painted_in_time_while_5000_lines_a_second_come_in() -> None:
    best = min((key_to_paint.measure(keys=30, lines=5000) for _ in range(TRIES)), key=lambda each: each.cpu)
    assert len(best.taken) == 30
    assert best.cpu <= CPU_PER_KEY


def test_a_screen_that_waits_for_somebody_sends_next_to_nothing() -> None:
    assert bytes_at_rest.measure("at_gate", seconds=3.0) <= bytes_at_rest.GOAL


def test_a_closed_run_sends_nothing() -> None:
    assert bytes_at_rest.measure("closed", seconds=1.5) == 0
