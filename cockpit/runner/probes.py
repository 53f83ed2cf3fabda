"""Probes of a rollout: while one is under way, checks that say which version answers are asked often."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from cockpit.core.commands import CountAnswers
from cockpit.core.plan.check import HttpCheck
from cockpit.core.rollout.tally import NOBODY, Tally
from cockpit.runner.patience import machine_time
from cockpit.session import Session

EVERY = timedelta(seconds=5)
"""As often as a person would reload the page; it costs the app a request and Railway's budget nothing."""
ON_RECORD = timedelta(minutes=1)
"""So long they are counted in memory alone: less than the last few that are kept there (`KEPT` of `EVERY`)."""
PACE = 1.0
"""Machine seconds that this takes at least, for the same reason: `KEPT` of `FLOOR` are two."""
FLOOR = 0.1
"""Machine seconds between two probes at least: plan time of a rehearsal may run faster."""


class Probes:
    """Knows which of them are due."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: dict[str, datetime] = {}
        """By check: the last probe that is on record."""

    async def tell(self, now: datetime) -> None:
        """Put on record what was counted, once a minute and at the end of a rollout: a resume goes on from there."""
        over = all(rollout.is_over for rollout in self._session.state.rollouts.values())
        for check, probes in tuple(self._session.telemetry.probes.items()):
            after = self._told.get(check)
            new = [probe for probe in probes if after is None or probe.at > after]
            if not new or not (over or now - new[0].at >= max(ON_RECORD, machine_time(self._session.clock, PACE))):
                continue
            self._told[check] = new[-1].at
            counts = Counter(probe.named or NOBODY for probe in new)
            await self._session.dispatch(CountAnswers(check, Tally(new[0].at, new[-1].at, counts)), by="runner")

    def due(self, now: datetime) -> tuple[str, ...]:
        """Checks to ask now; none while nothing is rolled out."""
        state, told = self._session.state, self._session.telemetry.probes
        if state.is_closed or all(rollout.is_over for rollout in state.rollouts.values()):
            return ()
        every = max(EVERY, machine_time(self._session.clock, FLOOR))
        return tuple(
            name
            for name, check in state.plan.checks.items()
            if isinstance(check, HttpCheck)
            and check.serves is not None
            and (not told.get(name) or now - told[name][-1].at >= every)
        )
