"""Processes at one run over a real journal: who asks is handed over, never shared, and taken from the dead."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.core.lease import LEASE, Attachment, Role
from cockpit.errors import JournalBusy, JournalUnwritable
from cockpit.journal.sqlite import SqliteJournal
from cockpit.presence import LOOK, Presence

Attach = Callable[..., Presence]


class Machine:
    """Machine time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def attach(tmp_path: Path, machine: Machine) -> Iterator[Attach]:
    """Attaches processes to one run, each over a connection of its own."""
    path = SqliteJournal.create(tmp_path / "runs", "Reports", datetime(2026, 3, 1, tzinfo=UTC)).path
    journals: list[SqliteJournal] = []

    def one(session: str, role: Role = Role.DRIVER, dead: Callable[[Attachment], bool] = lambda _: False) -> Presence:
        journals.append(SqliteJournal.open(path))
        return Presence(journals[-1], session, "ada", role, machine=machine, is_gone=dead)

    yield one
    for journal in journals:
        journal.close()


class Asking:
    """Questions on their way, and how often they were ended."""

    def __init__(self) -> None:
        self.ended = 0

    async def let_go(self) -> None:
        self.ended += 1


async def beats(presence: Presence, asking: Asking, machine: Machine) -> bool:
    machine.now += LOOK
    return await presence.beat(asking.let_go)


async def test_a_monitor_gives_the_asking_to_a_driver_and_takes_it_up_when_that_leaves(
    attach: Attach, machine: Machine
) -> None:
    watching, driving = Asking(), Asking()
    monitor = attach("1-a", Role.MONITOR)
    assert await beats(monitor, watching, machine)
    driver = attach("2-b")
    assert driver.take_seat() is None
    assert not await beats(driver, driving, machine), "the monitor may have a question on its way"
    assert not await beats(monitor, watching, machine)
    assert watching.ended == 1, "it has ended its questions before it said so"
    assert await beats(driver, driving, machine)
    assert [other.session for other in monitor.others] == ["2-b"]
    await driver.leave()
    assert await beats(monitor, watching, machine)
    assert (watching.ended, driving.ended) == (1, 0)


async def test_a_driver_that_was_killed_is_replaced_when_its_row_counts_no_more(
    attach: Attach, machine: Machine
) -> None:
    asking = Asking()
    driver, monitor = attach("1-a"), attach("2-b", Role.MONITOR)
    assert await beats(driver, asking, machine)
    waited = 0.0
    while not await beats(monitor, asking, machine):
        waited += LOOK
    assert LEASE - LOOK <= waited <= LEASE + LOOK


async def test_one_that_is_known_to_be_dead_is_replaced_at_once(attach: Attach, machine: Machine) -> None:
    asking = Asking()
    assert await beats(attach("1-a"), asking, machine)
    assert await beats(attach("2-b", Role.MONITOR, dead=lambda one: one.session == "1-a"), asking, machine)


async def test_a_monitor_that_was_held_up_believes_no_more_that_it_asks(attach: Attach, machine: Machine) -> None:
    asking = Asking()
    held_up, other = attach("1-a", Role.MONITOR), attach("2-b", Role.MONITOR)
    assert await beats(held_up, asking, machine)
    machine.now += LEASE
    assert not held_up.asks
    assert await beats(other, asking, machine)
    assert not await beats(held_up, asking, machine), "it waits for the other, although it came first"
    assert not await beats(other, asking, machine)
    assert await beats(held_up, asking, machine)


async def test_a_driver_that_was_taken_for_gone_ends_its_questions_and_waits_until_the_other_has(
    attach: Attach, machine: Machine
) -> None:
    frozen, watching = Asking(), Asking()
    driver, monitor = attach("1-a"), attach("2-b", Role.MONITOR)
    assert await beats(driver, frozen, machine)
    machine.now += LEASE
    assert await beats(monitor, watching, machine)
    assert not await beats(driver, frozen, machine)
    assert (frozen.ended, watching.ended) == (1, 0)
    assert not await beats(monitor, watching, machine)
    assert await beats(driver, frozen, machine)
    assert (frozen.ended, watching.ended) == (1, 1)


