"""What the bell rings for: news that cannot wait for a glance, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from cockpit.core.progress import gate_expires, gate_holds, phase_due
from cockpit.core.state import State, Status
from cockpit.view.fit import foreign

Alarm = tuple[str, str]
"""What tells one alarm from another, and its words."""


def alarms(state: State, now: datetime) -> Mapping[str, str]:
    """Everything alarming just now; nothing in a run that is closed."""
    if state.is_closed:
        return {}
    return dict([*_watched(state), *_actions(state), *_deadlines(state, now)])


def _watched(state: State) -> Iterator[Alarm]:
    for name, told in state.monitors.items():
        if told.state == "firing":
            yield f"monitor {name} {told.since}", f"Monitor {foreign(name)} fires: {foreign(told.because)}"
    for number, told in state.triggers.items():
        if told.state == "tripped" and number < len(state.plan.triggers):
            yield f"trigger {number} {told.since}", f"Rollback trigger: {foreign(state.plan.triggers[number].text)}"


def _actions(state: State) -> Iterator[Alarm]:
    words = {Status.FAILED: "failed.", Status.UNKNOWN: "has an unknown outcome."}
    for (item_id, attempt), known in state.items.items():
        item = state.plan.item(item_id)
        if attempt == state.attempt and known.intent is not None and known.status in words and item is not None:
            yield f"item {item_id} {known.at}", f"{foreign(state.plan.title_of(item))} {words[known.status]}"


def _deadlines(state: State, now: datetime) -> Iterator[Alarm]:
    for phase in state.plan.phases:
        if state.opened_at(phase.id) is None:
            continue
        expires = gate_expires(state, phase.id) if phase.is_gate else None
        if expires is not None and not gate_holds(state, phase.id, now):
            yield f"gate {phase.id} {expires}", f"{foreign(phase.title)}: the GO has expired."
        due = phase_due(state, phase)
        is_deadline = phase.due_at is not None and not phase.due_at.opens
        if due is not None and is_deadline and now > due and not state.phase_settled(phase):
            yield f"due {phase.id} {due}", f"{foreign(phase.title)} is overdue."
