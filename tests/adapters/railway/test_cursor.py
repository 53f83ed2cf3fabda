from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cockpit.adapters.railway.cursor import Cursor
from cockpit.adapters.railway.stamps import instant, nanoseconds, stamped, written
from cockpit.core.text.logline import LogLine

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZERO = nanoseconds(written(START))


def line(nanos: int, text: str = "x", *, instance: str = "i", deployment: str = "d") -> LogLine:
    stamp = stamped(ZERO + nanos)
    return LogLine(instant(stamp), stamp, text, "info", "web", deployment, instance)


def test_what_comes_twice_is_delivered_once():
    cursor = Cursor(START)
    assert cursor.fresh([line(5), line(5)]) == [line(5)]
    assert cursor.fresh([line(5), line(6)]) == [line(6)]


def test_lines_come_oldest_first_and_of_one_instant_as_they_came():
    cursor = Cursor(START)
    lines = [line(2, "c"), line(1, "b"), line(1, "a")]
    assert [one.text for one in cursor.fresh(lines)] == ["b", "a", "c"]


def test_one_instant_holds_many_lines():
    lines = [line(1, "a"), line(1, "b"), line(1, "a", instance="j"), line(1, "a", deployment="e")]
    assert Cursor(START).fresh(lines) == lines


def test_lines_before_the_beginning_are_not_wanted():
    assert Cursor(START).fresh([line(-1), line(0)]) == [line(0)]


def test_the_beginning_itself_is_asked_for():
    assert nanoseconds(Cursor(START).resume) == ZERO - 1


def test_it_asks_again_from_half_a_minute_before_the_newest():
    cursor = Cursor(START)
    cursor.fresh([line(90 * 10**9)])
    assert instant(cursor.resume) == START + timedelta(seconds=60)


def test_a_late_line_is_delivered_and_does_not_turn_the_cursor_back():
    cursor = Cursor(START)
    cursor.fresh([line(90 * 10**9)])
    before = cursor.resume
    assert cursor.fresh([line(70 * 10**9)])
    assert cursor.resume == before


def test_memory_is_bounded_and_never_asks_for_what_was_forgotten():
    cursor = Cursor(START, most=100)
    for n in range(1000):
        assert cursor.fresh([line(n)])
        assert len(cursor._seen) <= 101
    asked_from = nanoseconds(cursor.resume) - ZERO
    assert 850 <= asked_from < 1000
    assert cursor.fresh([line(n) for n in range(asked_from + 1, 1000)]) == []


@given(st.lists(st.lists(st.integers(0, 10**11), max_size=20), max_size=20))
def test_a_server_that_resends_from_the_cursor_is_heard_once_each(batches: list[list[int]]):
    """Whatever arrives in whatever order: everything after the cursor may be sent again without harm."""
    cursor, everything, delivered = Cursor(START, most=50), set[int](), list[int]()
    for batch in batches:
        new = {nanos for nanos in batch if nanos not in everything}
        resent = {nanos for nanos in everything if nanos + ZERO > nanoseconds(cursor.resume)}
        everything |= new
        fresh = cursor.fresh([line(nanos) for nanos in sorted(new | resent)])
        delivered += [nanoseconds(one.stamp) - ZERO for one in fresh]
    assert sorted(delivered) == sorted(everything)


def test_a_line_older_than_what_its_instance_has_said_is_late_and_another_instance_is_not():
    cursor = Cursor(START)
    cursor.fresh([line(5)])
    assert [one.late for one in cursor.fresh([line(4), line(3, instance="j"), line(6)])] == [False, True, False]


def test_lines_of_the_platform_have_whole_seconds_and_are_never_late():
    cursor = Cursor(START)
    cursor.fresh([line(5)])
    assert not cursor.fresh([replace(line(4), level="platform")])[0].late


def test_of_many_instances_those_silent_longest_are_forgotten():
    cursor = Cursor(START)
    for number in range(1500):
        cursor.fresh([line(number, instance=str(number))])
    late = cursor.fresh([line(0, "old", instance=name) for name in ("1", "1400")])
    assert [one.late for one in late] == [False, True]


def test_a_page_reaches_what_was_delivered_where_its_oldest_quarter_was():
    cursor = Cursor(START)
    delivered = [line(number) for number in range(10)]
    cursor.fresh(delivered)
    assert cursor.reaches([*delivered, *(line(number) for number in range(10, 40))])
    assert not cursor.reaches([*delivered[:9], *(line(number) for number in range(10, 41))])
    assert not cursor.reaches([line(-1), *delivered])
    assert not cursor.reaches([])
