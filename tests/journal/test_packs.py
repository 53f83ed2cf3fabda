"""Packed readings are the same readings."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.reading import Reading, Table, Verdict
from cockpit.errors import JournalDamaged
from cockpit.journal import file, packs
from cockpit.journal.sqlite import SqliteJournal

MakeReading = Callable[..., Reading]
START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)
SECOND = """
drop trigger readings_remain;
drop table packs;
drop table counters;
drop table points;
create trigger readings_remain before delete on readings begin select raise(abort, 'readings are never removed'); end;
pragma user_version = 2;
"""
"""Makes an empty journal one of the second format."""


@pytest.fixture(autouse=True)
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK", 4)
    monkeypatch.setattr(packs, "_OLDEST", packs._OLDEST.replace("256", "4"))


def count(journal: SqliteJournal, table: str) -> int:
    (found,) = journal._db.execute(f"select count(*) from {table}").fetchone()
    return int(found)


def test_the_oldest_are_packed_and_read_as_they_were(journal: SqliteJournal, reading: MakeReading) -> None:
    told = [reading(number, value=number, table=Table(("n",), ((number,),))) for number in range(1, 31)]
    for one in told:
        journal.keep([one])
    assert (count(journal, "readings"), count(journal, "packs")) == (6, 6)
    assert journal.readings("stuck") == told
    assert [journal.reading(one.id) for one in told] == told
    assert journal.latest() == {"stuck": told[-1]}


def test_a_window_begins_where_it_is_asked_to_inside_of_a_pack_too(
    journal: SqliteJournal, reading: MakeReading
) -> None:
    told = [reading(number) for number in range(1, 31)]
    journal.keep(told)
    for first in (0, 2, 5, 7, 29):
        assert journal.readings("stuck", since=told[first].asked) == told[first:]
        assert journal.samples("stuck", told[first].asked) == [(one.asked, one.verdict) for one in told[first:]]
    assert journal.readings("stuck", since=told[-1].asked + timedelta(microseconds=1)) == []


def test_checks_are_packed_apart(journal: SqliteJournal, reading: MakeReading) -> None:
    told = [reading(number, "stuck" if number % 3 else "health") for number in range(1, 61)]
    journal.keep(told)
    for check in ("stuck", "health"):
        assert journal.readings(check) == [one for one in told if one.check == check]
    assert set(journal.latest()) == {"stuck", "health"}


def test_what_there_is_not_is_not_found_in_packs(journal: SqliteJournal, reading: MakeReading) -> None:
    journal.keep([reading(2 * number) for number in range(1, 31)])
    assert journal.reading(7) is None
    assert journal.reading(999) is None


def test_a_reading_that_comes_again_with_its_rows_is_counted_once(journal: SqliteJournal, reading: MakeReading) -> None:
    told = [reading(number) for number in range(1, 8)]
    journal.keep(told)
    for _ in range(3):
        journal.keep([replace(told[-1], table=Table(("n",), ((1,),)))])
    assert count(journal, "packs") == 0
    assert len(journal.readings("stuck")) == 7


def test_the_file_lets_a_reading_go_into_a_pack_only(journal: SqliteJournal, reading: MakeReading) -> None:
    journal.keep([reading(number) for number in range(1, 31)])
    for statement in (
        "delete from readings",
        "delete from packs",
        "update packs set body = zeroblob(4)",
        "delete from readings where id = (select min(id) from readings)",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            journal._db.execute(statement)


def test_a_failed_write_packs_nothing(journal: SqliteJournal, reading: MakeReading) -> None:
    told = [reading(number) for number in range(1, 8)]
    journal.keep(told)
    naive = reading(8, asked=datetime(2026, 1, 1))  # noqa: DTZ001  (refused)
    with pytest.raises(Exception, match="time zone"):
        journal.keep([reading(9), naive])
    assert (count(journal, "readings"), count(journal, "packs")) == (7, 0)
    journal.keep([reading(8)])
    assert journal.readings("stuck") == [*told, reading(8)]


def test_a_journal_of_the_second_format_is_read_and_gets_packs_when_it_may_be_written(
    journal: SqliteJournal, reading: MakeReading
) -> None:
    told, path = [reading(number) for number in range(1, 31)], journal.path
    new = schema(journal)
    journal.keep(told[:5])
    journal.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.executescript(SECOND)
        older.execute("pragma wal_checkpoint(truncate)")
    with closing(file.connect(path, patience=1, to_write=False).db) as for_reading:
        assert packs.packed(for_reading, "stuck", "") == []
        assert packs.packed_one(for_reading, 1) is None
    again = SqliteJournal.open(path)
    assert again.readings("stuck") == told[:5]
    again.keep(told[5:])
    assert again.readings("stuck") == told
    assert schema(again) == new
    again.close()


def schema(journal: SqliteJournal) -> set[str]:
    """What the file consists of, without comments and spaces."""
    told = (sql for (sql,) in journal._db.execute("select sql from sqlite_master where sql is not null"))
    return {" ".join(re.sub("--.*", "", sql).split()) for sql in told}


def test_a_long_old_journal_is_packed_little_by_little(
    journal: SqliteJournal, reading: MakeReading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "MOST", 2)
    journal.keep([reading(number) for number in range(1, 101)])
    assert count(journal, "packs") == 2
    journal.keep([reading(101)])
    assert count(journal, "packs") == 4
    assert len(journal.readings("stuck")) == 101


def test_a_torn_pack_is_damage(journal: SqliteJournal, reading: MakeReading) -> None:
    journal.keep([reading(number) for number in range(1, 31)])
    journal._db.execute("drop trigger packs_stay")
    journal._db.execute("update packs set body = substr(body, 1, 20)")
    with pytest.raises(JournalDamaged, match="a pack makes no sense"):
        journal.readings("stuck")


def test_the_shell_of_sqlite_can_look_into_a_pack(journal: SqliteJournal, reading: MakeReading) -> None:
    """Its `sqlar_uncompress` is zlib's, and takes the size: https://www.sqlite.org/sqlar.html."""
    import zlib

    journal.keep([reading(number) for number in range(1, 31)])
    journal._db.create_function("sqlar_uncompress", 2, lambda body, _: zlib.decompress(body).decode())
    page = (Path(__file__).parents[2] / "docs" / "journal.md").read_text(encoding="utf-8")
    (typed,) = (line for line in page.splitlines() if "from packs" in line)
    rows = journal._db.execute(typed.split('"')[1]).fetchall()
    assert len(rows) == count(journal, "packs") * 4
    assert rows[0] == ("2026-11-22T05:17:00.000000Z", "pass", "0", "value is 0")


