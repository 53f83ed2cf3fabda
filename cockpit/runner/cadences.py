"""How often each monitor is asked: its plan's cadence, slower where requests run out or a machine cannot keep up."""

from __future__ import annotations

from datetime import timedelta

from cockpit.core.monitor import MonitorRule
from cockpit.core.plan import Monitor, Plan, RailwayConnection
from cockpit.runner.patience import QUIET, machine_time
from cockpit.session import Session

FLOOR = 0.02
"""Machine seconds between two askings of one check: a cadence cannot be met faster (rehearsals only)."""


class Cadences:
    """The rules of a plan's monitors, as they are now.

    They are looked up at each round for every monitor, and change with the plan, the pace of time and the budget
    only: they are kept until one of these changes.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: Plan | None = None
        self._terms: tuple[float, ...] = ()
        self._stretch = 1.0
        self._asking: dict[str, MonitorRule] = {}
        self._patient: dict[str, MonitorRule] = {}
        self._by_check: dict[str, tuple[str, ...]] = {}

    def now(self) -> Cadences:
        """These, brought up to date."""
        plan, budget = self._session.state.plan, self._session.telemetry.budget
        stretch = budget.giving_way if budget is not None else 1.0
        terms = (stretch, self._session.clock.machine(timedelta(seconds=1)))
        if plan is not self._known or terms != self._terms:
            self._known, self._terms, self._stretch = plan, terms, stretch
            self._asking, self._patient, self._by_check = {}, {}, _by_check(plan)
        return self

    def of(self, check: str) -> tuple[str, ...]:
        """The monitors of a check."""
        return self._by_check.get(check, ())

    def asking(self, name: str) -> MonitorRule:
        """When it is asked."""
        if name not in self._asking:
            monitor = self._plan.monitors[name]
            self._asking[name] = self._slowed(monitor, monitor.every * self._stretched(monitor), FLOOR)
        return self._asking[name]

    def patient(self, name: str) -> MonitorRule:
        """What counts as silence: slower asking is none, as long as the window can still fill with samples."""
        if name not in self._patient:
            monitor = self._plan.monitors[name]
            widest = max(monitor.every, monitor.window / 2)
            self._patient[name] = self._slowed(monitor, min(monitor.every * self._stretched(monitor), widest), QUIET)
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
