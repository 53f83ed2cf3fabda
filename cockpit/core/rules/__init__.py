"""What may be done now, and what it means.

The only place that says no. It reads the folded state and an instant, never the clock or the
network, so every refusal can be shown before the key is pressed. A decision returns the
events of a command, or a `Refusal` with its reason.
"""

from __future__ import annotations

from datetime import datetime

from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.gate import Condition, Recommendation, recommend
from cockpit.core.progress import (
    active_phases,
    blockers,
    gate_expires,
    gate_holds,
    next_gate,
    next_item,
    phase_due,
    phase_finished,
    unopened,
    waits_for,
    watch_ends,
    watch_running,
)
from cockpit.core.rules.actions import ACTION_RULES, expected_word, word_to_type
from cockpit.core.rules.decision import Decision, Rules
from cockpit.core.rules.gates import GATE_RULES
from cockpit.core.rules.items import ITEM_RULES
from cockpit.core.rules.run import RUN_RULES
from cockpit.core.state import State

__all__ = [
    "Condition", "Decision", "Recommendation", "active_phases", "allowed", "blockers", "decide", "expected_word",
    "gate_expires", "gate_holds", "next_gate", "next_item", "phase_due", "phase_finished", "recommend",
    "unopened", "waits_for", "watch_ends", "watch_running", "word_to_type",
]  # fmt: skip

_RULES: Rules = {**RUN_RULES, **ITEM_RULES, **GATE_RULES, **ACTION_RULES}


def decide(state: State, command: Command, now: datetime) -> Decision:
    """The events a command leads to, or why it does not."""
    if state.unknown_kinds and not isinstance(command, wanted.Attach):
        kinds = ", ".join(dict.fromkeys(state.unknown_kinds))
        return Refusal(f"This run holds events a newer version wrote ({kinds}). Use that version.")
    if state.is_closed and not isinstance(command, wanted.Note | wanted.PinLine):
        return Refusal(f"The run is closed: {state.ending}. Only notes and log lines can be added.")
    return _RULES[type(command)](state, command, now)


def allowed(state: State, command: Command, now: datetime) -> Refusal | None:
    """Why a command would be refused, or None."""
    decision = decide(state, command, now)
    return decision if isinstance(decision, Refusal) else None
