"""What the scripted operator does with what it is offered: it decides nothing a careful person would not."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.clock import FrozenClock
from cockpit.core import agenda
from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading, Verdict
from cockpit.journal.sqlite import SqliteJournal
from cockpit.rehearsal import judge, operator
from cockpit.rehearsal.operator import ScriptedOperator
from cockpit.session import Session
from cockpit.view.offers import RUN, Offer
from tests.core.story import PLAN, START, deployment

PATIENCE = 20.0
LEDGER = "cockpit.simulator.ledger"


class Desk:
    """A session without a runner: the test answers what the operator asks."""

    def __init__(self, folder: Path, phases: list[dict[str, Any]]) -> None:
        self.clock = FrozenClock(START)
        plan = {**PLAN, "phases": phases, "monitors": {}, "triggers": []}
        journal = SqliteJournal.create(folder, "Reports", START)
        self.session = Session.open(
            journal, self.clock, "ada", Plan.model_validate(plan), plan_file="plan.toml", rehearsal=True
        )
        self.said: list[str] = []
        self._readings = 0

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.session.events()]

    @asynccontextmanager
    async def operated(self) -> AsyncIterator[None]:
        """With the operator at work."""
        task = asyncio.create_task(ScriptedOperator(self.session, self.said.append).drive())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def give(self, *commands: Command) -> None:
        for command in commands:
            answer = await self.session.dispatch(command, by="runner")
            assert not isinstance(answer, Refusal), answer.reason

    async def until(self, condition: Callable[[], object]) -> None:
        changed = asyncio.Event()
        unsubscribe = self.session.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(f"It did not come: {self.kinds}") from None
        finally:
            unsubscribe()

    async def asked(self, item: str) -> None:
        await self.until(lambda: self.session.state.item(item).status == "running")

    async def answer(self, item: str, verdict: str) -> None:
        """A reading comes for an item that is being asked."""
        self._readings += 1
        at, check = self.clock.now(), item.rpartition(":")[2]
        reading = Reading(self._readings, check, at, at, "runner", Verdict(verdict), "so it is", "0", 3, "d", None, 0)
        await self.give(wanted.Observe(reading, (item,), ((verdict, "so it is"),)))

    async def open_phases(self) -> None:
        while await self.session.dispatch(wanted.Advance()):
            pass


Sit = Callable[..., Desk]


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    """Takes a seat before a run of these phases."""
    desks: list[Desk] = []

    def begin(phases: list[dict[str, Any]]) -> Desk:
        desks.append(Desk(tmp_path, phases))
        return desks[-1]

    yield begin
    for desk in desks:
        desk.session.close()


GATE = [{"title": "Gate", "gate": ["check stuck", "tick Backup taken"]}]


async def test_a_gate_that_is_recommended_gets_its_go(sit: Sit) -> None:
    desk = sit(GATE)
    async with desk.operated():
        await desk.open_phases()
        await desk.asked("gate/check:stuck")
        await desk.answer("gate/check:stuck", "pass")
        await desk.until(lambda: desk.session.state.gate("gate").go is True)
    assert desk.kinds.count("GateAsked") == 1


async def test_answers_that_came_too_late_are_asked_for_again(sit: Sit) -> None:
    desk = sit(GATE)
    async with desk.operated():
        await desk.open_phases()
        await desk.asked("gate/check:stuck")
        # The reading is older than the minute it counts for by the time anybody can decide.
        desk.clock.at += timedelta(minutes=2)
        stale = Reading(9, "stuck", START, START, "runner", Verdict.PASS, "so it is", "0", 3, "d", None, 0)
        await desk.give(wanted.Observe(stale, ("gate/check:stuck",), (("pass", "so it is"),)))
        await desk.asked("gate/check:stuck")
        await desk.answer("gate/check:stuck", "pass")
        await desk.until(lambda: desk.session.state.gate("gate").go is True)
    assert desk.kinds.count("ReadingJudged") == 2


async def test_a_gate_that_stays_bad_is_a_no_go_and_the_run_stops_there(sit: Sit) -> None:
    desk = sit(GATE)
    item = "gate/check:stuck"
    async with desk.operated():
        await desk.open_phases()
        while not desk.session.state.is_closed:
            await desk.until(lambda: desk.session.state.is_closed or desk.session.state.item(item).status == "running")
            if not desk.session.state.is_closed:
                await desk.answer(item, "fail")
    assert desk.session.state.ending == "stopped at gate"
    assert desk.kinds.count("GateAsked") == 3


async def test_a_check_that_fails_is_asked_twice_more_and_then_the_deepest_way_back_is_taken(sit: Sit) -> None:
    desk = sit([{"title": "Deploy", "items": ["do set_grace", "check stuck"]}])
    state = desk.session.state
    async with desk.operated():
        await desk.open_phases()
        await desk.give(wanted.Prove("railway", "x"), wanted.SeeTarget("web", deployment("old")))
        await desk.until(lambda: "deploy/do:set_grace" in _intended(desk))
        intent = desk.session.state.intent_of("deploy/do:set_grace")
        assert intent is not None
        await desk.give(wanted.Accept(intent.item, intent.seq), wanted.Finish(intent.item, intent.seq, "read back"))
        await desk.give(wanted.Enquire("deploy/check:stuck"))
        for _ in range(3):
            await desk.asked("deploy/check:stuck")
            await desk.answer("deploy/check:stuck", "fail")
        await desk.until(lambda: desk.session.state.level)
    assert desk.session.state.level == "level-2"
    assert state.level is None


def _intended(desk: Desk) -> list[str]:
    return [intent.item for intent in desk.session.state.intents.values()]


@pytest.mark.parametrize(("found", "status"), [("happened", "running"), ("not happened", "running")])
async def test_an_unknown_outcome_is_settled_as_two_looks_agree(sit: Sit, found: str, status: str) -> None:
    """Not happened means that it may be done again, which the operator then does."""
    desk = sit([{"title": "Deploy", "items": ["do set_grace"]}])
    item = "deploy/do:set_grace"
    async with desk.operated():
        await desk.open_phases()
        await desk.give(wanted.Prove("railway", "x"), wanted.SeeTarget("web", deployment("old")))
        await desk.until(lambda: _intended(desk))
        seq = desk.session.state.intent_of(item).seq  # type: ignore[union-attr]  # it was just intended
        await desk.give(wanted.Lose(item, seq, "gone"))
        look: Any = wanted.Look(item, seq, found, "seen")  # type: ignore[arg-type]  # one of the words
        await desk.give(look)
        assert "ActionSettled" not in desk.kinds
        await desk.give(look)
        await desk.until(lambda: "ActionSettled" in desk.kinds)
        await desk.until(lambda: desk.session.state.item(item).status == status)
    assert len(_intended(desk)) == (1 if found == "happened" else 2)


async def test_where_looks_cannot_tell_it_waits_and_sends_nothing(sit: Sit) -> None:
    desk = sit([{"title": "Deploy", "items": ["do set_grace", "tick After"]}])
    item = "deploy/do:set_grace"
    async with desk.operated():
        await desk.open_phases()
        await desk.give(wanted.Prove("railway", "x"), wanted.SeeTarget("web", deployment("old")))
        await desk.until(lambda: _intended(desk))
        seq = desk.session.state.intent_of(item).seq  # type: ignore[union-attr]  # it was just intended
        await desk.give(wanted.Lose(item, seq, "gone"))
        for _ in range(3):
            await desk.give(wanted.Look(item, seq, "inconclusive", "who knows"))
        await desk.give(wanted.Note("time passes"))
        assert agenda.to_look_at(desk.session.state, desk.clock.now() + timedelta(hours=1)) is not None
    assert len(_intended(desk)) == 1
    assert "ActionSettled" not in desk.kinds


@pytest.mark.parametrize(("module", "allowed"), [
    (operator, {"cockpit.core.commands", "cockpit.session", "cockpit.view"}),
    (judge, {"cockpit.core", "cockpit.core.events", "cockpit.core.plan.names", "cockpit.errors", LEDGER}),
])  # fmt: skip
def test_who_acts_and_who_judges_know_only_what_is_theirs(module: Any, allowed: set[str]) -> None:
    """The operator sees rows and offers, and never learns what is played; the judge reads its witnesses alone."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    ours = {name for name in used if name.startswith("cockpit")}
    assert {name for name in ours if name not in allowed and not name.startswith("cockpit.view.")} == set()


@pytest.mark.parametrize(
    ("needing", "words"),
    [(frozenset({"partial"}), "signed off"), (frozenset({"signed off"}), "signed off: its monitors could not tell")],
)
async def test_a_run_is_signed_off_and_with_a_reason_where_nobody_kept_its_watch(
    sit: Sit, monkeypatch: pytest.MonkeyPatch, needing: frozenset[str], words: str
) -> None:
    desk = sit([{"title": "Only", "items": ["tick Begun"]}])
    scripted, taken = ScriptedOperator(desk.session, desk.said.append), []
    default = "" if "signed off" in needing else "signed off"
    options = ("signed off", "partial")
    close = Offer("run.close", "close", "choice", options=options, default=default, with_reason=needing)

    async def take(offer: Offer, row: str) -> bool:
        taken.append((offer.default, row))
        return True

    monkeypatch.setattr(scripted, "_offers", lambda _: {"run.close": close})
    monkeypatch.setattr(scripted, "_take", take)
    assert await scripted._close()
    assert taken == [(words, RUN)]
