"""Rollback criteria in both directions, weighed whenever a check they speak of has answered, or falls silent."""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.commands import MoveTrigger
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.plan import RailwayConnection
from cockpit.core.reading import Reading
from cockpit.core.reading.history import series
from cockpit.core.reading.judgement import tripped
from cockpit.core.watch.criterion import Criterion, Weighed, checks_of, counts_for, criteria, measures, told
from cockpit.runner.histories import Histories
from cockpit.runner.patience import QUIET, machine_time
from cockpit.session import Session


class Criteria:
    """What each criterion comes to: changes become events, the rest is telemetry."""

    def __init__(self, session: Session, histories: Histories, conceal: Conceal = plainly) -> None:
        self._session = session
        self._histories = histories
        self._conceal = conceal

    async def take(self, reading: Reading) -> None:
        """A reading came: every criterion that speaks of its check is weighed."""
        for each in criteria(self._session.state.plan):
            if reading.check in checks_of(self._session.state.plan, each.when):
                await self._weigh(each, reading.asked)

    async def notice_quiet(self, now: datetime) -> None:
        """A criterion one of whose checks has not answered for long cannot be told, monitored or not."""
        state = self._session.state
        for each in criteria(state.plan):
            before = told(state, each)
            if before is None or before.state == "unknown":
                continue
            if any(self._is_silent(check, now) for check in checks_of(state.plan, each.when)):
                await self._weigh(each, now)

    async def _weigh(self, criterion: Criterion, now: datetime) -> None:
        """Say what it says now, where that is news. Blindness ends no alarm silently: the words keep it."""
        state, when = self._session.state, criterion.when or ""
        checks = checks_of(state.plan, when)
        recorded = self._session.telemetry.baselines
        samples = {
            check: series(
                self._histories.of(check), now, self._slack(check), self._fresh(check), baseline=recorded.get(check)
            )
            for check in checks
        }
        word, because = tripped(when, samples, conceal=self._conceal)
        because, before = self._conceal(because), told(state, criterion)
        asked = [window[-1].asked for check in checks if (window := self._histories.of(check))]
        self._session.telemetry.criteria[criterion.against, criterion.number] = Weighed(
            min(asked, default=now), word, because, measures(when, samples, conceal=self._conceal)
        )
        if before is not None and before.state == "tripped" and word == "unknown":
            because = f"{because} It had {'held' if criterion.against else 'tripped'}: {before.because}"
        if before is None or before.state != word:
            move = MoveTrigger(criterion.number, word, because, criterion.against)
            await self._session.dispatch(move, by="runner")

    def _is_silent(self, check: str, now: datetime) -> bool:
        window = self._histories.of(check)
        return not window or now - window[-1].asked > self._fresh(check)

    def _slack(self, check: str) -> timedelta | None:
        every = self._histories.cadence(check)
        return None if every is None else max(every, machine_time(self._session.clock, QUIET))

    def _fresh(self, check: str) -> timedelta:
        plan, budget = self._session.state.plan, self._session.telemetry.budget
        asks_railway = isinstance(plan.connections.get(plan.checks[check].on), RailwayConnection)
        slower = budget.giving_way if budget is not None and asks_railway else 1.0
        return counts_for(plan, check, slower=slower, least=machine_time(self._session.clock, QUIET))