async def test_while_a_screen_is_being_drawn_the_monitor_goes_on(attach: Attach, machine: Machine) -> None:
    watching = Asking()
    monitor, driver = attach("1-a", Role.MONITOR), attach("2-b")
    assert await beats(monitor, watching, machine)
    assert driver.take_seat() is None
    for _ in range(8):
        assert await beats(monitor, watching, machine)
    assert [other.session for other in monitor.others] == ["2-b"]
    assert not await beats(driver, Asking(), machine)
    assert not await beats(monitor, watching, machine)
    assert await beats(driver, Asking(), machine)


async def test_there_is_one_seat(attach: Attach, machine: Machine) -> None:
    first, second, monitor = attach("1-a"), attach("2-b"), attach("3-c", Role.MONITOR)
    await beats(monitor, Asking(), machine)
    assert first.take_seat() is None
    taken = second.take_seat()
    assert taken is not None
    assert taken.session == "1-a"
    machine.now += LEASE
    assert second.take_seat() is None


async def test_a_row_is_written_three_times_in_its_length_and_not_at_every_look(
    attach: Attach, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[float] = []
    real = SqliteJournal.attachments

    def counted(journal: SqliteJournal, change: object = None) -> object:
        written.extend([machine.now] if change else [])
        return real(journal, change)  # type: ignore[arg-type]  # what came is handed on

    monkeypatch.setattr(SqliteJournal, "attachments", counted)
    monitor = attach("1-a", Role.MONITOR)
    for _ in range(240):
        await beats(monitor, Asking(), machine)
    assert 30 <= len(written) <= 40, "in sixty seconds"


async def test_where_nothing_can_be_written_a_driver_asks_and_a_monitor_goes_on_as_it_was(
    attach: Attach, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Asking()
    watching, idle, driver = attach("1-a", Role.MONITOR), attach("2-b", Role.MONITOR), attach("3-c")
    assert await beats(watching, asking, machine)
    assert not await beats(idle, asking, machine)

    def full(*_: object) -> None:
        raise JournalUnwritable("The disk is full.", "Make room.") from sqlite3.OperationalError()

    monkeypatch.setattr(SqliteJournal, "attachments", full)
    machine.now += LEASE * 3
    assert await beats(watching, asking, machine)
    assert not await beats(idle, asking, machine)
    assert await beats(driver, asking, machine)
    await driver.leave()
    assert not driver.asks


async def test_a_driver_that_cannot_write_leaves_the_asking_to_a_monitor_that_was_seen_to_ask(
    attach: Attach, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Asking()
    monitor, driver = attach("1-a", Role.MONITOR), attach("2-b")
    assert await beats(monitor, asking, machine)
    assert not await beats(driver, asking, machine)

    def full(*_: object) -> None:
        raise JournalUnwritable("The disk is full.", "Make room.")

    monkeypatch.setattr(SqliteJournal, "attachments", full)
    assert not await beats(driver, asking, machine)
    machine.now += LEASE
    assert await beats(driver, asking, machine), "it has not been heard of for long"


async def test_a_file_that_is_only_busy_changes_nothing(
    attach: Attach, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor, driver = attach("1-a", Role.MONITOR), attach("2-b")
    assert await beats(monitor, Asking(), machine)

    def busy(*_: object) -> None:
        raise JournalBusy("Another process holds it.", "Try again.")

    monkeypatch.setattr(SqliteJournal, "attachments", busy)
    assert not await beats(driver, Asking(), machine)
    assert await beats(monitor, Asking(), machine)


def test_whoever_cannot_be_written_down_does_not_begin(attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = attach("1-a", Role.MONITOR)
    monitor.announce()
    assert [one.session for one in monitor.attached()] == ["1-a"]
    monkeypatch.setattr(SqliteJournal, "_ready", unwritable)
    with pytest.raises(JournalUnwritable):
        attach("2-b", Role.MONITOR).announce()


def unwritable(*_: object) -> None:
    raise JournalUnwritable("The journal is read-only.", "Make room.")
