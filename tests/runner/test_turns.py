"""Turns at a connection: who waits for whom."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.runner import turns
from cockpit.runner.turns import Turns, Width

WIDTH = Width(5, 2)


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(turns.WIDTHS, "kind", WIDTH)


class Crowd:
    """Askings that go on until they are ended, each with a place or without."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.at_work: list[str] = []
        self.order: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def asks(self, *questions: str, first: bool = False, kind: str = "kind") -> None:
        for question in questions:
            self._ends[question] = asyncio.Event()
            self._tasks[question] = asyncio.create_task(self._asking(question, kind, first=first))
        await settle()

    async def ends(self, *questions: str) -> None:
        for question in questions:
            self._ends[question].set()
        await settle()

    async def gives_up(self, question: str) -> None:
        self._tasks[question].cancel()
        await settle()

    async def _asking(self, question: str, kind: str, *, first: bool) -> None:
        async with self.turns.turn("db", kind, question, first=first):
            self.order.append(question)
            self.at_work.append(question)
            try:
                await self._ends[question].wait()
            finally:
                self.at_work.remove(question)

    def knows(self, pace: str, *questions: str) -> None:
        """As if these had been asked before, and had been quick or slow."""
        self.turns._took.update(dict.fromkeys(questions, 0.001 if pace == "quick" else 3.0))

    async def all_end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    made = Crowd()
    try:
        yield made
    finally:
        await made.all_end()


async def test_what_is_known_to_be_quick_has_a_place_while_everything_else_hangs() -> None:
    async with crowd() as all_of_them:
        all_of_them.knows("quick", "count")
        all_of_them.knows("slow", "sleep 1", "sleep 2")
        await all_of_them.asks("sleep 1", "new 1", "sleep 2", "new 2", "new 3", "count")
        assert all_of_them.at_work == ["sleep 1", "new 1", "sleep 2", "count"]


async def test_what_is_quick_does_not_take_every_place() -> None:
    async with crowd() as all_of_them:
        all_of_them.knows("quick", *"abcde")
        await all_of_them.asks(*"abcde", "new")
        assert all_of_them.at_work == ["a", "b", "c", "d", "new"]


@pytest.mark.parametrize(("quick", "abreast"), [(-1.0, 3), (60.0, 4)])
async def test_how_long_a_question_took_says_which_places_it_has_the_next_time(
    monkeypatch: pytest.MonkeyPatch, quick: float, abreast: int
) -> None:
    monkeypatch.setattr(turns, "QUICK", quick)
    async with crowd() as all_of_them:
        for question in "abcde":
            await all_of_them.asks(question)
            await all_of_them.ends(question)
        await all_of_them.asks(*"abcde")
        assert len(all_of_them.at_work) == abreast


async def test_what_people_wait_for_goes_before_what_monitors_ask() -> None:
    async with crowd() as all_of_them:
        all_of_them.knows("quick", *"abcdefg")
        await all_of_them.asks("a", "b", "c", "d", "e")
        await all_of_them.asks("f", "g", first=True)
        await all_of_them.ends("a", "b", "c")
        assert all_of_them.order == ["a", "b", "c", "d", "f", "g", "e"]


async def test_a_short_question_goes_before_long_ones_that_came_a_little_earlier() -> None:
    async with crowd() as all_of_them:
        all_of_them.knows("slow", *"abcdef")
        all_of_them.turns._took["short"] = 0.6
        await all_of_them.asks(*"abcdef", "short")
        await all_of_them.ends("a", "b")
        assert all_of_them.order == ["a", "b", "c", "short", "d"]


async def test_no_question_goes_before_one_that_came_long_before(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    async with crowd() as all_of_them:
        all_of_them.knows("slow", *"abcdef")
        await all_of_them.asks(*"abcdef")
        now += 3.0 * turns.HANDICAP
        all_of_them.turns._took["short"] = 0.6
        await all_of_them.asks("short")
        await all_of_them.ends("a", "b")
        assert all_of_them.order == ["a", "b", "c", "d", "e"]


async def test_one_that_gives_up_leaves_its_place_to_the_next() -> None:
    async with crowd() as all_of_them:
        await all_of_them.asks("a", "b", "c", "d", "e")
        await all_of_them.gives_up("d")
        await all_of_them.gives_up("a")
        assert all_of_them.at_work == ["b", "c", "e"]


async def test_one_whose_turn_comes_in_the_moment_of_giving_up_hands_it_on() -> None:
    async with crowd() as all_of_them:
        await all_of_them.asks("a", "b", "c", "d", "e")
        all_of_them._ends["a"].set()
        await asyncio.sleep(0)  # a has left, d is called and has not run yet
        await all_of_them.gives_up("d")
        assert sorted(all_of_them.at_work) == ["b", "c", "e"]


async def test_railways_questions_take_no_turns() -> None:
    async with crowd() as all_of_them:
        questions = [f"q{number}" for number in range(100)]
        await all_of_them.asks(*questions, kind="railway")
        assert all_of_them.at_work == questions


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["quick", "slow", "unknown"]), st.booleans()), min_size=1, max_size=40))
def test_no_more_are_at_work_than_there_are_places_and_everybody_gets_a_turn(askings: list[tuple[str, bool]]) -> None:
    async def story() -> None:
        async with crowd() as all_of_them:
            paces = {f"q{number}": pace for number, (pace, _) in enumerate(askings)}
            for name, pace in paces.items():
                if pace != "unknown":
                    all_of_them.knows(pace, name)
            for name, (_, first) in zip(paces, askings, strict=True):
                await all_of_them.asks(name, first=first)
            while all_of_them.at_work:
                held = Counter(paces[name] == "quick" for name in all_of_them.at_work)
                assert held.total() <= WIDTH.abreast
                assert held[False] <= WIDTH.abreast - WIDTH.kept
                await all_of_them.ends(all_of_them.at_work[0])
            assert sorted(all_of_them.order) == sorted(paces)

    asyncio.run(story())
