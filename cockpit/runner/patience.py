"""How long silence is none: a rehearsal's plan time may run faster than a machine can ask."""

from __future__ import annotations

from datetime import timedelta

from cockpit.clock import Clock

QUIET = 2.0
"""Machine seconds of silence before a fast rehearsal calls a monitor or a criterion unknown."""


def machine_time(clock: Clock, seconds: float) -> timedelta:
    """How much plan time passes in that many machine seconds."""
    one = clock.machine(timedelta(seconds=1))
    return timedelta(seconds=seconds / one) if one > 0 else timedelta()
