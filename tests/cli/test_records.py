"""`runs`, `status`, `report`: what the journals say, and what a journal that cannot say it gets."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit.core.commands import Close, Note
from cockpit.core.reading import Reading, Verdict
from cockpit.journal.sqlite import SqliteJournal
from cockpit.paths import private, runs_folder
from tests.cli.conftest import AT, Begin, Cockpit, Write, app, check, phase
from tests.journal.test_trouble import own_mounts

COFFEE = phase("tick Coffee", "tick Cake")


@pytest.fixture
def plan(write: Write) -> Path:
    return write(COFFEE)


def test_without_runs_it_says_how_to_begin_one(cockpit: Cockpit) -> None:
    ran = cockpit("runs")
    assert (ran.code, ran.out) == (0, "No runs yet. Start one with cockpit demo, or cockpit run PLAN.\n")
    for command in ("status", "report"):
        ran = cockpit(command)
        assert ran.code == 2
        assert ran.err.startswith("No run is open. Start one with `cockpit run PLAN`")


def test_runs_are_listed_newest_first_with_where_they_stand(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    first = begin(plan, Close("abandoned", "a test"))
    second = begin(plan, at=AT + timedelta(hours=1), rehearsal=True)
    (runs_folder() / "2026-11-22-torn-0000.sqlite").write_bytes(b"SQLite format 3\0")
    ran = cockpit("runs")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0] == f"{second.run:6} 2026-11-22 06:16  REHEARSAL production  A plan of tests: open, All"
    assert lines[1] == f"{first.run:6} 2026-11-22 05:16  production  A plan of tests: abandoned"
    assert "is damaged: it is torn" in lines[2]


def test_status_is_of_the_newest_open_run_unless_one_is_named(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    old = begin(plan)
    closed = begin(plan, Close("abandoned", "a test"), at=AT + timedelta(hours=1))
    assert cockpit("status").out.startswith(f"{old.run} A plan of tests · production · All 0/2")
    assert cockpit("status", closed.run).out.startswith(f"{closed.run} A plan of tests · production")
    told = json.loads(cockpit("status", old.run, "--json").out)
    assert (told["run"], told["ending"], told["phases"][0]["items"][0]["status"]) == (old.run, None, "open")


def test_status_of_nothing_open_is_of_the_newest(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    begin(plan, Close("abandoned", "a test"))
    newest = begin(plan, Close("abandoned", "a test"), at=AT + timedelta(hours=1))
    ran = cockpit("status")
    assert ran.code == 0
    assert ran.out.startswith(newest.run)


def test_a_run_that_does_not_exist_gets_the_nearest(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    run = begin(plan).run
    ran = cockpit("status", run[:-1] + "x")
    assert ran.code == 2
    assert ran.err == f"No run is called {run[:-1]}x. Did you mean {run}?\n"


def test_a_report_is_the_page_or_json_of_the_newest_run(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    begin(plan)
    newest = begin(plan, Note("all quiet"), at=AT + timedelta(hours=1))
    page = cockpit("report")
    assert page.code == 0
    assert page.out.startswith("# A plan of tests\n")
    assert "all quiet" in page.out
    told = json.loads(cockpit("report", "--format", "json").out)
    assert told["run"] == newest.run


def test_a_report_of_an_open_watch_counts_what_was_sampled_since_the_last_event(
    cockpit: Cockpit, begin: Begin, write: Write
) -> None:
    monitor = '[monitors.ok]\ncheck = "ok"\nevery = "1m"\ntimes = 3\nwithin = "10m"'
    watch = '[[phases]]\ntitle = "Watch"\nlasts = "1d from gate"\nmonitors = ["ok"]'
    gate = '[[phases]]\ntitle = "Gate"\ngate = ["tick Ready"]'
    asked = check("ok", on="app", get="/", pass_="status == 200")
    session = begin(write(app("http://127.0.0.1:9"), asked, monitor, watch, gate))
    journal = SqliteJournal.open(next(runs_folder().glob("*.sqlite")))
    for minute in (1, 2, 3, 40):
        at = session.state.at + timedelta(minutes=minute)
        verdict = Verdict.PASS if minute < 40 else Verdict.ERROR
        journal.keep([Reading(journal.next_reading(), "ok", at, at, "runner", verdict, "", None, 1, "")])
    journal.close()
    assert "Samples: 4 (3 ok, 1 error)." in cockpit("report").out
    (told,) = json.loads(cockpit("report", "--format", "json").out)["monitors"]
    assert (told["samples"], told["verdicts"]) == (4, {"pass": 3, "error": 1})
    assert [[moment[11:16] for moment in hole] for hole in told["holes"]] == [["05:19", "05:56"]]


def test_a_report_goes_into_a_file_that_others_cannot_read(
    cockpit: Cockpit, begin: Begin, plan: Path, home: Path
) -> None:
    begin(plan)
    target = home / "report.md"
    target.write_text("the one before")
    ran = cockpit("report", "-o", target)
    assert (ran.code, ran.out) == (0, f"Written to {target}.\n")
    assert target.read_text().startswith("# A plan of tests")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not [path for path in home.iterdir() if path.name.startswith(".report")]


@pytest.mark.parametrize("target", ["nowhere/report.md", ".", "plan.toml/report.md", "folder"])
def test_a_report_that_cannot_be_written_says_so(
    cockpit: Cockpit, begin: Begin, plan: Path, home: Path, target: str
) -> None:
    begin(plan)
    (home / "folder").mkdir()
    ran = cockpit("report", "-o", target)
    assert ran.code == 2
    assert ran.err.startswith(f"{target} ")
    assert len(ran.err.splitlines()) == 1
    assert sorted(path.name for path in home.iterdir()) == [".local", "folder", "plan.toml"]


def test_a_run_that_was_killed_as_it_began_is_told(cockpit: Cockpit, home: Path) -> None:
    journal = SqliteJournal.create(private(runs_folder()), "Nothing", AT)
    journal.close()
    for command in ("status", "report"):
        ran = cockpit(command, journal.run)
        assert ran.code == 2
        assert ran.err == f"Nothing has happened in run {journal.run}. It was killed as it began; start anew.\n"
    assert cockpit("runs").code == 0


def test_a_journal_that_another_process_keeps_locked_is_told(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    session = begin(plan)
    session.close()
    (path,) = runs_folder().glob("*.sqlite")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")
    ran = cockpit("status", session.run)
    assert ran.code == 2
    assert ran.err.startswith(f"Another process holds the journal {path.name}. Try again")
    assert "Another process holds the journal" in cockpit("runs").out
    holder.close()


@pytest.mark.parametrize("content", [b"", b"hello" * 100])
def test_what_is_no_journal_is_told(cockpit: Cockpit, home: Path, content: bytes) -> None:
    (home / "other.sqlite").write_bytes(content)
    ran = cockpit("status", home / "other.sqlite")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1


def test_on_a_full_disk_every_command_says_so_and_what_is_recorded_can_be_read(tmp_path: Path) -> None:
    unshared = own_mounts()
    if not unshared:
        pytest.skip("this account may not mount")
    script = Path(__file__).with_name("full_disk.py")
    mount = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1"'
    done = subprocess.run(
        [*unshared, "sh", "-c", mount, "sh", str(tmp_path), sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(script.parents[2]), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert {command: code for command, (code, _) in seen.items()} == {"amend": 2, "run": 2, "report": 2, "status": 0}
    assert "Not recorded, so not done." in seen["amend"][1]
    assert "cannot be written: the disk is full" in seen["run"][1]
    assert seen["report"][1].startswith(f"{tmp_path}/report.md cannot be written: No space left on device.")
    assert " Full · production · " in seen["status"][1]
    assert not any("Traceback" in words for _, words in seen.values())
