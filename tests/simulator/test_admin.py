from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from .conftest import House


async def test_without_its_token_nothing_is_shown(house: House):
    url = house.address["admin"]["url"]
    for path in ("/clock", "/world", "/ledger", "/hold"):
        assert (await house.client.get(url + path)).status_code == 401
    wrong = {"Authorization": f"Bearer {house.address['railway']['account_token']}"}
    assert (await house.client.post(url + "/stop", headers=wrong)).status_code == 401


async def test_a_new_factor_answers_the_new_base(house: House):
    old = (await house.admin("GET", "/clock")).json()
    assert old == house.address["clock"]
    new = (await house.admin("POST", "/clock", {"factor": 2400})).json()
    passed = (new["machine"] - old["machine"]) * old["factor"]
    expected = datetime.fromisoformat(old["plan"]) + timedelta(seconds=passed)
    assert abs(datetime.fromisoformat(new["plan"]) - expected) < timedelta(milliseconds=1)
    assert new["factor"] == 2400
    now = house.simulation.now()
    assert abs(
        now - (datetime.fromisoformat(new["plan"]) + timedelta(seconds=(time.time() - new["machine"]) * 2400))
    ) < (timedelta(seconds=30))
    entry = house.ledger()[-1]
    assert (entry.surface, entry.operation, entry.effect) == ("admin", "POST /clock", new)


@pytest.mark.parametrize(("path", "body"), [
    ("/clock", {"factor": 0}), ("/clock", {}), ("/faults", [{"fault": "nonsense"}]), ("/faults", {"fault": "hang"}),
    ("/logs", {"lines": 0}), ("/logs", {"lines": 1, "service": "nobody"}),
    ("/external", {}), ("/external", {"deploy": "nobody"}),
])  # fmt: skip
async def test_what_makes_no_sense_is_refused_and_changes_nothing(house: House, path: str, body: object):
    before = house.simulation.world.change
    response = await house.admin("POST", path, body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert house.simulation.world.change == before
    assert house.ledger()[-1].refused


async def test_faults_can_be_listed_and_cleared(house: House):
    await house.fault(fault="status", count=3)
    (rule,) = (await house.admin("GET", "/faults")).json()
    assert (rule["fault"], rule["left"]) == ("status", 3)
    await house.post("{ projectToken { id } }")
    assert (await house.admin("GET", "/faults")).json()[0]["left"] == 2
    assert (await house.admin("POST", "/faults", [])).json() == []
    assert (await house.post("{ projectToken { id } }")).status_code == 200


async def test_somebody_else_deploys_stages_and_sets(house: House):
    assert (await house.admin("POST", "/external", {"deploy": "web", "approval": True})).json()["deployment"]
    newest = house.simulation.world.of(house.environment, house.web)[0]
    assert newest.status == "NEEDS_APPROVAL"
    assert newest.creator is not None
    patch = {"sharedVariables": {"THEIRS": {"value": "1"}}}
    await house.admin("POST", "/external", {"stage": patch})
    query = """query E($id: String!) {
        environment(id: $id) { unmergedChangesCount }
        environmentStagedChanges(environmentId: $id) { status patch }
    }"""
    data = await house.ask(query, id=house.environment)
    assert data["environment"]["unmergedChangesCount"] == 1
    assert data["environmentStagedChanges"] == {"status": "STAGED", "patch": patch}
    assert (await house.admin("POST", "/external", {"mount": "worker"})).json() == {"mounted": "/data"}
    await house.admin("POST", "/external", {"variables": {"X": "1"}})
    assert "X" in house.simulation.world.environments[house.environment].services[house.web].variables


async def test_world_and_ledger_can_be_read(house: House):
    await house.deploy()
    world = (await house.admin("GET", "/world")).json()
    assert world["project_name"] == "reports"
    assert len(world["agenda"]) > 5
    assert [entry["kind"] for entry in (await house.admin("GET", "/ledger")).json()] == ["mutation"]
    assert (await house.admin("GET", "/last-look")).json() == {}
