"""The program in a terminal of its own: bytes typed in, bytes painted out, signals, what the terminal is left like."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
_ESCAPE = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>()][0-9A-B]?")


class Terminal:
    """A pseudo-terminal with `python -m MODULE ARGUMENTS` in it."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = self.settings()
        self.painted = b""
        """Everything the program has written."""
        self._words, self._raw = "", b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=ROOT,
            env=_environment(environ or {}),
            start_new_session=True,
            preexec_fn=self._take_terminal,  # noqa: PLW1509  (nothing runs in threads here)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)

    @property
    def words(self) -> str:
        """What was painted, without the sequences that place and colour it."""
        return self._words

    def forgets(self) -> None:
        """Begin anew with what was painted."""
        self.painted, self._words = b"", ""

    @property
    def cpu(self) -> float:
        """Seconds of processor time the program has used."""
        usage = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(usage[11]) + int(usage[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> float:
        """Megabytes of memory the program holds."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text("utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def settings(self) -> list[Any]:
        """The terminal's settings, as `stty` sees them."""
        return termios.tcgetattr(self._slave)

    def types(self, data: bytes) -> None:
        os.write(self._master, data)

    def signals(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def hangs_up(self) -> None:
        """The line drops: nobody holds the terminal any more."""
        os.close(self._slave)
        os.close(self._master)
        self._slave = self._master = -1

    def reads(self, seconds: float = 0.05) -> bytes:
        """What is painted in the next moment."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        data = b""
        if ready:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                data = b""
        self.painted += data
        self._strip(data)
        return data

    def reads_for(self, seconds: float) -> bytes:
        """All that is painted in a span."""
        end, start = monotonic() + seconds, len(self.painted)
        while (left := end - monotonic()) > 0:
            self.reads(left)
        return self.painted[start:]

    def waits_for(self, *texts: str) -> None:
        """Until all of these have been painted."""
        self._until(lambda: all(text in self.words for text in texts), f"{texts} did not come")

    def ends(self) -> int:
        """The exit status, once it has ended."""
        self._until(lambda: self._process.poll() is not None, "it did not end")
        if self._master >= 0:
            while self.reads(0.05):
                pass
        assert self._process.returncode is not None
        return self._process.returncode

    def _strip(self, data: bytes) -> None:
        """Take in what came; a sequence whose end has not come yet waits for it."""
        raw = self._raw + data
        last = raw.rfind(b"\x1b")
        cut = last if last >= 0 and _ESCAPE.match(raw, last) is None and len(raw) - last < 64 else len(raw)
        self._raw = raw[cut:]
        self._words += _ESCAPE.sub(b"", raw[:cut]).decode("utf-8", "replace")

    def _until(self, condition: Callable[[], bool], complaint: str) -> None:
        end = monotonic() + PATIENCE
        while not condition():
            assert monotonic() < end, f"{complaint}:\n{self.words[-2000:]}"
            if self._master >= 0:
                self.reads()

    def _take_terminal(self) -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    ours = ("TEXTUAL", "NO_COLOR", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)} | dict(changes)
