"""Monitors and triggers, sampled: when each is due, what a sample makes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from cockpit.clock import Clock
from cockpit.core import agenda
from cockpit.core.commands import MoveMonitor, MoveTrigger
from cockpit.core.expression import Expression
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.judgement import alert, own_series, series, tripped, value_of
from cockpit.core.monitor import SILENT_CADENCES, MonitorKind, MonitorRule, MonitorState, Sample, next_due, quiet, step
from cockpit.core.plan import Monitor
from cockpit.core.reading import Answer, Reading, Verdict
from cockpit.runner.asker import Asked
from cockpit.runner.histories import Histories
from cockpit.session import Session

FLOOR = 0.02
"""Machine seconds between two askings of one check: a cadence cannot be met faster (rehearsals only)."""

_PAST = 200
"""Readings before one that its alert may look back on, when a window is told again."""

QUIET = 2.0
"""Machine seconds of silence before a fast rehearsal calls a monitor unknown."""


class Watches:
    """The live states of monitors; changes of state become events, samples only readings."""

    def __init__(self, session: Session, histories: Histories, conceal: Conceal = plainly) -> None:
        self._session = session
        self._conceal = conceal
        self._histories = histories
        self._states: dict[str, MonitorState] = {}
        self._asked: dict[str, datetime] = {}
        self._started: dict[str, datetime] = {}

    def due(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """Checks whose monitors are due, each with those monitors."""
        found: dict[str, list[str]] = {}
        for name in agenda.watching(self._session.state, now):
            monitor = self._plan_monitor(name)
            started = self._started.setdefault(name, now)
            if next_due(self._rule(monitor), self._asked.get(name), started) <= now:
                found.setdefault(monitor.check, []).append(name)
        return {check: tuple(names) for check, names in found.items()}

    def next(self, now: datetime) -> datetime | None:
        """When the next monitor is due."""
        times = [
            next_due(self._rule(self._plan_monitor(name)), self._asked.get(name), self._started.get(name, now))
            for name in agenda.watching(self._session.state, now)
        ]
        return min(times, default=None)

    def begin(self, names: tuple[str, ...], now: datetime) -> None:
        """These monitors are being asked."""
        self._asked.update(dict.fromkeys(names, now))

    async def take(self, asked: Asked) -> None:
        """A reading came: every running monitor of its check gets a sample, every trigger is looked at."""
        state, reading = self._session.state, asked.reading
        for name in agenda.watching(state, reading.answered):
            monitor = self._plan_monitor(name)
            if monitor.check != reading.check:
                continue
            sample, because = self._sample(monitor, asked)
            before = self._states.get(name) or self._reloaded(name, monitor, reading)
            after = step(self._patient(monitor), before, sample)
            self._states[name] = after
            if name not in state.monitors or after.kind != state.monitors[name].state:
                words = after.because or because
                await self._session.dispatch(
                    MoveMonitor(name, str(after.kind), words, reading.id), by="runner"
                )
        await self._look_at_triggers(reading)

    async def notice_quiet(self, now: datetime) -> None:
        """A monitor that could not ask is unknown, not ok."""
        for name in agenda.watching(self._session.state, now):
            known = self._states.get(name)
            if known is None:
                continue
            after = quiet(self._patient(self._plan_monitor(name)), known, now)
            if after.kind != known.kind:
                self._states[name] = after
                await self._session.dispatch(MoveMonitor(name, str(after.kind), after.because), by="runner")

    def _plan_monitor(self, name: str) -> Monitor:
        return self._session.state.plan.monitors[name]

    def _rule(self, monitor: Monitor) -> MonitorRule:
        slowest = _machine(self._session.clock, FLOOR)
        return MonitorRule(max(monitor.every, slowest), monitor.for_, monitor.times, monitor.within)

    def _patient(self, monitor: Monitor) -> MonitorRule:
        slowest = _machine(self._session.clock, QUIET)
        return MonitorRule(max(monitor.every, slowest), monitor.for_, monitor.times, monitor.within)

    def _sample(self, monitor: Monitor, asked: Asked) -> tuple[Sample, str]:
        reading = asked.reading
        if asked.answer is None:
            return Sample(reading.asked, "unknown"), reading.because
        check = self._session.state.plan.checks[monitor.check]
        earlier = [one for one in self._histories.of(monitor.check) if one.id != reading.id]
        history = own_series(earlier, reading.asked, monitor.every, value_of(asked.answer))
        judged = alert(monitor, check, asked.answer, history, conceal=self._conceal)
        return Sample(reading.asked, _word(judged.verdict)), judged.because

    def _reloaded(self, name: str, monitor: Monitor, newest: Reading) -> MonitorState:
        """Its state as the kept readings tell it: windows, and an alarm that stood, survive a restart."""
        check = self._session.state.plan.checks[monitor.check].model_copy(update={"seen": None})
        rule, state = self._patient(monitor), _blank(self._started.get(name, newest.asked))
        kept = self._session.history(monitor.check, self._reach(name, monitor, newest.asked))
        for place, reading in enumerate(kept):
            if reading.id == newest.id:
                continue
            verdict = reading.verdict
            if monitor.alert is not None and reading.value is not None:
                answer = Answer(dict.fromkeys(("value", "count", "status"), reading.value))
                past = own_series(kept[max(0, place - _PAST) : place], reading.asked, monitor.every, reading.value)
                verdict = alert(monitor, check, answer, past).verdict
            state = step(rule, state, Sample(reading.asked, _word(verdict)))
        return state

    def _reach(self, name: str, monitor: Monitor, now: datetime) -> datetime:
        """From when on readings count: a window back from now, or from an alarm or a silence that stood, in its watch."""
        state = self._session.state
        told = state.monitors.get(name)
        stood = told.since if told is not None and told.state in (MonitorKind.FIRING, MonitorKind.UNKNOWN) else now
        window = (monitor.for_ or monitor.within or timedelta()) + (SILENT_CADENCES + 1) * monitor.every
        began = [state.opened_at(phase.id) for phase in state.plan.phases if name in phase.monitors]
        return max([min(now, stood) - window, *(at for at in began if at is not None)])

    async def _look_at_triggers(self, reading: Reading) -> None:
        state = self._session.state
        for index, trigger in enumerate(state.plan.triggers):
            if trigger.when is None or reading.check not in Expression.parse(trigger.when).names():
                continue
            checks = [name for name in Expression.parse(trigger.when).names() if name in state.plan.checks]
            told = {
                check: series(self._histories.of(check), reading.asked, self._slack(check)) for check in checks
            }
            word, because = tripped(trigger.when, told)
            if state.triggers.get(index) is None or state.triggers[index].state != word:
                await self._session.dispatch(MoveTrigger(index, word, because), by="runner")

    def _slack(self, check: str) -> timedelta | None:
        every = self._histories.cadence(check)
        return None if every is None else max(every, _machine(self._session.clock, QUIET))


def _machine(clock: Clock, seconds: float) -> timedelta:
    """How much plan time passes in that many machine seconds."""
    one = clock.machine(timedelta(seconds=1))
    return timedelta(seconds=seconds / one) if one > 0 else timedelta()


def _word(verdict: Verdict) -> Literal["ok", "bad", "unknown"]:
    match verdict:
        case Verdict.PASS | Verdict.OBSERVED:
            return "ok"
        case Verdict.FAIL:
            return "bad"
        case _:
            return "unknown"


def _blank(since: datetime) -> MonitorState:
    return MonitorState(kind=MonitorKind.UNKNOWN, since=since, because="Not asked yet.")

