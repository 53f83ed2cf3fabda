"""A time of day as an operator types it: `12:01`, `12:01:22`, or `-5m` for so long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_AGO = re.compile(r"-\s*(\d{1,6})\s*([smh])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}

USAGE = "12:01, 12:01:22 or -5m, in UTC"


def moment(words: str, now: datetime) -> datetime | None:
    """The instant meant, the last of that time of day before `now`; None for what is no time."""
    words = words.strip().lower()
    if ago := _AGO.fullmatch(words):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    clock = _CLOCK.fullmatch(words)
    if clock is None:
        return None
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if hour > 23 or minute > 59 or second > 59:
        return None
    at = now.astimezone(UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)
    return at if at <= now else at - timedelta(days=1)
