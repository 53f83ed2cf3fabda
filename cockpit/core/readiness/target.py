"""The deployment that a way back leads to: whether it can still be gone back to, and with which variables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.core.finding import Finding
from cockpit.core.plan import Action, RailwayConnection
from cockpit.core.readiness.looks import Looks, TargetLook
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.drift import Drift
from cockpit.core.rollout.retention import image_left, image_words
from cockpit.core.state import State

_NAMED = 5
"""Variables that are named before they are counted."""


def of_target(state: State, action: Action, looks: Looks, now: datetime) -> Iterator[Finding]:
    """The target of a rollback, and how its variables differ from today's."""
    service = action.rollback or ""
    target, look = state.targets.get(service), looks.targets.get(service)
    if target is None:
        words = f"which deployment of {service} served before is not known"
        yield Finding(kind="target", subject=service, ready=None, words=words)
        return
    at = look.at if look is not None else None
    ready, words = _goes_back(state, action, target, look, now)
    yield Finding(kind="target", subject=service, ready=ready, words=words, at=at)
    if look is not None and look.found is not None:
        words = _differing(service, look.drift)
        yield Finding(kind="variables", subject=service, ready=True, words=words, at=at, remark=True)


def _goes_back(
    state: State, action: Action, target: Deployment, look: TargetLook | None, now: datetime
) -> tuple[bool | None, str]:
    """Whether the deployment that served before can still be gone back to, and for how long."""
    name = target.id[:8]
    if look is not None and look.found is None:
        return False, f"Railway has no deployment {name} any more"
    if look is not None and look.found is not None:
        target = look.found
        if look.trouble or now > look.until:
            return None, f"whether Railway still has {name} could not be seen lately"
    serves = _still_serves(state, target)
    if not target.can_rollback and not serves:
        return None, f"Railway did not offer {name} for a rollback when it was last seen"
    connection = state.plan.connections.get(action.on or "")
    tier = connection.tier if isinstance(connection, RailwayConnection) else None
    if image_left(target, tier, now) == timedelta():
        return None, f"the image of {name} should be gone: the {tier} plan has kept it for its time after the removal"
    kept = "it still serves" if serves else image_words(target, tier, now)
    return True, f"{action.rollback} goes back to {name}: {kept}"


def _still_serves(state: State, target: Deployment) -> bool:
    """Nothing has replaced it: then nothing is sent to go back to it."""
    return all(rollout.previous != target.id or rollout.t2 is None for rollout in state.rollouts.values())


def _differing(service: str, drift: Drift | None) -> str:
    if drift is None:
        return f"with which variables {service} was built could not be seen"
    changes = [
        f"{word} {', '.join(names[:_NAMED])}" + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        for word, names in (("added", drift.added), ("removed", drift.removed), ("changed", drift.changed))
        if names
    ]
    sealed = f"; {len(drift.unknown)} sealed, which nobody can compare" if drift.unknown else ""
    if not changes:
        return f"the variables of {service} are those it was built with{sealed}"
    return f"the variables of {service} differ from those it was built with: {'; '.join(changes)}{sealed}"