@settings(max_examples=25)
@given(st.data())
def test_whatever_comes_in_whatever_order_comes_back_in_the_order_asked(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    seed = data.draw(st.integers(0, 1 << 30))
    dealer = random.Random(seed)
    told = [_any(dealer, number) for number in range(1, data.draw(st.integers(1, 60)))]
    journal = SqliteJournal.create(tmp_path_factory.mktemp("runs"), "any", START)
    try:
        for one in told:
            journal.keep([one])
        for check in ("a", "b"):
            mine = sorted((one for one in told if one.check == check), key=lambda one: (one.asked, one.id))
            assert journal.readings(check) == mine
            begin = START + timedelta(seconds=dealer.randrange(100))
            assert journal.readings(check, since=begin) == [one for one in mine if one.asked >= begin]
    finally:
        journal.close()


def _any(dealer: random.Random, number: int) -> Reading:
    asked = START + timedelta(seconds=dealer.randrange(100), microseconds=dealer.randrange(1_000_000))
    return Reading(
        id=number,
        check=dealer.choice("ab"),
        asked=asked,
        answered=asked,
        by="runner",
        verdict=dealer.choice(list(Verdict)),
        because=dealer.choice(["", "é \u0000 \ud7ff", "value is 0"]),
        scalar=dealer.choice([None, "0", "🙂"]),
        milliseconds=dealer.randrange(9),
        digest="",
        table=dealer.choice([None, Table(("x",), ((None,), ("y",)))]),
        value=dealer.choice([None, 1, "x"]),
    )
