"""Plan time: a line over machine time whose slope can be changed.

Everything the simulator stamps is plan time. The base is handed out as it is, so that a
client computes the very same instants: `plan + (time.time() - machine) * factor`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """One stretch of plan time: at `machine` (Unix seconds) it was `plan`, and runs `factor` times as fast."""

    plan: datetime
    machine: float
    factor: float = 1.0
    skew: float = 0.0
    """Plan seconds by which this clock, and whatever is stamped by it, is ahead of the one that clients are told."""

    def at(self, machine: float) -> datetime:
        """The plan instant of a machine instant (Unix seconds); never before the base."""
        return self.plan + timedelta(seconds=max(0.0, machine - self.machine) * self.factor)

    def until(self, plan: datetime, machine: float) -> float:
        """Machine seconds from `machine` to a plan instant; negative once it has passed."""
        return (plan - self.plan).total_seconds() / self.factor - (machine - self.machine)

    def rebased(self, machine: float, factor: float) -> Clock:
        """The same plan time from `machine` on, at another speed. Refuses a factor that is not above zero."""
        if not 0 < factor < float("inf"):
            raise ValueError("the factor must be above zero")
        return replace(self, plan=self.at(machine), machine=machine, factor=factor)

    def told(self) -> Clock:
        """The clock as clients are told it."""
        return replace(self, plan=self.plan - timedelta(seconds=self.skew), skew=0.0)

    def as_json(self) -> dict[str, object]:
        """The base as clients get it."""
        return {"plan": iso(self.plan, "microseconds"), "machine": self.machine, "factor": self.factor}


def iso(at: datetime, timespec: str = "milliseconds") -> str:
    """An instant as Railway writes them: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def whole(at: datetime) -> datetime:
    """An instant cut to milliseconds, the grain of the API: what is stamped must survive being written."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def nanos(at: datetime) -> int:
    """Nanoseconds since the epoch, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def moment(stamp: int) -> datetime:
    """The instant of nanoseconds since the epoch, to the microsecond."""
    return EPOCH + timedelta(microseconds=stamp // 1000)


def nano(stamp: int) -> str:
    """Nanoseconds since the epoch as RFC 3339 with nine digits, the form of log timestamps."""
    seconds, rest = divmod(stamp, 1_000_000_000)
    return f"{(EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S')}.{rest:09d}Z"
