"""A rollout: looks at two deployments, folded into three clocks, six stages and one outcome.

Observations may arrive late, twice and in any order (a poll overtakes a push, a resume reads
everything again). A newer status of the server's own stamp replaces an older one, never the
reverse; clocks are joined (`clocks`); stages and deviations follow from them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.clocks import drain, joined, overlap
from cockpit.core.deployment import Deployment, Observation, Rollout
from cockpit.core.deviations import deviations
from cockpit.core.inert import inert
from cockpit.core.stages import stages

__all__ = ["advance", "begin", "countdown", "drain", "is_news", "overlap"]

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


def begin(
    deployment: str,
    service: str,
    previous: str | None,
    *,
    started: datetime,
    overlap: float | None,
    drain: float | None,
) -> Rollout:
    """A rollout nobody has looked at yet.

    `previous` is the deployment it replaces, None for a first one; `overlap` and `drain` are the
    configured seconds, None where never set.
    """
    return Rollout(
        deployment=deployment,
        service=service,
        previous=previous,
        started=started,
        overlap_configured=overlap,
        drain_configured=drain,
    )


def advance(rollout: Rollout, seen: Observation) -> Rollout:
    """What is known after one more look.

    The same look twice changes nothing; an older one adds only what it alone knows.
    """
    rollout = _with_old(_with_new(joined(rollout, seen), seen), seen)
    outcome, because = _outcome(rollout, seen.latest)
    rollout = rollout.model_copy(update={"outcome": outcome, "because": because})
    shown = {"stages": stages(rollout, seen), "deviations": deviations(rollout)}
    return rollout.model_copy(update=shown)


def is_news(rollout: Rollout, seen: Observation) -> bool:
    """Whether this look shows anything but a later hour."""
    after = advance(rollout, seen)
    return after.model_copy(update={"last_seen": rollout.last_seen}) != rollout


def countdown(rollout: Rollout, now: datetime) -> tuple[str, datetime] | None:
    """What the configured seconds forecast next, and when; None where nothing is forecast."""
    if rollout.is_over or rollout.previous is None or rollout.t1 is None or rollout.t3 is not None:
        return None
    if rollout.t2 is None:
        what, since, seconds = "SIGTERM", rollout.t1.at, rollout.overlap_configured
    else:
        what, since, seconds = "killed at the latest", rollout.t2.at, rollout.drain_configured
    if seconds is None:
        return None
    when = since + timedelta(seconds=seconds)
    return (what if now <= when else f"{what}, overdue", when)


def _with_new(rollout: Rollout, seen: Observation) -> Rollout:
    new = seen.new
    status_at = new.status_at or new.created_at
    if not _is_fresh(rollout, rollout.status_at, status_at, seen):
        return rollout
    return rollout.model_copy(
        update={
            "status": new.status,
            "status_at": status_at,
            "is_up": new.is_up,
            "image": new.image or rollout.image,
            "digest": new.digest or rollout.digest,
            "commit": new.commit or rollout.commit,
            "last_seen": seen.at,
            "because": _oddity(new),
        }
    )


def _with_old(rollout: Rollout, seen: Observation) -> Rollout:
    old = seen.old
    if old is None or rollout.previous is None:
        return rollout
    update: dict[str, object] = {"old_digest": old.digest or rollout.old_digest}
    status_at = old.status_at or old.created_at
    is_final = rollout.old_status == "REMOVED" and old.status != "REMOVED"
    if not is_final and _is_fresh(rollout, rollout.old_status_at, status_at, seen):
        update |= {"old_status": old.status, "old_status_at": status_at, "old_is_up": old.is_up}
    return rollout.model_copy(update=update)


def _is_fresh(rollout: Rollout, known: datetime | None, stamp: datetime, seen: Observation) -> bool:
    """A newer status, or the same one looked at no earlier: instances change under one status."""
    if known is None or rollout.last_seen is None or stamp > known:
        return True
    return stamp == known and seen.at >= rollout.last_seen


def _oddity(new: Deployment) -> str:
    """What is worth a sentence about this status just now."""
    if new.status == "SUCCESS" and not new.is_up:
        states = ", ".join(sorted({instance.status for instance in new.instances})) or "none"
        word = "it is stopped" if new.stopped else "it is not up"
        return inert(f"Railway says SUCCESS, but {word} (instances: {states}).", limit=200)
    if new.status == "CRASHED":
        running = sum(instance.status == "RUNNING" for instance in new.instances)
        return f"It crashed; {running} of {len(new.instances)} replicas run." if running else "It crashed."
    if new.status in _SETTLED:
        return ""
    unknown = inert(f"Railway says {new.status}, a status not known here.", limit=200)
    return _ON_THE_WAY.get(new.status, unknown)


def _outcome(rollout: Rollout, latest: str | None) -> tuple[str, str]:
    if rollout.outcome == "done":
        return "done", rollout.because
    overtaken = latest not in {None, rollout.deployment, rollout.previous}
    match rollout.status:
        case "FAILED":
            return "failed", _failure(rollout)
        case "SKIPPED":
            return "failed", "Railway skipped it: no watched path changed, or a check suite failed."
        case "CRASHED":
            return "crashed", rollout.because
        case "REMOVING" | "REMOVED" if overtaken or rollout.outcome == "superseded":
            return "superseded", "A newer deployment took its place."
        case "REMOVING" | "REMOVED":
            return "removed", "It was cancelled or removed before it was done."
    if rollout.is_up and (rollout.previous is None or rollout.old_status == "REMOVED"):
        return "done", ""
    if overtaken and not rollout.because:
        return "in flight", "A newer deployment has been started."
    return "in flight", rollout.because


def _failure(rollout: Rollout) -> str:
    failed = next((step for step in reversed(rollout.steps) if step.error), None)
    what = "Railway says FAILED, and no step says why"
    if failed:
        what = inert(f"It failed at {failed.name.replace('_', ' ').lower()}: {failed.error}", limit=300)
    serving = " The old deployment still serves." if rollout.old_is_up else ""
    return what.rstrip(".") + "." + serving
