"""The process: what it prints, how long it lives, how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cockpit.errors import SimulatorError
from cockpit.simulator import server
from cockpit.simulator.server import running
from cockpit.simulator.simulation import Play

Process = tuple["subprocess.Popen[str]", dict[str, Any]]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    begun: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Process:
        command = [
            sys.executable,
            "-m",
            "cockpit.simulator",
            "--state",
            str(tmp_path / "s"),
            "--no-postgres",
            *arguments,
        ]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ask(address: dict[str, Any], path: str, method: str = "GET") -> httpx.Response:
    headers = {"Authorization": f"Bearer {address['admin']['token']}"}
    return httpx.request(method, address["admin"]["url"] + path, headers=headers)


def test_one_line_tells_everything_and_the_same_stands_in_the_folder(launch: Callable[..., Process], tmp_path: Path):
    process, address = launch("--speed", "60", "--plan-start", "2026-03-02T09:00:00+00:00")
    assert address["pid"] == process.pid
    assert set(address) == {
        "railway", "postgres", "app", "admin", "project", "environment", "services", "pid", "clock",
    }  # fmt: skip
    file = tmp_path / "s/address.json"
    assert json.loads(file.read_text()) == address
    assert file.stat().st_mode & 0o777 == 0o600
    ports = {address["railway"]["endpoint"].split("/")[2], address["app"]["base_url"][7:], address["admin"]["url"][7:]}
    assert len(ports) == 3
    assert address["clock"]["factor"] == 60
    assert address["clock"]["plan"].startswith("2026-03-02T09:00:00")
    assert httpx.get(address["app"]["base_url"] + "/api/health").status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, "stop"])
def test_it_ends_cleanly_and_goes_on_when_started_again(launch: Callable[..., Process], ending: signal.Signals | str):
    process, address = launch("--keep")
    if isinstance(ending, str):
        assert ask(address, "/stop", "POST").json() == {"stopping": True}
    else:
        process.send_signal(ending)
    assert process.wait(5) == 0
    _, again = launch("--keep")
    assert again["railway"]["project_token"] == address["railway"]["project_token"]
    assert again["services"] == address["services"]


def test_after_a_sigkill_it_goes_on_too(launch: Callable[..., Process]):
    process, address = launch("--keep", "--speed", "60")
    process.kill()
    process.wait()
    _, again = launch("--keep")
    assert again["services"] == address["services"]
    assert again["clock"]["plan"] >= address["clock"]["plan"]


def test_a_bad_folder_is_a_sentence_and_status_one(tmp_path: Path):
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "cockpit.simulator", "--state", str(tmp_path / "file/s"), "--no-postgres"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"The state folder {tmp_path / 'file/s'} cannot be used. Give an empty one."


async def test_it_ends_after_its_last_client_and_not_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "LAST_CLIENT", 0.3)
    async with server._House(tmp_path / "s", Play(), 1, postgres=False) as house:
        import asyncio

        over = asyncio.create_task(house.until_over(keep=False))
        async with httpx.AsyncClient() as client:
            assert (await client.get(house.address["app"]["base_url"] + "/")).status_code == 200
            # The connection stays open though nothing is asked: a client that is there.
            await asyncio.wait([over], timeout=0.9)
            assert not over.done()
        begun = time.monotonic()
        await asyncio.wait_for(over, 3)
        assert time.monotonic() - begun >= 0.25


async def test_before_the_first_client_it_waits_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "LAST_CLIENT", 0.0)
    monkeypatch.setattr(server, "FIRST_CLIENT", 0.5)
    async with server._House(tmp_path / "s", Play(), 1, postgres=False) as house:
        begun = time.monotonic()
        await house.until_over(keep=False)
        assert 0.5 <= time.monotonic() - begun < 2


async def test_a_leash_counts_as_a_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "LAST_CLIENT", 0.2)
    import asyncio

    async with server._House(tmp_path / "s", Play(), 1, postgres=False) as house:
        over = asyncio.create_task(house.until_over(keep=False))
        headers = {"Authorization": f"Bearer {house.address['admin']['token']}"}
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", house.address["admin"]["url"] + "/hold", headers=headers) as leash,
        ):
            assert leash.status_code == 200
            await asyncio.wait([over], timeout=0.7)
            assert not over.done()
        await asyncio.wait_for(over, 3)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
async def test_a_speed_that_does_not_run_is_refused(tmp_path: Path, speed: float):
    with pytest.raises(SimulatorError, match="above zero"):
        async with running(tmp_path / "s", speed=speed):
            pass
    assert not (tmp_path / "s").exists()


async def test_inside_a_loop_it_leaves_nothing_behind(tmp_path: Path):
    import asyncio

    before = asyncio.all_tasks()
    async with running(tmp_path / "s") as (address, simulation):
        assert simulation.world.project_name == address["project"]
    assert asyncio.all_tasks() == before
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient() as client:
            await client.get(address["app"]["base_url"])
