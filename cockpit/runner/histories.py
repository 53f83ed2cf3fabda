"""Samples of each check within the longest span its expressions ask about."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from datetime import timedelta

from cockpit.core.plan import Plan
from cockpit.core.reading import Reading
from cockpit.core.span import parse_span
from cockpit.core.watch.criterion import criteria
from cockpit.session import Session

_SPAN = re.compile(r"'((?:\d+[smhd])+)'|\"((?:\d+[smhd])+)\"")
KEPT = 2
"""Samples kept whatever their age: `value` and `previous`."""


class Histories:
    """One bounded window a check; reloaded from the journal when the run is taken up."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._windows: dict[str, deque[Reading]] = {}

    def of(self, check: str) -> deque[Reading]:
        """Readings of a check, oldest first, without rows."""
        if check not in self._windows:
            since = self._session.clock.now() - self.span(check)
            self._windows[check] = deque(self._session.history(check, since, at_least=KEPT))
        return self._windows[check]

    def forget(self) -> None:
        """Others have asked meanwhile: each window is read again when it is wanted."""
        self._windows.clear()

    def add(self, reading: Reading) -> None:
        """Take in a new reading and forget what no expression can reach."""
        window = self.of(reading.check)
        if not window or window[-1].id != reading.id:
            window.append(replace(reading, table=None))
        horizon = reading.asked - self.span(reading.check)
        while len(window) > KEPT and window[0].asked < horizon:
            window.popleft()

    def span(self, check: str) -> timedelta:
        """The longest span named in an expression that asks about this check, and one cadence."""
        plan = self._session.state.plan
        spans = [parse_span(a or b) for text in _texts(plan, check) for a, b in _SPAN.findall(text)]
        return max(spans, default=timedelta()) + (cadence(plan, check) or timedelta()) * 2

    def cadence(self, check: str) -> timedelta | None:
        """How often a monitor asks it."""
        return cadence(self._session.state.plan, check)


def cadence(plan: Plan, check: str) -> timedelta | None:
    """The shortest cadence of the monitors on a check; None where none watches it."""
    return min((monitor.every for monitor in plan.monitors.values() if monitor.check == check), default=None)


def _texts(plan: Plan, check: str) -> list[str]:
    texts = [plan.checks[check].pass_] if check in plan.checks else []
    texts += [monitor.alert for monitor in plan.monitors.values() if monitor.check == check]
    texts += [each.when for each in criteria(plan) if each.when and f"{check}." in each.when]
    return [text for text in texts if text]
