"""The journal keeps its promises, and the file keeps them even against other programs."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cockpit.core import kinds
from cockpit.core.events import Event, Noted, RunOpened, Unknown, Waived
from cockpit.core.lease import Attachment, Role
from cockpit.core.reading import Reading, Table, Verdict
from cockpit.errors import JournalBusy, JournalConflict, JournalError
from cockpit.journal import catalogue, file, past
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Journal

MakeEvent = Callable[..., Event]
MakeReading = Callable[..., Reading]


def other_program(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def copied(envelope: str, body: str = "body") -> str:
    """A statement that adds the first event once more, with another envelope: run, seq, at, kind, version."""
    rest = f"actor_kind, actor, session, host, cause, {body}"
    return f"insert into events select {envelope}, {rest} from events where seq = 1"


def test_it_is_the_journal_that_the_session_asks_for(journal: SqliteJournal) -> None:
    port: Journal = journal
    assert port.read() == []
    assert port.notice == ""


def test_the_file_is_named_by_date_plan_and_run_and_is_private(journal: SqliteJournal, folder: Path) -> None:
    assert journal.path == folder / f"2026-11-22-reports-graceful-shutdown-{journal.run}.sqlite"
    assert len(journal.run) == 4
    assert folder.stat().st_mode & 0o777 == 0o700
    journal.next_reading()  # brings the log into being
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["", "計画", "/../..", "x" * 500])
def test_no_plan_name_makes_a_bad_file_name(folder: Path, start: datetime, name: str) -> None:
    made = SqliteJournal.create(folder, name, start)
    made.close()
    assert made.path.parent == folder
    assert len(made.path.name) < 100
    assert made.path.is_file()


def test_nothing_but_the_journal_is_left_in_the_folder(folder: Path, start: datetime) -> None:
    made = SqliteJournal.create(folder, "Clean", start)
    made.close()
    assert list(folder.iterdir()) == [made.path]


def test_no_two_runs_of_a_folder_share_an_id(folder: Path, start: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["4f2c", "4f2c", "a001"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(drawn))
    first = SqliteJournal.create(folder, "One", start)
    second = SqliteJournal.create(folder, "Two", start + timedelta(days=1))
    first.close()
    second.close()
    assert (first.run, second.run) == ("4f2c", "a001")


def test_it_is_durable_by_log_and_full_sync(journal: SqliteJournal) -> None:
    assert journal._db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert journal._db.execute("pragma synchronous").fetchone() == (2,)


def test_events_come_back_as_they_were(journal: SqliteJournal, event: MakeEvent) -> None:
    plan = {"name": "Réports", "phases": [{"title": "Before", "items": ["tick \x1b[31m ✓"]}]}
    opened = event(1, RunOpened(plan=plan, plan_file="plan.toml", environment="production"))
    noted = event(
        2, Noted(text="line\nline\0", item="before/tick:x"), cause=1, at=opened.at + timedelta(microseconds=1)
    )
    journal.append(0, [opened])
    journal.append(1, [noted])
    assert journal.read() == [opened, noted]
    assert journal.read(after=1) == [noted]
    assert journal.read(after=2) == []


def test_they_are_there_for_the_next_process(journal: SqliteJournal, event: MakeEvent) -> None:
    journal.append(0, [event(1), event(2)])
    journal.close()
    again = SqliteJournal.open(journal.path)
    assert again.run == journal.run
    assert again.read() == [event(1), event(2)]
    again.close()


def test_an_instant_is_kept_in_utc(journal: SqliteJournal, event: MakeEvent, start: datetime) -> None:
    local = (start + timedelta(microseconds=7)).astimezone(timezone(timedelta(hours=-8)))
    journal.append(0, [event(1, at=local)])
    (back,) = journal.read()
    assert back.at == local
    assert back.at.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(journal: SqliteJournal, event: MakeEvent) -> None:
    with pytest.raises(JournalError, match="time zone"):
        journal.append(0, [event(1, at=datetime(2026, 11, 22))])  # noqa: DTZ001  (what is refused)


def test_a_name_with_broken_bytes_is_kept_as_far_as_it_goes(journal: SqliteJournal, event: MakeEvent) -> None:
    journal.append(0, [event(1, host="bastion-\udcff")])
    assert journal.read()[0].host == "bastion-?"


def test_whoever_does_not_know_the_last_event_may_not_append(journal: SqliteJournal, event: MakeEvent) -> None:
    second = SqliteJournal.open(journal.path)
    journal.append(0, [event(1)])
    with pytest.raises(JournalConflict, match="ends at event 1, not 0"):
        second.append(0, [event(1, Noted(text="mine"))])
    second.append(1, [event(2)])
    second.close()
    assert [entry.seq for entry in journal.read()] == [1, 2]


def test_a_conflict_keeps_nothing_of_the_readings_either(
    journal: SqliteJournal, event: MakeEvent, reading: MakeReading
) -> None:
    with pytest.raises(JournalConflict):
        journal.append(5, [event(6)], [reading(1)])
    assert journal.reading(1) is None


def test_a_refused_reading_keeps_nothing_of_the_events_either(
    journal: SqliteJournal, event: MakeEvent, reading: MakeReading
) -> None:
    journal.keep([reading(1)])
    with pytest.raises(JournalError):
        journal.append(0, [event(1)], [reading(1, digest="another")])
    assert journal.read() == []
    journal.append(0, [event(1)])


@pytest.mark.parametrize(
    "wrong",
    [{"seq": 3}, {"run": "ffff"}, {"at": datetime(2026, 11, 22, 5, 16, 0, 999_999, tzinfo=UTC)}],
    ids=["a hole", "another run", "back in time"],
)
def test_an_event_that_does_not_follow_is_refused(
    journal: SqliteJournal, event: MakeEvent, wrong: dict[str, object]
) -> None:
    journal.append(0, [event(1)])
    with pytest.raises(JournalError):
        journal.append(1, [event(2, **wrong)])
    assert len(journal.read()) == 1


def test_within_one_append_time_does_not_run_back_either(
    journal: SqliteJournal, event: MakeEvent, start: datetime
) -> None:
    with pytest.raises(JournalError, match="stamped before"):
        journal.append(0, [event(1), event(2, at=start)])
    journal.append(0, [event(1), event(2, at=event(1).at)])


@pytest.mark.parametrize(
    "statement",
    [
        "update events set body = '{}'",
        "delete from events",
        "insert or replace into events select * from events",
        copied("run, 9, at, kind, version"),
        copied("run, 2, '2001', kind, version"),
        copied("'x', 2, at, kind, version"),
        copied("run, 2, at, kind, 'one'"),
        "update readings set verdict = 'pass'",
        "update readings set kept = null",
        "delete from readings",
        "insert into run values (2, 'abcd', 'Other', '2026')",
    ],
)
def test_the_file_itself_refuses_a_rewrite(
    journal: SqliteJournal, event: MakeEvent, reading: MakeReading, statement: str
) -> None:
    journal.append(0, [event(1)], [reading(1, verdict=Verdict.FAIL, table=Table(("n",), ((1,),)))])
    rogue = other_program(journal.path)
    with pytest.raises(sqlite3.IntegrityError):
        rogue.execute(statement)
    rogue.close()


def test_a_kind_of_a_later_version_reads_as_unknown_and_is_not_written(
    journal: SqliteJournal, event: MakeEvent
) -> None:
    journal.append(0, [event(1)])
    later = other_program(journal.path)
    later.execute(copied("run, 2, at, 'Teleported', 1", body="""'{"to":"mars"}'"""))
    later.execute(copied("run, 3, at, 'Noted', 99", body="""'{"words":"x"}'"""))
    later.close()
    _, teleported, noted = journal.read()
    assert teleported.body == Unknown(name="Teleported", content={"to": "mars"})
    assert noted.body == Unknown(name="Noted", content={"words": "x"})
    assert (teleported.kind, noted.kind) == ("Teleported", "Noted")
    with pytest.raises(JournalError, match="unknown kind Teleported"):
        journal.append(3, [event(4, teleported.body)])


def test_an_old_version_is_upcast_when_read_and_stays_as_it_is_in_the_file(
    journal: SqliteJournal, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(0, [event(1, Noted(text="old words"))])
    upcasters = {
        ("Noted", 1): lambda old: {"words": old["text"], "item": old["item"]},
        ("Noted", 2): lambda old: {"text": old["words"].upper(), "item": old["item"]},
    }
    monkeypatch.setattr(kinds, "UPCASTERS", upcasters)
    monkeypatch.setattr(Noted, "VERSION", 3)
    assert journal.read()[0].body == Noted(text="OLD WORDS")
    assert journal._db.execute("select version, body from events").fetchone() == (1, '{"text":"old words","item":null}')


def test_readings_come_back_whole(journal: SqliteJournal, reading: MakeReading, start: datetime) -> None:
    table = Table(("n", "at"), ((Decimal("1.50"), start), (None, "x")), capped=True)
    full = reading(1, table=table, value=Decimal("1.50"), scalar="1.50", verdict=Verdict.BLIND)
    bare = reading(2, scalar=None, value=None)
    journal.keep([full, bare])
    assert journal.reading(1) == full
    assert journal.reading(2) == bare
    assert journal.reading(3) is None


def test_readings_of_a_check_come_in_the_order_asked(journal: SqliteJournal, reading: MakeReading) -> None:
    third, first, second = reading(3), reading(5, asked=reading(1).asked), reading(2)
    journal.keep([third, first, second, reading(4, "health")])
    assert journal.readings("stuck") == [first, second, third]
    assert journal.readings("stuck", since=second.asked) == [second, third]
    assert journal.readings("nobody", at_least=2) == []
    assert journal.readings("stuck", since=third.asked, at_least=2) == [second, third]
    assert journal.readings("stuck", since=first.asked, at_least=2) == [first, second, third]


def test_the_latest_of_each_check_is_the_one_asked_last(journal: SqliteJournal, reading: MakeReading) -> None:
    older, newer, twin = reading(9, asked=reading(1).asked), reading(2), reading(3, asked=reading(2).asked)
    journal.keep([older, newer, twin, reading(4, "health")])
    assert journal.latest() == {"stuck": twin, "health": reading(4, "health")}


def test_a_reading_may_get_its_rows_later_and_never_loses_them(journal: SqliteJournal, reading: MakeReading) -> None:
    with_rows = reading(1, table=Table(("n",), ((1,),)))
    journal.keep([reading(1)])
    journal.keep([with_rows])
    journal.keep([reading(1)])
    assert journal.reading(1) == with_rows
    with pytest.raises(JournalError):
        journal.keep([reading(1, table=Table(("n",), ((2,),)))])


def test_what_is_too_long_is_cut_and_still_recorded(journal: SqliteJournal, reading: MakeReading) -> None:
    rows = tuple((number, "x" * 1000) for number in range(1000))
    journal.keep([reading(1, scalar="é" * 500, value="v" * 70_000, table=Table(("n", "x"), rows))])
    back = journal.reading(1)
    assert back is not None
    assert back.scalar is not None
    assert back.scalar.endswith("é…")
    assert len(back.scalar.encode()) <= 256
    assert back.value is None
    assert back.table is not None
    assert back.table.capped


def test_a_value_is_a_small_one_or_none(journal: SqliteJournal, reading: MakeReading) -> None:
    values = ["v" * 256, "v" * 257, {"a": 1}, 7, Decimal("1.50")]
    journal.keep([reading(number, value=value) for number, value in enumerate(values, 1)])
    kept = [found.value if (found := journal.reading(number)) else "lost" for number in range(1, 6)]
    assert kept == ["v" * 256, None, None, 7, Decimal("1.50")]


def test_a_reading_id_is_never_given_twice(journal: SqliteJournal) -> None:
    second = SqliteJournal.open(journal.path)
    ids = [one.next_reading() for _ in range(150) for one in (journal, second)]
    second.close()
    third = SqliteJournal.open(journal.path)
    ids += [third.next_reading() for _ in range(5)]
    third.close()
    assert len(set(ids)) == len(ids)
    assert min(ids) == 1


def attachment(session: str, **more: Any) -> Attachment:
    return Attachment(session, Role.MONITOR, "bastion", 7, "ada", since=1000.25, heard=1001.5, **more)


def test_who_is_attached_is_read_and_changed_in_one_transaction(journal: SqliteJournal) -> None:
    second = SqliteJournal.open(journal.path)
    assert journal.attachments() == ()
    one, two = attachment("1-a", asks=True), attachment("2-b")
    assert journal.attachments(lambda there: (*there, one)) == (one,)
    assert second.attachments(lambda there: (*there, two)) == (one, two)
    assert journal.attachments() == (one, two)
    journal.attachments(lambda there: there[1:])
    assert second.attachments() == (two,)
    second.close()


def test_a_change_that_fails_changes_nothing_of_who_is_attached(journal: SqliteJournal) -> None:
    journal.attachments(lambda _: (attachment("1-a"),))
    with pytest.raises(ZeroDivisionError):
        journal.attachments(lambda _: 1 / 0)  # type: ignore[arg-type,return-value]
    assert journal.attachments() == (attachment("1-a"),)


def test_a_journal_of_the_first_format_is_brought_up_to_the_present_one(
    journal: SqliteJournal, event: MakeEvent
) -> None:
    journal.append(0, [event(1)])
    path = journal.path
    journal.close()
    older = sqlite3.connect(path)
    older.executescript("""
        drop table attached;
        drop table packs;
        drop table counters;
        drop table points;
        create table lease (only integer primary key check (only = 1), session text not null,
                            renewed real not null, seconds real not null) strict;
        insert into lease values (1, '1-a', 1000, 5);
        pragma user_version = 1;
        pragma wal_checkpoint(truncate);
    """)
    older.close()
    path.chmod(0o400)
    for_reading = SqliteJournal.open(path)
    assert (len(for_reading.read()), for_reading.attachments()) == (1, ())
    for_reading.close()
    path.chmod(0o600)
    for _ in range(2):
        again = SqliteJournal.open(path)
        assert (len(again.read()), again.attachments()) == (1, ())
        again.attachments(lambda _: (attachment("1-a"),))
        again.attachments(lambda _: ())
        again.close()
    with closing(sqlite3.connect(path)) as now:
        tables = {name for (name,) in now.execute("select name from sqlite_schema where type = 'table'")}
        assert now.execute("pragma user_version").fetchone() == (file.FORMAT,)
    assert "lease" not in tables


def test_many_threads_may_use_it_at_once(journal: SqliteJournal, event: MakeEvent, reading: MakeReading) -> None:
    ids: list[int] = []
    won: list[int] = []

    def work() -> None:
        for _ in range(20):
            number = journal.next_reading()
            ids.append(number)
            journal.keep([reading(number)])
            seq = len(journal.read())
            try:
                journal.append(seq, [event(seq + 1)])
            except JournalConflict:
                continue
            won.append(seq + 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 80
    assert len(journal.readings("stuck")) == 80
    assert sorted(won) == [entry.seq for entry in journal.read()]


def test_a_held_journal_is_busy_and_is_free_again_after(journal: SqliteJournal, event: MakeEvent) -> None:
    impatient = SqliteJournal.open(journal.path, patience=0.01)
    holder = other_program(journal.path)
    holder.execute("begin immediate")
    with pytest.raises(JournalBusy, match="Another process holds"):
        impatient.append(0, [event(1)])
    assert impatient.read() == [], "reading goes on"
    holder.execute("rollback")
    holder.close()
    impatient.append(0, [event(1)])
    impatient.close()


def test_a_closed_journal_says_so(journal: SqliteJournal, event: MakeEvent) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.read()
    with pytest.raises(JournalError, match="is closed"):
        journal.append(0, [event(1)])


def test_what_the_page_says_to_type_works(journal: SqliteJournal, event: MakeEvent, reading: MakeReading) -> None:
    page = (Path(__file__).parents[2] / "docs" / "journal.md").read_text(encoding="utf-8")
    typed = re.findall(r'^sqlite3 -readonly FILE "(.+)"$', page, re.MULTILINE)
    journal.append(0, [event(1), event(2, Waived(item="x", reason="agreed"))], [reading(1)])
    look = other_program(journal.path)
    answers = [look.execute(query).fetchall() for query in typed]
    look.close()
    assert [len(rows) for rows in answers] == [2, 1, 1, 1]
    assert answers[1][0][2] == "agreed"
    assert answers[3] == [("ok",)]


def test_the_page_names_every_table_and_column(journal: SqliteJournal) -> None:
    page = (Path(__file__).parents[2] / "docs" / "journal.md").read_text(encoding="utf-8")
    tables = {name for (name,) in journal._db.execute("select name from sqlite_master where type = 'table'")}
    assert {name for name in tables if f"**{name}**" not in page} == set()
    columns = {row[1] for table in ("events", "readings") for row in journal._db.execute(f"pragma table_info({table})")}
    assert {name for name in columns if f"`{name}`" not in page} == set()


LOOK = """
import sys
from pathlib import Path
from cockpit.journal import catalogue, file, past
from cockpit.journal.sqlite import SqliteJournal
journal = SqliteJournal.open(Path(sys.argv[1]))
print(len(journal.read()))
journal.close()
"""


def looked_at_by_another_process(journal: SqliteJournal) -> int:
    """It opens the journal, counts the events, and leaves as the last who was known to hold it, or not."""
    done = subprocess.run([sys.executable, "-c", LOOK, journal.path], check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.parametrize("look", ["runs", "forecast", "a second connection"])
def test_a_look_beside_an_open_journal_takes_none_of_its_locks_away(
    folder: Path, journal: SqliteJournal, event: MakeEvent, look: str
) -> None:
    """A plain open and close of the file would: then another process that leaves takes the log with it."""
    journal.append(0, [event(1)])
    match look:
        case "runs":
            catalogue.runs(folder)
        case "forecast":
            list(past.rollouts(folder, "Reports: graceful shutdown", "production", rehearsal=False, besides=""))
        case _:
            SqliteJournal.open(journal.path).close()
    assert looked_at_by_another_process(journal) == 1
    journal.append(1, [event(2)])
    assert looked_at_by_another_process(journal) == 2
