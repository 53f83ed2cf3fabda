"""Two hundred random schedules of faults for the log reader, and a million lines through two hundred drops.

`.ci/soak` runs them; COCKPIT_SEED, COCKPIT_SCHEDULES and COCKPIT_LINES choose others.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from cockpit.adapters.railway.tail import Pace
from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.simulator.faults import Fault
from cockpit.telemetry import LogRing
from tests.adapters.railway import listener
from tests.adapters.railway.conftest import brief, playing
from tests.adapters.railway.logtrial import SCHEDULES, Wave, short_patience, trial

SEED = int(os.environ.get("COCKPIT_SEED", "1"))
SCHEDULE_COUNT = int(os.environ.get("COCKPIT_SCHEDULES", "200"))
LINES, DROPS = int(os.environ.get("COCKPIT_LINES", "1000000")), 200
TRIED: Counter[str] = Counter()
"""What the schedules so far have come to."""
GROWTH = 32 * 2**20
"""Bytes that the second half of the lines may add to the process: cursor and ring are full long before."""


@pytest.mark.timeout(3600)
@seed(SEED)
@settings(
    max_examples=SCHEDULE_COUNT, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # what depends on time is not made smaller by asking again
)  # fmt: skip
@given(waves=SCHEDULES)
def test_every_line_comes_once_and_in_order_through_random_schedules(waves: list[Wave]) -> None:
    with TemporaryDirectory() as folder, short_patience(answer=3.0), pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener, "PATIENCE", 300.0)  # a soak runs beside other work
        made = asyncio.run(trial(Path(folder), waves))
    made.assert_true(waves)
    TRIED.update(schedules=1, waves=len(waves), lines=len(made.heard.lines), gaps=len(made.heard.gaps))
    sys.stderr.write(f"\r{dict(TRIED)}")


@pytest.mark.timeout(3600)
def test_a_million_lines_through_two_hundred_drops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    account = asyncio.run(_soak(tmp_path))
    with capsys.disabled():
        sys.stdout.write(f"\n{account} in {time.monotonic() - began:.0f} s\n")
    assert account.lines == LINES
    assert account.repeated == account.disordered == account.gaps == 0
    assert account.streams >= DROPS
    assert account.held[-1] - account.held[len(account.held) // 2] < GROWTH


class Account:
    """What is kept of the lines: counts, and the last number of each wave. A ring as the screen's takes them."""

    def __init__(self) -> None:
        self.ring = LogRing()
        self.lines = self.repeated = self.disordered = self.gaps = self.streams = 0
        self.held: list[int] = []
        """Bytes of the process in memory (RSS) after each wave, the simulator included."""
        self.wave, self.last = 0, 0
        self.come = asyncio.Event()

    def __str__(self) -> str:
        middle, end = (f"{held / 2**20:.1f}" for held in (self.held[len(self.held) // 2], self.held[-1]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return (
            f"{self.lines:,} lines, {self.streams} streams, {self.gaps} gaps, {self.repeated} twice, "
            f"{self.disordered} out of order; RSS with the simulator {middle} MiB half-way, {end} MiB at the end, "
            f"{peak:.0f} MiB at most"
        )

    def take(self, line: LogLine | LogGap) -> None:
        self.ring.extend((line,))
        if isinstance(line, LogGap):
            self.gaps += 1
        elif line.text.startswith("wave "):
            _, wave, _, number = line.text.split()
            self.lines += 1
            self.repeated += int(wave) < self.wave or int(number) == self.last
            self.disordered += int(number) != self.last + 1
            self.last = int(number)
            self.come.set()


async def _soak(folder: Path) -> Account:
    """Waves of 5,000 lines, and a socket that drops in each."""
    account, size = Account(), LINES // DROPS
    async with playing(folder, 1.0) as world:
        pace = Pace(time.monotonic, brief, poll=0.01, retry_socket=0.01)
        railway = world.railway(pace=pace, requests_per_hour=1_000_000)
        listening = asyncio.create_task(_listen(account, railway.follow(("web",), world.now())))
        for wave in range(1, DROPS + 1):
            account.wave, account.last = wave, 0
            world.fault(Fault.DROP_SOCKETS, "LogStream", count=1)
            text = f"wave {wave} line {{n}}"
            await world.admin("/logs", service="web", lines=size, per_second=10_000, text=text)
            while account.last < size:
                account.come.clear()
                await asyncio.wait_for(account.come.wait(), 60)
            world.simulation.world.emissions[:-2] = []  # the simulator's memory is not on trial
            gc.collect()
            account.held.append(_resident())
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        account.streams = len(world.asked("LogStream"))
    return account


async def _listen(account: Account, events: AsyncIterator[LogLine | LogGap | LogLink]) -> None:
    async for event in events:
        if isinstance(event, LogLine | LogGap):
            account.take(event)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
