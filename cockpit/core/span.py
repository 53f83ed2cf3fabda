"""Lengths of time as plans write them (`90s 5m 4h 7d`) and as screens show them (`3:12`)."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
# Nine digits of the largest unit stay within what a timedelta holds (999,999,999 days).
_SPAN = re.compile(r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")


def parse_span(text: str) -> timedelta:
    """A length of time: whole numbers with a unit, largest unit first, as in `90s` or `1h30m`.

    Raises ValueError for anything else, for nothing at all and for a length of zero.
    """
    match = _SPAN.fullmatch(text.strip())
    try:
        parts = match.groups(default="0") if match else ()
        span = sum((int(count) * unit for count, unit in zip(parts, _UNITS.values(), strict=False)), timedelta())
    except OverflowError:
        span = timedelta()
    if not span:
        raise ValueError(f"'{text[:40]}' is no length of time. Write one above zero, as 90s, 5m, 4h, 7d or 1h30m.")
    return span


def show_span(span: timedelta) -> str:
    """The shortest text that `parse_span` reads back: `5m`, `1h30m`, `7d`; seconds are cut, nothing is `0s`."""
    rest = abs(span)
    parts = ""
    for name, unit in _UNITS.items():
        count, rest = divmod(rest, unit)
        parts += f"{count}{name}" if count else ""
    return ("-" if span < timedelta() and parts else "") + (parts or "0s")


def clock_face(span: timedelta) -> str:
    """A running clock: `3:12`, `1:04:09`, `2d 03:04:09`; seconds are cut, and a span below zero has a minus."""
    total = abs(span) // timedelta(seconds=1)
    minutes, seconds = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    sign = "-" if span < timedelta() and total else ""
    if days:
        return f"{sign}{days}d {hours:02}:{minutes:02}:{seconds:02}"
    if hours:
        return f"{sign}{hours}:{minutes:02}:{seconds:02}"
    return f"{sign}{minutes}:{seconds:02}"
