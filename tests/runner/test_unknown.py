"""Outcomes that nobody heard: looked at twice, settled by the operator, never sent again by themselves."""

from __future__ import annotations

import pytest

from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal

from .conftest import BACK, CLEAR, DEPLOY, SET, Bench, Bring, World, plan_of

RESTART, SCALE = "work/do:restart_web", "work/do:more_web"


async def sent_into_trouble(made: Bench, item: str) -> None:
    """Do an action whose answer is lost, and wait until two looks agree."""
    await made.do(item)
    await made.until_item(item, "unknown")
    await made.until(lambda: len(made.intent(item).looks) >= 2, "two looks")


def found(made: Bench, item: str) -> list[str]:
    return [look.found for look in made.intent(item).looks]


async def test_a_deploy_whose_answer_was_lost_is_found_and_followed_to_its_end(world: Bring, bench: Bring) -> None:
    place = await world(speed=300)
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("drop_after", "Deploy", count=1)
    await sent_into_trouble(made, DEPLOY)
    assert found(made, DEPLOY) == ["happened", "happened"]
    intent = made.intent(DEPLOY)
    assert (intent.looks[0].at - intent.at).total_seconds() >= 60
    await made.give(wanted.Settle(DEPLOY, happened=True))
    await made.until_item(DEPLOY, "done")
    (effect,) = place.effects("serviceInstanceDeployV2")
    assert effect.effect == {"deployment": made.intent(DEPLOY).deployment}
    assert made.state.rollouts[made.intent(DEPLOY).deployment or ""].t3 is not None


