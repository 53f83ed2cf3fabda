"""What a customer of Railway's pays for: requests, replicas, and how long images and log lines are kept.

The world has a tier from its first moment, which governs what is kept. Requests are counted against it only once
somebody asks for that: a rehearsal whose day passes in a minute would be out of them at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Tier:
    """One of the plans on Railway's price list."""

    name: str
    per_hour: int
    """Requests over HTTP an hour [1 D]; whether a websocket counts is not known, so here it does not [1 I]."""
    per_second: int | None
    """Requests a second [1 D]; None where none is documented."""
    images: timedelta
    """How long an image outlives its deployment [8 D]."""
    lines: timedelta
    """How long a log line can be read [9 D]."""
    replicas: int
    """Of a service at most, over all regions [5 D]."""


_DAY = timedelta(days=1)
TIERS = {
    tier.name: tier
    for tier in (
        # What is not documented of a tier is taken from its neighbour: lines of free, requests of trial and enterprise.
        Tier("free", 100, None, _DAY, 7 * _DAY, 1),
        Tier("trial", 1000, None, _DAY, 7 * _DAY, 2),
        Tier("hobby", 1000, 10, 3 * _DAY, 7 * _DAY, 6),
        Tier("pro", 10_000, 50, 5 * _DAY, 30 * _DAY, 42),
        Tier("enterprise", 10_000, 50, 15 * _DAY, 90 * _DAY, 50),
    )
}


class Meter:
    """Requests counted against a tier, in machine time: what limits them in life are hours and seconds of life."""

    def __init__(self) -> None:
        self.is_kept = False
        """Whether anybody is turned away."""
        self._spent: deque[float] = deque()

    def wait(self, tier: Tier, now: float) -> float:
        """Count a request; seconds until one is welcome again, 0 where this one is. Those turned away do not count."""
        while self._spent and self._spent[0] <= now - HOUR:
            self._spent.popleft()
        if not self.is_kept:
            return 0.0
        waits = [_until(self._spent, tier.per_hour, HOUR, now), _until(self._spent, tier.per_second, 1.0, now)]
        if not any(waits):
            self._spent.append(now)
        return max(waits)


def _until(spent: deque[float], most: int | None, window: float, now: float) -> float:
    """Seconds until the oldest of the last `most` requests has left the window."""
    if most is None or len(spent) < most:
        return 0.0
    return max(0.0, spent[-most] + window - now)
