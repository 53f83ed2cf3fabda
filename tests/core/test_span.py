"""Lengths of time: read, shown, and on a clock face."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.span import clock_face, parse_span, show_span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("4h", 14_400), ("7d", 604_800), ("1h30m", 5_400), ("1d1h1m1s", 90_061), (" 5m ", 300)],
)
def test_a_span_is_read(text: str, seconds: int) -> None:
    assert parse_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "5", "0s", "0h0m", "-5m", "1.5h", "5 m", "5M", "30m1h", "5m5m", "\u0661s", "1e3s", "9" * 40 + "d"]
)
def test_anything_else_is_refused_in_two_sentences(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no length of time\. Write one"):
        parse_span(text)


def test_a_span_longer_than_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="no length of time"):
        parse_span("999999999d999999999h")


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=999_999_999)))
def test_what_is_shown_reads_back_to_the_second(span: timedelta) -> None:
    whole = timedelta(days=span.days, seconds=span.seconds)
    assert parse_span(show_span(span)) == whole


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(), "0s"),
        (timedelta(milliseconds=900), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=4), "4h"),
        (timedelta(seconds=-90), "-1m30s"),
        (timedelta(milliseconds=-900), "0s"),
    ],
)
def test_a_span_is_shown_short(span: timedelta, shown: str) -> None:
    assert show_span(span) == shown


@pytest.mark.parametrize(
    ("span", "face"),
    [
        (timedelta(), "0:00"),
        (timedelta(seconds=192), "3:12"),
        (timedelta(hours=1, minutes=4, seconds=9), "1:04:09"),
        (timedelta(days=2, hours=3, minutes=4, seconds=9), "2d 03:04:09"),
        (timedelta(seconds=59.999), "0:59"),
        (timedelta(seconds=-61), "-1:01"),
        (timedelta(seconds=-0.4), "0:00"),
        (timedelta(days=-1, hours=-1), "-1d 01:00:00"),
    ],
)
def test_a_clock_face(span: timedelta, face: str) -> None:
    assert clock_face(span) == face
