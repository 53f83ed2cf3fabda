"""`rehearse --auto` and `resume`: what a kill, a dead world and a folder that is gone leave to go on with."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cockpit.cli import screen
from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.events import Event
from cockpit.core.fold import fold
from cockpit.journal.sqlite import SqliteJournal
from cockpit.paths import private, runs_folder
from cockpit.session import Session
from cockpit.simulator import ledger
from cockpit.ui import terminal

from .conftest import AT, Begin, Cockpit, Write, phase

PLAN = Path(__file__).parents[1] / "soak/plan.toml"
PACE = ("--speed", "600", "--watch-speed", "600", "--as", "ada")
PATIENCE = 60.0

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def plan(home: Path) -> Path:
    """The soak's plan as a calm deploy ends it: the old version has time to finish, the new one may differ."""
    lines = PLAN.read_text().splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.rstrip().endswith("# turns back"))
    path = home / "plan.toml"
    path.write_text(kept.replace('DRAINING_SECONDS = "10"', 'DRAINING_SECONDS = "600"'))
    return path


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts `cockpit ARGUMENTS` as a process of its own."""
    begun: list[subprocess.Popen[str]] = []

    def cockpit(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "cockpit", *map(str, arguments)]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=home
        )
        begun.append(process)
        return process

    yield cockpit
    for process in begun:
        process.kill()
        process.communicate()


def events(home: Path) -> list[Event]:
    """Of the one run there is."""
    (path,) = (home / ".local/state/cockpit/runs").glob("*.sqlite")
    journal = SqliteJournal.open(path)
    try:
        return journal.read()
    finally:
        journal.close()


def until_event(home: Path, kind: str, process: subprocess.Popen[str]) -> None:
    """Until that kind of event stands in the journal."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        there = list((home / ".local/state/cockpit/runs").glob("*.sqlite"))
        if there and kind in [event.kind for event in events(home)]:
            return
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    raise AssertionError(f"no {kind} came")


def number_of_world(folder: Path) -> int:
    return int(json.loads((folder / "address.json").read_text())["pid"])


def test_when_cockpit_and_world_are_killed_both_go_on_where_they_were(home: Path, plan: Path, start: Start) -> None:
    world = home / "world"
    first = start("rehearse", plan, "--auto", "--state", "world", *PACE)
    until_event(home, "RolloutBegan", first)
    os.kill(first.pid, signal.SIGKILL)
    os.kill(killed := number_of_world(world), signal.SIGKILL)
    killed_at = time.time()
    first.wait()
    before = events(home)
    second = start("resume", "--auto", *PACE)
    told, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 0, told
    assert "as it must" in told
    after = events(home)
    assert after[: len(before)] == before
    assert fold(after).ending == "signed off"
    assert number_of_world(world) != killed
    assert_stood_still(world, killed_at)
    assert [event.kind for event in after].count("ActionIntended") == 2


def test_the_exit_is_that_of_the_judge_that_was_asked(home: Path, plan: Path, start: Start) -> None:
    ran = start("rehearse", plan, "--auto", "--state", "world", "--judge", "regression", *PACE)
    told, _ = ran.communicate(timeout=PATIENCE)
    assert ran.returncode == 1, told
    assert "The run ended as signed off, not rolled back." in told
    assert "ended: signed off; not as it must" in told
    assert (home / "world" / "postgres").is_dir()  # whose folder was named keeps it whole


def assert_stood_still(world: Path, killed_at: float) -> None:
    """While the world was down its plan time was too: a start takes longer than half a second of the machine's time."""
    entries = ledger.read(world)
    last = [one for one in entries if one.machine <= killed_at][-1]
    first = next(one for one in entries if one.machine > killed_at)
    passed = (datetime.fromisoformat(first.at) - datetime.fromisoformat(last.at)).total_seconds()
    assert passed < (first.machine - last.machine - 0.5) * 600


def test_the_end_of_the_world_ends_the_script_and_says_how_to_go_on(home: Path, plan: Path, start: Start) -> None:
    first = start("rehearse", plan, "--auto", "--state", "world", "--speed", "5", "--watch-speed", "5", "--as", "ada")
    until_event(home, "RolloutBegan", first)
    os.kill(number_of_world(home / "world"), signal.SIGKILL)
    told, _ = first.communicate(timeout=PATIENCE)
    assert first.returncode == 2
    run = events(home)[0].run
    assert f"The stand-in world has gone. Go on with: cockpit resume {run} --auto" in told
    assert "Traceback" not in told


def test_a_run_somebody_drives_is_not_resumed_beside_them(
    home: Path, plan: Path, start: Start, cockpit: Cockpit
) -> None:
    first = start("rehearse", plan, "--auto", "--state", "world", "--speed", "5", "--watch-speed", "5")
    until_event(home, "Attached", first)
    ran = cockpit("resume", "--auto")
    assert ran.code == 2
    assert f"is driven by process {first.pid} on this machine" in ran.err
    assert first.poll() is None


@pytest.fixture
def orphan(home: Path, begin: Begin, write: Write) -> Session:
    """A rehearsal whose world is gone with its folder."""
    session = begin(write(phase("tick Begun", "tick Ended")), wanted.Tick("all/tick:begun"), rehearsal=True,
                    simulator=str(home / "gone"))  # fmt: skip
    session.close()
    return session


def test_a_rehearsal_without_its_world_cannot_go_on_by_script(orphan: Session, cockpit: Cockpit) -> None:
    ran = cockpit("resume", orphan.run, "--auto")
    assert ran.code == 2
    assert f"The stand-in world of run {orphan.run} is gone" in ran.err
    assert f"cockpit report {orphan.run}" in ran.err


def test_a_rehearsal_without_its_world_opens_read_only_and_says_so(
    orphan: Session, cockpit: Cockpit, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Session] = []

    def show(session: Session, _: argparse.Namespace, *, background: object = None) -> int:
        assert background is None
        shown.append(session)
        assert session.state.item("all/tick:begun").status == "done"
        assert session.clock.now() == session.state.at
        return 0

    monkeypatch.setattr(terminal, "is_there", lambda: True)
    monkeypatch.setattr(screen, "_show", show)
    ran = cockpit("resume", orphan.run)
    assert ran.code == 0
    assert "It opens read-only." in ran.err
    assert "gone" in str(shown[0].telemetry.links["simulator"])


async def test_everything_is_refused_in_a_run_that_is_only_looked_at(orphan: Session) -> None:
    (path,) = runs_folder().glob("*.sqlite")
    journal = SqliteJournal.open(path)
    session = Session(journal, orphan.clock, "bob")
    session.read_only = "Read only. Its world is gone."
    for command in (wanted.Tick("all/tick:ended"), wanted.Note("x"), wanted.Advance(), wanted.Close("abandoned", "x")):
        assert await session.dispatch(command) == Refusal("Read only. Its world is gone.")
    assert session.events() == journal.read()
    session.close()


def test_a_run_that_was_killed_as_it_began_is_told_from_one_that_is_damaged(home: Path, cockpit: Cockpit) -> None:
    journal = SqliteJournal.create(private(runs_folder()), "Reports", AT)
    journal.close()
    ran = cockpit("resume", journal.run)
    assert ran.code == 2
    assert "Nothing has happened" in ran.err


def test_a_closed_run_is_not_resumed(begin: Begin, write: Write, cockpit: Cockpit) -> None:
    session = begin(write(phase("tick Begun")), wanted.Close("abandoned", "enough"))
    session.close()
    ran = cockpit("resume", session.run)
    assert ran.code == 2
    assert f"Run {session.run} is closed: abandoned. See cockpit report {session.run}." in ran.err
