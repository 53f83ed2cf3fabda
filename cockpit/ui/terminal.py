"""Runs a screen so that the terminal comes out whole, whatever happens.

Guards against what Textual 8 leaves open: a stray input byte ends the program with status 0
(https://github.com/Textualize/textual/issues/6668), SIGTERM and SIGHUP leave the alternate
screen on, a crash prints local variables and exits 0. Textual is imported inside the functions,
because its frame rate is read from the environment when it is imported.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import gc
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit import crash
from cockpit.ui.pasted import PasteFilter

if TYPE_CHECKING:
    from cockpit.ui.app import Cockpit

FPS, CALM_FPS = "120", "10"
"""Frames a second at most. Only what has changed is painted, so the upper figure merely shortens the wait for a key."""

PATCHED_VERSIONS = (8, 2)
"""Textual's major and least minor version whose Linux driver decodes strictly."""

_PATIENCE = 5.0
"""Machine seconds a signalled screen has to go; a terminal that takes no more bytes would hold it for ever."""

_LEAVE = "\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
"""Paste brackets, line wrap, mouse, focus reports, Kitty keys, alternate screen and cursor as a shell wants them."""

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def prepare(*, calm: bool = False) -> None:
    """Set what Textual reads when it is imported. Call it before importing anything else of `cockpit.ui`."""
    for variable in ("COLUMNS", "LINES"):  # exported by some shells, they would stand for the size after every resize
        os.environ.pop(variable, None)
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    os.environ["TEXTUAL_FPS"] = CALM_FPS if calm else FPS


def is_there() -> bool:
    """Whether there is a terminal to show a screen on, and to read keys from."""
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stderr__))


def run(app: Cockpit, *, crashes: Path, redact: Callable[[str], str]) -> int:
    """Run the screen to its end; the process's exit status.

    143 and 129 after SIGTERM and SIGHUP, 1 after an error of our own, whose traceback goes
    through `redact` into a file of mode 0600 under `crashes`; 2 where there is no terminal.
    """
    if not is_there():
        _say("The screen needs a terminal. Run it in one, or use `cockpit status` and `cockpit check`.")
        return 2
    tolerate_stray_bytes()
    outlast_the_line()
    failure: BaseException | None = None
    gc.freeze()  # what was imported stays: the collector need not go through it while keys wait
    with _terminal_kept():
        try:
            app.run(mouse=False)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (whatever it was, the terminal comes first)
            failure = error
    failure = failure or app.failure or app.fault
    if failure is None:
        return app.return_code or 0
    _say(f"Cockpit met an error of its own: {crash.keep(failure, crashes, redact)}. {app.way_on}")
    return app.return_code or 1


def trap_signals(leave: Callable[[int], None]) -> None:
    """On SIGTERM and SIGHUP call `leave(128 + signal)` on the running loop; end the process if that does not help.

    Not by the loop's own `add_signal_handler`: a loop that is held up would never hear of the signal.
    """
    loop = asyncio.get_running_loop()

    def depart(number: int, _: object) -> None:
        if loop.is_closed():  # there is nothing to leave any more
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        last_resort = threading.Timer(_PATIENCE, os._exit, [128 + number])
        last_resort.daemon = True
        last_resort.start()
        loop.call_soon_threadsafe(leave, 128 + number)

    for each in _SIGNALS:
        with contextlib.suppress(ValueError):  # outside the main thread there are no signals to trap
            signal.signal(each, depart)


def tolerate_stray_bytes() -> bool:
    """Let Textual's driver take input that is no UTF-8; false where this version is not known to need it."""
    import textual  # noqa: PLC0415  (see above)
    from textual.drivers import linux_driver  # noqa: PLC0415

    version = tuple(int(part) for part in textual.__version__.split(".")[:2])
    if version[0] != PATCHED_VERSIONS[0] or version < PATCHED_VERSIONS:
        return False
    vars(linux_driver)["getincrementaldecoder"] = lambda _encoding: TolerantDecoder
    return True


def outlast_the_line() -> None:
    """Have Textual's driver write through a thread that never holds up the loop."""
    from textual.drivers import linux_driver  # noqa: PLC0415  (see above)

    from cockpit.ui.writer import LastingWriter  # noqa: PLC0415  (see above)

    vars(linux_driver)["WriterThread"] = LastingWriter


class TolerantDecoder:
    """UTF-8 with a mark for what is none, and pastes without escapes.

    A terminal that only says "end" is reported, not polled for ever.
    """

    ENDS = 100
    """Empty reads in a row after which the terminal is gone."""

    def __init__(self, errors: str = "replace") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors)
        self._filter = PasteFilter()
        self._ends = 0

    def decode(self, data: bytes, final: bool = False) -> str:  # noqa: FBT001, FBT002  (the signature of codecs)
        """Raises EOFError once the terminal has gone."""
        self._ends = 0 if data else self._ends + 1
        if self._ends > self.ENDS and not final:
            raise EOFError("The terminal has gone.")
        return self._filter(self._decoder.decode(data, final))


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """The terminal's settings as before, and the sequences that leave a screen, whatever was left undone."""
    descriptor = sys.__stdin__.fileno() if sys.__stdin__ else 0
    before: list[Any] | None = None
    with contextlib.suppress(termios.error):
        before = termios.tcgetattr(descriptor)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError, termios.error):
            if before is not None and termios.tcgetattr(descriptor) != before:
                termios.tcsetattr(descriptor, termios.TCSANOW, before)
                if sys.__stderr__:
                    sys.__stderr__.write(_LEAVE)
                    sys.__stderr__.flush()


def _say(words: str) -> None:
    with contextlib.suppress(OSError, AttributeError):
        print(words, file=sys.__stderr__)
