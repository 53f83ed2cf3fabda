"""The single writer of a run: dispatch, decide, append, fold, tell.

`await session.dispatch(command)` is the only way anything changes. Commands stand in one
queue; the journal checks the expected seq, and on a conflict the session reads what others
appended, folds it, and decides again: two cockpits on one run never both act. Journal first,
state second, screen last. If the append fails, nothing happened.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Literal, Unpack

from cockpit.clock import Clock
from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Actor, Body, Event
from cockpit.core.fold import apply, fold
from cockpit.core.lease import IsGone, Role, driver, nobody_is_gone
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading
from cockpit.core.reading.tally import CounterName, Tallies, Tally
from cockpit.core.rules import decide
from cockpit.core.state import State
from cockpit.core.succession import only_watches, too_late
from cockpit.core.text.wellformed import wellformed
from cockpit.emergency import WITHOUT_RECORD, Emergency
from cockpit.errors import JournalConflict, JournalError, SourceError
from cockpit.opening import Opening, opened
from cockpit.ports import Journal
from cockpit.presence import LetGo, Presence
from cockpit.record import Record
from cockpit.samples import Samples
from cockpit.telemetry import Glance, Scene, Telemetry

Subscriber = Callable[[State], None]

LookBefore = Callable[[str], Awaitable[Mapping[str, str]]]
"""What the world shows before an action is sent: an action's name to what a later look compares with."""

BEFORE_SECONDS = 3.0
"""Machine seconds for that; then the action goes on without, and a later look is the poorer for it."""


