"""A rollout: looks at two deployments, folded into three clocks, six stages and one outcome.

Observations may arrive late, twice and in any order (a poll overtakes a push, a resume reads
everything again): what is known afterwards is the same. So each fact is joined by a rule that does
not ask which look came first: of two statuses the one with the server's newer stamp counts, clocks
go by `clocks`; outcome, stages and deviations follow from what is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cockpit.core.rollout.clocks import drain, earliest, joined, overlap
from cockpit.core.rollout.deployment import Deployment, Observation, Rollout
from cockpit.core.rollout.deviations import deviations
from cockpit.core.rollout.outcome import oddity, outcome
from cockpit.core.rollout.stages import stages

__all__ = ["advance", "begin", "countdown", "drain", "is_news", "overlap"]

_LEAD_AT_LEAST = 5
"""Seconds in our future below which a stamp says nothing about clocks: requests take time, too."""


def begin(
    deployment: str,
    service: str,
    previous: str | None,
    *,
    started: datetime,
    overlap: float | None,
    drain: float | None,
    health: float | None = None,
    creator: str | None = None,
    doubts: tuple[str, ...] = (),
    asked: datetime | None = None,
) -> Rollout:
    """A rollout nobody has looked at yet.

    `previous` is the deployment it replaces, None for a first one; `overlap`, `drain` and `health` are
    the configured seconds, None where never set; `doubts` are settings whose sources disagree; `asked` is when this
    run asked for it to be made.
    """
    return Rollout(
        deployment=deployment,
        service=service,
        previous=previous,
        started=started,
        overlap_configured=overlap,
        drain_configured=drain,
        health_limit=health,
        creator=creator,
        doubts=doubts,
        asked=asked,
    )


def advance(rollout: Rollout, seen: Observation) -> Rollout:
    """What is known after one more look.

    The same look twice changes nothing; an older one adds only what it alone knows.
    """
    rollout = _with_successor(_with_old(_with_new(_with_made(joined(rollout, seen), seen), seen), seen), seen)
    ended, because = outcome(rollout)
    rollout = rollout.model_copy(update={"outcome": ended, "because": because})
    return rollout.model_copy(update={"stages": stages(rollout), "deviations": deviations(rollout)})


def is_news(rollout: Rollout, seen: Observation) -> bool:
    """Whether this look shows anything but a later hour."""
    hours: dict[str, object] = {"last_seen": rollout.last_seen, "old_seen": rollout.old_seen}
    return advance(rollout, seen).model_copy(update=hours) != rollout


def countdown(rollout: Rollout, now: datetime) -> tuple[str, datetime] | None:
    """What the configured seconds forecast next, and when by our clock; None where nothing is forecast."""
    if rollout.is_over or rollout.previous is None or rollout.t1 is None or rollout.t3 is not None:
        return None
    if rollout.t2 is None:
        what, since, seconds = "SIGTERM", rollout.t1.at, rollout.overlap_configured
    else:
        what, since, seconds = "killed at the latest", rollout.t2.at, rollout.drain_configured
    if seconds is None:
        return None
    when = since + timedelta(seconds=seconds - rollout.clock_lead)
    return (what if now <= when else f"{what}, overdue", when)


def _with_made(rollout: Rollout, seen: Observation) -> Rollout:
    """What is true of the new deployment whenever it was looked at."""
    new = seen.new
    is_gone = rollout.previous is None or (seen.old is not None and seen.old.status == "REMOVED")
    return rollout.model_copy(
        update={
            "made": new.created_at,
            "creator": rollout.creator or new.creator,
            "deploying": earliest(rollout.deploying, new.status_at if new.status == "DEPLOYING" else None),
            "image": new.image or rollout.image,
            "digest": new.digest or rollout.digest,
            "commit": new.commit or rollout.commit,
            "is_complete": rollout.is_complete or (new.is_up and is_gone),
            "clock_lead": max(rollout.clock_lead, 0, _lead(seen)) or _lag(rollout, seen),
        }
    )


def _with_new(rollout: Rollout, seen: Observation) -> Rollout:
    new = seen.new
    status_at = new.status_at or new.created_at
    if not _is_newer((status_at, seen.at), (rollout.status_at, rollout.last_seen)):
        return rollout
    return rollout.model_copy(
        update={
            "status": new.status,
            "status_at": status_at,
            "is_up": new.is_up,
            "last_seen": seen.at,
            "oddity": oddity(new),
            "replicas": new.running if new.is_settled else (),
        }
    )


def _with_old(rollout: Rollout, seen: Observation) -> Rollout:
    """The status of the one before. Nothing comes after REMOVED, whatever its stamp."""
    old = seen.old
    if old is None or rollout.previous is None:
        return rollout
    update: dict[str, object] = {"old_digest": old.digest or rollout.old_digest}
    status_at = old.status_at or old.created_at
    is_final, was_final = old.status == "REMOVED", rollout.old_status == "REMOVED"
    is_newer = _is_newer((status_at, seen.at), (rollout.old_status_at, rollout.old_seen))
    if is_final > was_final or (is_final == was_final and is_newer):
        update |= {"old_status": old.status, "old_status_at": status_at, "old_seen": seen.at, "old_is_up": old.is_up}
    return rollout.model_copy(update=update)


def _with_successor(rollout: Rollout, seen: Observation) -> Rollout:
    """The first deployment made after this one. What was made before it, and listed late, is none."""
    if seen.latest in {None, rollout.deployment, rollout.previous}:
        return rollout
    at = seen.latest_at or seen.at
    is_later = seen.latest_at is None or seen.latest_at > seen.new.created_at
    is_first = rollout.successor_at is None or (at, seen.latest) < (rollout.successor_at, rollout.successor)
    if not is_later or not is_first:
        return rollout
    return rollout.model_copy(update={"successor": seen.latest, "successor_at": at, "successor_by": seen.latest_by})


def _is_newer(seen: tuple[datetime, datetime], known: tuple[datetime | None, datetime | None]) -> bool:
    """A newer status by its stamp, or the same one looked at no earlier: instances change under one status."""
    stamp, at = known
    return stamp is None or at is None or seen >= (stamp, at)


def _lead(seen: Observation) -> int:
    seconds = max((stamp - seen.at).total_seconds() for stamp in _stamps(seen))
    return int(seconds) if seconds >= _LEAD_AT_LEAST else 0


def _lag(rollout: Rollout, seen: Observation) -> int:
    """Below zero, or zero: nothing is made before it was asked for."""
    seconds = (seen.new.created_at - rollout.asked).total_seconds() if rollout.asked is not None else 0.0
    return int(seconds) if seconds <= -_LEAD_AT_LEAST else 0


def _stamps(seen: Observation) -> Iterable[datetime]:
    """The server's stamps in a look."""
    both: tuple[Deployment, ...] = (seen.new, seen.old) if seen.old is not None else (seen.new,)
    yield from (one.status_at or one.created_at for one in both)
    for step in seen.steps:
        yield step.completed or step.started
