"""What the bell rings for: news that cannot wait for a glance, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from cockpit.core.progress import gate_expires, gate_holds, phase_due
from cockpit.core.state import State, Status
from cockpit.view.fit import foreign


def alarms(state: State, now: datetime) -> Mapping[str, str]:
    """Everything alarming just now: what tells one alarm from another, and its words."""
    return {} if state.is_closed else dict(_all(state, now))


def _all(state: State, now: datetime) -> Iterator[tuple[str, str]]:
    for name, told in state.monitors.items():
        if told.state == "firing":
            yield f"monitor {name} {told.since}", f"Monitor {foreign(name)} fires: {foreign(told.because)}"
    for number, told in state.triggers.items():
        if told.state == "tripped" and number < len(state.plan.triggers):
            yield f"trigger {number} {told.since}", f"Rollback trigger: {foreign(state.plan.triggers[number].text)}"
    for (item_id, attempt), known in state.items.items():
        item = state.plan.item(item_id)
        if attempt == state.attempt and known.intent is not None and item is not None:
            if known.status in (Status.FAILED, Status.UNKNOWN):
                word = "failed" if known.status is Status.FAILED else "has an unknown outcome"
                yield f"item {item_id} {known.at}", f"{foreign(state.plan.title_of(item))} {word}."
    for phase in state.plan.phases:
        if state.opened_at(phase.id) is None:
            continue
        expires = gate_expires(state, phase.id) if phase.is_gate else None
        if expires is not None and state.gate(phase.id).go and not gate_holds(state, phase.id, now):
            yield f"gate {phase.id} {expires}", f"{foreign(phase.title)}: the GO has expired."
        due = phase_due(state, phase)
        if due is not None and phase.due_at is not None and not phase.due_at.opens and now > due:
            if not state.phase_settled(phase):
                yield f"due {phase.id} {due}", f"{foreign(phase.title)} is overdue."
