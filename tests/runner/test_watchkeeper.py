"""A watch kept beside whoever drives: handed over and taken back, asked by one, and nothing but watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import MonitorMoved
from cockpit.core.lease import Role
from cockpit.core.plan import Plan
from cockpit.core.reading import Answer
from cockpit.core.state import Status
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Asking, Source
from cockpit.runner.watchkeeper import Watchkeeper
from cockpit.session import Session

from .conftest import PATIENCE, Bench, Bring, Ticking
from .test_watches import Dial, moved, standing, watched


class Shared(Dial):
    """A dial that several processes look at: it remembers whether two ever did at once."""

    def __init__(self, value: int | None = 0) -> None:
        super().__init__(value)
        self.looking = 0
        self.together = 0
        self.let = asyncio.Event()
        self.let.set()

    async def ask(self, check: object, asking: Asking) -> Answer:
        self.looking += 1
        self.together = max(self.together, self.looking)
        try:
            await self.let.wait()
            return await super().ask(check, asking)
        finally:
            self.looking -= 1


class Keeper:
    """A monitor under way in this loop."""

    def __init__(self, path: Path, dial: Source, clock: Ticking) -> None:
        self.session = Session(SqliteJournal.open(path), clock, "eve", role=Role.MONITOR)
        self.task = asyncio.create_task(Watchkeeper(self.session, {"app": dial}, {}).run())

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    if self.task.done():
                        await self.task
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"It did not come: {what}") from None

    async def is_killed(self) -> None:
        """Gone without a word: its row stays."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        self.session.close()

    async def leaves(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        await self.session.presence.leave()
        self.session.close()


@pytest.fixture
async def keeps(tmp_path: Path, clock: Ticking) -> AsyncIterator[Callable[[Dial], Keeper]]:
    """Begins to keep the one run's watch."""
    begun: list[Keeper] = []

    def begin(dial: Dial) -> Keeper:
        (path,) = (tmp_path / "runs").glob("*.sqlite")
        begun.append(Keeper(path, dial, clock))
        return begun[-1]

    yield begin
    for one in begun:
        if not one.task.done():
            await one.leaves()
        else:
            one.session.close()


Keeps = Callable[[Dial], Keeper]


async def opened(bench: Bring, clock: Ticking, plan: Plan, dial: Dial) -> Bench:
    made: Bench = await bench(plan, sources={"app": dial}, clock=clock)
    await made.until(lambda: made.state.monitors, "asked")
    await made.until(lambda: not made.session.telemetry.asking, "answered")
    return made


async def test_the_asking_goes_to_a_monitor_and_back_and_is_never_done_by_two(
    bench: Bring, keeps: Keeps, clock: Ticking
) -> None:
    dial = Shared()
    made = await opened(bench, clock, watched(times=3, within="10m"), dial)
    keeper = keeps(dial)
    await keeper.until(lambda: keeper.session.presence.others, "it sees the driver")
    dial.value = 9
    await moved(made, clock, dial)
    assert not keeper.session.presence.asks
    await made.until(lambda: standing(made) == "pending", "the driver's bad sample")
    await made.stop()
    await keeper.until(lambda: keeper.session.presence.asks, "it has left")
    seen = dial.asked
    clock.pass_by(seconds=10)
    await keeper.until(lambda: dial.asked > seen, "asked by the monitor")
    again = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await again.until(lambda: again.session.presence.asks, "taken up again")
    assert not keeper.session.presence.asks
    seen = dial.asked
    clock.pass_by(seconds=10)
    await again.until(lambda: standing(again) == "firing", "the third bad sample, each seen by another process")
    assert (dial.asked - seen, dial.together) == (1, 1)
    await keeper.until(lambda: keeper.session.state.monitors["dial"].state == "firing", "it reads on")


async def test_a_monitor_ends_its_question_before_a_driver_asks(bench: Bring, keeps: Keeps, clock: Ticking) -> None:
    dial = Shared()
    made = await opened(bench, clock, watched(times=2, within="1m"), dial)
    await made.stop()
    keeper = keeps(dial)
    await keeper.until(lambda: keeper.session.presence.asks, "asks")
    dial.let.clear()
    clock.pass_by(seconds=10)
    await keeper.until(lambda: dial.looking, "its question is on its way")
    again = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await again.until(lambda: again.session.presence.asks and dial.looking, "asked by the driver")
    dial.let.set()
    await again.until(lambda: not dial.looking, "answered")
    assert dial.together == 1


async def test_an_alarm_that_stood_and_the_cadence_survive_a_change_of_hands(
    bench: Bring, keeps: Keeps, clock: Ticking
) -> None:
    dial = Shared(9)
    made = await opened(bench, clock, watched(**{"for": "20s"}), dial)
    for _ in range(2):
        await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "firing", "firing")
    await made.stop()
    seen = dial.asked
    keeper = keeps(dial)
    await keeper.until(lambda: keeper.session.presence.asks, "asks")
    clock.pass_by(seconds=9)
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert dial.asked == seen, "it was asked nine seconds ago"
    clock.pass_by(seconds=1)
    await keeper.until(lambda: dial.asked == seen + 1 and not keeper.session.telemetry.asking, "asked")
    moves = [event.body.state for event in keeper.session.events() if isinstance(event.body, MonitorMoved)]
    assert moves == ["pending", "firing"]


