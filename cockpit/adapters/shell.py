"""Commands of this machine: by argv, never through a shell, with a deadline.

Past the deadline the whole process group is killed. A rehearsal's commands see an environment
without real tokens and addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Collection, Sequence

from cockpit.core.environment import clean_environment
from cockpit.errors import ActionUncertain, SourceError
from cockpit.ports import Ran

OUTPUT_BYTES = 64 * 1024
"""Kept of what a command prints; the rest is read and dropped."""


class Processes:
    """`ports.Shell` on this machine. `clean` leaves out what leads to a real system, `mentioned` by the plan or not."""

    def __init__(self, *, clean: bool = False, mentioned: Collection[str] = ()) -> None:
        self._clean = clean
        self._mentioned = mentioned

    async def run(self, argv: Sequence[str], *, seconds: float) -> Ran:
        """Run to its end. SourceError when it could not start, ActionUncertain when it was killed underway."""
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                env=clean_environment(os.environ, self._mentioned) if self._clean else None,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "bad argument"
            raise SourceError(f"{argv[0]} could not start: {reason}.", "Is it installed here?") from error
        try:
            async with asyncio.timeout(seconds):
                text = await _output(process)
                code = await process.wait()
        except TimeoutError:
            _kill(process)
            await process.wait()
            raise ActionUncertain(
                f"{argv[0]} took more than {seconds:g} s and was killed.", "See what it has done."
            ) from None
        except asyncio.CancelledError:
            _kill(process)
            raise
        return Ran(code, text)


async def _output(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    kept = bytearray()
    while chunk := await process.stdout.read(8192):
        kept += chunk[: max(0, OUTPUT_BYTES - len(kept))]
    return kept.decode(errors="replace")


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
