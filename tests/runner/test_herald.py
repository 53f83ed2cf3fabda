"""Alerts on their way: each told once, tried again while its place is in trouble, never in the way of a question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.events import AlertTold
from cockpit.core.lease import Role
from cockpit.core.watch import alerts
from cockpit.errors import Refused, SourceError, Throttled, Unreachable
from cockpit.journal.sqlite import SqliteJournal
from cockpit.runner import herald
from cockpit.runner.herald import Herald
from cockpit.session import Session

from .conftest import PATIENCE, Bring, Ticking
from .test_watches import Dial, moved, standing, watched


class Place:
    """A messenger that does what it is told to, and remembers what it took."""

    def __init__(self) -> None:
        self.took: list[str] = []
        self.tried = 0
        self.trouble: SourceError | None = None
        self.fails = 1_000_000
        """How often it is in trouble."""
        self.let = asyncio.Event()
        self.let.set()

    async def send(self, text: str) -> None:
        self.tried += 1
        await self.let.wait()
        if self.trouble is not None and self.tried <= self.fails:
            raise self.trouble
        self.took.append(text)

    async def close(self) -> None:
        pass


class Machine:
    """Machine time in which pauses pass at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def machine() -> Machine:
    return Machine()


Send = Callable[..., Place]


@pytest.fixture
async def sends(machine: Machine) -> AsyncIterator[Send]:
    """Sends a session's alerts to a place."""
    tasks: list[asyncio.Task[None]] = []

    def begin(session: Session, place: Place | None = None, whose: str = alerts.OPERATOR) -> Place:
        place, conceal = place or Place(), lambda text: text.replace("hunter2", "•••")
        one = Herald(session, place, conceal, place=whose, machine=machine, pause=machine.pause)
        tasks.append(asyncio.create_task(one.run()))
        return place

    yield begin
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def session(tmp_path: Path, clock: Ticking) -> Iterator[Session]:
    journal = SqliteJournal.create(tmp_path / "runs", "Bench", datetime(2026, 3, 1, tzinfo=UTC))
    one = Session.open(journal, clock, "ada", watched(times=2, within="1m"), plan_file="bench.toml")
    yield one
    one.close()


async def fires(session: Session, because: str = "value is 9") -> None:
    await says(session, "firing", because)


async def says(session: Session, word: str, because: str = "fine") -> None:
    if not session.presence.asks:
        await session.asks(nothing)
    assert not isinstance(await session.dispatch(wanted.MoveMonitor("dial", word, because), by="runner"), Refusal)


async def nothing() -> None:
    """No question is on its way."""


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  (conditions of every kind)
            await asyncio.sleep(0.002)


def record(session: Session) -> list[tuple[str, str]]:
    return [(event.body.word, event.body.trouble) for event in session.events() if isinstance(event.body, AlertTold)]


async def test_an_alarm_and_its_end_are_told_once_each_and_stand_in_the_record(session: Session, sends: Send) -> None:
    place = sends(session)
    await fires(session, "the password is hunter2")
    await until(lambda: record(session))
    await says(session, "pending")
    await fires(session)
    await says(session, "ok")
    await until(lambda: len(record(session)) == 2)
    assert [text.partition(" ")[0] for text in place.took] == ["FIRING:", "OK"]
    assert "the password is •••" in place.took[0]
    assert record(session) == [("firing", ""), ("ok", "")]
    assert "hunter2" not in str([event.body for event in session.events() if isinstance(event.body, AlertTold)])


async def test_each_place_is_told_once_and_one_in_trouble_holds_up_no_other(session: Session, sends: Send) -> None:
    own, team = sends(session, Place()), Place()
    team.let.clear()
    sends(session, team, alerts.PLAN)
    await fires(session)
    await until(lambda: session.state.told_at(alerts.OPERATOR))
    assert not session.state.told_at(alerts.PLAN), "it hangs"
    team.let.set()
    await until(lambda: session.state.told_at(alerts.PLAN))
    await says(session, "ok")
    await until(lambda: len(record(session)) == 4)
    assert [text.partition(" ")[0] for text in own.took] == ["FIRING:", "OK"]
    assert team.took == own.took
    places = [event.body.place for event in session.events() if isinstance(event.body, AlertTold)]
    assert sorted(places) == ["operator", "operator", "plan", "plan"]


