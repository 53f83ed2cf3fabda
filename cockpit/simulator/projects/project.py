"""What a stand-in project is made of: its services, what they are set up with and what they write.

Data and pure functions; the world holds what becomes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cockpit.simulator.clock import moment
from cockpit.simulator.world import Deployment, World

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of an app at work; `at` in nanoseconds."""

    at: int
    text: str
    replica: str
    severity: str = "info"
    attributes: tuple[tuple[str, Any], ...] = ()


Chatter = Callable[[World, Deployment, int, int], Iterable[Said]]
"""What a deployment writes in a window open at its lower end, the same however the window is cut."""


@dataclass(frozen=True, slots=True)
class Part:
    """A service of a project."""

    name: str
    settings: Mapping[str, Any]
    """By the API's own names; absent means never set."""
    variables: Mapping[str, str]
    chatter: Chatter
    sealed: tuple[str, ...] = ()
    """Variables whose values nobody is told."""
    begins: tuple[str, ...] = ("listening on :8080",)
    """What each replica writes as it begins: `{replica}` is its id, `{commit}` what it runs, 8 characters of each."""
    works_on: str = "requests"
    """What it finishes before it ends."""
    is_public: bool = False
    """It has a domain."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project whose services run in every environment."""

    name: str
    messages: tuple[str, ...]
    """Of its commits, oldest first; the second is the one that serves."""
    parts: tuple[Part, ...]
    front: str
    """The service that the public asks, which has been deployed before the deployment that serves."""
    paths: tuple[str, ...]
    """What the public asks it for."""
    has_fixed_commits: bool = False
    """Every world of it has the same commits, so that a plan can name one."""

    def part(self, name: str) -> Part:
        """The service of that name; KeyError without."""
        return next((part for part in self.parts if part.name == name), None) or _none(name)


def speaker(deployment: Deployment, number: int, at: int) -> str | None:
    """Which of the replicas that run at an instant writes line `number`; None where none runs."""
    there = running(deployment, at)
    return there[number % len(there)] if there else None


def running(deployment: Deployment, at: int) -> list[str]:
    """The replicas that run at an instant, by id."""
    then = moment(at)
    return [one.id for one in deployment.replicas if one.created <= then < (one.completed or _NEVER)]


def _none(name: str) -> Any:
    raise KeyError(name)
