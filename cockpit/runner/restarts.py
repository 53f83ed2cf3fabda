"""What shows that a deployment was restarted: the same id serves before and after, so something else must differ.

Railway names no field for it (`railway/api.md` 8): a container of another id, a new stamp of the
status, the line `Starting Container`, or a replica seen down and up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cockpit.core.rollout.deployment import Deployment, Observation

INSTANCES, STATUS_AT, DOWN = "instances", "status at", "down"
"""In `Intent.before`: the replicas that ran, when the status was last set, and whether nothing of it was up."""

_STARTED = "Starting Container"


def standing(serving: Deployment) -> dict[str, str]:
    """What a deployment shows before its restart is sent."""
    down = {} if serving.is_up else {DOWN: "yes"}
    return {INSTANCES: _instances(serving), STATUS_AT: _status_at(serving)} | down


def is_down(seen: Observation) -> bool:
    """Whether some replica is not running just now."""
    return not seen.new.is_up or any(one.status != "RUNNING" for one in seen.new.instances)


def shows(seen: Observation, before: Mapping[str, str], sent: datetime) -> str | None:
    """What of an observation can only come from a start after `sent`, in words; None where nothing does."""
    if DOWN in before and seen.new.is_up:
        return "it was down before"
    if before and before.get(INSTANCES) != _instances(seen.new):
        return "other instances run"
    if before and before.get(STATUS_AT) != _status_at(seen.new):
        return "its status has a new stamp"
    # The platform's own lines carry whole seconds.
    since = sent.replace(microsecond=0)
    if any(line.text.startswith(_STARTED) and line.at >= since for line in seen.lines):
        return f"the log says {_STARTED}"
    return None


def _instances(deployment: Deployment) -> str:
    return ",".join(sorted(one.id for one in deployment.instances))


def _status_at(deployment: Deployment) -> str:
    return deployment.status_at.isoformat() if deployment.status_at else ""
