"""How often each monitor is asked: its plan's cadence, slower where requests run out or a machine cannot keep up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cockpit.core.plan import Monitor, Plan, RailwayConnection
from cockpit.core.plan.window import is_open, next_change, opened_at
from cockpit.core.watch.monitor import SILENT_CADENCES, MonitorRule
from cockpit.runner.patience import QUIET, machine_time
from cockpit.session import Session

FLOOR = 0.02
"""Machine seconds between two askings of one check: a cadence cannot be met faster (rehearsals only)."""
_AGAIN = timedelta(days=1)
"""When windows that never change are looked at again."""


class Cadences:
    """The rules of a plan's monitors, as they are now.

    They are looked up at each round for every monitor, and change with the plan, the pace of time and the budget
    only: they are kept until one of these changes.
    """

    def __init__(self, session: Session, machine: Callable[[], float] = time.monotonic) -> None:
        """`machine` is machine time in seconds."""
        self._session = session
        self._machine = machine
        self._known: Plan | None = None
        self._terms: tuple[float, ...] = ()
        self._paced = float("-inf")
        self._stretch = 1.0
        self._open: frozenset[str] = frozenset()
        self._changes = datetime.min.replace(tzinfo=UTC)
        self._asking: dict[str, MonitorRule] = {}
        self._patient: dict[str, MonitorRule] = {}
        self._by_check: dict[str, tuple[str, ...]] = {}

    def now(self) -> Cadences:
        """These, brought up to date."""
        plan, budget = self._session.state.plan, self._session.telemetry.budget
        if plan.windows and (plan is not self._known or self._session.clock.now() >= self._changes):
            self._look_at_windows(plan)
        stretch = budget.giving_way if budget is not None else 1.0
        terms = (stretch, self._session.clock.machine(timedelta(seconds=1)))
        if self._terms and terms[1:] != self._terms[1:]:
            self._paced = self._machine()
        if plan is not self._known or terms != self._terms:
            self._known, self._terms, self._stretch = plan, terms, stretch
            self._asking, self._patient, self._by_check = {}, {}, _by_check(plan)
        return self

    def has_begun(self, name: str, at: datetime) -> bool:
        """Whether a monitor could be asked twice since its window opened, and at this pace: before, silence is none.

        A rehearsal that slows down would else call silence what was its pace, and what its clock leaps then.
        """
        if self._machine() - self._paced < SILENT_CADENCES * QUIET:
            return False
        window = self._plan.windows.get(self._plan.monitors[name].during or "")
        since = opened_at(window, at) if window is not None else None
        return since is None or at - since > SILENT_CADENCES * self.patient(name).every

    def _look_at_windows(self, plan: Plan) -> None:
        """Which are open, until the next one opens or closes."""
        now = self._session.clock.now()
        changes = [change for window in plan.windows.values() if (change := next_change(window, now)) is not None]
        self._changes = min(changes, default=now + _AGAIN)
        is_in = frozenset(name for name, window in plan.windows.items() if is_open(window, now))
        if is_in != self._open:
            self._open, self._asking = is_in, {}

    def of(self, check: str) -> tuple[str, ...]:
        """The monitors of a check."""
        return self._by_check.get(check, ())

    def asking(self, name: str) -> MonitorRule:
        """When it is asked."""
        if name not in self._asking:
            monitor = self._plan.monitors[name]
            closer = [every for window, every in monitor.every_during.items() if window in self._open]
            every = min(closer, default=monitor.every)
            self._asking[name] = self._slowed(monitor, every * self._stretched(monitor), FLOOR)
        return self._asking[name]

    def patient(self, name: str) -> MonitorRule:
        """What counts as silence: slower asking is none, as long as the window can still fill with samples.

        Of several cadences the slowest counts: where a window opens, nobody has been silent yet.
        """
        if name not in self._patient:
            monitor = self._plan.monitors[name]
            slowest = max([monitor.every, *monitor.every_during.values()])
            every = min(slowest * self._stretched(monitor), max(slowest, monitor.window / 2))
            self._patient[name] = self._slowed(monitor, every, QUIET)
        return self._patient[name]

    @property
    def _plan(self) -> Plan:
        return self._session.state.plan

    def _slowed(self, monitor: Monitor, every: timedelta, slowest: float) -> MonitorRule:
        every = max(every, machine_time(self._session.clock, slowest))
        return MonitorRule(every, monitor.for_, monitor.times, monitor.within, monitor.consecutive)

    def _stretched(self, monitor: Monitor) -> float:
        """By how much fewer requests are made of Railway as the hour's run out."""
        check = self._plan.checks[monitor.check]
        return self._stretch if isinstance(self._plan.connections.get(check.on), RailwayConnection) else 1.0


def _by_check(plan: Plan) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, monitor in plan.monitors.items():
        found.setdefault(monitor.check, []).append(name)
    return {check: tuple(names) for check, names in found.items()}
