"""Requests of the last hour of machine time, counted by us: Railway's own headers tell too little.

Of 447 answers none carried the documented `X-RateLimit-Remaining` (`railway/api.md` 1). What other
programs spend with the same token is unknown here; a 429 then tells, and is obeyed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from cockpit.errors import Throttled
from cockpit.ports import Budget

HOUR = 3600.0
_HELD_BACK = 50
_HELD_BACK_OF_LITTLE = 20
_LITTLE = 100
"""The smallest tier, requests an hour (https://docs.railway.com/integrations/api)."""


class Allowance:
    """What may still be asked. A share is held back for the way back."""

    def __init__(self, per_hour: int, now: Callable[[], float]) -> None:
        """`now` is machine time in seconds, monotonic."""
        self._per_hour = per_hour
        self._held_back = min(_HELD_BACK_OF_LITTLE if per_hour <= _LITTLE else _HELD_BACK, per_hour // 2)
        self._now = now
        self._spent: deque[float] = deque()
        self._closed_until = 0.0

    @property
    def budget(self) -> Budget:
        self._forget()
        return Budget(used=len(self._spent), per_hour=self._per_hour, held_back=self._held_back)

    def spend(self, *, urgent: bool) -> None:
        """Count one request about to be sent.

        Raises Throttled when it is not urgent and only what is held back is left, or while Railway
        itself has asked us to wait. An urgent one is never kept from trying: Railway decides.
        """
        self._forget()
        if not urgent:
            self._check()
        self._spent.append(self._now())

    def close_for(self, seconds: float) -> None:
        """Railway has said Retry-After: nothing but what is urgent until then."""
        self._closed_until = max(self._closed_until, self._now() + seconds)

    def _check(self) -> None:
        wait = self._closed_until - self._now()
        if wait > 0:
            raise Throttled(
                f"Railway asked for a pause of {wait:.0f} s more.",
                "Wait; a rollback may still be sent.",
                retry_after=wait,
            )
        open_to_all = self._per_hour - self._held_back
        if len(self._spent) >= open_to_all:
            wait = self._spent[len(self._spent) - open_to_all] + HOUR - self._now()
            raise Throttled(
                f"{len(self._spent)} of {self._per_hour} API requests of this hour are spent.",
                f"The other {self._held_back} are kept for a rollback; ask again in {max(1, round(wait / 60))} min.",
                retry_after=wait,
            )

    def _forget(self) -> None:
        while self._spent and self._spent[0] <= self._now() - HOUR:
            self._spent.popleft()
