"""The console script: what it costs, what it says when all else fails, and where its words cannot go."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.cli import SCENARIOS
from cockpit.simulator import scenario
from tests.cli.conftest import Cockpit, Write, check, db, phase

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "demo", "run", "resume", "rehearse", "simulator", "lint", "schema", "keys", "config", "runs", "status", "report",
    "monitor", "amend", "check", "doctor",
)  # fmt: skip


def process(*arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """`python -m cockpit` as a process of its own."""
    path = os.pathsep.join([str(ROOT), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-m", "cockpit", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, **more},
    )


def test_help_names_every_command_and_what_it_does(cockpit: Cockpit) -> None:
    ran = cockpit("--help")
    listed = [line.split()[0] for line in ran.out.splitlines() if line.startswith("    ") and line[4] != " "]
    assert ran.code == 0
    assert [name for name in listed if name != "COMMAND"] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(cockpit: Cockpit, command: str) -> None:
    ran = cockpit(command, "--help")
    assert ran.code == 0
    assert f"usage: cockpit {command}" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["fly"], ["check"], ["lint", "a", "b"], ["report", "--format", "html"], ["demo", "--speed", "0"],
        ["demo", "--speed", "nan"], ["demo", "--watch-speed", "fast"], ["demo", "--scenario", "doom"],
    ],
)  # fmt: skip
def test_bad_usage_is_two(cockpit: Cockpit, arguments: list[str]) -> None:
    ran = cockpit(*arguments)
    assert ran.code == 2
    assert ran.err.startswith("usage: cockpit")


def test_the_scenarios_are_those_of_the_simulator() -> None:
    assert set(SCENARIOS) == set(scenario.SCENARIOS)


@pytest.mark.parametrize("command", ["run", "rehearse", "demo"])
def test_without_a_terminal_nothing_is_begun(
    cockpit: Cockpit, write: Write, home: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.ui.terminal.is_there", lambda: False)
    plan = [str(write(phase("tick Coffee")))] if command != "demo" else []
    ran = cockpit(command, *plan)
    assert ran.code == 2
    assert ran.err == "The screen needs a terminal. Run it in one, or use cockpit status and cockpit check.\n"
    assert not (home / ".local").exists()


def test_a_run_without_its_secrets_is_not_begun(
    cockpit: Cockpit, write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.ui.terminal.is_there", lambda: True)
    ran = cockpit("run", write(db(), phase("tick Coffee")))
    assert ran.code == 2
    assert ran.err == "The environment variable DATABASE_URL is not set. Export it, then start again.\n"
    assert not (home / ".local").exists()


SECRET = "correct-horse-battery-staple"


def test_an_error_of_our_own_is_two_sentences_and_an_account_without_secrets(
    cockpit: Cockpit, write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise ZeroDivisionError(f"near {SECRET} and sesame-open-up")

    monkeypatch.setattr("cockpit.cli.inquiry.Inquiry._answer", breaks)
    monkeypatch.setenv("APP_TOKEN", "sesame-open-up")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    (home / "secret").write_text(SECRET)
    (home / "secret").chmod(0o600)
    asked = check("echo", on="db", sql="select $1", with_='["pin"]')
    plan = write(db(), '[asks.pin]\ntext = "Pin"\nsecret = true', asked, phase("ask pin", "check echo"))
    ran = cockpit("check", plan, "--answer", f"pin=file:{home}/secret")
    assert ran.code == 70
    assert ran.out == ""
    assert ran.err.startswith("Cockpit met an error of its own: its account lies in ")
    assert len(ran.err.splitlines()) == 1
    (account,) = (home / ".local/state/cockpit/crashes").iterdir()
    assert stat.S_IMODE(account.stat().st_mode) == 0o600
    assert stat.S_IMODE(account.parent.stat().st_mode) == 0o700
    text = account.read_text()
    assert "ZeroDivisionError: near ••• and •••" in text
    assert "Traceback" in text
    assert SECRET not in text


@pytest.mark.usefixtures("home")
def test_an_interrupt_is_no_error(cockpit: Cockpit, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("cockpit.cli.plans.schema", interrupted)
    ran = cockpit("schema")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


@pytest.mark.usefixtures("home")
def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    running = process("schema")
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == b""
    assert running.wait() == 1
    running.stderr.close()


@pytest.mark.usefixtures("home")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_output_that_goes_to_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cockpit", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )
    assert done.returncode == 2
    assert done.stderr == b"What was to be printed could not be written: No space left on device. Write it elsewhere.\n"


@pytest.mark.usefixtures("home")
def test_a_terminal_without_our_letters_shows_marks_in_their_place() -> None:
    out, err = process("keys", PYTHONIOENCODING="ascii").communicate()
    assert b"`?` `k` | Up" in out
    assert err == b""
