"""`amend`: a changed plan is shown, confirmed and taken in; anything else changes nothing."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit.clock import FrozenClock
from cockpit.core.commands import AnswerSee, Close, Do, Tick
from cockpit.core.state import Status
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from tests.cli.conftest import AT, Begin, Cockpit, Write, phase

PLAN = phase("tick Coffee", "tick Cake")


@pytest.fixture
def plan(write: Write) -> Path:
    return write(PLAN)


def state_of(session: Session) -> Session:
    """The run as its file has it now."""
    path = next(Path(session._journal.path).parent.glob(f"*{session.run}.sqlite"))  # type: ignore[attr-defined]
    journal = SqliteJournal.open(path)
    read = Session(journal, FrozenClock(AT), "reader")
    journal.close()
    return read


def types(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(words))


def test_what_did_not_change_keeps_its_state_and_what_changed_is_open_again(
    cockpit: Cockpit, begin: Begin, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(plan, Tick("all/tick:coffee"), Tick("all/tick:cake"))
    plan.write_text(plan.read_text().replace("Cake", "Cake with cream"))
    types("yes\n", monkeypatch)
    ran = cockpit("amend", run.run, "--as", "grace")
    assert ran.code == 0, ran
    assert '-    "tick Cake",' in ran.out
    assert '+    "tick Cake with cream",' in ran.out
    assert f"Run {run.run} goes on with the changed plan: cockpit resume {run.run}" in ran.out
    state = state_of(run).state
    assert state.item("all/tick:coffee").status is Status.DONE
    assert state.item("all/tick:cake-with-cream").status is Status.OPEN
    assert state.notes[-1].deviation
    assert state.notes[-1].by == "grace"


def test_it_says_before_the_question_what_will_be_open_again(
    cockpit: Cockpit, begin: Begin, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[sees.sky]\ntext = "The sky is blue"\n' + phase("see sky", "tick Coffee")
    plan = write(text)
    run = begin(plan, AnswerSee("all/see:sky", "yes"))
    plan.write_text(plan.read_text().replace("blue", "grey"))
    types("no\n", monkeypatch)
    ran = cockpit("amend", run.run)
    assert "Open again: all: The sky is grey" in ran.out
    assert state_of(run).state.item("all/see:sky").status is Status.DONE


@pytest.mark.parametrize("words", ["no\n", "y\n", "\n", ""])
def test_anything_but_yes_changes_nothing(
    cockpit: Cockpit, begin: Begin, plan: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    run = begin(plan)
    plan.write_text(plan.read_text().replace("Cake", "Tea"))
    types(words, monkeypatch)
    ran = cockpit("amend", run.run)
    assert ran.code == 2
    assert ran.out.endswith("Nothing was changed.\n")
    assert state_of(run).state.seq == run.state.seq


def test_a_plan_that_has_not_changed_is_told(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    run = begin(plan)
    plan.write_text(plan.read_text() + "\n# a remark\n")
    ran = cockpit("amend", run.run)
    assert (ran.code, ran.out) == (0, "The plan has not changed.\n")


def test_of_a_broken_plan_all_complaints_are_told_and_nothing_is_changed(
    cockpit: Cockpit, begin: Begin, plan: Path
) -> None:
    run = begin(plan)
    plan.write_text(plan.read_text().replace("tick Cake", "tik Cake").replace("tick Coffee", "check coffee"))
    ran = cockpit("amend", run.run, "--yes")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 3
    assert ran.err.splitlines()[-1].endswith("cannot be used: 2 complaints. Mend what is named.")
    assert state_of(run).state.seq == run.state.seq


def test_a_plan_may_come_from_another_file(cockpit: Cockpit, begin: Begin, plan: Path, write: Write) -> None:
    run = begin(plan)
    other = write(phase("tick Tea"), name="other.toml")
    assert cockpit("amend", run.run, "--plan", other, "--yes").code == 0
    assert state_of(run).state.plan.item("all/tick:tea") is not None


RAILWAY = '[connections.railway]\nkind = "railway"\ntoken = "env:RAILWAY_TOKEN"\nenvironment = "production"\n'
STAGING = '[environments.staging.connections.railway]\nenvironment = "staging"\n'


def test_a_run_of_another_environment_takes_that_part_of_the_plan(cockpit: Cockpit, begin: Begin, write: Write) -> None:
    plan = write(RAILWAY, STAGING, PLAN)
    run = begin(plan, environment="staging")
    plan.write_text(plan.read_text().replace("Cake", "Tea"))
    ran = cockpit("amend", run.run, "--yes")
    assert ran.code == 0, ran
    assert state_of(run).state.plan.environment == "staging"
    assert "production" not in ran.out


def test_a_plan_for_another_environment_is_refused(cockpit: Cockpit, begin: Begin, write: Write) -> None:
    plan = write(RAILWAY, STAGING, PLAN)
    run = begin(plan, environment="staging")
    plan.write_text(plan.read_text().replace("staging", "preview"))
    ran = cockpit("amend", run.run, "--yes")
    assert ran.code == 2
    assert ran.err.startswith("This run is about staging, and the changed plan about production.")
    assert state_of(run).state.seq == run.state.seq


def test_a_closed_run_is_not_amended(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    run = begin(plan, Close("abandoned", "a test"))
    plan.write_text(plan.read_text().replace("Cake", "Tea"))
    ran = cockpit("amend", run.run, "--yes")
    assert ran.code == 2
    assert ran.err.startswith("The run is closed: abandoned.")


def test_an_action_under_way_does_not_change_under_it(cockpit: Cockpit, begin: Begin, write: Write) -> None:
    action = '[actions.go]\nargv = ["true"]\nconfirm = "yes"\nundo = "none"\nwhy = "a test"\n'
    plan = write(action, phase("do go", "tick Cake"))
    run = begin(plan, Do("all/do:go", typed="yes"))
    plan.write_text(plan.read_text().replace('["true"]', '["false"]'))
    ran = cockpit("amend", run.run, "--yes")
    assert ran.code == 2
    assert ran.err.startswith("go is under way, or nobody knows how it ended.")
    plan.write_text(plan.read_text().replace('["false"]', '["true"]').replace("Cake", "Tea"))
    assert cockpit("amend", run.run, "--yes").code == 0


@pytest.fixture
def driver() -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like another cockpit."""
    process = subprocess.Popen([sys.executable, "-c", "input()", "cockpit"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_a_run_that_another_process_drives_is_left_to_it(
    cockpit: Cockpit, begin: Begin, plan: Path, driver: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: driver.pid)
        run = begin(plan)
    plan.write_text(plan.read_text().replace("Cake", "Tea"))
    ran = cockpit("amend", run.run, "--yes")
    assert ran.code == 2
    assert ran.err.startswith(f"Run {run.run} is driven by process {driver.pid} on this machine.")
    driver.kill()
    driver.communicate()
    assert cockpit("amend", run.run, "--yes").code == 0


def test_a_rehearsal_stays_in_its_own_time(cockpit: Cockpit, begin: Begin, plan: Path) -> None:
    then = AT - timedelta(days=900)
    run = begin(plan, at=then, rehearsal=True)
    plan.write_text(plan.read_text().replace("Cake", "Tea"))
    assert cockpit("amend", run.run, "--yes").code == 0
    state = state_of(run).state
    assert state.seq > run.state.seq
    assert state.at == then
