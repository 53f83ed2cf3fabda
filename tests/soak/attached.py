"""A driver without a screen, for the soak of attachments: takes a run up, asks, and notes what it has written.

Each line on its output is a note that the journal has acknowledged. SIGTERM ends it as a screen is left.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from cockpit.bootstrap import Assembly, take_up
from cockpit.clock import RealClock
from cockpit.core.commands import Note, Refusal

EVERY = 0.05
"""Machine seconds between two notes."""


async def drive(path: Path) -> None:
    assembly = take_up(path, operator="ada", launched=None, clock=RealClock())
    driving = asyncio.gather(assembly.runner.run(), notes(assembly))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, driving.cancel)
    try:
        await assembly.session.attach(resumed=True)
        await driving
    except asyncio.CancelledError:
        pass
    finally:
        await assembly.close()


async def notes(assembly: Assembly) -> None:
    number = 0
    while True:
        text = f"{assembly.session.id} {number}"
        if not isinstance(await assembly.session.dispatch(Note(text)), Refusal):
            os.write(1, f"{text}\n".encode())
        number += 1
        await asyncio.sleep(EVERY)


if __name__ == "__main__":
    asyncio.run(drive(Path(sys.argv[1])))
