"""The database moves with the world."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from .conftest import ORIGIN, Start


async def test_rows_break_while_the_bad_version_serves_and_the_clock_is_the_plans(start: Start):
    house = await start(scenario="regression", speed=600, postgres=True, plan_start=ORIGIN)
    await house.deploy()
    reader = await psycopg.AsyncConnection.connect(house.address["postgres"]["url"], autocommit=True)
    async with reader:
        deadline = time.monotonic() + 10
        while not (await house.admin("GET", "/last-look")).json()["broken"]:
            assert time.monotonic() < deadline
        assert house.simulation.world.of(house.environment, house.web)[0].status == "SUCCESS"
        assert (await house.app()).json()["status"] == "healthy"
        base = (await house.admin("POST", "/clock", {"factor": 1})).json()
        plan, now = datetime.fromisoformat(base["plan"]), ORIGIN
        while now < plan:
            row = await (await reader.execute("select now()")).fetchone()
            assert row is not None
            now = row[0]
            assert time.monotonic() < deadline
        assert now - plan < timedelta(seconds=10)


async def test_orphans_are_there_from_the_start_where_the_scenario_has_them(start: Start):
    house = await start(scenario="stuck-reports", postgres=True, plan_start=ORIGIN)
    look = (await house.admin("GET", "/last-look")).json()
    assert look["orphans"] == 4


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks a process up in /proc")
def test_killed_it_leaves_no_database_behind(tmp_path: Path):
    command = [sys.executable, "-m", "cockpit.simulator", "--state", str(tmp_path / "s"), "--keep"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            postmaster = int((tmp_path / "s/postgres/postmaster.pid").read_text().split()[0])
            assert Path(f"/proc/{postmaster}").exists()
        finally:
            os.kill(process.pid, signal.SIGKILL)  # `with` waits for its end, whatever went wrong
    deadline = time.monotonic() + 10
    while _runs(postmaster):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
