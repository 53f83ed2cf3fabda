from __future__ import annotations

import pytest

from cockpit.errors import ActionUncertain, CockpitError, Refused
from cockpit.simulator.faults import Fault
from tests.adapters.railway.conftest import World

NAMES = ("LOG_LEVEL", "PORT")


def patch(world: World, service: str = "web", **variables: object) -> dict[str, object]:
    return {"services": {world.address["services"][service]: {"variables": variables}}}


async def test_variables_are_deleted_without_a_deploy(world: World):
    railway = world.railway()
    deployments = await railway.deployments("web")
    await railway.delete_variables("web", NAMES)
    assert not set(NAMES) & set(await railway.variables("web"))
    assert await railway.deployments("web") == deployments
    (entry,) = world.asked("CommitStaged")
    assert entry.variables["message"] == "Delete LOG_LEVEL, PORT"


async def test_nothing_is_deleted_while_somebody_else_has_staged_something(world: World):
    railway = world.railway()
    await world.admin("/external", stage=patch(world, "worker", API_KEY={"value": "hush"}))
    with pytest.raises(Refused) as refused:
        await railway.delete_variables("web", NAMES)
    assert "worker.variables.API_KEY" in refused.value.what
    assert "production" in refused.value.what
    assert "hush" not in str(refused.value)
    assert world.asked("StageChanges") == world.asked("CommitStaged") == []
    assert set(NAMES) <= set(await railway.variables("web"))


async def test_a_deletion_that_was_left_staged_is_taken_up(world: World):
    railway = world.railway()
    await world.admin("/external", stage=patch(world, LOG_LEVEL=None, PORT=None))
    await railway.delete_variables("web", NAMES)
    assert world.asked("StageChanges") == []
    assert not set(NAMES) & set(await railway.variables("web"))


async def test_somebody_who_stages_in_between_is_not_shipped(world: World):
    railway = world.railway()
    await railway.scope()
    asking = railway.client.ask

    async def meanwhile(name: str, **rest: object) -> object:
        data = await asking(name, **rest)  # type: ignore[arg-type]  # passed on as it came
        if name == "staged_changes":
            await world.admin("/external", stage=patch(world, "worker", LATE={"value": "1"}))
        return data

    railway.client.ask = meanwhile  # type: ignore[assignment, method-assign]  # the other one, between our two steps
    with pytest.raises(Refused, match=r"worker\.variables\.LATE") as refused:
        await railway.delete_variables("web", NAMES)
    assert "not committed" in refused.value.remedy
    assert world.asked("CommitStaged") == []


@pytest.mark.parametrize("operation", ["StageChanges", "CommitStaged"])
async def test_a_lost_answer_is_uncertain_and_goes_no_further(world: World, operation: str):
    railway = world.railway()
    await railway.scope()
    world.fault(Fault.DROP_AFTER, operation, count=1)
    with pytest.raises(ActionUncertain):
        await railway.delete_variables("web", NAMES)
    assert len(world.asked(operation)) == 1
    assert len(world.asked("CommitStaged")) == (operation == "CommitStaged")


ANSWERS: list[tuple[object, type[CockpitError]]] = [
    (False, Refused), (None, ActionUncertain), ("true", ActionUncertain), (1, ActionUncertain),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
async def test_only_true_is_a_yes(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: object, kind: type[CockpitError]
):
    railway = world.railway()
    await railway.scope()

    async def answered(*_: object, **__: object) -> dict[str, object]:
        return dict.fromkeys(["variableCollectionUpsert", "deploymentRollback"], answer)

    monkeypatch.setattr(railway.client, "change", answered)
    with pytest.raises(kind, match="the variables"):
        await railway.set_variables("web", {"A": "1"})
    with pytest.raises(kind, match="the rollback"):
        await railway.roll_back("some-id")


@pytest.mark.parametrize("answer", [None, "", 7, {}, {"id": None}])
async def test_a_deploy_that_tells_no_id_is_uncertain(world: World, monkeypatch: pytest.MonkeyPatch, answer: object):
    railway = world.railway()
    await railway.scope()

    async def answered(*_: object, **__: object) -> dict[str, object]:
        return dict.fromkeys(["serviceInstanceDeployV2", "deploymentRedeploy"], answer)

    monkeypatch.setattr(railway.client, "change", answered)
    with pytest.raises(ActionUncertain):
        await railway.deploy("web")
    with pytest.raises(ActionUncertain):
        await railway.redeploy("some-id")


async def test_a_service_in_several_regions_is_not_scaled_by_guessing(world: World):
    railway = world.railway()
    regions = {"us-west2": {"numReplicas": 1}, "europe-west4-drams3a": {"numReplicas": 1}}
    web = world.address["services"]["web"]
    await world.admin("/external", stage={"services": {web: {"deploy": {"multiRegionConfig": regions}}}})
    scope = await railway.scope()
    await railway.client.change("commit_staged", environmentId=scope.environment_id, message="two regions")
    with pytest.raises(Refused, match="europe-west4-drams3a, us-west2"):
        await railway.scale("web", 2)
    assert world.asked("CommitPatch") == []
