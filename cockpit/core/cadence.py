"""How often Railway is asked, and how that stretches as the hour's requests run out.

Looking alone settles about where only what is held back for a rollback is left (what would go beyond is refused by
the allowance), and what matters most gives way last: the rollout of ours that is under way. Pure.
"""

from __future__ import annotations

from datetime import timedelta

ROLLOUT = timedelta(seconds=4)
"""Between two looks at a rollout of ours: 900 an hour, nearly all of a Hobby budget."""
STRANGERS = timedelta(seconds=10)
"""Nothing of ours is proved by a rollout of somebody else's: it may be told a little later."""
NEWCOMERS = timedelta(seconds=30)
"""A build takes longer: what somebody else starts is told before it serves."""

PREVIEWS = timedelta(minutes=2)
"""What an action would change, for each that may be started: before it is sent it is read again."""

LOGS = timedelta(seconds=15)
"""A log that somebody reads while it is being written: four questions a minute, as long as its page is open."""

_LEAST = 0.02
"""Nothing is ever stretched without end: where all is spent, the hour's first requests come free again."""


def stretch(used: int, free: int) -> float:
    """By how much looks at our own rollout stretch: not at all while half of the free requests are left.

    The square makes the looks settle: at three quarters they are four times as far apart.
    """
    left = max(_LEAST, 1 - used / free) if free > 0 else _LEAST
    return 1 / min(1.0, 2 * left) ** 2


def giving_way(used: int, free: int) -> float:
    """By how much all else stretches: each bit that the rollout does, twice."""
    return 2 * stretch(used, free) - 1
