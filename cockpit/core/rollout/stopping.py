"""Which services this run has stopped, as far as it was read back, and has not brought up again."""

from __future__ import annotations

from cockpit.core.state import State


def is_stopped(state: State, service: str) -> bool:
    """Whether the last thing this run did to it was to stop or remove what served."""
    last = None
    for intent in state.intents.values():
        action = state.plan.actions.get(intent.action)
        if action is None or action.target != service or intent.outcome != "done":
            continue
        if action.stop or action.remove or action.restart or action.starts_rollout:
            last = action
    return last is not None and bool(last.stop or last.remove)


def stopped(state: State) -> tuple[str, ...]:
    """All of them, in the order in which the plan's actions name them."""
    named = dict.fromkeys(action.target for action in state.plan.actions.values() if action.target)
    return tuple(service for service in named if is_stopped(state, service))
