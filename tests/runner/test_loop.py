"""The loop's pace, and its looks at where rollbacks lead and at who serves meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core.plan import Plan
from cockpit.core.reading import Answer
from cockpit.core.rollout.deployment import Deployment, Instance
from cockpit.core.rollout.drift import Drift
from cockpit.errors import CockpitError, Missing, Unreachable
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Asking, Budget, Link
from cockpit.runner import questions
from cockpit.runner.destinations import COUNTS_FOR, Destinations
from cockpit.session import Session

from .conftest import DEPLOY, Bench, Bring, Ticking, plan_of


def deployed(name: str) -> Deployment:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    running = (Instance(id="i", status="RUNNING"),)
    return Deployment(id=name, status="SUCCESS", created_at=at, can_rollback=True, creator="eve", instances=running)


class Shown:
    """A platform that shows what it is told to."""

    def __init__(self) -> None:
        self.found: Deployment | CockpitError | None = deployed("before")
        self.serves: Deployment | None = deployed("before")
        self.budget = Budget(0, 1000, 50)
        self.asked = 0

    async def deployment(self, name: str) -> Deployment | None:
        self.asked += 1
        if isinstance(self.found, CockpitError):
            raise self.found
        return self.found

    async def drift(self, service: str, deployment: str, *, urgent: bool = False) -> Drift:
        raise Missing("Railway keeps no snapshot of this deployment.", "Look at its variables in the dashboard.")

    async def serving(self, service: str) -> Deployment | None:
        return self.serves


@pytest.fixture
async def session(tmp_path: Path, clock: Ticking):
    journal = SqliteJournal.create(tmp_path / "runs", "Bench", datetime(2026, 3, 1, tzinfo=UTC))
    one = Session.open(journal, clock, "ada", plan_of("do deploy_web"), plan_file="bench.toml")
    await one.dispatch(wanted.Advance())
    await one.dispatch(wanted.Prove("railway", "bench / production"))
    await one.dispatch(wanted.SeeTarget("web", deployed("before")))
    yield one
    one.close()


async def looked(session: Session, platform: Any, connection: str = "railway") -> Destinations:
    made = Destinations(session)
    await made.look(connection, platform)
    return made


async def test_what_railway_shows_of_a_target_counts_for_a_quarter_of_an_hour(session: Session) -> None:
    made = await looked(session, Shown())
    look, now = session.telemetry.targets["web"], session.clock.now()
    assert (look.found, look.trouble) == (deployed("before"), "")
    assert look.until >= now + COUNTS_FOR
    assert not made.is_due(now + timedelta(minutes=4))
    assert made.is_due(now + timedelta(minutes=13))


async def test_the_first_look_is_due_at_once(session: Session) -> None:
    assert Destinations(session).is_due(session.clock.now())


async def test_a_target_that_is_gone_is_told(session: Session) -> None:
    shown = Shown()
    shown.found = None
    await looked(session, shown)
    assert session.telemetry.targets["web"].found is None


async def test_a_look_that_fails_is_told_with_what_was_seen_before(session: Session) -> None:
    shown = Shown()
    await looked(session, shown)
    shown.found = Unreachable("Railway cannot be reached.", "Wait.")
    await looked(session, shown)
    look = session.telemetry.targets["web"]
    assert look.found == deployed("before")
    assert "cannot be reached" in look.trouble


async def test_another_connection_is_not_asked_for_a_deployment_it_cannot_know(session: Session) -> None:
    shown = Shown()
    await looked(session, shown, "elsewhere")
    assert shown.asked == 0
    assert session.telemetry.targets == {}


async def test_somebody_elses_deployment_is_noted_once_in_a_run(session: Session) -> None:
    shown = Shown()
    shown.serves = deployed("theirs")
    for _ in range(2):  # the second time as another process
        await looked(session, shown)
    assert session.telemetry.strangers["web"] == deployed("theirs")
    (note,) = [note for note in session.state.notes if "theirs" in note.text]
    assert note.by == "runner"
    assert "eve" in note.text
    shown.serves = deployed("before")
    await looked(session, shown)
    assert session.telemetry.strangers == {}


async def test_what_may_be_of_our_own_deploy_is_no_strangers(session: Session) -> None:
    answer = await session.dispatch(wanted.Do(DEPLOY, "production"))
    assert isinstance(answer, tuple), answer
    shown = Shown()
    shown.serves = deployed("perhaps ours")
    await looked(session, shown)
    assert session.telemetry.strangers == {}
    intent = session.state.intent_of(DEPLOY)
    assert intent is not None
    await session.dispatch(wanted.Fail(DEPLOY, intent.seq, "Railway refused it."))
    await looked(session, shown)
    assert "web" in session.telemetry.strangers


async def test_a_run_taken_up_again_looks_at_once(world: Bring, bench: Bring) -> None:
    place = await world(speed=1)
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.until(lambda: "web" in made.state.targets, "the target")
    await made.stop()
    again = await bench(None, world=place, resumed=True)
    await again.until(lambda: "web" in again.session.telemetry.targets, "looked at")
    assert again.session.telemetry.targets["web"].found is not None


class Slow:
    """A source that answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()

    async def ask(self, check: object, asking: Asking) -> Answer:
        self.asked += 1
        await self.let.wait()
        return Answer({"status": 200})

    async def examine(self) -> Link:
        return Link("app", ok=True, summary="slow", milliseconds=1)

    async def close(self) -> None:
        pass


class Real(Ticking):
    """Plan time that a test moves, and that passes as machine time does."""

    def machine(self, span: timedelta) -> float:
        return span.total_seconds()


def watched() -> Plan:
    return plan_of(
        connections={"app": {"kind": "http", "base_url": "https://reports.example"}},
        checks={"dial": {"on": "app", "get": "/", "deadline": "1h"}},
        actions={},
        rollback=[],
        phases=[{"title": "Watch", "items": [], "lasts": "1h from gate", "monitors": ["dial"]},
                {"title": "Work", "items": ["tick Begun"]}],
        monitors={"dial": {"check": "dial", "every": "5s", "alert": "status > 500", "times": 2, "within": "1m"}},
    )  # fmt: skip


async def slowly_asked(bench: Bring, clock: Ticking, slow: Slow) -> Bench:
    made: Bench = await bench(watched(), sources={"app": slow}, clock=clock)
    await made.until(lambda: slow.asked, "asked")
    return made


async def test_an_answer_that_takes_longer_than_its_cadence_is_waited_for_in_peace(bench: Bring) -> None:
    clock, slow = Real(), Slow()
    made = await slowly_asked(bench, clock, slow)
    clock.pass_by(seconds=30)
    assert made.runner._questions.idle() == questions.LONGEST_WAIT
    slow.let.set()


@pytest.mark.parametrize(("clock", "breath"), [(Real(), questions.BREATH), (Ticking(), questions.REHEARSED_BREATH)])
async def test_rounds_are_a_breath_apart_whatever_is_due(bench: Bring, clock: Ticking, breath: float) -> None:
    slow = Slow()
    slow.let.set()
    made = await slowly_asked(bench, clock, slow)
    await made.until(lambda: not made.session.telemetry.asking, "answered")
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)
    clock.pass_by(seconds=30)
    assert made.runner._questions.idle() == breath