async def test_a_deploy_that_never_arrived_is_settled_so_and_may_be_done_again(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("drop_before", "Deploy", count=1)
    await sent_into_trouble(made, DEPLOY)
    assert found(made, DEPLOY) == ["not happened", "not happened"]
    assert place.effects("serviceInstanceDeployV2") == []
    again = await made.session.dispatch(wanted.Do(DEPLOY, "production"))
    assert isinstance(again, Refusal)
    assert isinstance(await made.session.dispatch(wanted.Settle(DEPLOY, happened=True)), Refusal)
    await made.give(wanted.Settle(DEPLOY, happened=False))
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    assert len(place.effects("serviceInstanceDeployV2")) == 1


@pytest.mark.parametrize(("fault", "happened"), [("drop_after", True), ("drop_before", False)])
async def test_variables_show_by_themselves_whether_they_were_set(
    world: Bring,
    bench: Bring,
    fault: str,
    happened: bool,  # noqa: FBT001  (a column of the table above)
) -> None:
    place = await world()
    made = await bench(plan_of("do set_grace"), world=place)
    place.fault(fault, "SetVariables", count=1)
    await sent_into_trouble(made, SET)
    await made.give(wanted.Settle(SET, happened=happened))
    await made.until_item(SET, "done" if happened else "open")
    assert len(place.effects("variableCollectionUpsert")) == happened


async def test_a_variable_that_was_right_before_leaves_no_doubt(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do set_grace"), world=place)
    await place.railway().set_variables("web", {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300"})
    place.fault("drop_before", "SetVariables", count=1)
    await sent_into_trouble(made, SET)
    assert made.intent(SET).before == {
        "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "as wanted",
        "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "not set",
    }
    assert found(made, SET) == ["not happened", "not happened"]


async def test_a_deploy_of_somebody_else_just_before_is_not_taken_for_ours(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.until(lambda: "railway" in made.state.proved, "proved")
    await place.railway().deploy("web")
    place.fault("drop_before", "Deploy", count=1)
    await sent_into_trouble(made, DEPLOY)
    assert found(made, DEPLOY) == ["not happened", "not happened"]


async def test_where_two_deployments_appeared_nobody_can_tell_and_nothing_is_sent(world: Bring, bench: Bring) -> None:
    place = await world(speed=60)  # the second is made well before the first look
    made = await bench(plan_of("do deploy_web", "tick On"), world=place)
    place.fault("drop_after", "Deploy", count=1)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "unknown")
    await place.railway().deploy("web")
    await made.until(lambda: len(made.intent(DEPLOY).looks) >= 3, "looks go on")
    assert set(found(made, DEPLOY)) == {"inconclusive"}
    assert isinstance(await made.session.dispatch(wanted.Settle(DEPLOY, happened=True)), Refusal)
    assert len(place.effects("serviceInstanceDeployV2")) == 2


async def test_what_cannot_be_told_is_passed_over_with_a_reason_and_stays_so(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do restart_web", "do set_grace"), world=place)
    place.fault("drop_after", "Restart", count=1)
    await made.do(RESTART)
    await made.until_item(RESTART, "unknown")
    assert isinstance(await made.session.dispatch(wanted.Waive(RESTART, "seen in the dashboard")), Refusal)
    await made.until(lambda: len(made.intent(RESTART).looks) >= 2, "two looks")
    await made.give(wanted.Waive(RESTART, "seen in the dashboard"))
    assert made.state.item(RESTART).status == "waived"
    assert isinstance(await made.session.dispatch(wanted.Untick(RESTART)), Refusal)
    await made.do(SET)
    await made.until_item(SET, "done")
    assert made.state.item(RESTART).status == "waived"
    assert len(place.effects("deploymentRestart")) == 1


async def test_replicas_show_by_themselves_whether_they_were_changed(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do more_web"), world=place)
    place.fault("drop_after", "CommitPatch", count=1)
    await sent_into_trouble(made, SCALE)
    assert found(made, SCALE) == ["happened", "happened"]
    await made.give(wanted.Settle(SCALE, happened=True))
    await made.until_item(SCALE, "done")


async def test_a_lost_rollback_is_told_from_the_deploy_it_takes_back(world: Bring, bench: Bring) -> None:
    place = await world(speed=600)
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("drop_after", "Deploy", count=1)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "unknown")
    place.fault("drop_before", "RollBack")
    railway = place.railway()
    await made.until(lambda: len(made.intent(DEPLOY).looks) >= 2, "looked at")
    ((forward),) = [entry.effect["deployment"] for entry in place.effects("serviceInstanceDeployV2") if entry.effect]
    await _until_up(made, place, forward)
    await made.roll_back("level-2")
    await made.until_item(BACK, "unknown")
    await made.until(lambda: len(made.intent(BACK).looks) >= 2, "two looks")
    assert found(made, BACK) == ["not happened", "not happened"]
    place.all_well()
    await made.give(wanted.Settle(BACK, happened=False))
    await made.until_item(BACK, "done")
    target = made.state.targets["web"]
    serving = await railway.serving("web")
    assert serving is not None
    assert (serving.digest, serving.id != target.id) == (target.digest, True)
    assert len(place.effects("deploymentRollback")) == 1


async def _until_up(made: Bench, place: World, deployment: str) -> None:
    await made.until(lambda: place.simulation.world.deployments[deployment].status == "SUCCESS", "it came up")
    railway = place.railway()
    for _ in range(200):
        serving = await railway.serving("web")
        if serving is not None and serving.id == deployment:
            return
    raise AssertionError("it does not serve")


@pytest.mark.parametrize(("fault", "happened"), [("drop_after", True), ("drop_before", False)])
async def test_a_lost_rollback_beside_a_deploy_of_somebody_else_is_told_by_the_image_it_restores(
    world: Bring,
    bench: Bring,
    fault: str,
    happened: bool,  # noqa: FBT001  (a column of the table above)
) -> None:
    place = await world(speed=300)
    made = await bench(plan_of("do deploy_worker"), world=place)
    await made.do("work/do:deploy_worker")
    await made.until_item("work/do:deploy_worker", "done")
    target = made.state.targets["web"]
    theirs = place.somebody_deploys()
    await made.until(lambda: made.state.rollouts[theirs].outcome == "done" if theirs in made.state.rollouts else False)
    place.fault(fault, "RollBack", count=1)
    await made.roll_back("level-2")
    await made.until_item(BACK, "unknown")
    other = place.somebody_deploys(who="another bot")
    await made.until(lambda: len(made.intent(BACK).looks) >= 2, "two looks")
    listed = await place.railway().deployments("web")
    ours = [one.id for one in listed if one.digest == target.digest and one.id != target.id]
    assert len(ours) == happened
    assert found(made, BACK) == ["happened" if happened else "inconclusive"] * 2
    if happened:
        assert made.intent(BACK).looks[-1].deployment == ours[0]
    assert other not in ours
    assert len(place.requests("RollBack")) == 1


async def test_a_deletion_cut_between_staging_and_commit_did_not_happen(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do set_grace"), world=place)
    await made.do(SET)
    await made.until_item(SET, "done")
    place.fault("drop_before", "CommitStaged", count=1)
    await made.roll_back("level-1")
    await made.until_item(CLEAR, "unknown")
    await made.until(lambda: len(made.intent(CLEAR).looks) >= 2, "two looks")
    assert found(made, CLEAR) == ["not happened", "not happened"]
    await made.give(wanted.Settle(CLEAR, happened=False))
    await made.until_item(CLEAR, "done")
    assert len(place.effects("environmentStageChanges")) == 1
    assert len(place.effects("environmentPatchCommitStaged")) == 1


async def test_a_refusal_fails_the_action_for_certain_and_it_may_be_done_again(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("unauthorized", "Deploy", count=1)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "failed")
    assert "Not Authorized" in made.state.item(DEPLOY).because
    assert made.kinds("ActionLost") == []
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    assert len(place.effects("serviceInstanceDeployV2")) == 1
