"""The watch of a run as a whole: whether anything of it is left, and what it came to.

For whoever keeps it without a screen: a monitor that ended while something was still to be watched, or that
ended well where nobody could see, would be a green light that is wrong.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from cockpit.core import agenda
from cockpit.core.plan import Phase
from cockpit.core.progress import watch_running
from cockpit.core.state import State


class Outcome(StrEnum):
    """What a watch came to."""

    QUIET = "quiet"
    """Everything that was watched stood well at the end."""
    ALARM = "alarm"
    """A monitor was firing, or a rollback criterion had tripped, at the end."""
    UNTOLD = "could not tell"
    """Something was never asked, nobody could tell how it stood, or it was bad and no alarm yet."""


def is_watched(state: State) -> bool:
    """Whether the plan has anything for a monitor to do: a watch, or a phase that time opens."""
    return any(phase.watch is not None or _is_checkpoint(phase) for phase in state.plan.phases)


def is_over(state: State, now: datetime) -> bool:
    """Whether nothing is watched any more, nothing will be, and no checkpoint is to come or being asked."""
    if state.is_closed:
        return True
    for phase in state.plan.phases:
        has_opened = state.opened_at(phase.id) is not None
        if phase.watch is not None and (not has_opened or watch_running(state, phase, now)):
            return False
        if _is_checkpoint(phase) and not has_opened:
            return False
    waiting = agenda.unattended(state, agenda.waiting_items(state))
    return not waiting and (state.level is not None or agenda.to_enquire(state, now) is None)


def outcome(state: State) -> Outcome:
    """What it came to: an alarm before what could not be told."""
    names = {name for phase in state.plan.phases if phase.watch is not None for name in phase.monitors}
    words = [state.monitors[name].state if name in state.monitors else "unknown" for name in sorted(names)]
    told = [
        state.triggers[number].state if number in state.triggers else "unknown"
        for number, trigger in enumerate(state.plan.triggers)
        if trigger.when is not None
    ]
    if "firing" in words or "tripped" in told:
        return Outcome.ALARM
    return Outcome.UNTOLD if {"unknown", "pending"} & {*words, *told} else Outcome.QUIET


def _is_checkpoint(phase: Phase) -> bool:
    return phase.due_at is not None and phase.due_at.opens
