"""How fast plan time goes: by what is open, never faster than monitors can follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.clock import Pace, PacedClock
from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.events import PaceChanged
from cockpit.core.lease import Role
from cockpit.core.plan import Plan
from cockpit.errors import SimulatorError
from cockpit.journal.sqlite import SqliteJournal
from cockpit.rehearsal.pacer import EASE_SECONDS, Ease, Pacer
from cockpit.session import Session
from cockpit.view.waiting import waits_for_person
from tests.core.story import START

PHASES = [
    {"title": "Before", "items": ["tick Begun"]},
    {"title": "Watch", "lasts": "4h from gate", "monitors": ["stuck"]},
    {"title": "Busy", "items": ["tick Done"]},
    {"title": "Later", "due": "4h after gate", "items": ["tick Ended"]},
]


class Wheel:
    """A world of which only the speed is known."""

    def __init__(self, clock: PacedClock) -> None:
        self.clock = clock
        self.alive = True
        self.refuses = False
        self.factors: list[float] = []
        self.takes = 0.0
        """Machine seconds until its answer is there."""

    async def set_factor(self, factor: float) -> Pace:
        if self.refuses:
            raise SimulatorError("It does not answer.")
        self.factors.append(factor)
        pace = Pace(self.clock.now(), time.time(), factor)
        await asyncio.sleep(self.takes)
        return pace


class Place:
    """A run whose phases wait for a tick, then for four hours."""

    def __init__(self, folder: Path, *, for_person: bool) -> None:
        gate = {"title": "Gate", "gate": ["tick Backup taken"]}
        plan = {
            "name": "Reports",
            "connections": {"db": {"kind": "postgres", "url": "env:DATABASE_URL"}},
            "checks": {"stuck": {"on": "db", "sql": "select 0", "pass": "value == 0"}},
            "monitors": {"stuck": {"check": "stuck", "every": "5m", "for": "15m"}},
            "phases": [gate, *PHASES],
        }
        self.clock = PacedClock(Pace(START, time.time(), 60.0))
        journal = SqliteJournal.create(folder, "Reports", START)
        made = Plan.model_validate(plan)
        self.session = Session.open(journal, self.clock, "ada", made, plan_file="p", rehearsal=True)
        self.wheel = Wheel(self.clock)
        wheel: Any = self.wheel
        self.pacer = Pacer(
            self.session, self.clock, wheel, speed=60, watch_speed=2400,
            waits_for_person=waits_for_person if for_person else None,
        )  # fmt: skip

    async def give(self, *commands: wanted.Command) -> None:
        for command in commands:
            answer = await self.session.dispatch(command)
            assert not isinstance(answer, Refusal), answer.reason
            while await self.session.dispatch(wanted.Advance()):
                pass

    async def watch(self) -> None:
        """Through the gate and the first phase: a watch has begun, and something is to be done."""
        await self.give(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
        await self.give(wanted.DecideGate("gate", go=True), wanted.Tick("before/tick:begun"))

    async def wait(self) -> None:
        """Only the watch and a due time are open."""
        await self.watch()
        await self.give(wanted.Tick("busy/tick:done"))

    @asynccontextmanager
    async def paced(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.pacer.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, condition: Callable[[], object]) -> None:
        changed = asyncio.Event()
        unsubscribe = self.session.subscribe(lambda _: changed.set())
        async with asyncio.timeout(10):
            while not condition():
                changed.clear()
                await changed.wait()
        unsubscribe()


def paces(place: Place) -> list[float]:
    return [event.body.factor for event in place.session.events() if isinstance(event.body, PaceChanged)]


@pytest.fixture
def place(tmp_path: Path):
    made = Place(tmp_path, for_person=False)
    asyncio.run(made.give(wanted.Note("begun")))
    yield made
    made.session.close()


@pytest.fixture
def desk(tmp_path: Path):
    made = Place(tmp_path, for_person=True)
    asyncio.run(made.give(wanted.Note("begun")))
    yield made
    made.session.close()


async def test_it_goes_fast_only_while_nothing_but_timers_is_open(place: Place) -> None:
    assert place.pacer.wanted() == 60
    await place.wait()
    assert place.pacer.wanted() == 2400


async def test_a_short_wait_takes_a_second_so_that_it_is_not_overshot(place: Place) -> None:
    await place.wait()
    place.clock.adopt(Pace(START + timedelta(hours=3, minutes=55), time.time(), 2400))
    assert place.pacer.wanted() == pytest.approx(300, rel=0.5)
    slow = place.pacer.wanted()
    place.clock.adopt(Pace(START + timedelta(hours=3, minutes=59), time.time(), slow))
    assert place.pacer.wanted() == slow, "once chosen it stays, so that the record is not full of paces"


async def test_it_goes_in_real_time_while_a_person_is_waited_for(desk: Place) -> None:
    assert desk.pacer.wanted() == 1
    await desk.wait()
    assert desk.pacer.wanted() == 2400


async def test_each_change_is_the_simulators_and_an_event(place: Place) -> None:
    await place.wait()
    async with place.paced():
        await place.until(lambda: paces(place))
    assert paces(place) == place.wheel.factors == [2400]
    assert place.clock.pace.factor == 2400


async def test_a_monitor_that_stands_by_leaves_the_pace_to_the_driver(place: Place) -> None:
    await place.wait()
    place.session.presence.me = replace(place.session.presence.me, role=Role.MONITOR)
    async with place.paced():
        for _ in range(3):
            await asyncio.sleep(0)
        assert place.wheel.factors == []
        place.session.presence.me = replace(place.session.presence.me, asks=True, heard=time.time())
        await place.until(lambda: paces(place))
    assert place.wheel.factors == [2400]


async def test_a_world_that_does_not_answer_keeps_its_pace(place: Place) -> None:
    place.wheel.refuses = True
    await place.wait()
    async with place.paced():
        await asyncio.wait_for(place.pacer._change(2400), 5)
    assert place.clock.pace.factor == 60


async def test_while_the_world_takes_its_time_to_go_slower_our_clock_does_not_run_ahead_of_it(place: Place) -> None:
    await place.wait()
    await place.pacer._change(2400)
    place.wheel.takes = 0.05
    changing = asyncio.create_task(place.pacer._change(1))
    while not changing.done():
        place.clock.now()
        await asyncio.sleep(0)
    ahead = place.clock.now() - place.clock.pace.at(time.time())
    assert ahead < timedelta(seconds=1), "two minutes at the pace of before"
    place.wheel.refuses = True
    await place.pacer._change(0.5)
    assert place.clock.pace.factor == 1


async def test_plan_time_stands_still_when_the_world_is_gone_and_it_is_said(place: Place) -> None:
    place.wheel.alive = False
    await place.pacer.run()
    assert place.clock.pace.factor == 0
    assert place.clock.now() == place.clock.now()
    assert "Resume the run" in str(place.session.telemetry.links["simulator"])


async def test_it_goes_slower_while_monitors_cannot_follow_and_no_watch_waits_for_them(place: Place) -> None:
    await place.watch()
    machine = Stopwatch()
    place.pacer._ease = Ease(machine)
    place.session.telemetry.behind.update(stuck=5.0, over=0.0)
    machine.at += EASE_SECONDS
    assert place.pacer.wanted() == 30
    place.session.telemetry.behind.update(stuck=0.0, over=5.0)
    machine.at += EASE_SECONDS
    assert place.pacer.wanted() == 37.5, "a monitor that is not watched counts for nothing"
    await place.give(wanted.Tick("busy/tick:done"))
    place.session.telemetry.behind.update(stuck=5.0)
    assert place.pacer.wanted() == 2400


async def test_it_goes_slower_while_answers_take_so_long_that_the_first_would_be_stale(place: Place) -> None:
    machine = Stopwatch()
    place.pacer._ease = Ease(machine)
    machine.at += EASE_SECONDS
    place.session.telemetry.asking["stuck"] = place.session.scene().now - timedelta(seconds=8)
    assert place.pacer.wanted() == 60
    place.session.telemetry.asking["stuck"] -= timedelta(seconds=10)
    assert place.pacer.wanted() == 30
    place.session.telemetry.asking.clear()
    machine.at += EASE_SECONDS
    assert place.pacer.wanted() == 37.5


class Stopwatch:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_the_speed_is_halved_while_monitors_are_late_and_regained_by_quarters() -> None:
    machine = Stopwatch()
    ease = Ease(machine)
    shares = []
    for late in (3.0, 3.0, 0.5, 0.1, 0.1, 0.1, 0.1):
        machine.at += EASE_SECONDS
        shares.append(ease.step(late, least=0.01))
    assert shares == [0.5, 0.25, 0.25, 0.3125, 0.390625, 0.48828125, 0.6103515625]


def test_one_step_is_given_time_to_show() -> None:
    machine = Stopwatch()
    ease = Ease(machine)
    machine.at += EASE_SECONDS
    assert ease.step(3.0, least=0.01) == 0.5
    machine.at += EASE_SECONDS / 2
    assert ease.step(3.0, least=0.01) == 0.5


def test_plan_time_never_goes_slower_than_real_time_nor_faster_than_asked_for() -> None:
    machine = Stopwatch()
    ease = Ease(machine)
    for _ in range(20):
        machine.at += EASE_SECONDS
        ease.step(9.0, least=1 / 60)
    assert ease.share == 1 / 60
    for _ in range(40):
        machine.at += EASE_SECONDS
        ease.step(0.0, least=1 / 60)
    assert ease.share == 1.0
