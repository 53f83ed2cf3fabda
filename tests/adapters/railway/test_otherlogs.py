"""Build logs and requests, read from the simulator."""

from __future__ import annotations

import asyncio

import pytest

from cockpit.errors import Missing
from tests.adapters.railway.conftest import World


async def test_the_whole_build_log_comes_though_railway_shows_one_line_without_a_beginning(swift: World):
    railway = swift.railway(requests_per_hour=10_000)
    new = await railway.deploy("web")
    async with asyncio.timeout(30):
        lines = await railway.build_log("web", new)
        while not any("Healthcheck" in line.text for line in lines):
            lines = await railway.build_log("web", new)
    assert {(line.service, line.deployment) for line in lines} == {("web", new)}
    assert [line.at for line in lines] == sorted(line.at for line in lines)


async def test_requests_are_lines_with_their_status_as_a_level(world: World):
    railway = world.railway()
    serving = await railway.serving("web")
    assert serving is not None
    lines = await railway.request_log("web", serving.id)
    assert lines
    for line in lines:
        status = int(line.text.split()[2])
        assert line.level == ("error" if status >= 500 else "warn" if status >= 400 else "info")
        assert "requestId" in dict(line.attributes)
    assert {(line.deployment, line.service) for line in lines} == {(serving.id, "web")}


async def test_a_service_without_a_domain_has_no_requests(world: World):
    railway = world.railway()
    serving = await railway.serving("worker")
    assert serving is not None
    assert await railway.request_log("worker", serving.id) == ()


async def test_a_deployment_nobody_has_is_missing(world: World):
    with pytest.raises(Missing):
        await world.railway().build_log("web", "00000000-0000-0000-0000-000000000000")
