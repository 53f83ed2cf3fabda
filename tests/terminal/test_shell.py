"""The shell is whole afterwards, however the program ends; and it ends, however the line is."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import termios
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux
from tests.ui.terminal_hand import Terminal

SHELL = {"alternate": False, "cursor": True, "mouse": False}
"""What a shell wants of a terminal."""


@pytest.mark.tmux
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_and_leaves_the_terminal_to_the_shell(
    terminal: Tmux, plan: str, number: signal.Signals, status: int
) -> None:
    terminal.starts("run", plan)
    terminal.sees(r"\? keys")
    assert terminal.flags == {"alternate": True, "cursor": False, "mouse": False}

    os.kill(terminal.pid, number)

    assert terminal.ends() == status
    assert terminal.flags == SHELL
    assert "is open. Go on with: cockpit resume" in terminal.last_words


@pytest.mark.tmux
def test_bytes_that_are_no_text_are_passed_over(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next +One")  # before its first phase is open there is nothing to tick
    terminal.sends(0xFF, 0xC3, 0x28, 0x80, 0xFE)
    terminal.presses("space")
    terminal.sees("✓ One +done")


@pytest.mark.tmux
def test_a_crash_is_two_sentences_and_a_status(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan, module="tests.terminal.breaking")
    terminal.sees(r"\? keys")
    terminal.presses("?")

    assert terminal.ends() == 1
    assert terminal.flags == SHELL
    said = terminal.last_words
    assert "Cockpit met an error of its own" in said
    assert "cockpit resume" in said
    for word in ("Traceback", "ZeroDivisionError", "in-a-local-variable"):
        assert word not in said
    (account,) = (terminal.state / "cockpit" / "crashes").iterdir()
    assert "in-a-local-variable" not in account.read_text()


@pytest.mark.tmux
def test_what_was_done_before_a_crash_is_there_on_resume(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan, module="tests.terminal.breaking")
    terminal.sees("Next  One")
    terminal.presses("space")
    terminal.sees("Next  Two")
    terminal.presses("?")
    assert terminal.ends() == 1

    terminal.starts("resume")
    terminal.sees("Next  Two")
    terminal.sees("✓ One +done")


@pytest.mark.parametrize("ending", ["a signal", "a dropped line"])
def test_a_line_that_takes_no_more_bytes_does_not_keep_it_from_ending(tmp_path: Path, plan: str, ending: str) -> None:
    """Nobody reads what is painted, and more is painted all the time: as when a connection stalls, then drops."""
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}
    with Terminal("cockpit", "run", plan, environ=state) as stalled:
        stalled.waits_for("? keys")
        for number in range(60):  # each paints 4 KB or more: soon the terminal is full, then Textual's queue of 30
            size = struct.pack("HHHH", 24 + number % 2, 80 + number % 7, 0, 0)
            fcntl.ioctl(stalled._slave, termios.TIOCSWINSZ, size)
            stalled.signals(signal.SIGWINCH)
            _until_quiet(stalled._process.pid)
        if ending == "a signal":
            stalled.signals(signal.SIGTERM)
            assert stalled._process.wait(timeout=20) == 143
        else:
            stalled.hangs_up()
            assert stalled._process.wait(timeout=20) in (1, 129)


def _until_quiet(pid: int) -> None:
    """Wait until the program has used no processor time between two looks: it has painted, or is stuck in painting."""
    used = -1
    while used != (used := _ticks(pid)):
        select.select([], [], [], 0.03)


def _ticks(pid: int) -> int:
    """Hundredths of a second of processor time."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(told[11]) + int(told[12])
