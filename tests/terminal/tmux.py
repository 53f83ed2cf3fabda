"""A real terminal around the program: a private tmux server, keys pressed into it, its screen read back.

Each `Tmux` has a server of its own, with its own settings, home and state folder, and ends nothing
but that server.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self, TypeVar

ROOT = Path(__file__).parents[2]
Found = TypeVar("Found")

PATIENCE = 30.0
"""Seconds after which what was waited for will not come, on a machine that has other things to do."""

_LOOK = 0.02
"""Seconds between two looks at the screen."""

_ENDED = r"\[ended with (\d+)\]"

_TERMINAL = {"TERM": "tmux-256color", "COLORTERM": "truecolor"}
"""What tmux 3.3 would otherwise call a plain `screen`."""

_NAMES = {
    "⏎": "Enter", "esc": "Escape", "space": "Space", "tab": "Tab", "↑": "Up", "↓": "Down", "←": "Left", "→": "Right",
}  # fmt: skip
"""A key as Cockpit shows it, and as tmux is told of it."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What stands on the terminal, line by line, blanks at the ends left out."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def finds(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.text, re.MULTILINE)


class Tmux:
    """A terminal of `size` with a program in it. Leaving the `with` ends the program by hanging up, and the server."""

    def __init__(
        self, folder: Path, *, size: tuple[int, int] = (80, 24), environ: Mapping[str, str] | None = None
    ) -> None:
        self.size = size
        self.home = folder / "home"
        self.state = folder / "state"
        for each in (self.home, self.state):
            each.mkdir(exist_ok=True)
        self._name = f"cockpit-{uuid.uuid4().hex[:12]}"
        self._sockets = tempfile.mkdtemp(prefix="cockpit-tmux-")
        self._environ = _environment(self.home, self.state, self._sockets) | dict(environ or {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pid = self.pid
        self._tmux("kill-server", check=False)
        if pid:
            _wait(lambda: not _lives(pid), f"process {pid} outlives its terminal", lambda: "")
        shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def runs(self) -> Path:
        """Where the journals lie."""
        return self.state / "cockpit" / "runs"

    def starts(self, *arguments: str, module: str = "cockpit", environ: Mapping[str, str] | None = None) -> None:
        """Run `python -m MODULE ARGUMENTS` from a shell: in a new server, or in the terminal of the program before."""
        put = [f"{name}={value}" for name, value in (_TERMINAL | dict(environ or {})).items()]
        program = shlex.join(["env", *put, sys.executable, "-m", module, *arguments])
        command = f"{program}; printf '\\n[ended with %s]\\n' $?; exec sleep 100000"
        if self._is_open:
            self._tmux("respawn-pane", "-k", "-t", "0", "-c", str(ROOT), command)
            return
        width, height = map(str, self.size)
        self._tmux(
            *("new-session", "-d", "-x", width, "-y", height, "-c", str(ROOT), command),
            *(";", "set-option", "-s", "escape-time", "10"),
        )

    def presses(self, *keys: str) -> None:
        """Press keys, named as Cockpit's key row names them: `space`, `⏎`, `^R`, `y`."""
        for key in keys:
            name = _NAMES.get(key) or (f"C-{key[1:].lower()}" if len(key) == 2 and key[0] == "^" else "")
            self._tmux("send-keys", "-t", "0", *([name] if name else ["-l", key]))

    def types(self, text: str) -> None:
        """Type characters, whatever they are."""
        self._tmux("send-keys", "-t", "0", "-l", text)

    def sends(self, *data: int) -> None:
        """Put bytes on the program's input."""
        self._tmux("send-keys", "-t", "0", "-H", *(f"{byte:02x}" for byte in data))

    def pastes(self, text: str) -> None:
        """Paste text as a terminal does, brackets and all."""
        self._tmux("load-buffer", "-", stdin=text.encode())
        self._tmux("paste-buffer", "-p", "-r", "-t", "0")

    def resizes(self, width: int, height: int) -> None:
        self.size = (width, height)
        self._tmux("resize-window", "-t", "0", "-x", str(width), "-y", str(height))

    @property
    def told_size(self) -> tuple[int, int]:
        """The size the program has been told of: tmux passes a new one on up to 250 ms late."""
        descriptor = os.open(self._tmux("display", "-p", "-t", "0", "#{pane_tty}").strip(), os.O_RDONLY | os.O_NOCTTY)
        try:
            return os.get_terminal_size(descriptor)
        finally:
            os.close(descriptor)

    @property
    def screen(self) -> Screen:
        """The screen, once two looks in a row see the same: a frame may come in pieces."""
        last = self._captured()
        for _ in range(20):
            sleep(_LOOK)
            now = self._captured()
            if now == last:
                break
            last = now
        return Screen(tuple(line.rstrip() for line in last.split("\n")[: self.size[1]]))

    @property
    def coloured(self) -> str:
        """The screen with the escape sequences tmux needs to draw it."""
        return self._tmux("capture-pane", "-t", "0", "-e", "-p")

    def sees(self, pattern: str, timeout: float = PATIENCE) -> re.Match[str]:
        """Wait until the screen has what a regular expression finds."""
        return self.waits_until(lambda screen: screen.finds(pattern), repr(pattern), timeout)

    def sees_no(self, pattern: str, timeout: float = PATIENCE) -> None:
        """Wait until the screen does not have it any more."""
        self.waits_until(lambda screen: screen.finds(pattern) is None, f"the end of {pattern!r}", timeout)

    def waits_until(self, condition: Callable[[Screen], Found | None], what: str, timeout: float = PATIENCE) -> Found:
        """Wait until the screen is as it should be; what the condition found."""
        return _wait(lambda: condition(self.screen), what, lambda: self.screen.text, timeout)

    def ends(self, timeout: float = PATIENCE) -> int:
        """The exit status, once the program has ended; 128 and the signal if one ended it."""
        return int(self.sees(_ENDED, timeout)[1])

    @property
    def last_words(self) -> str:
        """What a program that has ended left behind, in one line."""
        left = self._tmux("capture-pane", "-t", "0", "-p", "-J", "-S", "-100")
        return " ".join(line.strip() for line in re.sub(_ENDED, "", left).splitlines())

    @property
    def pid(self) -> int:
        """The program's process; 0 where none is."""
        shell = self._tmux("display-message", "-p", "-t", "0", "#{pane_pid}", check=False).strip()
        try:
            children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        except OSError:
            return 0
        return int(children[0]) if children else 0

    @property
    def title(self) -> str:
        """The title the terminal was given."""
        return self._tmux("display-message", "-p", "-t", "0", "#{pane_title}").strip()

    @property
    def flags(self) -> dict[str, bool]:
        """What of the terminal is not as a shell wants it: alternate screen, hidden cursor, mouse reports."""
        asked = {"alternate": "#{alternate_on}", "cursor": "#{cursor_flag}", "mouse": "#{mouse_any_flag}"}
        said = self._tmux("display-message", "-p", "-t", "0", " ".join(asked.values())).split()
        return {name: word == "1" for name, word in zip(asked, said, strict=True)}

    @property
    def _is_open(self) -> bool:
        return bool(self._tmux("list-sessions", check=False))

    def _captured(self) -> str:
        return self._tmux("capture-pane", "-t", "0", "-p")

    def _tmux(self, *words: str, check: bool = True, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, "-f", "/dev/null", *words],
            env=self._environ,
            input=stdin,
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"tmux {words[0]}: {done.stderr.decode()}")
        return done.stdout.decode("utf-8", "replace")


def _wait(look: Callable[[], Found | None], what: str, shown: Callable[[], str], timeout: float = PATIENCE) -> Found:
    end = monotonic() + timeout
    while not (found := look()):
        if monotonic() > end:
            raise AssertionError(f"{what} did not come in {timeout:g} s:\n{shown()}")
        sleep(_LOOK)
    return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _environment(home: Path, state: Path, sockets: str) -> dict[str, str]:
    """What a login would have, and nothing of who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "PG_BINDIR", "VIRTUAL_ENV")}
    own = {
        "HOME": str(home),
        "XDG_STATE_HOME": str(state),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TMUX_TMPDIR": sockets,
        "LANG": "C.UTF-8",
        "SHELL": "/bin/sh",
        "PYTHONPATH": str(ROOT),
    }
    return kept | own
