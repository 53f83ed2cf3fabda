"""What a customer of Railway's pays for: requests, replicas, and how long images and log lines are kept.

The world has a tier from its first moment, which governs what is kept. Requests are counted against it only once
somebody asks for that: a rehearsal whose day passes in a minute would be out of them at once.
"""

from __future__ import annotations

import math
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
    """Requests counted against a tier, in machine time: what limits them in life are hours and seconds of life.

    By token, whichever client sends it [1 I]: nobody has published by what Railway counts.
    """

    def __init__(self) -> None:
        self.is_kept = False
        """Whether anybody is turned away."""
        self.is_told = False
        """Whether answers carry the headers that are documented [1 D] and that nobody has seen [1 X1, X2]."""
        self._spent: dict[str, deque[float]] = {}

    def wait(self, tier: Tier, token: str, now: float) -> float:
        """Count a request; seconds until one is welcome again, 0 where this one is. Those turned away do not count."""
        if not self.is_kept and not self.is_told:
            return 0.0
        spent = self._of(token, now)
        waits = [_until(spent, tier.per_hour, HOUR, now), _until(spent, tier.per_second, 1.0, now)]
        if self.is_kept and any(waits):
            return max(waits)
        spent.append(now)
        return 0.0

    def headers(self, tier: Tier, token: str, now: float) -> dict[str, str]:
        """What is left of the hour, and the second since 1970 at which the oldest request leaves it [1 D, I]."""
        if not self.is_told:
            return {}
        spent = self._of(token, now)
        return {
            "x-ratelimit-limit": str(tier.per_hour),
            "x-ratelimit-remaining": str(max(0, tier.per_hour - len(spent))),
            "x-ratelimit-reset": str(math.ceil((spent[0] if spent else now) + HOUR)),
        }

    def _of(self, token: str, now: float) -> deque[float]:
        spent = self._spent.setdefault(token, deque())
        while spent and spent[0] <= now - HOUR:
            spent.popleft()
        return spent


def _until(spent: deque[float], most: int | None, window: float, now: float) -> float:
    """Seconds until the oldest of the last `most` requests has left the window."""
    if most is None or len(spent) < most:
        return 0.0
    return max(0.0, spent[-most] + window - now)