async def test_trouble_of_the_plans_place_goes_by_its_own_name(session: Session, sends: Send) -> None:
    team = Place()
    team.trouble = Refused("It refused.", "See why.")
    sends(session, team, alerts.PLAN)
    sends(session)
    await fires(session)
    await until(lambda: session.state.told_at(alerts.OPERATOR))
    await until(lambda: session.telemetry.links)
    assert list(session.telemetry.links) == ["plan's webhook"]


async def test_what_was_told_before_a_restart_is_not_told_again(session: Session, sends: Send, clock: Ticking) -> None:
    sends(session)
    await fires(session)
    await until(lambda: record(session))
    journal = session._journal
    assert isinstance(journal, SqliteJournal)
    await session.presence.leave()
    again = Session(SqliteJournal.open(journal.path), clock, "bob")
    place = sends(again)
    await says(again, "ok")
    await until(lambda: place.took)
    assert [text.partition(" ")[0] for text in place.took] == ["OK"]
    again.close()


@pytest.mark.parametrize("trouble", [Unreachable("Gone.", "Wait."), Refused("No (404).", "Look.")])
async def test_it_is_tried_again_with_longer_pauses_until_it_is_taken(
    session: Session, sends: Send, machine: Machine, trouble: SourceError
) -> None:
    place = Place()
    place.trouble, place.fails = trouble, 6
    sends(session, place)
    await fires(session)
    await until(lambda: record(session))
    assert machine.pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert (len(place.took), "webhook" in session.telemetry.links) == (1, False)


async def test_a_place_that_asks_for_patience_gets_it(session: Session, sends: Send, machine: Machine) -> None:
    place = Place()
    place.trouble, place.fails = Throttled("Too many.", "Wait.", retry_after=40.0), 1
    sends(session, place)
    await fires(session)
    await until(lambda: record(session))
    assert machine.pauses == [40.0]


async def test_after_two_minutes_the_record_says_that_it_could_not_be_told(session: Session, sends: Send) -> None:
    place = Place()
    place.trouble = Unreachable("Gone.", "Wait.")
    sends(session, place)
    await fires(session)
    await until(lambda: record(session))
    assert record(session) == [("firing", "Gone. Wait.")]
    tried = place.tried
    place.trouble = None
    await says(session, "ok")
    await until(lambda: place.took)
    assert (place.tried, len(place.took)) == (tried + 1, 1)


async def test_an_alarm_that_ended_while_it_could_not_be_told_is_not_told_late(session: Session, sends: Send) -> None:
    place = Place()
    place.let.clear()
    place.trouble = Unreachable("Gone.", "Wait.")
    sends(session, place)
    await fires(session)
    await until(lambda: place.tried)
    await says(session, "ok")
    place.let.set()
    await until(lambda: session.telemetry.links.get("webhook"))
    place.trouble = None
    for _ in range(50):
        await asyncio.sleep(0)
    assert (place.took, record(session)) == ([], [])


async def test_a_place_that_hangs_holds_up_no_question(
    bench: Bring, clock: Ticking, sends: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(herald, "ANSWERS_WITHIN", 0.05)
    dial = Dial(9)
    made = await bench(watched(times=1, within="1m"), sources={"app": dial}, clock=clock)
    place = Place()
    place.let.clear()
    sends(made.session, place)
    await made.until(lambda: standing(made) == "firing", "firing")
    for _ in range(3):
        await moved(made, clock, dial)
    await made.until(lambda: place.tried >= 2, "given up and tried again")
    assert "does not answer" in str(made.session.telemetry.links["webhook"])


async def test_of_several_processes_the_one_that_asks_tells_and_another_only_what_nobody_has_told_for_long(
    session: Session, sends: Send, clock: Ticking, machine: Machine
) -> None:
    journal = session._journal
    assert isinstance(journal, SqliteJournal)
    monitor = Session(SqliteJournal.open(journal.path), clock, "eve", role=Role.MONITOR)
    beside = sends(monitor)
    await fires(session)
    await monitor.follow()
    for _ in range(50):
        await asyncio.sleep(0)
    assert (beside.took, monitor.presence.asks) == ([], False)
    machine.now += herald.GRACE
    await monitor.dispatch(wanted.TellAlert("trigger 0", "clear", "wakes the herald"))
    await until(lambda: beside.took and "monitor dial" in monitor.state.told_at(alerts.OPERATOR))
    place = sends(session)
    await session.follow()
    for _ in range(50):
        await asyncio.sleep(0)
    assert place.took == [], "it was told, and the record says so"
    monitor.close()
