"""Replicas that change while nothing is deployed: moved by the platform, restarted or scaled by somebody.

A rollout has a deployment id of its own, these have not; so they are told apart from one, and from what
a restart or a change of scale of this run explains. While a rollout of the service is under way its
containers come and go: then only the looks at the new deployment are compared with each other.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.state import Intent, ReplicaChange, State
from cockpit.core.text.inert import inert

OURS_WITHIN = timedelta(minutes=5)
"""So long after a restart or a change of scale its containers may still come."""


def has_changed(state: State, service: str, seen: Deployment, started: datetime | None) -> bool:
    """Whether a look at what serves shows other containers than those known, or one that started anew."""
    known = state.replicas.get(seen.id)
    rolling = any(one.service == service and not one.is_over for one in state.rollouts.values())
    if known is None or rolling or not seen.is_settled:
        return False
    return known != seen.running or (started is not None and started > _known_start(state, seen))


def replaced(state: State, rollout: Rollout) -> tuple[str, ...]:
    """The instances that ran before the last look at a rollout showed others; none where it did not."""
    known = state.replicas.get(rollout.deployment, ())
    return known if known and rollout.replicas and known != rollout.replicas else ()


def explained_by(state: State, service: str, at: datetime) -> Intent | None:
    """The restart or change of scale of this run that may have done it."""
    for intent in reversed(tuple(state.intents.values())):
        action = state.plan.actions.get(intent.action)
        if action is None or action.kind not in ("restart", "scale") or action.target != service:
            continue
        if intent.outcome != "not happened" and intent.at <= at <= (intent.ended or intent.at) + OURS_WITHIN:
            return intent
    return None


def sentence(change: ReplicaChange) -> str:
    """What happened, in words."""
    came = len(set(change.after) - set(change.before))
    if len(change.after) != len(change.before):
        what = f"{len(change.before)} replicas became {len(change.after)}"
    elif came:
        what = f"{came} of {len(change.after)} replicas was replaced" if came == 1 else f"{came} replicas were replaced"
    else:
        what = "a container started anew"
    who = "by this run" if change.item else "by the platform or by somebody"
    return inert(f"{change.service} {change.deployment[:8]}: {what} {who}; nothing was deployed.", limit=200)


def _known_start(state: State, seen: Deployment) -> datetime:
    """Until when starts of its containers are known, or belong to its coming up."""
    told = [one.started or one.at for one in state.replica_changes if one.deployment == seen.id]
    rollout = state.rollouts.get(seen.id)
    up = rollout.t1.at if rollout is not None and rollout.t1 is not None else state.opened
    return max([up, *told])
