from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import httpx
import pytest

from .conftest import House


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 5
    while not await condition():
        assert time.monotonic() < deadline


async def answering(house: House) -> str:
    return str((await house.app()).json()["deployment"])


async def test_health_names_the_deployment_that_answered(house: House):
    serving = house.simulation.world.of(house.environment, house.web)[0]
    response = await house.app()
    assert response.status_code == 200
    health = response.json()
    assert (health["status"], health["service"]) == ("healthy", "reports")
    assert (health["commit"], health["deployment"]) == (serving.commit, serving.id)
    assert health["timestamp"] >= "2026-03-02T09:00:00"


async def test_until_success_the_old_one_answers_then_both_in_turn_then_the_new_one(house: House):
    await house.set_variables({"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300000"})
    old = await answering(house)
    new = await house.deploy()
    assert await answering(house) == old
    house.simulation.set_factor(5000)

    async def new_answers() -> bool:
        return await answering(house) == new

    await until(new_answers)
    house.simulation.set_factor(1)
    assert {await answering(house) for _ in range(2)} == {old, new}
    house.simulation.set_factor(5_000_000)

    async def old_is_silent() -> bool:
        return old not in {await answering(house) for _ in range(2)}

    await until(old_is_silent)


async def test_where_nothing_serves_the_edge_says_so(house: House):
    serving = house.simulation.world.of(house.environment, house.web)[0].id
    await house.ask("mutation S($id: String!) { deploymentStop(id: $id) }", id=serving)
    house.simulation.set_factor(50_000)

    async def down() -> bool:
        return (await house.app()).status_code == 503

    await until(down)
    assert house.ledger()[-1].status == 503


async def test_the_metrics_are_an_exposition_whose_counters_grow(house: House):
    def counters(text: str) -> dict[str, int]:
        return {line.split()[0]: int(line.split()[1]) for line in text.splitlines() if not line.startswith("#")}

    response = await house.app("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    before = counters(response.text)
    assert set(before) == {"reports_completed_total", "reports_failed_total", "http_requests_total"}
    house.simulation.set_factor(50_000)

    async def grown() -> bool:
        after = counters((await house.app("/metrics")).text)
        return all(after[name] > before[name] for name in before)

    await until(grown)


async def test_every_request_is_in_the_ledger_with_plan_time_and_status(house: House):
    await house.app()
    await house.app("/")
    first, second = house.ledger()
    assert (first.surface, first.operation, first.status) == ("app", "GET /api/health", 200)
    assert second.operation == "GET /"
    assert "2026-03-02T09:00" <= first.at <= second.at


@pytest.mark.parametrize(("fault", "status"), [("status", 500), ("html", 500)])
async def test_the_app_can_misbehave(house: House, fault: str, status: int):
    await house.fault(fault=fault, surface="app", operation="/api/health", status=status, count=1)
    assert (await house.app("/metrics")).status_code == 200
    assert (await house.app()).status_code == status
    assert (await house.app()).status_code == 200


async def test_the_app_can_break_off_and_hang(house: House):
    await house.fault(fault="drop_before", surface="app", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await house.app()
    await house.fault(fault="hang", surface="app", count=1)
    with pytest.raises(httpx.ReadTimeout):
        await house.client.get(house.address["app"]["base_url"] + "/api/health", timeout=0.1)
    assert [entry.answered for entry in house.ledger() if entry.surface == "app"] == [False, False]


async def test_a_request_wakes_what_sleeps(house: House):
    assert (await house.admin("POST", "/external", {"sleep": "web"})).json()["slept"]
    assert house.simulation.world.serving(house.environment, house.web) == []
    assert (await house.app()).status_code == 200
    assert len(house.simulation.world.serving(house.environment, house.web)) == 1


async def test_nothing_answers_where_everything_has_crashed(house: House):
    await house.admin("POST", "/external", {"crash": "web"})
    assert (await house.app()).status_code == 503
    assert (await house.admin("POST", "/external", {"crash": "web"})).json() == {"error": "nothing serves there"}
