"""Railway's instants: RFC 3339 with up to nine decimals, more than a datetime holds.

Order and cursors therefore go by whole nanoseconds, and a stamp is kept as it was sent.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cockpit.errors import Garbled

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(stamp: str) -> int:
    """Since 1970. Raises Garbled for what is no instant; one without a zone is taken as UTC."""
    match = _STAMP.fullmatch(stamp.strip())
    if match is None:
        raise Garbled(f"Railway sent {stamp[:40]!r} as a time.", "Ask again; if it stays, its API has changed.")
    day, clock, fraction, zone = match.groups()
    try:
        whole = _seconds(day, clock, "+00:00" if zone in {None, "Z", "z"} else zone)
    except ValueError as error:
        raise Garbled(f"Railway sent {stamp[:40]!r} as a time.", "Ask again.") from error
    return whole * 10**9 + int((fraction or "0").ljust(9, "0"))


def instant(stamp: str) -> datetime:
    """The stamp as UTC, its nanoseconds cut to microseconds. Raises Garbled."""
    return _EPOCH + timedelta(microseconds=nanoseconds(stamp) // 1000)


def perhaps(stamp: str | None) -> datetime | None:
    """The same, or None for none."""
    return None if stamp is None else instant(stamp)


def written(at: datetime) -> str:
    """An instant as Railway reads it, nine decimals, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z"


def stamped(nanos: int) -> str:
    """The stamp of so many nanoseconds since 1970."""
    seconds, rest = divmod(nanos, 10**9)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


@lru_cache(maxsize=256)  # lines come by the hundred in each second
def _seconds(day: str, clock: str, zone: str) -> int:
    return (datetime.fromisoformat(f"{day}T{clock}{zone}") - _EPOCH) // timedelta(seconds=1)