class Session:
    """One process's hold on one run. State is replaced, never changed in place."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        operator: str,
        *,
        telemetry: Telemetry | None = None,
        emergency: Emergency | None = None,
        events: Sequence[Event] = (),
        role: Role = Role.DRIVER,
        is_gone: IsGone = nobody_is_gone,
    ) -> None:
        self.clock = clock
        self.operator = wellformed(operator)
        self.id = f"{os.getpid()}-{os.urandom(3).hex()}"
        self.telemetry = telemetry or Telemetry()
        self.telemetry.journal_notice = journal.notice
        self.keys: Mapping[str, str] = {}
        self.secret_answers: dict[str, str] = {}
        """Answers to secret asks: in memory only."""
        self.read_only = ""
        """Why nothing can be done in this process; empty where something can."""
        self.look_before: LookBefore | None = None
        """Set by whoever carries actions out."""
        self.look_aside: Callable[[Glance], None] | None = None
        """Set by whoever can ask for another log."""
        self.presence = Presence(journal, self.id, self.operator, role, is_gone=is_gone)
        """Who else is attached, and who asks."""
        self._journal = journal
        self._samples = Samples(journal, self.telemetry)
        self._record = Record(journal, self._samples, self.telemetry, emergency)
        self._host = wellformed(socket.gethostname())
        self._attached = False
        self._lock = asyncio.Lock()
        self._subscribers: list[Subscriber] = []
        events = events or journal.read()
        self.state: State = fold([*events, *self._record.left_behind(events)])
        self._samples.reload(self.state.baselines)

    @classmethod
    def open(
        cls,
        journal: Journal,
        clock: Clock,
        operator: str,
        plan: Plan,
        *,
        emergency: Emergency | None = None,
        is_gone: IsGone = nobody_is_gone,
        **said: Unpack[Opening],
    ) -> Session:
        """Begin a run: append its `RunOpened`. Raises JournalError."""
        actor, host = Actor("human", wellformed(operator)), wellformed(socket.gethostname())
        first = Event(journal.run, 1, clock.now(), actor, f"{os.getpid()}", host, opened(plan, **said))
        journal.append(0, [first])
        return cls(journal, clock, operator, emergency=emergency, is_gone=is_gone)

    @property
    def run(self) -> str:
        return self.state.run

    @property
    def on_this_host(self) -> bool:
        """Whether the process that attached last ran on this machine."""
        return self.state.host == self._host

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Be told each new state, on the event loop; returns what ends it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def scene(self) -> Scene:
        """What a screen looks at, now."""
        self.telemetry.others = self.presence.others
        return Scene(self.state, self.telemetry, self.clock.now(), self.operator, self.keys)

    async def attach(self, *, resumed: bool) -> None:
        """Say that this process drives the run."""
        await self.merge_emergency()
        if not self.state.is_closed:
            answer = await self.dispatch(wanted.Attach(os.getpid(), resumed))
            self._attached = self._attached or not isinstance(answer, Refusal)

    async def dispatch(
        self, command: Command, *, by: Literal["human", "runner", "schedule"] = "human", cause: int | None = None
    ) -> tuple[Event, ...] | Refusal:
        """Carry out a command: its events, appended and folded, or why not. Raises nothing of the journal's.

        What becomes of an intent names it as its cause. A process after which another one has attached starts
        nothing any more; it only tells what came of what it had begun.
        """
        if self.read_only:
            return Refusal(self.read_only)
        command = wellformed(command)
        cause = getattr(command, "intent", None) if cause is None else cause
        if isinstance(command, wanted.Do):
            command = await self._with_before(command)
        async with self._lock:
            while True:
                if (refusal := self._not_now(command, by)) is not None:
                    return refusal
                now = max(self.clock.now(), self.state.at)
                decision = self._decide(command, now)
                if isinstance(decision, Refusal):
                    return decision
                events = self._envelopes(decision, now, Actor(by, self._name(by)), cause)
                readings = [command.reading] if isinstance(command, wanted.Observe) else []
                try:
                    cited = [reading for reading in readings if reading.id > 0]
                    await self._record.append(self.state.seq, events, cited)
                except JournalConflict as conflict:
                    if (trouble := await self._catch_up(conflict)) is not None:
                        return self._refused_for_journal(trouble)
                    continue
                except JournalError as error:
                    self._samples.put_off(readings)
                    if not self._record.stands_aside(command, self.state, events):
                        return self._refused_for_journal(error)
                self._remember(command, events)
                self._tell(events)
                return tuple(events)

    async def sample(self, reading: Reading) -> None:
        """Keep a reading that no event cites; a monitor that has given the asking up keeps none."""
        if not self._is_late and await self._samples.keep(reading):
            self._record.works()

    def count(self, tallies: Tallies) -> None:
        """Have what was counted kept with the next reading; a monitor that has given the asking up keeps none."""
        if not self._is_late:
            self._samples.count(tallies)

    def tally(self, name: CounterName) -> Tally | None:
        """What was last counted of a counter, by whoever asked."""
        return self._samples.tally(name)

    def next_reading(self) -> int:
        """A fresh reading id; below zero while the journal cannot give one."""
        return self._samples.next()

    def history(self, check: str, since: datetime, *, at_least: int = 0) -> list[Reading]:
        """Readings of a check since an instant, and the newest `at_least` however old."""
        return self._samples.since(check, since, at_least=at_least)

    def events(self, after: int = 0) -> list[Event]:
        """The whole record so far, or what stands in it after an event."""
        return self._journal.read(after)

    def reading(self, number: int) -> Reading | None:
        return self._journal.reading(number)

    async def asks(self, let_go: LetGo) -> bool:
        """Whether this process asks; a heartbeat goes with it. `let_go` ends its questions where it is to give way.

        One that was replaced lets go too, so that its successor asks.
        """
        if driver(self.presence.others) is not None:
            await self.follow()  # it may have taken the run up
        if self._attached and self.state.session != self.id:
            if self.presence.me.asks:
                await let_go()
                await self.presence.leave()
            return False
        return await self.presence.beat(let_go)

    async def follow(self) -> None:
        """Fold what others have appended; while the journal cannot be read, nothing."""
        with suppress(JournalError):
            async with self._lock:
                self._tell(await asyncio.to_thread(self._journal.read, self.state.seq))

    async def take_in(self) -> None:
        """The same with the readings of others: whoever takes up the asking goes on from the last of them."""
        await self.follow()
        with suppress(JournalError):
            self._samples.reload(self.state.baselines)

    def glance(self, wish: Glance | None) -> None:
        """Have something looked at, for telemetry; None where nobody reads it any more."""
        if wish is None:
            self.telemetry.glance = None
            return
        nobody = "Nothing is asked in this process. Leave, and `resume` the run."
        self.telemetry.glance = wish if self.look_aside else replace(wish, trouble=nobody)
        if self.look_aside is not None:
            self.look_aside(wish)

    def permit_without_record(self, typed: str) -> bool:
        """The operator typed `WITHOUT RECORD`: the way back goes on, on a file merged later."""
        return self._record.permit(typed)

    async def merge_emergency(self) -> bool:
        """Append what was kept aside, once the journal can be written again; true when nothing is left."""
        async with self._lock:
            return await self._record.merge()

    def close(self) -> None:
        self._journal.close()

    @property
    def _is_late(self) -> bool:
        """Whether an answer comes after another process has taken up the asking."""
        return self.presence.me.role is Role.MONITOR and not self.presence.asks

    def _not_now(self, command: Command, by: str) -> Refusal | None:
        """Why this process does not do it, whoever else might."""
        if self.presence.me.role is Role.MONITOR:
            return only_watches(command, asks=self.presence.asks)
        return too_late(self.state, self.id, command, by) if self._attached else None

    def _decide(self, command: Command, now: datetime) -> tuple[Body, ...] | Refusal:
        decision = decide(self.state, command, now)
        if isinstance(decision, Refusal):
            return decision
        return tuple(
            body.model_copy(update={"operator": self.operator}) if isinstance(body, happened.Attached) else body
            for body in decision
        )

    def _name(self, by: str) -> str:
        return self.operator if by == "human" else by

    def _envelopes(self, bodies: Sequence[Body], now: datetime, actor: Actor, cause: int | None) -> list[Event]:
        return [
            Event(self.run, self.state.seq + number, now, actor, self.id, self._host, body, cause)
            for number, body in enumerate(bodies, start=1)
        ]

    async def _with_before(self, command: wanted.Do) -> wanted.Do:
        """The command with what the world shows before it; as it is where that cannot be read, or it is refused."""
        item = self.state.plan.item(command.item)
        now = max(self.clock.now(), self.state.at)
        if self.look_before is None or item is None or isinstance(self._decide(command, now), Refusal):
            return command
        try:
            async with asyncio.timeout(BEFORE_SECONDS):
                before = await self.look_before(self.state.plan.root(item).target)
        except (SourceError, TimeoutError):
            return command
        return replace(command, before=wellformed(dict(before)))

    async def _catch_up(self, conflict: JournalConflict) -> JournalError | None:
        """Fold what another process appended; the trouble where it cannot be read."""
        try:
            events = await asyncio.to_thread(self._journal.read, self.state.seq)
        except JournalError as error:
            return error
        self._tell(events)
        return None if events else conflict

    def _tell(self, events: Sequence[Event]) -> None:
        if not events:
            return
        for event in events:
            self.state = apply(self.state, event)
            self._samples.learn(event.body, self.state.baselines)
        for subscriber in tuple(self._subscribers):
            subscriber(self.state)

    def _remember(self, command: Command, events: Sequence[Event]) -> None:
        if isinstance(command, wanted.Observe):
            self.telemetry.readings[command.reading.check] = command.reading
        if isinstance(command, wanted.AnswerAsk):
            for event in events:
                if isinstance(event.body, happened.Answered) and event.body.secret:
                    self.secret_answers[event.body.ask] = command.value.strip()

    def _refused_for_journal(self, error: JournalError) -> Refusal:
        if self.telemetry.journal_trouble != str(error):
            self.telemetry.journal_trouble = str(error)
            for subscriber in tuple(self._subscribers):
                subscriber(self.state)
        return Refusal(f"Not recorded, so not done. {error} A rollback still runs after typing {WITHOUT_RECORD}.")
