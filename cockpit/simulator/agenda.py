"""What time brings to the world.

Changes are due at exact plan instants and stamped with them, whenever somebody looks. A
deployment that comes up schedules the end of the one before it.
"""

from __future__ import annotations

import hashlib
import math
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from cockpit.simulator import lifecycle, projects
from cockpit.simulator.clock import nanos
from cockpit.simulator.lifecycle import Kind, Moment
from cockpit.simulator.world import LIVE, Deployment, Due, Line, Replica, Step, World, replicas_wanted

_SECOND = 1_000_000_000
_ENDED = frozenset({"REMOVED", "EXITED", "CRASHED"})


def advance(world: World, now: datetime) -> None:
    """Apply everything that is due by `now`, in order of time."""
    while world.agenda and world.agenda[0].at <= now:
        due = world.agenda.pop(0)
        _apply(world, world.deployments[due.deployment], due)
        world.change += 1


def schedule(world: World, deployment: Deployment, moments: Iterable[Moment]) -> None:
    """Put dated changes of a deployment on the agenda."""
    for moment in moments:
        due = Due(moment.at, deployment.id, moment.kind, moment.value, moment.payload)
        insort(world.agenda, due, key=lambda one: one.at)


def clear(world: World, deployment: Deployment) -> None:
    """Nothing more happens to a deployment by itself, but for the drain of the one before it."""
    world.agenda = [due for due in world.agenda if due.deployment != deployment.id or due.value == "DRAIN_INSTANCES"]


def tear_down(world: World, deployment: Deployment, at: datetime, drain: float) -> datetime:
    """Tell a deployment to stop at an instant; returns when it will be gone. A stopped one has nothing to drain."""
    drains = world.scenario.drains
    drain = 0 if deployment.stopped else drain
    deployment.leaves = at
    works_on = projects.part_of(world, deployment).works_on
    moments = lifecycle.going_away(at, drain, drains=drains, works_on=works_on)
    if deployment.stopped:  # nothing of it runs that could say a word
        moments = tuple(one for one in moments if one.kind in (Kind.STATUS, Kind.REPLICAS))
    schedule(world, deployment, moments)
    return lifecycle.gone_at(at, drain, drains=drains)


def seconds(deployment: Deployment, variable: str, setting: str, default: float = 0) -> float:
    """A period from the deployment's own variables, else from its settings, else the default [5 I].

    Which of several sources wins, and whether the old or the new deployment's count, is not
    documented; here the new one's variables do. What is no number counts as not set.
    """
    held = deployment.variables.get(variable)
    for source in (held.value if held else None, deployment.settings.get(setting)):
        number = _number(source)
        if number is not None:
            return number
    return default


def fingerprint(commit: str, deployment: str) -> str:
    """The digest of an image: another build of the same commit is another image."""
    return "sha256:" + hashlib.sha256(f"{commit}/{deployment}".encode()).hexdigest()


def _number(source: Any) -> float | None:
    """Not below zero, at most a week; None for what is no number."""
    try:
        number = float(source)
    except (TypeError, ValueError):
        return None
    return min(max(0.0, number), 604_800.0) if math.isfinite(number) else None


def _apply(world: World, deployment: Deployment, due: Due) -> None:
    match due.kind:
        case Kind.STATUS:
            _set_status(world, deployment, due.value, due.at)
        case Kind.REPLICAS:
            _set_replicas(world, deployment, due.value, due.at)
        case Kind.OPEN:
            deployment.steps.append(Step(world.new_id(), due.value, due.at))
        case Kind.CLOSE:
            _close(deployment, due)
        case Kind.BUILD_LINE | Kind.PLATFORM_LINE | Kind.APP_LINE:
            writers = [replica.id for replica in deployment.replicas if replica.completed is None]
            world.lines.extend(_lines(deployment, due, writers))


def _set_status(world: World, deployment: Deployment, status: str, at: datetime) -> None:
    deployment.status, deployment.status_at, deployment.updated = status, at, at
    if status == "REMOVED":
        deployment.removed = at
    if status == "DEPLOYING" and deployment.mount:
        _make_room(world, deployment, at)
    if status == "SUCCESS":
        deployment.succeeded = at
        _take_over(world, deployment, at)


def _make_room(world: World, new: Deployment, at: datetime) -> None:
    """A volume has one owner, so nothing overlaps: the old one is told to stop before the new one starts [5 D]."""
    drain = seconds(new, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS", "drainingSeconds")
    for old in _leaving(world, new):
        tear_down(world, old, at, drain)


def _leaving(world: World, new: Deployment) -> Iterator[Deployment]:
    """What is up beside a new deployment and has not been told to stop; nothing more happens to it by itself."""
    for old in world.of(new.environment, new.service):
        if old is not new and old.status in LIVE and old.leaves is None:
            clear(world, old)
            yield old


def _take_over(world: World, new: Deployment, at: datetime) -> None:
    """The order is active, overlap, SIGTERM, drain, SIGKILL [11 D]; statuses during overlap and drain are [11 I]."""
    overlap = seconds(new, "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS", "overlapSeconds")
    drain = seconds(new, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS", "drainingSeconds")
    leaves = at + timedelta(seconds=overlap)
    gone = None
    for old in _leaving(world, new):
        gone = tear_down(world, old, leaves, drain)
    if gone is not None:
        schedule(world, new, lifecycle.draining(leaves, gone))


def _set_replicas(world: World, deployment: Deployment, status: str, at: datetime) -> None:
    if not deployment.replicas:
        count = replicas_wanted(deployment.settings)
        deployment.replicas = [Replica(world.new_id(), status, at, at) for _ in range(count)]
    for replica in deployment.replicas:
        if replica.status != "REMOVED":
            replica.status, replica.updated = status, at
            if status in _ENDED:
                replica.completed = replica.completed or at
            elif status != "REMOVING":  # one that had exited stays so
                replica.completed = None


def _close(deployment: Deployment, due: Due) -> None:
    step = next(step for step in reversed(deployment.steps) if step.name == due.value)
    step.completed, step.payload = due.at, due.payload
    if due.value == "PUBLISH_IMAGE":
        deployment.digest = fingerprint(deployment.commit, deployment.id)


def begin(world: World, deployment: Deployment, replica: Replica, at: datetime) -> None:
    """A further replica says that it begins."""
    for order, text in enumerate(projects.part_of(world, deployment).begins):
        due = Due(at + timedelta(milliseconds=order), deployment.id, Kind.APP_LINE, text)
        world.lines.extend(_lines(deployment, due, [replica.id]))


def _lines(deployment: Deployment, due: Due, replicas: Sequence[str]) -> Iterable[Line]:
    stamp = nanos(due.at)
    if due.kind is Kind.PLATFORM_LINE:
        stamp = stamp // _SECOND * _SECOND
    stream = "build" if due.kind is Kind.BUILD_LINE else "deploy"
    for order, replica in enumerate(replicas if stream == "deploy" else [None]):
        yield Line(
            stamp if due.kind is Kind.PLATFORM_LINE else stamp + 1 + order,
            stream,
            due.value.replace("{replica}", (replica or "")[:8]).replace("{commit}", deployment.commit[:8]),
            "info",
            deployment.service,
            deployment.environment,
            deployment.id,
            replica,
            deployment.snapshot,
        )
