from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cockpit.view.times import ago, moment, rough, stamp, until, utc

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def test_instants_are_shown_in_utc():
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert utc(there) == "12:00:00"
    assert stamp(there) == "2026-01-31 12:00:00 UTC"


def test_another_day_is_named():
    assert moment(NOON, NOON + timedelta(hours=3)) == "12:00:00"
    assert moment(NOON, NOON + timedelta(hours=13)) == "2026-01-31 12:00:00"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=12.9), "12s"),
        (timedelta(minutes=3, seconds=20), "3m20s"),
        (timedelta(hours=2, minutes=5, seconds=59), "2h5m"),
        (timedelta(days=1, hours=4, minutes=59), "1d4h"),
        (-timedelta(minutes=2, seconds=1), "-2m1s"),
    ],
)
def test_lengths_are_told_in_their_two_largest_units(span, words):
    assert rough(span) == words


def test_ages_and_deadlines_say_on_which_side_of_now_they_are():
    assert ago(NOON, NOON + timedelta(seconds=12)) == "12s ago"
    assert ago(NOON, NOON + timedelta(milliseconds=300)) == "just now"
    assert ago(NOON + timedelta(minutes=1), NOON) == "in 1m"
    assert until(NOON + timedelta(seconds=108), NOON) == "in 1:48"
    assert until(NOON, NOON) == "in 0:00"
    assert until(NOON, NOON + timedelta(seconds=12)) == "overdue by 0:12"
