"""What a process may do that is not, or not any more, the driver of its run.

Once another process has taken up its run a cockpit starts nothing any more. It only tells what came of
what it had begun, and what it saw: without that an action it sent would stay unknown to its successor.

A monitor never was the driver. It asks and records what it sees; it acts, ticks, answers, decides and settles nothing.
"""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.state import State
from cockpit.core.text.inert import inert

STARTING = (wanted.Do, wanted.Enquire, wanted.Advance)
"""What a runner begins by itself."""

WATCHING = (
    wanted.Advance, wanted.Enquire, wanted.Observe, wanted.MoveMonitor, wanted.MoveTrigger,
    wanted.TellAlert, wanted.BeginRollout, wanted.ObserveRollout, wanted.CountAnswers, wanted.SeeReplicas,
    wanted.ChangePace,
)  # fmt: skip
"""What a monitor may want, while it is the one that asks."""


def only_watches(command: Command, *, asks: bool) -> Refusal | None:
    """Why a monitor does not do this; None where it may."""
    if not isinstance(command, WATCHING):
        return Refusal("A monitor only watches. Take the run up to act: cockpit resume.")
    if isinstance(command, wanted.TellAlert):
        return None  # whom it tells, the one that asks may not know
    return None if asks else Refusal("This monitor stands by; another process asks.")


def too_late(state: State, session: str, command: Command, by: str) -> Refusal | None:
    """Why a process that had attached does not do this any more; None while it holds the run, or where it may still."""
    if state.session == session or isinstance(command, wanted.Attach):
        return None
    number = getattr(command, "intent", None)
    intent = state.intents.get(number) if number is not None else None
    is_foreign = number is not None and (intent is None or intent.session != session)
    if by == "runner" and not is_foreign and not isinstance(command, STARTING):
        return None
    successor = f"{inert(state.operator, limit=60) or 'somebody'} on {inert(state.host, limit=60)}"
    return Refusal(f"This run was taken up by {successor}. Leave this one.")
