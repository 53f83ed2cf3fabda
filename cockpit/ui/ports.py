"""What the screen asks of the session: state to look at, one way to change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Event
from cockpit.core.state import State
from cockpit.telemetry import Glance, Scene


class Driver(Protocol):
    """A run in hand. `session.Session` is one."""

    @property
    def state(self) -> State: ...

    def scene(self) -> Scene:
        """All that may be looked at, now."""
        ...

    def subscribe(self, subscriber: Callable[[State], None], /) -> Callable[[], None]:
        """Be told each new state, on the event loop; returns what ends it."""
        ...

    async def dispatch(self, command: Command, /) -> tuple[Event, ...] | Refusal:
        """Carry out a command, or say why not."""
        ...

    def glance(self, wish: Glance | None, /) -> None:
        """Have a build or request log, or the deployments, looked at; what comes is in telemetry. None ends it."""
        ...

    def permit_without_record(self, typed: str, /) -> bool:
        """The words that let the way back go on while nothing can be recorded; false for any other."""
        ...
