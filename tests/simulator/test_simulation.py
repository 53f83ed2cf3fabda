"""A state folder goes on exactly where it stopped."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.errors import SimulatorError
from cockpit.simulator import configuration, deployments
from cockpit.simulator.simulation import Play, Simulation, opened

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def begun(folder: Path, speed: float = 60) -> Simulation:
    simulation = opened(folder, Play(start=START))
    simulation.set_factor(speed)
    return simulation


async def test_a_restart_finds_the_same_world_tokens_and_ledger(tmp_path: Path):
    first = begun(tmp_path / "s")
    environment, web = first.world.environment_named("production").id, first.world.service_named("web").id
    deployments.deploy(first.world, first.now(), environment, web)
    configuration.set_variables(first.world, first.now(), environment, web, {"A": "1"}, skip_deploys=True)
    first.record("railway", "query", operation=None, fields=(), variables={}, status=200)
    first.close()
    again = opened(tmp_path / "s")
    assert again.world == first.world
    assert again.tokens == first.tokens
    assert again.record("railway", "query", operation=None, fields=(), variables={}, status=200).seq == 2
    again.close()


async def test_while_it_is_down_plan_time_stands_still(tmp_path: Path):
    first = begun(tmp_path / "s")
    first.close()
    stopped = first.clock.at((tmp_path / "s/clock.json").stat().st_mtime)
    again = opened(tmp_path / "s")
    assert again.clock.plan == stopped
    assert again.set_factor(2400).plan - stopped < timedelta(microseconds=2)
    again.close()


async def test_a_killed_one_goes_on_from_its_last_breath(tmp_path: Path):
    killed = begun(tmp_path / "s", speed=1)
    killed.ledger.close()
    breath = time.time() + 100
    os.utime(tmp_path / "s/clock.json", (breath, breath))
    again = opened(tmp_path / "s")
    assert abs(again.clock.plan - killed.clock.at(breath)) < timedelta(milliseconds=1)
    assert abs(again.clock.plan - START - timedelta(seconds=100)) < timedelta(seconds=1)
    again.close()


async def test_what_fell_due_before_the_end_happens_at_its_own_time_after_it(tmp_path: Path):
    first = begun(tmp_path / "s")
    environment, web = first.world.environment_named("production").id, first.world.service_named("web").id
    asked = first.now()
    new = deployments.deploy(first.world, asked, environment, web)
    first.close()
    again = opened(tmp_path / "s")
    base = again.clock
    again.clock = type(base)(base.plan + timedelta(seconds=500), base.machine, base.factor)
    again.now()
    assert again.world.deployments[new.id].succeeded == asked + timedelta(seconds=112)
    again.close()


async def test_files_are_for_their_owner_alone(tmp_path: Path):
    simulation = begun(tmp_path / "s")
    simulation.close()
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    for file in (tmp_path / "s").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file.name


async def test_a_torn_last_line_of_the_ledger_is_left_out(tmp_path: Path):
    first = begun(tmp_path / "s")
    first.record("app", "http", operation="GET /", fields=(), variables={}, status=200)
    first.close()
    with (tmp_path / "s/ledger.jsonl").open("a") as file:
        file.write('{"seq": 2, "at"')
    again = opened(tmp_path / "s")
    again.record("app", "http", operation="GET /", fields=(), variables={}, status=200)
    again.close()
    from cockpit.simulator.ledger import read

    assert [entry.seq for entry in read(tmp_path / "s")] == [1, 2]


@pytest.mark.parametrize("content", ["", "{}", "not json"])
async def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, content: str):
    folder = tmp_path / "s"
    begun(folder).close()
    (folder / "world.json").write_text(content)
    with pytest.raises(SimulatorError, match="cannot be used"):
        opened(folder)


async def test_a_scenario_that_does_not_exist_is_refused_before_anything_is_made(tmp_path: Path):
    with pytest.raises(SimulatorError, match=r"Known ones are calm, stuck-reports, health-fails"):
        opened(tmp_path / "s", Play("nonsense"))
    assert not (tmp_path / "s").exists()


async def test_until_it_is_given_a_speed_plan_time_stands(tmp_path: Path):
    simulation = opened(tmp_path / "s", Play(start=START))
    assert simulation.clock.at(time.time() + 86_400) - START < timedelta(milliseconds=1)
    simulation.close()


async def test_the_world_on_disk_is_never_older_than_what_was_answered(tmp_path: Path):
    simulation = begun(tmp_path / "s")
    environment, web = simulation.world.environment_named("production").id, simulation.world.service_named("web").id
    new = deployments.deploy(simulation.world, simulation.now(), environment, web)
    simulation.settle()
    assert new.id in json.loads((tmp_path / "s/world.json").read_text())["deployments"]
    simulation.close()
