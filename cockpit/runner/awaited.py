"""How long an answer may be awaited in silence: then the screen says that none has come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from cockpit.errors import TimedOut
from cockpit.session import Session

SECONDS = 5.0
"""Of machine time. A client tries for half a minute before it gives up; nobody should look at old news so long."""


@contextmanager
def awaited(session: Session, link: str) -> Iterator[None]:
    """Around one question over a connection to Railway. Whoever asks tells what came of it, which ends this trouble."""

    def tell() -> None:
        silent = TimedOut(f"Railway has not answered for {SECONDS:.0f} s.", "It is still awaited, and asked again.")
        session.telemetry.fails(link, silent, session.clock.now())

    timer = asyncio.get_running_loop().call_later(SECONDS, tell)
    try:
        yield
    finally:
        timer.cancel()
