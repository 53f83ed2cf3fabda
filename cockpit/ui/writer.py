"""The thread that writes to the terminal, so that a line that stalls or drops holds up nothing else.

Textual's own takes 30 writes and then blocks the event loop, and with it every probe, the runner
and the handlers of signals; and it dies of the first write that fails, after which nobody empties
the queue. Here the queue has no end (`Cockpit.is_behind` keeps it short), and what a terminal that
has gone would have shown is thrown away.
"""

from __future__ import annotations

import contextlib
from queue import Queue
from typing import IO

from textual.drivers._writer_thread import WriterThread


class LastingWriter(WriterThread):
    """Never blocks who writes, and outlives its terminal."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self._queue: Queue[str | None] = Queue()

    def run(self) -> None:
        """Write until told to stop."""
        try:
            super().run()
        except (OSError, ValueError):
            while self._queue.get() is not None:
                pass
            with contextlib.suppress(OSError, ValueError):
                self._file.flush()
