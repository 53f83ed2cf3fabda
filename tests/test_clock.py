"""Plan time runs as it should and never backwards."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.clock import Clock, FrozenClock, Pace, PacedClock, RealClock, pause

START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)
MACHINE = 1_795_000_000.0

INSTANTS = st.floats(MACHINE, MACHINE + 1e6)
FACTORS = st.floats(0.1, 5_000)
ORIGINS = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda span: START + span)
PACES = st.builds(Pace, ORIGINS, INSTANTS, FACTORS)


class MachineTime:
    """Machine time that moves when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = MACHINE
        monkeypatch.setattr(time, "time", lambda: self.now)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> MachineTime:
    return MachineTime(monkeypatch)


@pytest.mark.parametrize(
    ("factor", "later", "plan"),
    [
        (1, 10, timedelta(seconds=10)),
        (60, 5, timedelta(minutes=5)),
        (2400, 36, timedelta(days=1)),
        (60, -1, -timedelta(minutes=1)),
    ],
)
def test_a_pace_is_linear_from_its_origin(factor: float, later: float, plan: timedelta) -> None:
    assert Pace(START, MACHINE, factor).at(MACHINE + later) == START + plan


@given(PACES, INSTANTS, INSTANTS)
def test_a_pace_keeps_the_order_of_instants(pace: Pace, one: float, other: float) -> None:
    assert (pace.at(one) <= pace.at(other)) == (one <= other) or pace.at(one) == pace.at(other)


def test_a_paced_clock_follows_its_pace(machine: MachineTime) -> None:
    clock = PacedClock(Pace(START, MACHINE, 60))
    assert clock.now() == START
    machine.now += 5
    assert clock.now() == START + timedelta(minutes=5)


def test_a_new_pace_goes_on_from_where_the_old_one_was(machine: MachineTime) -> None:
    clock = PacedClock(Pace(START, MACHINE, 60))
    machine.now += 60
    clock.adopt(Pace(START + timedelta(hours=1), machine.now, 2400))
    machine.now += 36
    assert clock.now() == START + timedelta(hours=1, days=1)
    assert clock.machine(timedelta(days=1)) == 36


def test_a_paced_clock_stands_rather_than_run_backwards(machine: MachineTime) -> None:
    clock = PacedClock(Pace(START, MACHINE, 60))
    machine.now += 10
    reached = clock.now()
    machine.now -= 5
    assert clock.now() == reached, "the machine's clock was set back"
    clock.adopt(Pace(START, machine.now, 1))
    assert clock.now() == reached, "the new pace begins before what was already told"
    machine.now += 601
    assert clock.now() == reached + timedelta(seconds=1)


@given(st.lists(st.tuples(PACES, INSTANTS), min_size=1, max_size=20))
def test_no_change_of_pace_or_machine_time_takes_a_paced_clock_back(moves: list[tuple[Pace, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        machine = MachineTime(patch)
        clock = PacedClock(moves[0][0])
        told = [clock.now()]
        for pace, instant in moves:
            clock.adopt(pace)
            machine.now = instant
            told.append(clock.now())
    assert told == sorted(told)


def test_a_real_clock_is_utc_and_unscaled() -> None:
    clock = RealClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC
    assert clock.machine(timedelta(minutes=2)) == 120


def test_a_real_clock_stands_rather_than_run_backwards() -> None:
    clock = RealClock()
    ahead = clock._last = datetime.now(UTC) + timedelta(hours=1)  # as if the machine's clock had been set back an hour
    assert clock.now() == ahead


def test_a_frozen_clock_moves_when_it_is_moved() -> None:
    clock = FrozenClock(START)
    assert clock.now() == clock.now() == START
    clock.at += timedelta(hours=4)
    assert clock.now() == START + timedelta(hours=4)
    assert clock.machine(timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("clock", "span", "floor", "waits"),
    [
        (PacedClock(Pace(START, MACHINE, 2400)), timedelta(days=1), 0.0, 36.0),
        (PacedClock(Pace(START, MACHINE, 2400)), timedelta(seconds=1), 0.2, 0.2),
        (RealClock(), timedelta(seconds=3), 0.0, 3.0),
        (RealClock(), timedelta(seconds=-3), 0.0, 0.0),
    ],
)
async def test_a_pause_lasts_as_long_in_machine_time_as_the_pace_says(
    clock: Clock, span: timedelta, floor: float, waits: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await pause(clock, span, floor=floor)
    assert slept == [waits]
