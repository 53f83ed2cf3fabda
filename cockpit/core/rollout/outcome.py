"""How a rollout stands or ended, and why, in one sentence; a function of what is known of it.

The rules are those of `railway/api.md` 7: the status first; SUCCESS counts only with an instance
that runs; what nobody knows is shown by its name.
"""

from __future__ import annotations

from datetime import timedelta

from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.span import clock_face
from cockpit.core.text.inert import inert

_ON_THE_WAY = {
    "QUEUED": "Railway has queued it.",
    "INITIALIZING": "",
    "WAITING": "It waits, usually for CI.",
    "NEEDS_APPROVAL": "It waits until somebody approves it in Railway's dashboard.",
    "BUILDING": "",
    "DEPLOYING": "",
    "SLEEPING": "It sleeps. A request wakes it, and only then it counts as up.",
}
_SETTLED = frozenset({"FAILED", "SKIPPED", "SUCCESS", "REMOVING", "REMOVED"})

AT_ONCE = timedelta(seconds=5)
"""One that fails within this and has no image failed at fetching it: seen after 2 s (`railway/api.md` 7 [T])."""


def oddity(new: Deployment) -> str:
    """What is worth a sentence about a status just now; nothing about a plain one."""
    if new.status == "SUCCESS" and not new.is_up:
        states = ", ".join(sorted({instance.status for instance in new.instances})) or "none"
        word = "it is stopped" if new.stopped else "it is not up"
        return inert(f"Railway says SUCCESS, but {word} (instances: {states}).", limit=200)
    if new.status == "CRASHED":
        running = len(new.running)
        return f"It crashed; {running} of {len(new.instances)} replicas run." if running else "It crashed."
    if new.status in _SETTLED:
        return ""
    unknown = inert(f"Railway says {new.status}, a status not known here.", limit=200)
    return _ON_THE_WAY.get(new.status, unknown)


def outcome(rollout: Rollout) -> tuple[str, str]:
    """The word for `Rollout.outcome`, and the sentence."""
    if rollout.is_complete:
        return "done", rollout.oddity
    match rollout.status:
        case "FAILED":
            return "failed", _failure(rollout)
        case "SKIPPED":
            return "failed", "Railway skipped it: no watched path changed, or a check suite failed."
        case "CRASHED":
            return "crashed", rollout.oddity
        case "REMOVING" | "REMOVED" if rollout.successor is not None:
            return "superseded", f"A newer deployment took its place: {_successor(rollout)}.{_served(rollout)}"
        case "REMOVING" | "REMOVED":
            return "removed", f"It was cancelled or removed before it was done.{_served(rollout)}"
    if rollout.successor is not None and not rollout.oddity:
        return "in flight", f"A newer deployment has been started: {_successor(rollout)}."
    return "in flight", rollout.oddity


def _successor(rollout: Rollout) -> str:
    by = f", made by {rollout.successor_by}" if rollout.successor_by else ""
    return inert(f"{(rollout.successor or '')[:8]}{by}", limit=120)


def _served(rollout: Rollout) -> str:
    """Whether it ever came up: one that did was live, one that did not changed nothing."""
    if rollout.t1 is None:
        return " It never came up."
    if rollout.status_at is None or rollout.status_at <= rollout.t1.at:
        return ""
    return f" It was up for {clock_face(rollout.status_at - rollout.t1.at)}."


def _failure(rollout: Rollout) -> str:
    failed = next((step for step in reversed(rollout.steps) if step.error), None)
    what = "Railway says FAILED, and no step says why"
    if failed:
        what = inert(f"It failed at {failed.name.replace('_', ' ').lower()}: {failed.error}", limit=300)
    elif _failed_at_once(rollout):
        what = "It failed at once and has no image: probably the image could not be pulled"
    serving = " The old deployment still serves." if rollout.old_is_up else ""
    return what.rstrip(".") + "." + serving


def _failed_at_once(rollout: Rollout) -> bool:
    if rollout.made is None or rollout.status_at is None or rollout.digest or rollout.steps:
        return False
    return rollout.status_at - rollout.made <= AT_ONCE
