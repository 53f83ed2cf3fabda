"""A deployment's schedule in plan time.

Pure: an instant in, dated changes out. The order of states is Railway's as observed
(overlap and drain as documented), the durations are ours. Nothing here waits, so a
late look never shifts a stamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

SNAPSHOT = 2.0
BUILD = 62.0
DEPLOY = 40.0
DEPLOY_FROM_IMAGE = 20.0
HEALTH = 8.0
"""Seconds of plan time; with a build SUCCESS comes after 1:52."""
UNHEALTHY_EXTRA = 7.8
"""FAILED came 307.8 s after the start of a 300 s window [11 T]."""
APP_DRAIN = 260.0
"""What the old app needs to finish its requests: 4 min 20 s."""
GONE = 2.0
"""From the kill to REMOVED; observed 1 to 3 s [11 X1]."""
OVERRUN_GONE = 4.0


class Kind(StrEnum):
    """What a dated change does."""

    STATUS = "status"
    REPLICAS = "replicas"
    OPEN = "open"
    CLOSE = "close"
    BUILD_LINE = "build_line"
    PLATFORM_LINE = "platform_line"
    """Arrives at its instant, but is stamped with the whole second [12 L]."""
    APP_LINE = "app_line"


@dataclass(frozen=True, slots=True)
class Moment:
    """A change at an instant."""

    at: datetime
    kind: Kind
    value: str
    payload: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How the platform will find the app: `path` None means it does not ask; `window` is in seconds."""

    path: str | None
    window: int = 300
    healthy: bool = True
    replicas: int = 1
    begins: tuple[str, ...] = ("listening on :8080",)
    """What each replica writes as it begins."""


def coming_up(at: datetime, health: Health, *, build: bool) -> tuple[Moment, ...]:
    """From being accepted to SUCCESS or FAILED, with or without a build."""
    return tuple(_coming_up(at, health, build=build))


def going_away(at: datetime, drain: float, *, drains: bool, works_on: str = "requests") -> tuple[Moment, ...]:
    """From SIGTERM at `at` to REMOVED: the app exits by itself if it can within `drain` seconds, else it is killed."""
    return tuple(_going_away(at, drain, works_on, drains=drains))


def gone_at(at: datetime, drain: float, *, drains: bool) -> datetime:
    """When a deployment that is told to stop at `at` reads REMOVED."""
    return _after(at, _lifetime(drain, drains=drains)[1])


def draining(at: datetime, gone: datetime) -> tuple[Moment, ...]:
    """The last step of a new deployment: its predecessor's drain [11 I]."""
    return Moment(at, Kind.OPEN, "DRAIN_INSTANCES"), Moment(gone, Kind.CLOSE, "DRAIN_INSTANCES")


def stopping(at: datetime, works_on: str = "requests") -> tuple[Moment, ...]:
    """A stop on request: the status stays SUCCESS, the replicas end as EXITED [7 X1]."""
    return (
        Moment(at, Kind.PLATFORM_LINE, "Stopping Container"),
        Moment(_after(at, 0.4), Kind.APP_LINE, f"SIGTERM received, finishing 0 {works_on}"),
        Moment(_after(at, 2.9), Kind.APP_LINE, "bye"),
        Moment(_after(at, 3.0), Kind.REPLICAS, "EXITED"),
    )


def crashing(at: datetime) -> tuple[Moment, ...]:
    """The end of an app that nobody asked for."""
    return (
        Moment(at, Kind.APP_LINE, "FATAL out of memory"),
        Moment(at, Kind.REPLICAS, "CRASHED"),
        Moment(at, Kind.STATUS, "CRASHED"),
    )


def restarting(at: datetime, begins: tuple[str, ...], *, crashed: bool = False) -> tuple[Moment, ...]:
    """A restart of the same deployment, also of a stopped one; observed 1 to 8 s [8 X1, X2]."""
    revived = (Moment(_after(at, 5.0), Kind.STATUS, "SUCCESS"),) if crashed else ()
    return (
        Moment(at, Kind.REPLICAS, "RESTARTING"),
        Moment(_after(at, 4.0), Kind.PLATFORM_LINE, "Starting Container"),
        *_beginning(at, 5.0, begins),
        Moment(_after(at, 5.0), Kind.REPLICAS, "RUNNING"),
        *revived,
    )


def _coming_up(at: datetime, health: Health, *, build: bool) -> Iterator[Moment]:
    yield Moment(at, Kind.STATUS, "INITIALIZING")
    start = _after(at, SNAPSHOT)
    if build:
        yield from _building(start)
        start = _after(start, BUILD)
    probe = _after(start, DEPLOY if build else DEPLOY_FROM_IMAGE)
    yield from _deploying(start, probe, health.begins)
    if health.path is None:
        yield Moment(probe, Kind.STATUS, "SUCCESS")
    elif health.healthy:
        yield from _probing(probe, health)
        done = _after(probe, HEALTH)
        yield Moment(done, Kind.BUILD_LINE, f"[{health.replicas}/{health.replicas}] Healthcheck succeeded!")
        yield Moment(done, Kind.CLOSE, "HEALTHCHECK")
        yield Moment(done, Kind.STATUS, "SUCCESS")
    else:
        yield from _probing(probe, health)
        yield from _giving_up(_after(probe, health.window + UNHEALTHY_EXTRA), probe, health)


