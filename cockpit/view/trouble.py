"""What is said while a connection does not answer: since when nothing is seen, and why."""

from __future__ import annotations

from datetime import datetime

from cockpit.core.rollout.deployment import Rollout
from cockpit.telemetry import Scene, Trouble
from cockpit.view.fit import foreign
from cockpit.view.times import moment


def unseen(scene: Scene, rollout: Rollout) -> str | None:
    """`not seen since 12:03:17`, where a rollout goes on and Railway does not show it; None where it does."""
    if rollout.is_over or _of_railway(scene) is None:
        return None
    at = last_look(scene, rollout)
    return f"not seen since {moment(at, scene.now)}" if at is not None else "not seen now"


def last_look(scene: Scene, rollout: Rollout) -> datetime | None:
    """When Railway last showed it to us: to this process, or by the record's last news."""
    found = [at for at in (scene.live.looked.get(rollout.deployment), rollout.last_seen) if at is not None]
    return max(found, default=None)


def sentence(scene: Scene) -> str:
    """Why a connection does not answer, Railway's first; empty where all do."""
    found = _of_railway(scene) or next(iter(scene.live.links.values()), None)
    return foreign(str(found), limit=400) if found is not None else ""


def _of_railway(scene: Scene) -> Trouble | None:
    railway = scene.state.plan.railway()
    return scene.live.links.get(railway[0]) if railway is not None else None
