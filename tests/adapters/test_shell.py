"""Commands of this machine: what they print, how they end, what happens past the deadline."""

from __future__ import annotations

import os
import sys
import time

import pytest

from cockpit.adapters.shell import OUTPUT_BYTES, Processes
from cockpit.errors import ActionUncertain, SourceError


async def test_a_command_gives_its_exit_and_its_output() -> None:
    ran = await Processes().run([sys.executable, "-c", "print('hello'); raise SystemExit(3)"], seconds=20)
    assert (ran.exit, ran.text.strip()) == (3, "hello")


async def test_output_is_bounded() -> None:
    ran = await Processes().run([sys.executable, "-c", "print('x' * 1_000_000)"], seconds=20)
    assert ran.exit == 0
    assert len(ran.text) == OUTPUT_BYTES


async def test_a_command_that_is_not_there_certainly_did_nothing() -> None:
    with pytest.raises(SourceError, match="could not start"):
        await Processes().run(["no-such-program-anywhere"], seconds=5)


async def test_past_its_deadline_the_whole_group_is_killed(tmp_path) -> None:
    beacon = tmp_path / "child.pid"
    script = f"sleep 60 & echo $! > {beacon}; wait"
    with pytest.raises(ActionUncertain, match="was killed"):
        await Processes().run(["/bin/sh", "-c", script], seconds=0.5)
    child = int(beacon.read_text())
    until = time.monotonic() + 5
    while time.monotonic() < until and _lives(child):
        os.sched_yield()
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  (a file of the kernel)
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


async def test_a_rehearsal_sees_no_real_tokens(monkeypatch) -> None:
    monkeypatch.setenv("RAILWAY_TOKEN", "real")
    monkeypatch.setenv("DATABASE_URL", "real")
    show = [sys.executable, "-c", "import os; print(sorted(n for n in os.environ if n[:3] in ('RAI', 'DAT')))"]
    assert (await Processes(clean=True).run(show, seconds=20)).text.strip() == "[]"
    monkeypatch.setenv("DATA_OF_PLAN", "real")
    assert "DATA_OF_PLAN" in (await Processes(clean=True).run(show, seconds=20)).text
    assert (await Processes(clean=True, mentioned={"DATA_OF_PLAN"}).run(show, seconds=20)).text.strip() == "[]"
    assert "RAILWAY_TOKEN" in (await Processes().run(show, seconds=20)).text