async def test_of_two_monitors_the_second_goes_on_when_the_first_is_killed(
    bench: Bring, keeps: Keeps, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    dial = Shared()
    made = await opened(bench, clock, watched(times=2, within="1m"), dial)
    await made.stop()
    for place in ("core.lease", "presence"):
        monkeypatch.setattr(f"cockpit.{place}.LEASE", 1.5)
    first = keeps(dial)
    await first.until(lambda: first.session.presence.asks, "asks")
    second = keeps(dial)
    await second.until(lambda: second.session.presence.others, "there are two")
    await first.is_killed()
    await second.until(lambda: second.session.presence.asks, "its row has run out")
    seen = dial.asked
    clock.pass_by(seconds=10)
    await second.until(lambda: dial.asked > seen, "asked")


@pytest.mark.parametrize(
    "command",
    [
        wanted.Tick("work/tick:begun"),
        wanted.Do("work/tick:begun", "production"),
        wanted.Attach(1, resumed=True),
        wanted.Waive("work/tick:begun", "because"),
        wanted.StartRollback("level", "production"),
        wanted.DecideGate("work", go=True),
        wanted.Note("hello"),
        wanted.Close("abandoned", "because"),
        wanted.Settle("work/tick:begun", happened=True),
        wanted.Lose("work/tick:begun", 1, "gone"),
    ],
    ids=lambda command: type(command).__name__,
)
async def test_a_monitor_does_nothing_but_watch(bench: Bring, clock: Ticking, command: Command, tmp_path: Path) -> None:
    made = await opened(bench, clock, watched(times=2, within="1m"), Dial())
    (path,) = (tmp_path / "runs").glob("*.sqlite")
    monitor = Session(SqliteJournal.open(path), clock, "eve", role=Role.MONITOR)
    before = len(made.events)
    answer = await monitor.dispatch(command)
    assert isinstance(answer, Refusal)
    assert "only watches" in answer.reason
    late = await monitor.dispatch(wanted.MoveMonitor("dial", "firing", "late"), by="runner")
    assert isinstance(late, Refusal)
    assert "stands by" in late.reason
    assert len(made.events) == before
    monitor.close()


def with_a_checkpoint() -> Plan:
    """A watch of an hour, and after four minutes a look at the dial, a tick, and a gate with the same check."""
    plan = watched(times=2, within="1m").model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["phases"] = [
        {"title": "Ready", "gate": ["tick Begun"]},
        {"title": "Watch", "lasts": "10m from gate", "monitors": ["dial"], "items": []},
        {"title": "Later", "due": "4m after gate", "items": ["check dial", "tick Looked"]},
        {"title": "Again", "gate": ["check dial"]},
    ]
    return Plan.model_validate(plan)


async def go(made: Bench) -> None:
    await made.give(wanted.Tick("ready/tick:begun"))
    await made.give(wanted.OpenGate("ready"))
    await made.give(wanted.DecideGate("ready", go=True))


async def test_a_checkpoint_opens_when_it_is_due_and_its_checks_are_asked_but_not_what_is_a_persons(
    bench: Bring, keeps: Keeps, clock: Ticking
) -> None:
    dial = Shared()
    made = await bench(with_a_checkpoint(), sources={"app": dial}, clock=clock)
    await made.until(lambda: made.state.opened_at("ready"), "open")
    await go(made)
    await made.until(lambda: standing(made) == "ok", "watched")
    await made.stop()
    keeper = keeps(dial)
    await keeper.until(lambda: keeper.session.presence.asks, "asks")
    assert keeper.session.state.opened_at("later") is None
    clock.pass_by(minutes=4)

    def item(name: str) -> Status:
        return keeper.session.state.item(name).status

    await keeper.until(lambda: item("later/check:dial") is Status.DONE, "due and asked")
    state = keeper.session.state
    assert (item("later/tick:looked"), state.opened_at("again")) == (Status.OPEN, None)
    assert {event.actor.kind for event in keeper.session.events()[-3:]} == {"runner"}
    assert {event.session for event in keeper.session.events()[-3:]} == {keeper.session.id}
    reading = keeper.session.reading(state.item("later/check:dial").reading or 0)
    assert reading is not None
    assert reading.by == "monitor"


async def test_it_ends_when_nothing_is_left_to_watch(bench: Bring, keeps: Keeps, clock: Ticking) -> None:
    dial = Shared()
    made = await opened(bench, clock, watched(times=2, within="1m"), dial)
    await made.stop()
    keeper = keeps(dial)
    await keeper.until(lambda: keeper.session.presence.asks, "asks")
    clock.pass_by(minutes=1)
    other = Session(SqliteJournal.open(next(iter(_paths(keeper)))), clock, "ada")
    await other.attach(resumed=True)
    assert not isinstance(await other.dispatch(wanted.Close("abandoned", "enough")), Refusal)
    other.close()
    await asyncio.wait_for(keeper.task, PATIENCE)
    assert keeper.session.state.is_closed


async def test_it_ends_for_a_plan_that_was_amended_so_that_another_takes_it_up(
    bench: Bring, keeps: Keeps, clock: Ticking
) -> None:
    dial = Shared()
    plan = watched(times=2, within="1m")
    made = await opened(bench, clock, plan, dial)
    await made.stop()
    keeper = keeps(dial)
    await keeper.until(lambda: keeper.session.presence.asks, "asks")
    every = plan.monitors["dial"].model_copy(update={"every": timedelta(seconds=30)})
    changed = plan.model_copy(update={"monitors": {"dial": every}})
    other = Session(SqliteJournal.open(next(iter(_paths(keeper)))), clock, "ada")
    assert not isinstance(await other.dispatch(wanted.Amend(changed, ("every",))), Refusal)
    other.close()
    await asyncio.wait_for(keeper.task, PATIENCE)
    assert keeper.session.state.plan.monitors["dial"].every == timedelta(seconds=30)


def _paths(keeper: Keeper) -> list[Path]:
    journal = keeper.session._journal
    assert isinstance(journal, SqliteJournal)
    return [journal.path]
