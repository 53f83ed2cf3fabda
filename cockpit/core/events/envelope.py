"""What stands around every body, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cockpit.core.body import Body


class Unknown(Body):
    """A kind this version does not know."""

    name: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a human, the runner, or a schedule. Names are never inherited."""

    kind: Literal["human", "runner", "schedule"]
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """The envelope."""

    run: str
    seq: int
    at: datetime
    """Plan time, UTC, microseconds, never backwards."""
    actor: Actor
    session: str
    """The process that appended it."""
    host: str
    body: Body
    cause: int | None = None
    """The seq that led to it."""

    @property
    def kind(self) -> str:
        return self.body.name if isinstance(self.body, Unknown) else type(self.body).__name__