def _building(at: datetime) -> Iterator[Moment]:
    yield Moment(at, Kind.STATUS, "BUILDING")
    yield Moment(at, Kind.OPEN, "SNAPSHOT_CODE")
    yield Moment(_after(at, 0.6), Kind.BUILD_LINE, 'scheduling build on Metal builder "builder-qhxwzk"')
    yield from _step_change(_after(at, 4.0), "SNAPSHOT_CODE", "BUILD_IMAGE")
    for after, text in (
        (5.0, "[1/4] FROM base image"),
        (9.0, "[2/4] COPY package manifest"),
        (16.0, "[3/4] install dependencies"),
        (38.0, "[4/4] build"),
    ):
        yield Moment(_after(at, after), Kind.BUILD_LINE, text)
    yield from _step_change(_after(at, 52.0), "BUILD_IMAGE", "PUBLISH_IMAGE")
    yield Moment(_after(at, 61.0), Kind.BUILD_LINE, "image pushed")
    yield Moment(_after(at, BUILD), Kind.CLOSE, "PUBLISH_IMAGE")


def _deploying(at: datetime, probe: datetime, begins: tuple[str, ...]) -> Iterator[Moment]:
    yield Moment(at, Kind.STATUS, "DEPLOYING")
    yield Moment(at, Kind.OPEN, "CREATE_CONTAINER")
    yield Moment(at, Kind.REPLICAS, "INITIALIZING")
    length = (probe - at).total_seconds()
    yield from _step_change(_after(at, length * 0.6), "CREATE_CONTAINER", "CONFIGURE_NETWORK")
    yield Moment(_after(at, length * 0.6), Kind.REPLICAS, "CREATED")
    yield Moment(_after(at, length * 0.9), Kind.PLATFORM_LINE, "Starting Container")
    yield from _beginning(at, length * 0.95, begins)
    yield Moment(_after(at, length * 0.95), Kind.REPLICAS, "RUNNING")
    yield Moment(probe, Kind.CLOSE, "CONFIGURE_NETWORK")


def _beginning(at: datetime, seconds: float, begins: tuple[str, ...]) -> Iterator[Moment]:
    """What an app says first, a line each tenth of a second."""
    for order, text in enumerate(begins):
        yield Moment(_after(at, seconds + order / 10), Kind.APP_LINE, text)


def _probing(at: datetime, health: Health) -> Iterator[Moment]:
    yield Moment(at, Kind.OPEN, "HEALTHCHECK")
    for text in (
        "====================",
        "Starting Healthcheck",
        "====================",
        f"Path: {health.path}",
        f"Retry window: {health.window // 60}m{health.window % 60}s",
    ):
        yield Moment(at, Kind.BUILD_LINE, text)
    for attempt, after in enumerate(_attempts(health), start=1):
        left = health.window - int(after)
        yield Moment(
            _after(at, after),
            Kind.BUILD_LINE,
            f"Attempt #{attempt} failed with service unavailable. Continuing to retry for {left // 60}m{left % 60}s",
        )


def _attempts(health: Health) -> Iterator[float]:
    """Seconds of the failed attempts: two before a good end, with growing gaps until the window ends otherwise."""
    after, gap = 1.0, 2.0
    while after < (HEALTH - 1 if health.healthy else health.window):
        yield after
        after, gap = after + gap, min(30.0, gap * 2)


def _giving_up(at: datetime, probe: datetime, health: Health) -> Iterator[Moment]:
    yield Moment(at, Kind.BUILD_LINE, f"{health.replicas}/{health.replicas} replicas never became healthy!")
    yield Moment(at, Kind.BUILD_LINE, "Healthcheck failed!")
    spent = int((at - probe).total_seconds() * 1000)
    yield Moment(at, Kind.CLOSE, "HEALTHCHECK", {"error": "Healthcheck failed", "durationMs": spent})
    yield Moment(at, Kind.REPLICAS, "REMOVED")
    yield Moment(at, Kind.STATUS, "FAILED")


def _going_away(at: datetime, drain: float, works_on: str, *, drains: bool) -> Iterator[Moment]:
    yield Moment(at, Kind.STATUS, "REMOVING")
    yield Moment(at, Kind.REPLICAS, "REMOVING")
    yield Moment(at, Kind.PLATFORM_LINE, "Stopping Container")
    yield Moment(_after(at, 0.4), Kind.APP_LINE, f"SIGTERM received, finishing 3 {works_on}")
    stops, gone = _lifetime(drain, drains=drains)
    for after in range(60, int(stops), 60):
        yield Moment(
            _after(at, after + 0.25),
            Kind.APP_LINE,
            f"still working on {3 if not drains else max(1, 3 - after // 90)} {works_on}",
        )
    if drains and drain > APP_DRAIN:
        yield Moment(_after(at, stops - 1.0), Kind.APP_LINE, f"finished 3 {works_on}")
        yield Moment(_after(at, stops - 0.4), Kind.APP_LINE, "bye")
    yield Moment(_after(at, gone), Kind.REPLICAS, "REMOVED")
    yield Moment(_after(at, gone), Kind.STATUS, "REMOVED")


def _lifetime(drain: float, *, drains: bool) -> tuple[float, float]:
    """Seconds from SIGTERM to the end of the process, and to REMOVED."""
    if drains and drain > APP_DRAIN:
        return APP_DRAIN, APP_DRAIN + GONE
    return drain, drain + (GONE if drains else OVERRUN_GONE)


def _step_change(at: datetime, before: str, after: str) -> Iterator[Moment]:
    yield Moment(at, Kind.CLOSE, before)
    yield Moment(at, Kind.OPEN, after)


def _after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(milliseconds=round(seconds * 1000))
