"""What is said while a connection does not answer: since when nothing is seen, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.rollout.deployment import Rollout
from cockpit.core.span import clock_face
from cockpit.telemetry import Scene, Trouble
from cockpit.view.fit import foreign
from cockpit.view.times import moment


def is_unseen(scene: Scene, rollout: Rollout) -> bool:
    """Whether a rollout goes on and Railway does not show it."""
    return not rollout.is_over and _of_railway(scene) is not None


def unseen(scene: Scene, rollout: Rollout) -> str:
    """`not seen for 0:42`: the screen has no clock of the day to compare an instant with."""
    at = last_look(scene, rollout)
    return f"not seen for {clock_face(max(timedelta(), scene.now - at))}" if at is not None else "not seen now"


def in_full(scene: Scene, rollout: Rollout) -> str:
    """The same with its instant and why, in sentences: `not seen for 0:42, since 12:03:17 UTC: It is down.`, say."""
    at = last_look(scene, rollout)
    since = f", since {moment(at, scene.now)} UTC" if at is not None else ""
    return f"{unseen(scene, rollout)}{since}: {sentence(scene)}"


def last_look(scene: Scene, rollout: Rollout) -> datetime | None:
    """When Railway last showed it to us: to this process, or by the record's last news."""
    found = [at for at in (scene.live.looked.get(rollout.deployment), rollout.last_seen) if at is not None]
    return max(found, default=None)


def sentence(scene: Scene) -> str:
    """Why a connection does not answer, Railway's first, and what to do; empty where all do."""
    found = _foremost(scene)
    return foreign(str(found), limit=400) if found is not None else ""


def what(scene: Scene) -> str:
    """The same without what to do."""
    found = _foremost(scene)
    return foreign(found.what, limit=400) if found is not None else ""


def _foremost(scene: Scene) -> Trouble | None:
    return _of_railway(scene) or next(iter(scene.live.links.values()), None)


def _of_railway(scene: Scene) -> Trouble | None:
    railway = scene.state.plan.railway()
    return scene.live.links.get(railway[0]) if railway is not None else None
