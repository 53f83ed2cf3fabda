"""Monitors, sampled: when each is due, what a sample makes of it."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from cockpit.core import agenda
from cockpit.core.commands import MoveMonitor
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.plan import Monitor
from cockpit.core.reading import Reading
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import alert, value_of
from cockpit.core.watch.monitor import SILENT_CADENCES, MonitorKind, MonitorState, Sample, next_due, quiet, step
from cockpit.core.watch.retelling import retold, word_of
from cockpit.runner.asker import Asked
from cockpit.runner.cadences import Cadences
from cockpit.runner.criteria import Criteria
from cockpit.runner.histories import Histories
from cockpit.session import Session


class Watches:
    """The live states of monitors; changes of state become events, samples only readings."""

    def __init__(self, session: Session, histories: Histories, conceal: Conceal = plainly) -> None:
        self._session = session
        self._conceal = conceal
        self._histories = histories
        self._cadences = Cadences(session)
        self._states: dict[str, MonitorState] = {}
        self._asked: dict[str, datetime] = {}
        self._started: dict[str, datetime] = {}
        self._criteria = Criteria(session, histories, conceal)

    def forget(self) -> None:
        """Others have asked meanwhile: the kept readings tell where each monitor stands, and when it was asked."""
        self._states.clear()
        self._asked.clear()

    def due(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """Checks whose monitors are due, each with those monitors."""
        found: dict[str, list[str]] = {}
        cadences = self._cadences.now()
        for name in agenda.watching(self._session.state, now):
            monitor = self._plan_monitor(name)
            started = self._started.setdefault(name, now)
            if next_due(cadences.asking(name), self._last(name, monitor), started) <= now:
                found.setdefault(monitor.check, []).append(name)
        return {check: tuple(names) for check, names in found.items()}

    def next(self, now: datetime, asked: Container[str] = ()) -> datetime | None:
        """When the next monitor is due, of those whose check is not being `asked` already."""
        cadences = self._cadences.now()
        monitors = ((name, self._plan_monitor(name)) for name in agenda.watching(self._session.state, now))
        times = [
            next_due(cadences.asking(name), self._last(name, monitor), self._started.get(name, now))
            for name, monitor in monitors
            if monitor.check not in asked
        ]
        return min(times, default=None)

    def begin(self, names: tuple[str, ...], now: datetime) -> None:
        """These monitors are being asked."""
        cadences = self._cadences.now()
        for name in names:
            rule, last = cadences.asking(name), self._asked.get(name)
            if last is not None:
                self._session.telemetry.behind[name] = (now - last) / rule.every - 1
            self._asked[name] = now

    async def take(self, asked: Asked) -> None:
        """A reading came: every running monitor of its check gets a sample, every trigger is looked at."""
        state, reading = self._session.state, asked.reading
        cadences, running = self._cadences.now(), agenda.watching(state, reading.answered)
        for name in (name for name in cadences.of(reading.check) if name in running):
            monitor = self._plan_monitor(name)
            sample, because = self._sample(monitor, asked)
            before = self._states.get(name) or self._reloaded(name, monitor, reading)
            after = step(cadences.patient(name), before, sample)
            self._states[name] = after
            if name not in state.monitors or after.kind != state.monitors[name].state:
                words = self._conceal(f"{after.because}; {because}")
                await self._session.dispatch(MoveMonitor(name, str(after.kind), words, reading.id), by="runner")
        await self._criteria.take(reading)

    async def notice_quiet(self, now: datetime) -> None:
        """A monitor that could not ask is unknown, not ok; so is a criterion that goes by it."""
        await self._criteria.notice_quiet(now)
        cadences = self._cadences.now()
        for name in agenda.watching(self._session.state, now):
            known = self._states.get(name)
            if known is None or not cadences.has_begun(name, now):
                continue
            after = quiet(cadences.patient(name), known, now)
            if after.kind != known.kind:
                self._states[name] = after
                await self._session.dispatch(MoveMonitor(name, str(after.kind), after.because), by="runner")

    def _last(self, name: str, monitor: Monitor) -> datetime | None:
        """When it was asked last: here, else by whoever kept the watch before. A change of hands asks nothing twice."""
        if name in self._asked:
            return self._asked[name]
        reading = self._session.telemetry.readings.get(monitor.check)
        began = min(self._began(name), default=None)
        return reading.asked if reading is not None and began is not None and reading.asked >= began else None

    def _began(self, name: str) -> list[datetime]:
        """When the watches with this monitor opened."""
        state = self._session.state
        opened = [state.opened_at(phase.id) for phase in state.plan.phases if name in phase.monitors]
        return [at for at in opened if at is not None]

    def _plan_monitor(self, name: str) -> Monitor:
        return self._session.state.plan.monitors[name]

    def _sample(self, monitor: Monitor, asked: Asked) -> tuple[Sample, str]:
        reading = asked.reading
        if asked.answer is None:
            return Sample(reading.asked, "unknown"), reading.because
        check = self._session.state.plan.checks[monitor.check]
        earlier = [one for one in self._histories.of(monitor.check) if one.id != reading.id]
        baseline = self._session.telemetry.baselines.get(monitor.check)
        history = own_series(earlier, reading.asked, monitor.every, value_of(asked.answer), baseline=baseline)
        judged = alert(monitor, check, asked.answer, history, baseline, conceal=self._conceal)
        return Sample(reading.asked, word_of(judged.verdict)), judged.because

    def _reloaded(self, name: str, monitor: Monitor, newest: Reading) -> MonitorState:
        """Its state as the kept readings tell it: windows, and an alarm that stood, survive a restart."""
        session, told = self._session, self._session.state.monitors.get(name)
        kept = session.history(monitor.check, self._reach(name, monitor, newest.asked))
        return retold(
            self._cadences.now().patient(name),
            monitor,
            session.state.plan.checks[monitor.check],
            [reading for reading in kept if reading.id != newest.id],
            told,
            _blank(self._started.get(name, newest.asked)),
            session.telemetry.baselines.get(monitor.check),
        )

    def _reach(self, name: str, monitor: Monitor, now: datetime) -> datetime:
        """From when on readings of its watch count: a window back from now, or from what stood that was not ok."""
        state = self._session.state
        told = state.monitors.get(name)
        stood = told.since if told is not None and told.state != MonitorKind.OK else now
        window = monitor.window + (SILENT_CADENCES + 1) * monitor.every
        return max([min(now, stood) - window, *self._began(name)])


def _blank(since: datetime) -> MonitorState:
    return MonitorState(kind=MonitorKind.UNKNOWN, since=since, because="Not asked yet.")
