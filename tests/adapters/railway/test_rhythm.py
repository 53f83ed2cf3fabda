"""So many requests a second and no more, with room for what changes something."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cockpit.adapters.railway.rhythm import Rhythm, per_second
from cockpit.adapters.railway.tail import Pace
from tests.adapters.railway.conftest import World


class Clock:
    """Machine time that passes by sleeping."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.mark.parametrize(
    ("per_hour", "allowed"), [(20, 10), (100, 10), (1000, 10), (1001, 50), (10_000, 50), (10_001, None)]
)
def test_the_tier_is_known_by_its_hour(per_hour: int, allowed: int | None):
    assert per_second(per_hour) == allowed


@given(some.lists(some.tuples(some.floats(0, 0.5), some.booleans()), max_size=60))
def test_no_second_has_more_than_is_allowed(requests: list[tuple[float, bool]]):
    clock = Clock()
    rhythm = Rhythm(lambda: 10, clock.now, clock.sleep)
    sent: list[float] = []

    async def play() -> None:
        for gap, urgent in requests:
            clock.at += gap
            before = clock.at
            await rhythm.turn(urgent=urgent)
            assert clock.at - before <= 1.2 + 1e-9
            sent.append(clock.at)

    asyncio.run(play())
    assert all(sum(at - 1.0 < other <= at for other in sent) <= 10 for at in sent)


async def test_what_only_looks_leaves_room_for_a_change():
    clock = Clock()
    rhythm = Rhythm(lambda: 10, clock.now, clock.sleep)
    for _ in range(7):
        await rhythm.turn(urgent=False)
    for _ in range(3):
        await rhythm.turn(urgent=True)
    assert clock.at == 0.0
    await rhythm.turn(urgent=True)
    assert clock.at == pytest.approx(1.2)


async def test_without_a_limit_nobody_waits():
    clock = Clock()
    rhythm = Rhythm(lambda: None, clock.now, clock.sleep)
    for _ in range(1000):
        await rhythm.turn(urgent=False)
    assert clock.at == 0.0


async def test_questions_are_spread_and_a_change_goes_at_once(world: World):
    clock = Clock()
    railway = world.railway(pace=Pace(clock.now, clock.sleep), is_paced=True)
    (one, *_) = await railway.deployments("web")
    clock.at += 10
    began = clock.at
    for _ in range(7):
        await railway.observe("web", one.id, None)
    await railway.set_variables("web", {"A": "1"})
    assert clock.at == began
    for _ in range(7):
        await railway.observe("web", one.id, None)
    assert clock.at == pytest.approx(began + 1.2)
