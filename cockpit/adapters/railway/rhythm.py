"""Requests of the last second of machine time: Railway allows so many a second too, and answers the others with a 429.

A change that is turned away has failed, so what only looks leaves it room, and a change waits a second at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

_HOBBY, _PRO = 1000, 10_000
"""Requests an hour, by which the tier is known (`railway/api.md` 1 [D])."""
_WINDOW = 1.2
"""Seconds: what is sent a whole second apart may arrive closer together."""
_FOR_LOOKS = 0.7
"""The share of a second that questions may fill."""


def per_second(per_hour: int) -> int | None:
    """What the tier of so many requests an hour allows (`railway/api.md` 1 [D]); None above every known one.

    Nothing is documented of the smallest tier: the same as of the next one is taken.
    """
    if per_hour <= _HOBBY:
        return 10
    return 50 if per_hour <= _PRO else None


class Rhythm:
    """Whose turn it is."""

    def __init__(
        self, most: Callable[[], int | None], now: Callable[[], float], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        """`most` requests in any second, as far as known by now, None for no limit; `now`, `sleep` are machine time."""
        self._most, self._now, self._sleep = most, now, sleep
        self._sent: deque[float] = deque()

    async def turn(self, *, urgent: bool) -> None:
        """Wait until a request may be sent, which counts from then on. An urgent one finds room that others leave."""
        most = self._most()
        if most is None:
            return
        room = most if urgent else max(1, int(most * _FOR_LOOKS))
        while (wait := self._wait(room)) > 0:
            await self._sleep(wait)
        self._sent.append(self._now())

    def _wait(self, room: int) -> float:
        """Seconds until fewer than `room` requests lie in the window."""
        now = self._now()
        while self._sent and self._sent[0] <= now - _WINDOW:
            self._sent.popleft()
        return self._sent[-room] + _WINDOW - now if len(self._sent) >= room else 0.0
