"""Readings that could not be kept at once: none lost, none twice, and seen by windows meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.core.reading import Reading, Verdict
from cockpit.journal.sqlite import SqliteJournal
from cockpit.samples import WAITING, Samples
from cockpit.telemetry import Telemetry

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    yield made
    made.close()


def reading(number: int, minute: int) -> Reading:
    at = START + timedelta(minutes=minute)
    return Reading(number, "stuck", at, at, "runner", Verdict.PASS, "so it is", str(minute), 3, "d", None, minute)


def break_journal(journal: SqliteJournal) -> None:
    journal._db.execute("pragma query_only = on")


def mend_journal(journal: SqliteJournal) -> None:
    journal._db.execute("pragma query_only = off")


async def test_what_waits_is_in_the_windows_and_is_kept_in_its_order_once_it_can_be(journal: SqliteJournal) -> None:
    telemetry = Telemetry()
    samples = Samples(journal, telemetry)
    assert await samples.keep(reading(samples.next(), 0))
    break_journal(journal)
    assert not await samples.keep(reading(samples.next(), 1))
    assert not await samples.keep(reading(-1, 2))
    assert telemetry.journal_trouble
    assert [one.value for one in samples.since("stuck", START)] == [0, 1, 2]
    assert [one.value for one in journal.readings("stuck")] == [0]
    mend_journal(journal)
    assert await samples.keep(reading(samples.next(), 3))
    kept = journal.readings("stuck")
    assert [one.value for one in kept] == [0, 1, 2, 3]
    assert len({one.id for one in kept}) == 4
    assert samples.since("stuck", START) == kept


async def test_memory_is_bounded_and_the_newest_stay(journal: SqliteJournal) -> None:
    samples = Samples(journal, Telemetry())
    break_journal(journal)
    samples.put_off([reading(-1, minute) for minute in range(WAITING + 10)])
    mend_journal(journal)
    assert await samples.catch_up()
    kept = journal.readings("stuck")
    assert len(kept) == WAITING
    assert kept[0].value == 10
