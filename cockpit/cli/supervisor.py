"""Word to systemd, where it started this process: that it is ready, lives, and is ending (`sd_notify(3)`)."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

_EVERY = 1.0
"""Machine seconds between two words at least; `WatchdogSec=` is far longer."""


class Supervisor:
    """Speaks to the socket that `NOTIFY_SOCKET` names; where it names none, says nothing."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._told = float("-inf")
        self._status = ""

    def lives(self, status: str) -> None:
        """Ready, or still there; `status` is what `systemctl status` shows, one line."""
        now = time.monotonic()
        if now - self._told < _EVERY and status == self._status:
            return
        self._told, self._status = now, status
        self._say(f"READY=1\nWATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """It ends by itself, or because it was asked to."""
        self._say("STOPPING=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            speaker.connect(address)
            speaker.send(words.encode())
