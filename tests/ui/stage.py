"""A run in memory for screens to drive: the rules and the fold are real, journal and world are not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Body
from cockpit.core.fold import apply
from cockpit.core.reading import Verdict
from cockpit.core.rules import decide
from cockpit.core.state import State
from cockpit.core.text.logline import LogLine, LogLink
from cockpit.telemetry import Glance, Scene
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
        self._advances()
        return ()

    def glance(self, wish: Glance | None, /) -> None:
        self.told.live.glance = wish

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

    def judges(self, item: str, verdict: str = "pass", because: str = "value is 0") -> None:
        """A reading comes and settles or fails an item."""
        check = item.rpartition(":")[2]
        reading = self.told.reading(check, verdict, because)
        if self._state.item(item).status != "running":
            self.happens(happened.Enquired(item=item))
        judged = happened.ReadingJudged(
            item=item, check=check, reading=reading.id, verdict=Verdict(verdict), because=because
        )
        self.happens(judged)
        self._advances()

    def finishes(self, item: str, *, proof: str = "read back", failed: str = "") -> None:
        """The action that was begun is accepted, and done or failed."""
        intent = self._state.intent_of(item)
        assert intent is not None
        self.happens(happened.ActionAccepted(item=item, intent=intent.seq))
        if failed:
            self.happens(happened.ActionFailed(item=item, intent=intent.seq, because=failed))
        else:
            self.happens(happened.ActionDone(item=item, intent=intent.seq, proof=proof))
        self._advances()

    def passes(self, **span: float) -> None:
        """Plan time goes on."""
        self.told.now += timedelta(**span)

    def logs(self, *texts: str, level: str = "info", deployment: str = "new-deployment") -> None:
        """Lines that have just come in."""
        at = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
        self.told.live.logs.extend(LogLine(at, "", text, level, "web", deployment, "i1") for text in texts)

    def _advances(self) -> None:
        """What has become due opens, as the runner would have it."""
        while not isinstance(advanced := decide(self._state, wanted.Advance(), self.told.now), Refusal) and advanced:
            self.happens(*advanced)
