"""A run in memory for screens to drive: the rules and the fold are real, journal and world are not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Body
from cockpit.core.fold import apply
from cockpit.core.logline import LogLine, LogLink
from cockpit.core.rules import decide
from cockpit.core.state import State
from cockpit.telemetry import Scene
from tests.view.runs import Run

OPERATOR = "engineer on call"


class Stage:
    """A `Driver` over a told run. Time stands still unless a test moves it."""

    def __init__(self, run: Run) -> None:
        self.told = run
        self.commands: list[Command] = []
        """What was dispatched, refused or not."""
        self.permitted = ""
        self._state = run.state
        self._subscribers: list[Callable[[State], None]] = []
        run.live.log_link = LogLink("live")

    @property
    def state(self) -> State:
        return self._state

    def scene(self) -> Scene:
        return Scene(self._state, self.told.live, self.told.now, OPERATOR)

    def subscribe(self, subscriber: Callable[[State], None], /) -> Callable[[], None]:
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def dispatch(self, command: Command, /) -> tuple[()] | Refusal:
        self.commands.append(command)
        decision = decide(self._state, command, self.told.now)
        if isinstance(decision, Refusal):
            return decision
        self.happens(*decision)
        while advanced := decide(self._state, wanted.Advance(), self.told.now):
            assert not isinstance(advanced, Refusal)
            self.happens(*advanced)
        return ()

    def permit_without_record(self, typed: str, /) -> bool:
        self.permitted = typed
        return typed == "WITHOUT RECORD"

    def happens(self, *bodies: Body) -> None:
        """Something happened in the run: told, folded, and announced."""
        self.told.tell(*bodies, by=OPERATOR)
        for event in self.told.events[-len(bodies) :] if bodies else ():
            self._state = apply(self._state, event)
        for subscriber in tuple(self._subscribers):
            subscriber(self._state)

    def passes(self, **span: float) -> None:
        """Plan time goes on."""
        self.told.now += timedelta(**span)

    def logs(self, *texts: str, level: str = "info", deployment: str = "new-deployment") -> None:
        """Lines that have just come in."""
        at = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
        self.told.live.logs.extend(LogLine(at, "", text, level, "web", deployment, "i1") for text in texts)
