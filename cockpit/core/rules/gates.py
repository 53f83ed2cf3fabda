"""The rules of a go/no-go: everything is asked again, then a person decides."""

from __future__ import annotations

from datetime import datetime

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Refusal
from cockpit.core.gate import recommend
from cockpit.core.plan import Phase
from cockpit.core.progress import gate_holds, waits_for
from cockpit.core.rules.decision import Decision, Rules
from cockpit.core.state import State


def _gate_phase(state: State, phase_id: str, now: datetime) -> Phase | Refusal:
    phase = state.plan.phase(phase_id)
    if not isinstance(phase, Phase) or not phase.is_gate:
        return Refusal("That is no gate.")
    if state.level is not None:
        return Refusal("A rollback is under way. The gate comes again with the next attempt.")
    if state.opened_at(phase.id) is None:
        return Refusal(waits_for(state, phase, now) or "The gate opens in a moment.")
    if gate_holds(state, phase.id, now):
        return Refusal("GO was given, and holds.")
    return phase


def _open_gate(state: State, command: wanted.OpenGate, now: datetime) -> Decision:
    phase = _gate_phase(state, command.phase, now)
    if isinstance(phase, Refusal):
        return phase
    if recommend(state, phase.id, now).asking:
        return Refusal("The gate is being asked. Wait for the answers.")
    return (happened.GateAsked(phase=phase.id),)


def _decide_gate(state: State, command: wanted.DecideGate, now: datetime) -> Decision:
    phase = _gate_phase(state, command.phase, now)
    if isinstance(phase, Refusal):
        return phase
    gate, advice = state.gate(phase.id), recommend(state, phase.id, now)
    if gate.asked is None or (gate.decided is not None and gate.go is True):
        return Refusal("Open the gate first: everything in it is asked again.")
    if command.go and advice.asking:
        return Refusal("Answers are still coming. Wait for them.")
    failing = [condition for condition in advice.conditions if not condition.ok]
    overrides = {item: reason.strip() for item, reason in command.overrides.items() if reason.strip()}
    missing = [condition for condition in failing if condition.id not in overrides]
    if command.go and missing:
        titles = "; ".join(f"{one.title} ({one.word})" for one in missing)
        return Refusal(f"Not met: {titles}. Override each with a reason, or decide no-go.")
    inputs = tuple(
        reading
        for one in advice.conditions
        if one.item is not None and (reading := state.item(one.item.id).reading) is not None
    )
    kept = {one.id: overrides[one.id] for one in failing if one.id in overrides}
    return (
        happened.GateDecided(
            phase=phase.id,
            go=command.go,
            recommended=advice.go,
            reasons=advice.reasons,
            overrides=kept if command.go else {},
            inputs=inputs,
        ),
    )


GATE_RULES: Rules = {
    wanted.OpenGate: _open_gate,
    wanted.DecideGate: _decide_gate,
}
"""Command type to its rule."""
