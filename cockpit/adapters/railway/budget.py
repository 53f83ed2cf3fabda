"""Requests of the last hour of machine time, as counted here and as Railway tells them.

Of 447 answers none carried the documented `X-RateLimit-Remaining` (`railway/api.md` 1), so we count. Where it comes all
the same, the smaller of what it and our count leave is believed: other programs spend with the same token.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from cockpit.adapters.railway.limits import Limits
from cockpit.adapters.railway.rhythm import per_second
from cockpit.core.plan.connection import USUAL_REQUESTS
from cockpit.errors import Throttled
from cockpit.ports import Budget

HOUR = 3600.0
_BELIEVED = 60.0
"""Seconds for which a remainder that came without its reset is believed: then it may have been reset."""
_HELD_BACK = 50
_HELD_BACK_OF_LITTLE = 20
_LITTLE = 100
"""The smallest tier, requests an hour (https://docs.railway.com/integrations/api)."""


class Allowance:
    """What may still be asked. A share is held back for the way back."""

    def __init__(self, planned: int | None, now: Callable[[], float]) -> None:
        """`planned` requests an hour by the plan; `now` is machine time in seconds, monotonic."""
        self._planned = planned
        self._now = now
        self._spent: deque[float] = deque()
        self._closed_until = 0.0
        self._told = Limits()
        self._told_at = self._told_until = 0.0

    @property
    def per_hour(self) -> int:
        """The plan's number, and Railway's where that is smaller or the only one."""
        known = [each for each in (self._planned, self._told.per_hour) if each is not None]
        return min(known, default=USUAL_REQUESTS)

    @property
    def per_second(self) -> int | None:
        """As Railway tells, else as its tiers are documented."""
        return self._told.per_second or per_second(self.per_hour)

    @property
    def budget(self) -> Budget:
        self._forget()
        counted, used = len(self._spent), max(len(self._spent), self.per_hour - self._left())
        return Budget(used, self.per_hour, self._held_back, used - counted, self._planned, self._told.per_hour)

    def hear(self, told: Limits) -> None:
        """What an answer told of the limits; what it did not tell stays as it was heard last."""
        now = self._now()
        self._told = Limits(
            told.per_hour or self._told.per_hour, told.per_second or self._told.per_second, self._told.remaining
        )
        if told.remaining is not None:
            self._told = Limits(self._told.per_hour, self._told.per_second, told.remaining)
            self._told_at = now
            self._told_until = now + (_BELIEVED if told.resets_in is None else told.resets_in)

    def spend(self, *, urgent: bool) -> None:
        """Count one request about to be sent.

        Raises Throttled when it is not urgent and only what is held back is left, or while Railway
        itself has asked us to wait. An urgent one is never kept from trying: Railway decides.
        """
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
        budget = self.budget
        if budget.used >= budget.free:
            wait = self._wait(budget.free)
            others = f", {budget.uncounted} of them not counted here" if budget.uncounted else ""
            raise Throttled(
                f"{budget.used} of {budget.per_hour} API requests of this hour are spent{others}.",
                f"The other {budget.held_back} are kept for a rollback; ask again in {max(1, round(wait / 60))} min.",
                retry_after=wait,
            )

    def _wait(self, free: int) -> float:
        """Seconds until our own count and what Railway told leave something."""
        ours = self._spent[len(self._spent) - free] + HOUR if len(self._spent) >= free else 0.0
        theirs = self._told_until if self.per_hour - self._left() >= free else 0.0
        return max(ours, theirs) - self._now()

    def _left(self) -> int:
        """What Railway's last word leaves after what was sent since; as much as ever where it has not spoken lately."""
        if self._told.remaining is None or self._now() >= self._told_until:
            return self.per_hour
        since = sum(1 for at in self._spent if at > self._told_at)
        return max(0, self._told.remaining - since)

    @property
    def _held_back(self) -> int:
        return min(_HELD_BACK_OF_LITTLE if self.per_hour <= _LITTLE else _HELD_BACK, self.per_hour // 2)

    def _forget(self) -> None:
        while self._spent and self._spent[0] <= self._now() - HOUR:
            self._spent.popleft()
