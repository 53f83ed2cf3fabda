"""What an answer's headers tell of Railway's limits.

Documented are `X-RateLimit-Limit`, `-Remaining` and `-Reset`; of 447 answers all carried
`ratelimit-policy: "default";q=1000;w=3600` and none of the others (`railway/api.md` 1 [D, X1, X2]). Whatever
comes is used; of the documented ones neither the window nor the form of the reset is written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_HOUR = 3600
_MINUTE = 60
_POLICY = re.compile(r";\s*([qw])\s*=\s*(\d{1,9})")
_SMALLEST = 100
"""Requests an hour of the smallest tier (`railway/api.md` 1 [D]): a smaller limit is none of an hour."""
_EPOCH, _EPOCH_MS = 1e9, 1e12
"""From here on a number is an instant, in seconds or milliseconds, and no length of time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer told; None for what it did not."""

    per_hour: int | None = None
    per_second: int | None = None
    remaining: int | None = None
    """Of the hour, for everybody who uses this token."""
    resets_in: float | None = None
    """Seconds until there are as many as ever."""


def told(headers: Mapping[str, str]) -> Limits:
    """The limits in an answer's headers, which are named in lower case. Never raises."""
    policies = tuple(_policies(headers.get("ratelimit-policy", "")))
    hours = [quota * _HOUR // window for quota, window in policies if window >= _MINUTE]
    seconds = [max(1, quota // window) for quota, window in policies if window < _MINUTE]
    limit = _number(headers.get("x-ratelimit-limit"))
    if limit is not None and limit < _SMALLEST:
        return Limits(min(hours, default=None), min([*seconds, max(1, limit)]))
    return Limits(
        per_hour=min(hours, default=limit),
        per_second=min(seconds, default=None),
        remaining=_number(headers.get("x-ratelimit-remaining")),
        resets_in=_reset(headers.get("x-ratelimit-reset", ""), headers.get("date", "")),
    )


def _policies(text: str) -> Iterator[tuple[int, int]]:
    """Quota and window in seconds of each policy that has both."""
    for policy in text.split(","):
        found = dict(_POLICY.findall(policy))
        quota, window = int(found.get("q", 0)), int(found.get("w", 0))
        if quota and window:
            yield quota, window


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text.strip()) else None


def _reset(text: str, date: str) -> float | None:
    """Seconds by Railway's own clock: an instant is held against the answer's `Date`, never against a clock of ours."""
    try:
        number = float(text)
    except ValueError:
        at = _instant(text)
    else:
        if 0 <= number < _EPOCH:
            return min(number, _HOUR)
        at = _epoch(number) if number >= _EPOCH else None
    now = _instant(date)
    if at is None or now is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), _HOUR)


def _epoch(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(number / 1000 if number >= _EPOCH_MS else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _instant(text: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text)
        except (ValueError, TypeError, IndexError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
