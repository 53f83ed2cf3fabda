"""What is done to one deployment of a service: cancelled, stopped, removed, approved.

Which one is found before the intent is written, and stands in it: what comes up between the
operator's word and the request is never meant. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from cockpit.core.rollout.deployment import STATUSES, Deployment
from cockpit.runner.follower import is_final, is_on_its_way

DEPLOYMENT, STATUS = "deployment", "status"
"""In `Intent.before`: which deployment is meant, and its status then."""

STOPPING = timedelta(seconds=150)
"""Railway went on saying RUNNING for 120 s of containers that had died on SIGTERM (`railway/api.md` 8 [X2])."""

_LIVE = ("SUCCESS", "CRASHED", "SLEEPING")
_GONE = ("REMOVING", "REMOVED")


def meant(kind: str, listed: Iterable[Deployment]) -> Deployment | None:
    """The deployment of a service, listed newest first, that an action of this kind is about."""
    return next((one for one in listed if _fits(kind, one)), None)


def standing(one: Deployment | None) -> dict[str, str]:
    """What the intent keeps of it."""
    return {} if one is None else {DEPLOYMENT: one.id, STATUS: one.status}


def lacking(kind: str, service: str) -> str:
    """Why there is none, as a sentence."""
    words = {
        "cancel": f"No deployment of {service} is on its way.",
        "approve": f"No deployment of {service} waits for approval.",
        "restart": f"No deployment of {service} is there to restart.",
    }
    return words.get(kind, f"No deployment of {service} is up.")


def happened(kind: str, one: Deployment) -> bool | None:
    """Whether a deployment is as the action wants it; None while it may yet become so, or nobody knows what it is."""
    if one.status not in STATUSES:
        return None
    match kind:
        case "cancel":
            return True if is_final(one.status) else None if is_on_its_way(one.status) else False
        case "approve":
            return one.status != "NEEDS_APPROVAL" or None
        case "remove":
            return one.status == "REMOVED" or None
        case _:
            return is_stopped(one) or None


def is_stopped(one: Deployment) -> bool:
    """Stopped, and no replica runs; removed counts. `deploymentStopped` alone is true of starting ones too [X1]."""
    running = any(replica.status == "RUNNING" for replica in one.instances)
    return one.status in _GONE or (one.status in _LIVE and one.stopped and not running)


def unchanged(kind: str, one: Deployment, status: str) -> bool:
    """Whether it shows no sign of what was asked for; a status that nobody knows may be one."""
    if one.status not in STATUSES:
        return False
    if kind == "cancel":
        return not is_final(one.status)
    if kind == "stop":
        return one.is_up
    return one.status == status


def shown(one: Deployment) -> str:
    """It in words: its id, its status, and what runs of it."""
    running = sum(replica.status == "RUNNING" for replica in one.instances)
    stopped = ", stopped" if one.stopped and one.status in _LIVE else ""
    return f"{one.id[:8]} is {one.status}{stopped}, {running} running"


def _fits(kind: str, one: Deployment) -> bool:
    match kind:
        case "cancel":
            return is_on_its_way(one.status)
        case "approve":
            return one.status == "NEEDS_APPROVAL"
        case "restart" | "remove":
            return one.status in _LIVE
        case _:
            return one.is_up
