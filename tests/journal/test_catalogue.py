"""Runs are listed whatever their files went through, and found by what people type."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.core.events import (
    Actor,
    Body,
    Event,
    Noted,
    PhaseOpened,
    PhasesReopened,
    PlanAmended,
    RollbackStarted,
    RunClosed,
    RunOpened,
)
from cockpit.errors import JournalError
from cockpit.journal.catalogue import RunSummary, find, runs
from cockpit.journal.sqlite import SqliteJournal

PLAN: dict[str, Any] = {
    "name": "Reports",
    "phases": [{"title": "Before"}, {"title": "Go / no-go"}],
    "rollback": [{"title": "Level 1: variables only"}],
}
OPENED = RunOpened(plan=PLAN, plan_file="plan.toml", environment="production", rehearsal=True)

MakeRun = Callable[..., SqliteJournal]


@pytest.fixture
def make_run(folder: Path, start: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeRun]:
    """A run with an id of choice and one event a minute, closed behind itself unless it is to stay open."""
    open_ones: list[SqliteJournal] = []

    def make(run: str, *bodies: Body, days: int = 0, live: bool = False) -> SqliteJournal:
        monkeypatch.setattr("secrets.token_hex", lambda _: run)
        at = start + timedelta(days=days)
        journal = SqliteJournal.create(folder, f"Reports {run}", at)
        for seq, body in enumerate(bodies, 1):
            moment = at + timedelta(minutes=seq)
            journal.append(seq - 1, [Event(run, seq, moment, Actor("human", "ada"), "s1", "host", body)])
        if live:
            open_ones.append(journal)
        else:
            journal.close()
        return journal

    yield make
    for journal in open_ones:
        journal.close()


def only(folder: Path) -> RunSummary:
    (run,) = runs(folder)
    return run


def test_no_folder_means_no_runs(folder: Path) -> None:
    assert runs(folder) == []


def test_a_run_is_told_in_one_line(folder: Path, start: datetime, make_run: MakeRun) -> None:
    journal = make_run("4f2c", OPENED, PhaseOpened(phase="before"), PhaseOpened(phase="go-no-go"), Noted(text="x"))
    assert only(folder) == RunSummary(
        id="4f2c",
        path=journal.path,
        plan="Reports 4f2c",
        environment="production",
        opened=start + timedelta(minutes=1),
        last=start + timedelta(minutes=4),
        ending=None,
        phase="Go / no-go",
        rehearsal=True,
    )
    assert only(folder).is_open


def test_a_closed_run_says_how_it_ended(folder: Path, make_run: MakeRun) -> None:
    make_run("4f2c", OPENED, RunClosed(ending="stopped at gate"))
    assert only(folder).ending == "stopped at gate"
    assert not only(folder).is_open


@pytest.mark.parametrize(
    ("bodies", "phase"),
    [
        ((), ""),
        (
            (PhaseOpened(phase="before"), RollbackStarted(level="level-1-variables-only", reason="x")),
            "Level 1: variables only",
        ),
        (
            (
                RollbackStarted(level="level-1-variables-only", reason="x"),
                PhasesReopened(reason="y"),
                PhaseOpened(phase="before"),
            ),
            "Before",
        ),
        ((PhaseOpened(phase="never-heard-of"),), "never-heard-of"),
        ((PlanAmended(plan={"phases": [{"title": "New one"}]}, diff=()), PhaseOpened(phase="new-one")), "New one"),
    ],
)
def test_the_phase_is_the_one_opened_last(
    folder: Path, make_run: MakeRun, bodies: tuple[Body, ...], phase: str
) -> None:
    make_run("4f2c", OPENED, *bodies)
    assert only(folder).phase == phase


def test_the_newest_comes_first(folder: Path, make_run: MakeRun) -> None:
    make_run("bbbb", OPENED, days=1)
    make_run("aaaa", OPENED, days=2)
    make_run("cccc", OPENED)
    assert [run.id for run in runs(folder)] == ["aaaa", "bbbb", "cccc"]


def test_one_that_somebody_works_in_is_listed_and_not_disturbed(folder: Path, make_run: MakeRun) -> None:
    journal = make_run("4f2c", OPENED, Noted(text="not yet in the main file"), live=True)
    assert only(folder).last == journal.read()[-1].at


def test_looking_leaves_no_trace(folder: Path, make_run: MakeRun) -> None:
    journal = make_run("4f2c", OPENED)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    runs(folder)
    find(folder, None)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before
    assert journal.path in before


def test_a_broken_file_is_listed_with_its_trouble_and_hides_nothing(folder: Path, make_run: MakeRun) -> None:
    make_run("aaaa", OPENED, days=5)
    make_run("bbbb", days=4)
    make_run("cccc", Noted(text="no opening"), days=3)
    cut = make_run("dddd", OPENED, days=2)
    os.truncate(cut.path, 5000)
    (folder / "2026-11-23-foreign-eeee.sqlite").write_bytes(b"hello")
    (folder / "notes.sqlite").mkdir()
    os.utime(folder / "notes.sqlite", (0, 0))  # no date in its name: its age is that of the folder
    (folder / ".ffff.new").write_bytes(b"")
    listed = {run.id: run for run in runs(folder)}
    assert list(listed)[:5] == ["aaaa", "bbbb", "cccc", "dddd", "eeee"]
    assert listed["aaaa"].trouble == listed["bbbb"].trouble == ""
    assert "make no sense" in listed["cccc"].trouble
    assert "damaged" in listed["dddd"].trouble
    assert "no journal of Cockpit" in listed["eeee"].trouble
    assert "cannot be read" in listed["notes"].trouble
    assert [run.id for run in runs(folder) if run.is_open] == ["aaaa"]


def test_without_a_name_the_newest_open_run_is_meant(folder: Path, make_run: MakeRun) -> None:
    make_run("aaaa", OPENED)
    wanted = make_run("bbbb", OPENED, days=1)
    make_run("cccc", OPENED, RunClosed(ending="signed off"), days=2)
    make_run("dddd", days=3)
    assert find(folder, None) == wanted.path


def test_without_an_open_run_it_says_what_to_do(folder: Path, make_run: MakeRun) -> None:
    make_run("cccc", OPENED, RunClosed(ending="signed off"))
    with pytest.raises(JournalError, match="No run is open"):
        find(folder, None)


@pytest.mark.parametrize("name", ["4f2c", "4f", "2026-11-22-reports-4f2c", "2026-11-22-reports-4"])
def test_a_run_is_found_by_id_or_by_a_beginning_only_it_has(folder: Path, make_run: MakeRun, name: str) -> None:
    wanted = make_run("4f2c", OPENED)
    make_run("a001", OPENED)
    assert find(folder, name) == wanted.path


def test_a_whole_id_wins_over_a_longer_one(folder: Path, make_run: MakeRun) -> None:
    wanted = make_run("4f2c", OPENED)
    make_run("4f2c9999", OPENED)
    assert find(folder, "4f2c") == wanted.path


def test_a_run_is_found_by_its_file(folder: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = make_run("4f2c", OPENED)
    assert find(Path("/nowhere"), str(wanted.path)) == wanted.path
    monkeypatch.chdir(folder)
    assert find(Path("/nowhere"), wanted.path.name) == Path(wanted.path.name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("4f", "2 runs begin with 4f. Name one of 4f2c, 4f99"),
        ("4e2c", "No run is called 4e2c. Did you mean 4f2c"),
        ("zzzz", "No run is called zzzz. `cockpit runs` lists"),
        ("./4f2c.sqlite", "There is no journal at ./4f2c.sqlite"),
        ("", "3 runs begin with"),
    ],
)
def test_a_name_that_leads_nowhere_is_answered_with_the_nearest(
    folder: Path, make_run: MakeRun, name: str, words: str
) -> None:
    for run in ("4f2c", "4f99", "a001"):
        make_run(run, OPENED)
    with pytest.raises(JournalError) as refused:
        find(folder, name)
    assert words in str(refused.value)
