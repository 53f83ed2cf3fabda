"""What a cockpit may still do once another process has taken up its run.

It starts nothing any more. It only tells what came of what it had begun, and what it saw:
without that an action it sent would stay unknown to its successor.
"""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.inert import inert
from cockpit.core.state import State

STARTING = (wanted.Do, wanted.Enquire, wanted.Advance)
"""What a runner begins by itself."""


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
