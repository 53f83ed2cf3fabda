"""Processes of this machine, by number: whether one is there, and is a cockpit."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from cockpit.core.lease import Attachment
from cockpit.core.text.wellformed import wellformed


def is_gone(one: Attachment) -> bool:
    """Whether an attached process is known to be dead: only of this machine's can that be known."""
    return one.host == wellformed(socket.gethostname()) and one.pid != os.getpid() and not is_cockpit(one.pid)


def is_cockpit(number: int) -> bool:
    """Whether another process of this number is there and is a cockpit; without a /proc, whether it is there."""
    if number == os.getpid():
        return False
    try:
        return b"cockpit" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc").exists() and _answers_signals(number)


def _answers_signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
