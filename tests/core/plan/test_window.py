"""Windows of a week: days, times, zones, and the days on which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.plan import window as windows
from cockpit.core.plan.window import DAYS, Window, is_open, next_change, opened_at, opening, parse_days, parse_time

PEAK = Window.model_validate({"days": "mon-fri", "from": "09:00", "to": "17:00", "zone": "Europe/Berlin"})
NIGHT = Window.model_validate({"from": "22:00", "to": "02:00", "days": "fri, sat"})
ALWAYS = Window.model_validate({"from": "00:00", "to": "00:00"})
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, day and so on


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat, sun", {5, 6}),
        ("fri-mon", {4, 5, 6, 0}),
        ("Wed", {2}),
        ("mon, wed-thu", {0, 2, 3}),
    ],
)
def test_days_are_names_and_stretches_of_them(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "mon--fri", "1-5"])
def test_what_is_no_day_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no day"):
        parse_days(text)


@pytest.mark.parametrize("text", ["9:00", "24:00", "12:60", "noon", "09:00 "])
def test_what_is_no_time_of_day_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of day"):
        parse_time(text)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (utc(2026, 11, 27, 8, 0), True),  # a Friday; 09:00 in Berlin
        (utc(2026, 11, 27, 7, 59, 59), False),
        (utc(2026, 11, 27, 15, 59, 59), True),
        (utc(2026, 11, 27, 16, 0), False),
        (utc(2026, 11, 28, 10, 0), False),
        (utc(2026, 7, 3, 7, 0), True),  # in summer an hour earlier
        (utc(2026, 7, 3, 6, 59), False),
    ],
)
def test_peak_hours_are_those_of_the_zone(at: datetime, open_: bool) -> None:  # noqa: FBT001  (a table's column)
    assert is_open(PEAK, at) is open_


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    assert is_open(NIGHT, utc(2026, 11, 29, 1, 59))  # a Sunday; opened on Saturday
    assert not is_open(NIGHT, utc(2026, 11, 29, 22, 30))
    assert next_change(NIGHT, utc(2026, 11, 28, 23)) == utc(2026, 11, 29, 2)
    assert next_change(NIGHT, utc(2026, 11, 29, 2)) == utc(2026, 12, 4, 22)
    assert opened_at(NIGHT, utc(2026, 11, 29, 1)) == utc(2026, 11, 28, 22)


def test_it_tells_when_it_opens_next_and_since_when_it_is_open() -> None:
    assert opening(PEAK, utc(2026, 11, 27, 18)) == utc(2026, 11, 30, 8)
    assert opening(PEAK, utc(2026, 11, 27, 12)) == utc(2026, 11, 27, 12)
    assert opened_at(PEAK, utc(2026, 11, 27, 12)) == utc(2026, 11, 27, 8)
    assert opened_at(PEAK, utc(2026, 11, 28, 12)) is None


def test_one_that_is_always_open_never_changes() -> None:
    assert is_open(ALWAYS, utc(2026, 3, 29, 1, 30))
    assert next_change(ALWAYS, utc(2026, 3, 29, 1, 30)) is None
    assert opened_at(ALWAYS, utc(2026, 3, 29, 1, 30)) is None


def test_a_time_that_is_left_out_or_comes_twice_means_what_rfc_5545_says() -> None:
    early = Window.model_validate({"from": "02:30", "to": "04:00", "zone": "Europe/Berlin"})
    assert opening(early, utc(2026, 3, 29, 0)) == utc(2026, 3, 29, 1, 30)  # 02:30 does not exist: 03:30 in summer time
    assert opening(early, utc(2026, 10, 24, 23)) == utc(2026, 10, 25, 0, 30)  # the first of two


def test_a_zone_that_is_not_known_here_leaves_it_open_whether_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = PEAK.model_copy(update={"zone": "Europe/Berlim"})
    assert is_open(nowhere, utc(2026, 11, 27, 12)) is None
    assert next_change(nowhere, utc(2026, 11, 27, 12)) is None
    assert opening(nowhere, utc(2026, 11, 27, 12)) is None
    assert windows.trouble_of("Europe/Berlin") is None
    told = windows.trouble_of("Europe/Berlim")
    assert told == ("There is no time zone 'Europe/Berlim'.", "Did you mean 'Europe/Berlin'?")
    monkeypatch.setattr(windows, "available_timezones", set)
    assert windows.trouble_of("Europe/Berlim") == (
        "This machine has no time zones.", "Install tzdata (apt install tzdata, or pip install tzdata)."
    )  # fmt: skip


moments = st.datetimes(datetime(2020, 1, 1), datetime(2031, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
times = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
any_window = st.builds(
    lambda days, *told: Window.model_validate(
        {"days": ",".join(days), **dict(zip(("from", "to", "zone"), told, strict=True))}
    ),
    st.lists(st.sampled_from(DAYS), min_size=1, max_size=7),
    times,
    times,
    st.sampled_from(ZONES),
)


@given(any_window, moments)
def test_nothing_changes_before_the_next_change(window: Window, at: datetime) -> None:
    change = next_change(window, at)
    if change is None:
        assert all(is_open(window, at + timedelta(hours=hours)) for hours in range(0, 200, 5))
        return
    assert change > at
    assert is_open(window, change) is not is_open(window, at)
    for part in range(1, 8):
        assert is_open(window, at + (change - at) * part / 8) is is_open(window, at)


@given(any_window, moments)
def test_far_from_a_change_of_clocks_it_is_what_the_clock_on_the_wall_says(window: Window, at: datetime) -> None:
    zone = ZoneInfo(window.zone)
    wall = at.astimezone(zone)
    if len({(at + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in range(-30, 31, 2)}) > 1:
        return
    days, begin, end = parse_days(window.days), parse_time(window.from_), parse_time(window.to)
    today, before = wall.weekday() in days, (wall.weekday() - 1) % 7 in days
    now = wall.time()
    overnight = (today and now >= begin) or (before and now < end)
    assert is_open(window, at) is (today and begin <= now < end if begin < end else overnight)


@given(any_window, moments)
def test_an_open_window_was_closed_just_before_it_opened(window: Window, at: datetime) -> None:
    since = opened_at(window, at)
    if since is not None:
        assert since <= at
        assert is_open(window, since)
        assert not is_open(window, since - timedelta(microseconds=1))
