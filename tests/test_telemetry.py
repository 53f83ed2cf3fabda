"""The log ring numbers lines from the first ever, whatever it has dropped since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.text.logline import LogGap, LogLine
from cockpit.telemetry import RING_LINES, LogRing, Telemetry, Trouble

START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)


def a_line(number: int) -> LogLine:
    at = START + timedelta(seconds=number)
    return LogLine(at, at.isoformat(), f"line {number}", "info", "web", "d1", "i1")


def lines(count: int, first: int = 0) -> list[LogLine | LogGap]:
    return [a_line(number) for number in range(first, first + count)]


def test_lines_somebody_reads_stay_up_to_five_times_the_capacity():
    ring = LogRing(10)
    ring.extend(lines(10))
    ring.keep(4)
    ring.extend(lines(44, 10))
    assert (ring.first, len(ring)) == (4, 50)
    ring.extend(lines(1, 54))
    assert (ring.first, len(ring)) == (5, 50)
    ring.keep(None)
    assert (ring.first, len(ring)) == (45, 10)


def test_an_empty_ring_has_nothing_to_tell() -> None:
    ring = LogRing(3)
    assert (len(ring), ring.total, ring.first) == (0, 0, 0)
    assert ring.since(0) == []
    assert ring.line(0) is None


def test_lines_keep_their_numbers_when_older_ones_are_dropped() -> None:
    ring = LogRing(3)
    ring.extend(lines(5))
    assert (len(ring), ring.total, ring.first) == (3, 5, 2)
    assert ring.line(1) is None
    assert ring.line(2) == a_line(2)
    assert ring.line(4) == a_line(4)
    assert ring.line(5) is None


def test_who_read_up_to_a_number_gets_the_rest_that_is_held() -> None:
    ring = LogRing(3)
    ring.extend(lines(5))
    assert ring.since(4) == lines(1, 4)
    assert ring.since(5) == []
    assert ring.since(99) == []
    assert ring.since(0) == lines(3, 2), "what was dropped is gone; `first` tells how much that is"


def test_a_gap_is_a_line_with_a_number_too() -> None:
    gap = LogGap(START, START + timedelta(minutes=1), "the platform dropped lines")
    ring = LogRing(3)
    ring.extend([a_line(0), gap])
    assert ring.total == 2
    assert ring.line(1) == gap


def test_no_negative_number_reads_from_the_end() -> None:
    ring = LogRing(3)
    ring.extend(lines(2))
    assert ring.line(-1) is None
    assert ring.since(-5) == lines(2)


@given(st.integers(1, 12), st.lists(st.integers(0, 9), max_size=12), st.integers(-2, 120))
def test_a_ring_is_the_end_of_everything_ever_delivered(capacity: int, batches: list[int], number: int) -> None:
    ring, everything = LogRing(capacity), lines(sum(batches))
    sent = 0
    for size in batches:
        ring.extend(everything[sent : sent + size])
        sent += size
    assert ring.total == len(everything)
    assert len(ring) == min(capacity, len(everything))
    held = everything[ring.first :]
    assert ring.since(ring.first) == held
    assert ring.since(number) == everything[max(number, ring.first) :]
    assert ring.line(number) == (everything[number] if ring.first <= number < ring.total else None)


def test_a_process_keeps_ten_thousand_lines_and_shares_nothing_with_another() -> None:
    one, other = Telemetry(), Telemetry()
    one.logs.extend(lines(RING_LINES + 1))
    one.links["db"] = Trouble("It is gone.")
    assert len(one.logs) == RING_LINES
    assert len(other.logs) == 0
    assert other.links == {}


@pytest.mark.parametrize("field", ["readings", "asking", "links", "baselines"])
def test_a_fresh_process_knows_nothing(field: str) -> None:
    assert getattr(Telemetry(), field) == {}
