"""Misbehaviour on demand: what it does to an answer, and to the world."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from cockpit.errors import SimulatorError
from cockpit.simulator.faults import Fault, Rule, rule
from cockpit.simulator.server import running

from .conftest import ORIGIN, House, Start

STATUS = "query Status($id: String!) { deployment(id: $id) { id status } }"
DEPLOY = "mutation Deploy($s: String!, $e: String!) { serviceInstanceDeployV2(serviceId: $s, environmentId: $e) }"
WHO = "query Who { projectToken { environment { name } } }"


@pytest.mark.parametrize(("rule", "status", "text"), [
    ({"fault": "status", "status": 500}, 500, "HTTP 500"),
    ({"fault": "status", "status": 401}, 401, "HTTP 401"),
    ({"fault": "status", "status": 429, "retry_after": 7}, 429, "HTTP 429"),
    ({"fault": "cloudflare", "retry_after": 7}, 429, "error code: 1015"),
    ({"fault": "unauthorized"}, 200, "Not Authorized"),
    ({"fault": "error", "text": "Problem processing request"}, 200, "Problem processing request"),
])  # fmt: skip
async def test_in_place_of_an_answer_nothing_happens(house: House, rule: dict[str, object], status: int, text: str):
    await house.fault(**rule, count=1, operation="Deploy")
    response = await house.post(DEPLOY, s=house.web, e=house.environment)
    assert response.status_code == status
    assert text in response.text
    assert response.headers.get("retry-after") == ("7" if status == 429 else None)
    assert house.ledger()[-1].effect is None
    assert len(house.simulation.world.of(house.environment, house.web)) == 2
    assert (await house.post(DEPLOY, s=house.web, e=house.environment)).status_code == 200


async def test_a_connection_dropped_before_leaves_no_effect_and_after_does(house: House):
    await house.fault(fault="drop_before", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await house.post(DEPLOY, s=house.web, e=house.environment)
    await house.fault(fault="drop_after", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await house.post(DEPLOY, s=house.web, e=house.environment)
    before, after = [entry for entry in house.ledger() if entry.kind == "mutation"]
    newest = house.simulation.world.of(house.environment, house.web)[0].id
    assert (before.effect, before.answered) == (None, False)
    assert (after.effect, after.answered) == ({"deployment": newest}, False)


async def test_a_hanging_request_never_takes_effect(house: House):
    await house.fault(fault="hang", count=1)
    with pytest.raises(httpx.ReadTimeout):
        await house.client.post(
            house.endpoint,
            json={"query": DEPLOY, "variables": {"s": house.web, "e": house.environment}},
            headers=house.token(),
            timeout=0.2,
        )
    assert len(house.simulation.world.of(house.environment, house.web)) == 2


async def test_garbage_comes_after_the_effect(house: House):
    await house.fault(fault="truncated", count=1)
    torn = await house.post(DEPLOY, s=house.web, e=house.environment)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        torn.json()
    await house.fault(fault="html", count=1)
    page = await house.post(DEPLOY, s=house.web, e=house.environment)
    assert page.headers["content-type"].startswith("text/html")
    assert len(house.simulation.world.of(house.environment, house.web)) == 4


async def test_the_effect_of_a_late_answer_stands_at_once(house: House):
    await house.fault(fault="latency", seconds=0.3, count=1)
    begun = time.monotonic()
    new = await house.deploy()
    assert time.monotonic() - begun >= 0.3
    entry = [entry for entry in house.ledger() if entry.kind == "mutation"][-1]
    assert entry.effect == {"deployment": new}
    assert time.time() - entry.machine >= 0.3


async def test_a_status_of_no_enum_is_shown_as_it_is(house: House):
    new = await house.deploy()
    await house.fault(fault="unknown_status", text="CANCELLED", count=1)
    assert (await house.ask(STATUS, id=new))["deployment"]["status"] == "CANCELLED"
    assert (await house.ask(STATUS, id=new))["deployment"]["status"] != "CANCELLED"


async def test_a_rule_strikes_only_its_operation_and_only_for_its_time(house: House):
    house.simulation.faults.replace(
        [Rule.model_validate({"fault": "status", "operation": "deployment", "duration": 60})], time.time() - 59.9
    )
    assert (await house.post(WHO)).status_code == 200
    assert (await house.post(STATUS, id="x")).status_code == 500
    house.simulation.faults.replace([Rule.model_validate({"fault": "status", "duration": 60})], time.time() - 61)
    assert (await house.post(WHO)).status_code == 200


def test_a_command_line_says_a_rule_in_one_word():
    assert rule("drop_after:operation=Deploy,count=1") == Rule(fault=Fault.DROP_AFTER, operation="Deploy", count=1)
    assert rule("latency:seconds=0.5") == Rule(fault=Fault.LATENCY, seconds=0.5)
    assert rule("cloudflare") == Rule(fault=Fault.CLOUDFLARE)


@pytest.mark.parametrize("text", ["nonsense", "status:status=many", "hang:colour=blue", ""])
def test_what_is_no_rule_is_refused_with_the_names_there_are(text: str):
    with pytest.raises(SimulatorError, match="no fault") as refused:
        rule(text)
    assert "drop_after" in refused.value.remedy


async def test_railways_clock_may_be_ahead_of_the_one_that_is_told(start: Start):
    house = await start(speed=1, plan_start=ORIGIN, skew=90)
    assert house.address["clock"]["plan"].startswith("2026-03-02T08:58:30")
    new = await house.deploy()
    made = house.simulation.world.deployments[new].created
    assert made >= ORIGIN
    told = (await house.admin("POST", "/clock", {"factor": 1, "skew": -60})).json()
    assert told["plan"].startswith("2026-03-02T09:01:0")
    assert (await house.admin("POST", "/clock", {"factor": 2})).json()["plan"].startswith("2026-03-02T09:01:0")


async def test_the_skew_outlives_a_restart_unless_another_is_given(tmp_path: Path):
    async with running(tmp_path, speed=1, plan_start=ORIGIN) as (_, simulation):
        simulation.set_factor(1, skew=90)
    async with running(tmp_path, speed=1) as (address, simulation):
        assert simulation.clock.skew == 90
        assert address["clock"]["plan"].startswith("2026-03-02T08:58:30")
    async with running(tmp_path, speed=1, skew=-60) as (address, simulation):
        assert address["clock"]["plan"].startswith("2026-03-02T09:01:0")
