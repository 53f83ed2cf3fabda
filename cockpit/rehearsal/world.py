"""The stand-in world as its starter sees it: a process, a state folder, an admin address.

Adapters get addresses and tokens and do not know that it is not Railway; the admin address
stays here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cockpit.clock import Pace
from cockpit.core.environment import clean_environment
from cockpit.errors import SimulatorError, SourceError
from cockpit.rehearsal.stage import Stage

START_SECONDS = 60.0
"""A first start unpacks a database cluster; 1-2 s here, more on slow disks."""
END_SECONDS = 15.0
"""For one that is just ending, its database included."""
ANSWER_SECONDS = 5.0
"""For one that runs: it answers in milliseconds, on a very busy machine in tenths of a second."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A simulator that answers: where it listens, and its process if we started it."""

    folder: Path
    address: dict[str, Any]
    process: subprocess.Popen[bytes] | None

    @property
    def pace(self) -> Pace:
        """Plan time as it told it when it was asked."""
        return _pace(self.address["clock"])


def launch(folder: Path, stage: Stage, speed: float) -> Launched:
    """Start the simulator on a folder, or find the one that still runs there. Raises SimulatorError.

    One that still runs keeps the speed it has. A folder in which something else is played is refused.
    """
    if is_world(folder) and (played := Stage.found(folder)) != stage:
        raise SimulatorError(f"In {folder} {played} is played, not {stage}.", "Give another folder with --state.")
    running = _still_running(folder)
    if running is not None:
        return Launched(folder, running, None)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        process = _spawn(folder, stage, speed)
    except OSError as error:
        what = f"The simulator could not start: {error.strerror}."
        raise SimulatorError(what, "Free the disk, or give --state.") from error
    return Launched(folder, _address(process), process)


def is_world(folder: Path) -> bool:
    """Whether a stand-in world lives in a folder, or could go on there."""
    return (folder / "world.json").is_file()


class World:
    """A running simulator and the leash that keeps it; made inside the loop that uses it."""

    def __init__(self, launched: Launched) -> None:
        self.folder = launched.folder
        self.address = launched.address
        self.alive = True
        self._process = launched.process
        # httpx takes 80 ms to import, for which no first paint should wait.
        from cockpit.adapters.web import client, translating  # noqa: PLC0415

        self._translating = translating
        admin = launched.address["admin"]
        self._admin = client(admin["url"], {"Authorization": f"Bearer {admin['token']}"})
        self._leash: asyncio.Task[None] | None = None

    def hold(self) -> None:
        """Keep it alive from now on."""
        self._leash = asyncio.create_task(self._hold(), name="leash")

    async def ended(self) -> None:
        """Returns when it has gone."""
        if self._leash is not None:
            await asyncio.wait({self._leash})

    async def pace(self) -> Pace:
        """The present pace of plan time."""
        return _pace(await self._json("GET", "/clock"))

    async def set_factor(self, factor: float) -> Pace:
        """Change the speed of plan time; the instant of change is the simulator's."""
        return _pace(await self._json("POST", "/clock", {"factor": factor}))

    async def last_look(self) -> dict[str, Any]:
        """What the database looks like, by SQL, for the judge."""
        found: dict[str, Any] = await self._json("GET", "/last-look")
        return found

    async def faults(self, rules: list[dict[str, Any]]) -> None:
        """Make it misbehave on demand."""
        await self._json("POST", "/faults", rules)

    async def close(self, *, stop: bool = True) -> None:
        """End it, children included; without `stop` let go of it only: another process keeps it."""
        if self._leash is not None:
            self._leash.cancel()
        if stop:
            with contextlib.suppress(SourceError, SimulatorError):
                await self._json("POST", "/stop", {})
        await self._admin.aclose()
        if stop and self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 10)

    async def _hold(self) -> None:
        """Read a response that never ends: while it lasts, the simulator stays."""
        try:
            with self._translating("The simulator"):
                async with self._admin.stream("GET", "/hold", timeout=None) as answer:
                    async for _ in answer.aiter_bytes():
                        pass
        except SourceError:
            pass
        self.alive = False

    async def _json(self, method: str, path: str, body: Any = None) -> Any:
        with self._translating("The simulator"):
            answer = await self._admin.request(method, path, json=body)
        if answer.status_code != 200:
            raise SimulatorError(f"The simulator refused {path} ({answer.status_code}).", "Start the rehearsal again.")
        return answer.json()


def _still_running(folder: Path) -> dict[str, Any] | None:
    """The addresses of the simulator that runs on a folder, with its clock of now; None when none does.

    A process's number proves nothing, for numbers are used again: it has to answer. While one is
    ending on the folder, another does not begin there.
    """
    try:
        address: dict[str, Any] = json.loads((folder / "address.json").read_text())
        pid, url, token = int(address["pid"]), str(address["admin"]["url"]), str(address["admin"]["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    until = time.monotonic() + END_SECONDS
    while (clock := _asked_clock(url, token)) is None:
        if not _is_simulator(pid):
            return None
        if time.monotonic() > until:
            raise SimulatorError(f"The simulator of {folder} (process {pid}) does not answer.", "End it, then resume.")
        time.sleep(0.05)
    return {**address, "clock": clock}


def _asked_clock(url: str, token: str) -> dict[str, Any] | None:
    """Its pace as it tells it, or None when nothing answers there. Loopback: no proxy is asked."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/clock", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        told: dict[str, Any] | None = json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return told


def _is_simulator(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc").exists() and _lives(pid)
    return b"cockpit" in words and b"simulator" in words


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _spawn(folder: Path, stage: Stage, speed: float) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "cockpit.simulator", "--state", str(folder)]
    argv += ["--scenario", stage.scenario, "--project", stage.project, f"--environment={stage.environment}"]
    argv += ["--speed", str(speed)]
    with (folder / "simulator.log").open("ab") as log:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # a Ctrl+C at the cockpit's terminal must not end the world under it
            env=clean_environment(os.environ),
        )


def _address(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    first = process.stdout.readline() if ready else b""
    process.stdout.close()
    try:
        found: dict[str, Any] = json.loads(first)
    except ValueError:
        process.kill()
        process.wait()
        raise SimulatorError(
            "The simulator did not start.", "Install the demo extra: pip install 'cockpit-deploy[demo]'."
        ) from None
    return found


def _pace(told: dict[str, Any]) -> Pace:
    return Pace(datetime.fromisoformat(told["plan"]), float(told["machine"]), float(told["factor"]))


def standing_still(pace: Pace) -> Pace:
    """Plan time while the simulator is down."""
    return Pace(pace.at(time.time()), time.time(), 0.0)
