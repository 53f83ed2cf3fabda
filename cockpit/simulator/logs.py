"""The log lines of a world over a stretch of plan time.

Lines of the platform and of apps that start or stop are stored in the world. The apps'
chatter and ordered floods are a function of time: line n has its instant, so they need no
storage and read the same whenever they are asked for. All stamps are nanoseconds; a window
is open at its lower end and closed at its upper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cockpit.simulator import projects
from cockpit.simulator.clock import nanos
from cockpit.simulator.filter import Match
from cockpit.simulator.world import Deployment, Emission, Line, World

STORED = 50_000
"""Of an ordered flood the newest lines can be read back, as far as this."""
_SECOND = 1_000_000_000
_FIRST_LOOK = 600 * _SECOND


@dataclass(frozen=True, slots=True)
class Source:
    """Whose lines are meant: an environment's or one deployment's, of which streams."""

    environment: str | None = None
    deployment: str | None = None
    streams: frozenset[str] = frozenset({"deploy"})
    match: Match | None = None

    def covers(self, deployment: Deployment) -> bool:
        return self._has(deployment.environment, deployment.id)

    def takes(self, line: Line) -> bool:
        """The line is one of these and passes the filter."""
        if line.stream not in self.streams or not self._has(line.environment, line.deployment):
            return False
        return self.match is None or self.match(line.message, fields(line))

    def _has(self, environment: str, deployment: str) -> bool:
        return self.environment in {None, environment} and self.deployment in {None, deployment}


def between(world: World, source: Source, low: int, high: int) -> list[Line]:
    """Every line of the source in a window, by stamp."""
    stored = (line for line in world.lines if low < line.at <= high and source.takes(line))
    return sorted([*stored, *_made(world, source, low, high)], key=lambda line: line.at)


def newest(find: Callable[[int, int], list[Any]], low: int, high: int, limit: int) -> list[Any]:
    """The last `limit` finds of a window, oldest first, looking no further back than needed."""
    found: list[Any] = []
    span = _FIRST_LOOK
    while high > low and len(found) < limit:
        start = max(low, high - span)
        found = find(start, high) + found
        high, span = start, span * 4
    return found[-limit:] if limit > 0 else []


def beginning(world: World, now: datetime) -> int:
    """Before this no line can be read: none was written yet, or the tier has let go of it [9 D]."""
    first = min((deployment.created for deployment in world.deployments.values()), default=world.origin)
    return nanos(max(first - timedelta(minutes=1), now - world.allowed.lines))


class Follower:
    """What has been written since the last look; late stamps of the platform are not lost."""

    def __init__(self, world: World, source: Source, now: datetime) -> None:
        self._world, self._source = world, source
        self._stored, self._made = len(world.lines), nanos(now)

    def fresh(self, now: datetime) -> list[Line]:
        """Lines that arrived since the last call, by stamp."""
        low, self._made = self._made, nanos(now)
        stored = [line for line in self._world.lines[self._stored :] if self._source.takes(line)]
        self._stored = len(self._world.lines)
        return sorted([*stored, *_made(self._world, self._source, low, self._made)], key=lambda line: line.at)


def fields(line: Line) -> dict[str, Any]:
    """What a filter can ask of a line."""
    return dict(line.attributes) | {
        "level": line.severity,
        "service": line.service,
        "deployment": line.deployment,
        "replica": line.replica,
        "snapshot": line.snapshot,
    }


def _made(world: World, source: Source, low: int, high: int) -> Iterator[Line]:
    if "deploy" not in source.streams:
        return
    for deployment in world.deployments.values():
        if source.covers(deployment):
            yield from filter(source.takes, _chatter(world, deployment, low, high))
    for emission in world.emissions:
        yield from filter(source.takes, _flood(emission, low, high))


def _chatter(world: World, deployment: Deployment, low: int, high: int) -> Iterator[Line]:
    """What an app says while it works: nothing before SUCCESS, nothing after SIGTERM."""
    if deployment.succeeded is None or not deployment.replicas:
        return
    ends = deployment.leaves or _ended(deployment)
    low = max(low, nanos(deployment.succeeded))
    high = min(high, nanos(ends)) if ends else high
    for said in projects.part_of(world, deployment).chatter(world, deployment, low, high):
        yield Line(
            said.at,
            "deploy",
            said.text,
            said.severity,
            deployment.service,
            deployment.environment,
            deployment.id,
            said.replica,
            deployment.snapshot,
            said.attributes,
        )


def _ended(deployment: Deployment) -> datetime | None:
    ends = [one.completed for one in deployment.replicas]
    return max(end for end in ends if end) if all(ends) else None


def _flood(emission: Emission, low: int, high: int) -> Iterator[Line]:
    """Its lines in a window; of a limited one the first of each second, and after it what the platform says."""
    now_made = min(emission.lines, (high - emission.start) // emission.step + 1)
    first = max(0, (low - emission.start) // emission.step + 1, now_made - STORED)
    for number in range(first, now_made):
        at = emission.start + number * emission.step
        if not emission.kept or number - _first_of(emission, at // _SECOND) < emission.kept:
            yield _line(emission, at, emission.text.replace("{n}", str(number + 1)))
    if emission.kept:
        yield from _throttled(emission, low, high)


def _throttled(emission: Emission, low: int, high: int) -> Iterator[Line]:
    """The platform's own line about dropped ones, verbatim [9 D], once their second is over; at a whole one [12 L]."""
    end = emission.start + (emission.lines - 1) * emission.step
    for second in range(max(low, emission.start) // _SECOND, min(high, end + _SECOND) // _SECOND):
        at = (second + 1) * _SECOND
        came = min(_first_of(emission, second + 1), emission.lines) - _first_of(emission, second)
        if low < at <= high and came > emission.kept:
            yield _line(
                emission,
                at,
                f"Railway rate limit of {emission.kept} logs/sec reached for replica, update your application to "
                f"reduce the logging rate. Messages dropped: {came - emission.kept}",
            )


def _first_of(emission: Emission, second: int) -> int:
    """The number of its first line in a second since the epoch, or later."""
    return max(0, -((emission.start - second * _SECOND) // emission.step))


def _line(emission: Emission, at: int, text: str) -> Line:
    return Line(
        at,
        "deploy",
        text,
        emission.severity,
        emission.service,
        emission.environment,
        emission.deployment,
        emission.replica,
        emission.snapshot,
    )
