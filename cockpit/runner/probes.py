"""Probes of a rollout: while one is under way, checks that say which version answers are asked often."""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.check import HttpCheck
from cockpit.session import Session

EVERY = timedelta(seconds=5)
"""As often as a person would reload the page; it costs the app a request and Railway's budget nothing."""
FLOOR = 0.1
"""Machine seconds between two probes at least: plan time of a rehearsal may run faster."""


class Probes:
    """Knows which of them are due."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def due(self, now: datetime) -> tuple[str, ...]:
        """Checks to ask now; none while nothing is rolled out."""
        state, told = self._session.state, self._session.telemetry.probes
        if state.is_closed or all(rollout.is_over for rollout in state.rollouts.values()):
            return ()
        one = self._session.clock.machine(timedelta(seconds=1))
        every = max(EVERY, timedelta(seconds=FLOOR / one)) if one > 0 else EVERY
        return tuple(
            name
            for name, check in state.plan.checks.items()
            if isinstance(check, HttpCheck) and check.serves is not None
            and (not told.get(name) or now - told[name][-1].at >= every)
        )
