"""The terminal comes out whole: torn input, signals, a dropped line, errors of our own."""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from queue import Queue

import pytest
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from cockpit.ui.app import Cockpit
from cockpit.ui.terminal import PATCHED_VERSIONS, TolerantDecoder
from tests.ui.stage import Stage
from tests.ui.terminal_hand import ROOT, Terminal
from tests.view.runs import MOMENTS

DEMO = "tests.ui.demo"


def demo(*arguments: str, **options: object) -> Terminal:
    return Terminal(DEMO, *arguments, **options)  # type: ignore[arg-type]  # options of Terminal


def test_bytes_that_are_no_text_do_not_end_the_program() -> None:
    with demo("overlapping") as terminal:
        terminal.waits_for("Checklist")
        terminal.types(b"\xff\xc3(\x80\x1b[M \xfe\xff")
        terminal.types(b"2")
        terminal.waits_for("running since")
        terminal.types(b"q")
        terminal.waits_for("Leave the screen?")
        terminal.types(b"y")
        assert terminal.ends() == 0
        assert terminal.settings() == terminal.before


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_the_shell_whole(number: signal.Signals, status: int) -> None:
    with demo("overlapping", "--lines", "50") as terminal:
        terminal.waits_for("Checklist")
        assert terminal.settings() != terminal.before
        terminal.signals(number)
        assert terminal.ends() == status
        assert terminal.settings() == terminal.before
        for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1004l", b"\x1b[?2004l"):
            assert terminal.painted.rfind(sequence) > terminal.painted.rfind(b"Checklist")


def test_a_dropped_line_ends_the_program() -> None:
    with demo("overlapping", "--lines", "50") as terminal:
        terminal.waits_for("Checklist")
        terminal.hangs_up()
        assert terminal.ends() in (1, 129)


def test_an_error_of_our_own_is_two_sentences_and_a_private_file_without_secrets(tmp_path: Path) -> None:
    with demo("overlapping", "--broken", "screen", environ={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.waits_for("Checklist")
        terminal.types(b"?")
        assert terminal.ends() == 1
        assert terminal.settings() == terminal.before
        last = terminal.words[terminal.words.rindex("Cockpit met") :]
        assert "Traceback" not in terminal.words
        assert "ZeroDivisionError" not in last
        assert "cockpit resume 4f2c" in last
    (file,) = (tmp_path / "cockpit-demo").iterdir()
    assert str(file) in re.sub(r"\s", "", last)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ZeroDivisionError" in file.read_text("utf-8")


def test_a_runner_that_dies_is_said_in_red_and_in_the_status(tmp_path: Path) -> None:
    with demo("overlapping", "--broken", "runner", environ={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.waits_for("The runner has stopped (ZeroDivisionError)")
        terminal.types(b"q")
        terminal.waits_for("Leave the screen?")
        terminal.types(b"y")
        assert terminal.ends() == 1
    (file,) = (tmp_path / "cockpit-demo").iterdir()
    assert "(secret)" in file.read_text("utf-8")
    assert "secret-of-mine" not in file.read_text("utf-8")


def test_no_key_suspends_and_control_c_asks_whether_to_leave() -> None:
    with demo("overlapping") as terminal:
        terminal.waits_for("Checklist")
        terminal.types(b"\x1a")
        terminal.waits_for("^Z does nothing")
        terminal.types(b"\x03")
        terminal.waits_for("Leave the screen?")


def test_the_mouse_is_never_asked_for() -> None:
    with demo("overlapping") as terminal:
        terminal.waits_for("Checklist")
        assert b"\x1b[?1000h" not in terminal.painted
        assert b"\x1b[?1003h" not in terminal.painted


def test_without_a_terminal_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", DEMO], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("The screen needs a terminal.")


def test_calm_is_set_before_textual_is_imported() -> None:
    code = (
        "from cockpit.ui import terminal; terminal.prepare(calm=True); import textual.constants as c;"
        "print(c.MAX_FPS, c.TEXTUAL_ANIMATIONS)"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, env=environ
    )
    assert done.stdout.split() == ["10", "none"]


def test_textual_still_needs_the_patch() -> None:
    """When this fails, textual#6696 is out: drop `tolerate_stray_bytes`, or move its versions on."""
    version = tuple(int(part) for part in importlib.metadata.version("textual").split(".")[:2])
    assert version[0] == PATCHED_VERSIONS[0]
    assert 'getincrementaldecoder("utf-8")().decode' in inspect.getsource(linux_driver.LinuxDriver.run_input_thread)


def test_textuals_queue_still_blocks_when_it_is_full() -> None:
    """When this fails, look at `Cockpit.is_behind`: it reads this queue."""
    assert isinstance(WriterThread(sys.stderr)._queue, Queue)
    assert WriterThread(sys.stderr)._queue.maxsize == MAX_QUEUED_WRITES
    assert "_writer_thread" in inspect.getsource(linux_driver.LinuxDriver.__init__)


def test_the_hooks_that_would_print_a_traceback_are_still_there() -> None:
    for hook in ("_fatal_error", "panic", "_close_messages_no_wait"):
        assert callable(getattr(App, hook))


def test_a_torn_character_becomes_a_mark_and_text_goes_on() -> None:
    decoder = TolerantDecoder()
    assert decoder.decode(b"a\xffb") == "a\ufffdb"
    assert decoder.decode("é".encode()[:1]) == ""
    assert decoder.decode("é".encode()[1:]) == "é"


def test_a_terminal_that_only_says_end_is_given_up() -> None:
    decoder = TolerantDecoder()
    for _ in range(decoder.ENDS):
        assert decoder.decode(b"") == ""
    with pytest.raises(EOFError):
        decoder.decode(b"")
    assert decoder.decode(b"x") == "x"


def test_a_terminal_that_is_behind_is_left_to_catch_up() -> None:
    app = Cockpit(Stage(MOMENTS["fresh"]()), theme_folders=())
    assert not app.is_behind
    writer = WriterThread(sys.stderr)
    app._driver = type("Driver", (), {"_writer_thread": writer})()
    behind = []
    for _ in range(4):
        writer.write("frame")
        behind.append(app.is_behind)
    assert behind == [False, False, False, True]
