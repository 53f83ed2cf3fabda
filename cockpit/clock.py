"""The two clocks.

*Plan time* belongs to the journal, countdowns, cadences and budgets. It is real, or piecewise
linear in a rehearsal, where origin and factor come from the simulator. *Machine time* belongs
to sockets, statement timeouts, back-off, leases and frames, and is never scaled. Both are
injected; a deadline is computed from timestamps, never by counting ticks.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

NEVER = 3600.0
"""Machine seconds to wait at most where plan time stands still."""


class Clock(Protocol):
    """Plan time."""

    def now(self) -> datetime:
        """The present instant, UTC, never backwards between two calls in one process."""
        ...

    def machine(self, span: timedelta) -> float:
        """How many machine seconds a span of plan time takes at the present factor."""
        ...


class RealClock:
    """Plan time that is real time."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self._last = max(self._last, datetime.now(UTC))
        return self._last

    def machine(self, span: timedelta) -> float:
        return span.total_seconds()


@dataclass(frozen=True, slots=True)
class Pace:
    """One linear piece of plan time: at machine instant `machine` (Unix seconds) it was `plan`."""

    plan: datetime
    machine: float
    factor: float

    def at(self, machine: float) -> datetime:
        """Plan time at a machine instant."""
        return self.plan + timedelta(seconds=(machine - self.machine) * self.factor)


class PacedClock:
    """Plan time of a rehearsal; its pace is the simulator's and changes underway."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._last = pace.plan

    @property
    def pace(self) -> Pace:
        return self._pace

    def adopt(self, pace: Pace) -> None:
        """Take over the simulator's new pace."""
        self._pace = pace

    def now(self) -> datetime:
        self._last = max(self._last, self._pace.at(time.time()))
        return self._last

    def machine(self, span: timedelta) -> float:
        return span.total_seconds() / self._pace.factor if self._pace.factor else NEVER


class FrozenClock:
    """Plan time that stands still until it is moved; for replays, reports and tests."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def machine(self, span: timedelta) -> float:  # noqa: ARG002  (a frozen clock never waits)
        return 0.0


async def pause(clock: Clock, span: timedelta, *, floor: float = 0.0) -> None:
    """Wait about a span of plan time, at least `floor` machine seconds; pace changes wake nobody."""
    await asyncio.sleep(max(floor, clock.machine(span)))
