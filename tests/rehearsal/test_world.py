"""The stand-in world as its starter finds it: still running, just ending, gone."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cockpit.errors import SimulatorError
from cockpit.rehearsal import world
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import World, is_world, launch

Begun = tuple["subprocess.Popen[bytes]", dict[str, Any]]


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Callable[..., Begun]]:
    """Starts a world without a database in `tmp_path`, as a process of its own."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> Begun:
        command = [sys.executable, "-m", "cockpit.simulator", "--state", str(tmp_path), "--no-postgres", *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        begun.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def bystander() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that do nothing but have these words in their command line."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", "input()", words], stdin=subprocess.PIPE)
        begun.append(process)
        while words.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes():
            pass  # it has begun, and has no command line for a moment
        return process

    yield start
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def address(folder: Path, pid: int) -> None:
    """As one that is gone left it: nothing listens on that port."""
    told = {"pid": pid, "admin": {"url": "http://127.0.0.1:9", "token": "t"}, "clock": {}}
    (folder / "address.json").write_text(json.dumps(told))


async def test_one_that_runs_is_taken_up_with_its_clock_of_now(simulator: Callable[..., Begun], tmp_path: Path) -> None:
    _, told = simulator("--keep", "--speed", "60")
    found = launch(tmp_path, Stage("calm"), 5)
    assert found.process is None
    assert found.address["railway"] == told["railway"]
    world_there = World(found)
    changed = await world_there.set_factor(2400)
    again = launch(tmp_path, Stage("calm"), 5)
    assert again.pace == changed
    assert again.pace.factor == 2400
    await world_there.close()


async def test_what_is_played_stands_in_the_folder(simulator: Callable[..., Begun], tmp_path: Path) -> None:
    simulator("--scenario", "regression")
    assert Stage.found(tmp_path).scenario == "regression"
    with pytest.raises(SimulatorError, match="regression in production of reports is played, not calm in production"):
        launch(tmp_path, Stage("calm"), 1)
    with pytest.raises(SimulatorError, match="no stand-in world"):
        Stage.found(tmp_path / "nowhere")


async def test_a_world_that_another_process_keeps_is_let_go_and_not_ended(
    simulator: Callable[..., Begun], tmp_path: Path
) -> None:
    process, _ = simulator()
    screen = World(launch(tmp_path, Stage("calm"), 1.0))
    monitor = World(launch(tmp_path, Stage("calm"), 1.0))
    monitor.hold()
    await screen.close(stop=False)
    assert (await monitor.pace()).factor == 1.0
    assert process.poll() is None
    await monitor.close()
    assert process.wait(20) == 0


async def test_the_end_of_a_world_is_noticed(simulator: Callable[..., Begun], tmp_path: Path) -> None:
    process, _ = simulator("--keep")
    there = World(launch(tmp_path, Stage("calm"), 1))
    there.hold()
    process.kill()
    await there.ended()
    assert not there.alive
    await there.close()


def test_a_number_that_another_program_has_by_now_is_no_world(
    bystander: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    address(tmp_path, bystander("something else").pid)
    assert world._still_running(tmp_path) is None


def test_what_another_program_answers_on_its_port_is_no_world(
    simulator: Callable[..., Begun], bystander: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    _, told = simulator("--keep")
    told = {**told, "pid": bystander("something else").pid, "admin": {**told["admin"], "token": "of another world"}}
    (tmp_path / "address.json").write_text(json.dumps(told))
    assert world._still_running(tmp_path) is None


def test_one_that_is_just_ending_is_waited_for(
    bystander: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = bystander("cockpit simulator")
    address(tmp_path, process.pid)
    ending = threading.Timer(0.3, ended, (process,))
    ending.start()
    began = time.monotonic()
    assert world._still_running(tmp_path) is None
    assert time.monotonic() - began >= 0.25
    ending.join()


def test_one_that_hangs_is_named_and_no_second_is_started_beside_it(
    bystander: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "END_SECONDS", 0.2)
    process = bystander("cockpit simulator")
    address(tmp_path, process.pid)
    with pytest.raises(SimulatorError, match=f"process {process.pid}"):
        launch(tmp_path, Stage("calm"), 1)


@pytest.mark.parametrize("left", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "admin": {}}'])
def test_an_address_that_makes_no_sense_is_none(tmp_path: Path, left: str) -> None:
    (tmp_path / "address.json").write_text(left)
    assert world._still_running(tmp_path) is None


def test_a_folder_without_a_world_is_none(tmp_path: Path) -> None:
    assert not is_world(tmp_path)
    assert not is_world(tmp_path / "nowhere")
