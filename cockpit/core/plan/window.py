"""Windows of a week in a named time zone, such as peak hours: open on these days from then to then.

A window of a day runs from one time of day to another as clocks on the wall there show them, and past midnight where
the second is not later. Where clocks are changed, RFC 5545 (section 3.3.5) says what a time of day means: one that
comes twice is the first, one that is left out counts with the offset before the change.

Nothing here fails where a machine has no time zones: whether a window is open is then not known (None).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field

from cockpit.core.complaint import nearest
from cockpit.core.plan.fields import Model, text_by

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY = timedelta(days=1)
_AHEAD = 9
"""Days that are looked ahead: a week, and a day on either side."""


def parse_days(text: str) -> frozenset[int]:
    """Days of the week, Monday 0: `mon-fri`, `sat, sun`, `fri-mon`. Raises ValueError."""
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        for day in (first, last if dash else first):
            if day not in DAYS:
                raise ValueError(f"'{day}' is no day. Write mon, tue, wed, thu, fri, sat, sun, as in mon-fri.")
        begin, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        found |= {(begin + offset) % 7 for offset in range(length + 1)}
    return frozenset(found)


def parse_time(text: str) -> time:
    """A time of day, `08:00` to `23:59`. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text[:20]}' is no time of day. Write hours and minutes, as in 09:00 or 17:30.")
    return time(int(match[1]), int(match[2]))


class Window(Model):
    """Hours of a week: open from one time of day to another, on some days, as clocks in a time zone show them."""

    days: Annotated[str, text_by(parse_days)] = "mon-sun"
    """`mon-fri`, `sat, sun`: the days on which it opens."""
    from_: Annotated[str, text_by(parse_time)] = Field(alias="from")
    """When it opens."""
    to: Annotated[str, text_by(parse_time)]
    """When it closes; on the next day where that is not later than it opens."""
    zone: str = Field(default="UTC", min_length=1)
    """An IANA time zone, such as `Europe/Berlin`."""

    def __str__(self) -> str:
        return f"{self.days} {self.from_}-{self.to} {self.zone}"


def trouble_of(zone: str) -> tuple[str, str] | None:
    """Why a time zone is not known on this machine, and what to do; None where it is."""
    if _zone(zone) is not None:
        return None
    if not (known := available_timezones()):
        return "This machine has no time zones.", "Install tzdata (apt install tzdata, or pip install tzdata)."
    return f"There is no time zone '{zone}'.", nearest(zone, known) or "Write it as in Europe/Berlin or UTC."


def clock_in(zone: str, at: datetime) -> datetime | None:
    """An instant as clocks in a time zone show it; None where the zone is not known here."""
    known = _zone(zone)
    return None if known is None else at.astimezone(known)


def is_open(window: Window, at: datetime) -> bool | None:
    """Whether an instant lies within; None where the zone is not known here."""
    zone = _zone(window.zone)
    return None if zone is None else any(begin <= at < end for begin, end in _intervals(window, zone, at))


def next_change(window: Window, at: datetime) -> datetime | None:
    """When it opens or closes next, in UTC; None where it never does, or the zone is not known here."""
    zone = _zone(window.zone)
    if zone is None:
        return None
    now = is_open(window, at)
    moments = sorted({moment for interval in _intervals(window, zone, at) for moment in interval if moment > at})
    return next((moment for moment in moments if is_open(window, moment) is not now), None)


def opening(window: Window, at: datetime) -> datetime | None:
    """The first instant from `at` on at which it is open; None where the zone is not known here."""
    return at if is_open(window, at) else next_change(window, at)


def opened_at(window: Window, at: datetime) -> datetime | None:
    """Since when an open window has been open; None where it is closed, or always open, or not known."""
    zone = _zone(window.zone)
    if zone is None or not is_open(window, at):
        return None
    begins = sorted({begin for begin, _ in _intervals(window, zone, at) if begin <= at}, reverse=True)
    return next((begin for begin in begins if not is_open(window, begin - timedelta(microseconds=1))), None)


def _intervals(window: Window, zone: tzinfo, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each opening and closing around an instant, in UTC."""
    days, begin, end = parse_days(window.days), parse_time(window.from_), parse_time(window.to)
    today = at.astimezone(zone).date()
    for offset in range(-_AHEAD, _AHEAD + 1):
        day = today + offset * _DAY
        if day.weekday() in days:
            opens, closes = _instant(day, begin, zone), _instant(day if end > begin else day + _DAY, end, zone)
            if opens < closes:  # a change of clocks may swallow a short one
                yield opens, closes


def _instant(day: date, of_day: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, of_day, zone).astimezone(UTC)  # fold 0: what RFC 5545 says, in both cases


@cache
def _zone(name: str) -> tzinfo | None:
    if name == "UTC":  # known everywhere: a machine without tzdata need not be told of it
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # ZoneInfoNotFoundError is a KeyError
        return None
