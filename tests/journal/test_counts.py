"""What was counted comes back as it was, is bounded, and gives way to what is newer."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.adapters.meter import Meter
from cockpit.core.reading import Reading
from cockpit.core.reading.tally import CounterName, Labels, Point, Tally
from cockpit.errors import JournalDamaged
from cockpit.journal import file
from cockpit.journal.sqlite import SqliteJournal
from tests.benchmarks import long_count
from tests.benchmarks.long_watch import size_of

MakeReading = Callable[..., Reading]
START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
JOBS = CounterName("api", "https://api-1.example/metrics", "api-1.example", "jobs_total")
A, B = frozenset({("queue", "a"), ("status", "é \u0000 '")}), frozenset[tuple[str, str]]()


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def tally(*points: Point, **more: Mapping[Labels, Decimal]) -> Tally:
    return Tally(points, more.get("shown", {A: Decimal("1.10"), B: Decimal("1e300")}), Decimal("1764300000.5"), START)


def count(journal: SqliteJournal, table: str) -> int:
    (found,) = journal._db.execute(f"select count(*) from {table}").fetchone()
    return int(found)


def test_a_tally_is_kept_with_readings_and_comes_back_as_it_was(journal: SqliteJournal, reading: MakeReading) -> None:
    kept = tally(Point(minute(0), {}), Point(minute(1), {A: Decimal("0.1"), B: Decimal(7)}, timedelta(seconds=61)))
    assert journal.tally(JOBS) is None
    journal.keep([reading(1)], {JOBS: kept})
    assert (journal.tally(JOBS), journal.reading(1)) == (kept, reading(1))


def test_counters_are_kept_apart_by_all_that_names_them(journal: SqliteJournal) -> None:
    others = {"connection": "b", "address": "b", "instance": "b", "metric": "b"}
    names = [JOBS, *(replace(JOBS, **{key: value}) for key, value in others.items())]
    told = {name: tally(Point(minute(number), {A: Decimal(number)})) for number, name in enumerate(names)}
    journal.keep([], told)
    assert {name: journal.tally(name) for name in names} == told


def test_only_what_the_window_reaches_is_kept(journal: SqliteJournal) -> None:
    meter = Meter(WINDOW)
    for second in range(0, 3600, 5):
        meter.note(START + timedelta(seconds=second), {A: Decimal(second)}, None)
        journal.keep([], {JOBS: meter.tally})
    assert journal.tally(JOBS) == meter.tally
    assert (count(journal, "counters"), count(journal, "points")) == (1, len(meter.tally.points))
    assert count(journal, "points") <= 250


def test_only_the_newest_points_are_written(journal: SqliteJournal) -> None:
    meter = Meter(WINDOW)
    for number in range(9):
        meter.note(minute(number), {A: Decimal(number)}, None)
    journal.keep([], {JOBS: meter.tally})
    meter.note(minute(9), {A: Decimal(12)}, None)
    journal._db.execute("create temp table touched (at text)")
    journal._db.execute("create temp trigger t after insert on points begin insert into touched values (new.at); end")
    journal.keep([], {JOBS: meter.tally})
    assert journal._db.execute("select at from touched").fetchall() == [("2026-11-22T05:25:00.000000Z",)]


def test_an_older_tally_does_not_take_the_place_of_a_newer_one(journal: SqliteJournal) -> None:
    """One that could not be written when it was made, and whose process has given the asking up since."""
    old, new = tally(Point(minute(0), {})), tally(Point(minute(0), {}), Point(minute(1), {A: Decimal(1)}))
    journal.keep([], {JOBS: new})
    journal.keep([], {JOBS: old})
    assert journal.tally(JOBS) == new


def test_a_failed_write_keeps_none_of_it(journal: SqliteJournal, reading: MakeReading) -> None:
    naive = Point(datetime(2026, 11, 22, 6), {})  # noqa: DTZ001  (refused)
    with pytest.raises(Exception, match="time zone"):
        journal.keep([reading(1)], {JOBS: tally(Point(minute(0), {})), replace(JOBS, metric="b"): tally(naive)})
    assert (journal.tally(JOBS), journal.reading(1)) == (None, None)


def test_a_torn_tally_is_damage(journal: SqliteJournal) -> None:
    journal.keep([], {JOBS: tally(Point(minute(0), {}))})
    for broken in (b"x", zlib.compress(b"[[{},0.5,1]]"), zlib.compress(b'[[{"a":"b"},"many"]]')):
        journal._db.execute("update counters set shown = ?", (broken,))
        with pytest.raises(JournalDamaged, match="a count makes no sense"):
            journal.tally(JOBS)


def test_a_journal_of_the_third_format_is_read_and_counts_when_it_may_be_written(journal: SqliteJournal) -> None:
    path, new = journal.path, schema(journal)
    journal.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.executescript("drop table counters; drop table points; pragma user_version = 3;")
        older.execute("pragma wal_checkpoint(truncate)")
    path.chmod(0o400)
    for_reading = SqliteJournal.open(path)
    assert for_reading.tally(JOBS) is None
    for_reading.close()
    path.chmod(0o600)
    again = SqliteJournal.open(path)
    assert again._db.execute("pragma user_version").fetchone() == (file.FORMAT,)
    again.keep([], {JOBS: tally(Point(minute(0), {}))})
    assert again.tally(JOBS) == tally(Point(minute(0), {}))
    assert schema(again) == new
    again.close()


def test_counting_for_long_costs_no_more_than_counting_for_two_windows(tmp_path: Path) -> None:
    """A small sample of `tests/benchmarks/long_count`; what it is to cost is a part of what a long watch may."""
    alike = long_count.Counters(2, 30, timedelta(seconds=30), timedelta(minutes=20), 0.5)
    (early, _), (late, _) = (
        long_count.write(tmp_path / f"{hours}", [alike], timedelta(hours=hours)) for hours in (1, 4)
    )
    assert size_of(late) < size_of(early) * 1.2 < 200_000


def schema(journal: SqliteJournal) -> set[str]:
    """What the file consists of, without comments and spaces."""
    told = (sql for (sql,) in journal._db.execute("select sql from sqlite_master where sql is not null"))
    return {" ".join(" ".join(line.partition("--")[0] for line in sql.splitlines()).split()) for sql in told}


def test_the_shell_of_sqlite_can_look_into_a_count(journal: SqliteJournal) -> None:
    """Its `sqlar_uncompress` is zlib's, and takes the size: https://www.sqlite.org/sqlar.html."""
    journal.keep([], {JOBS: tally(Point(minute(0), {}), shown={A: Decimal("1.10")})})
    journal._db.create_function("sqlar_uncompress", 2, lambda body, _: zlib.decompress(body).decode())
    page = (Path(__file__).parents[2] / "docs" / "journal.md").read_text(encoding="utf-8")
    (typed,) = (line for line in page.splitlines() if "from counters" in line)
    ((metric, labels, value),) = journal._db.execute(typed.split('"')[1]).fetchall()
    assert (metric, json.loads(labels), value) == ("jobs_total", dict(A), "1.10")


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.01, 0.5, 1, 3, 6]),
            st.dictionaries(st.sampled_from([A, B]), st.decimals(0, 9, places=2), max_size=2),
            st.sampled_from([None, 1, 1, 2]),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_was_sampled_a_meter_goes_on_from_the_file(
    tmp_path_factory: pytest.TempPathFactory,
    samples: list[tuple[float, dict[Labels, Decimal], int | None, bool]],
) -> None:
    """Written at each sample, read at each handover: the tally is that of a meter that never stopped."""
    journal = SqliteJournal.create(tmp_path_factory.mktemp("runs"), "any", START)
    steady, handed, at = Meter(WINDOW), Meter(WINDOW), START
    try:
        for minutes, shown, born, is_handed_over in samples:
            at += timedelta(minutes=minutes)
            handed = Meter(WINDOW, journal.tally(JOBS)) if is_handed_over else handed
            for meter in (steady, handed):
                meter.note(at, shown, None if born is None else Decimal(born))
            journal.keep([], {JOBS: handed.tally})
            assert journal.tally(JOBS) == steady.tally
    finally:
        journal.close()
