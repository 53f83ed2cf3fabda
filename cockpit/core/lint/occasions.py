"""Where a plan speaks of its windows: whether they are there, fit, and can be told on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.plan import Monitor, Plan
from cockpit.core.plan.window import trouble_of
from cockpit.core.span import show_span


def occasions(plan: Plan, unreadable: frozenset[KeyPath]) -> Iterator[Complaint]:
    """Complaints about windows and what goes by them."""
    for name, window in plan.windows.items():
        if (trouble := trouble_of(window.zone)) is not None:
            yield Complaint(("windows", name, "zone"), *trouble)
    for path, name in _named(plan):
        known = {*plan.windows, *(str(part[1]) for part in unreadable if len(part) == 2 and part[0] == "windows")}
        if name not in known and ("windows",) not in unreadable:
            remedy = nearest(name, known) or f"Define [windows.{name}]."
            yield Complaint(path, f"There is no window '{name}'.", remedy)
    for name, monitor in plan.monitors.items():
        yield from _cadences(("monitors", name), monitor)
    for number, phase in enumerate(plan.phases):
        if phase.avoid and not phase.is_gate:
            what = "Only a gate can avoid a window: nothing is decided here."
            yield Complaint(("phases", number, "avoid"), what, "Move it to the gate before.")


def _named(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    for name, monitor in plan.monitors.items():
        if monitor.during is not None:
            yield ("monitors", name, "during"), monitor.during
        for window in monitor.every_during:
            yield ("monitors", name, "every_during", window), window
    for number, phase in enumerate(plan.phases):
        for place, window in enumerate(phase.avoid):
            yield ("phases", number, "avoid", place), window
        if phase.due_at is not None and phase.due_at.window is not None:
            yield ("phases", number, "due"), phase.due_at.window


def _cadences(path: KeyPath, monitor: Monitor) -> Iterator[Complaint]:
    """A span of the rule holds two samples at least, at each cadence."""
    for key, span in (("for", monitor.for_), ("within", monitor.within)):
        for window, every in monitor.every_during.items():
            if span is not None and span < 2 * every:
                what = f'{key} = "{show_span(span)}" is too short for every {show_span(every)} within {window}.'
                yield Complaint((*path, key), what, f"Write at least {show_span(2 * every)}.")
