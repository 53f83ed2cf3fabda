"""Deployments that nobody here started: found, followed, and never taken for ours."""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.rollout.deployment import Rollout
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.simulator import deployments

from .conftest import BACK, DEPLOY, Bench, Bring, World, plan_of


def rollout(made: Bench, deployment: str) -> Rollout:
    return made.state.rollouts[deployment]


async def ready(world: Bring, bench: Bring, *items: str, speed: float = 600) -> tuple[World, Bench]:
    place = await world(speed=speed)
    made = await bench(plan_of(*(items or ("do deploy_web", "tick On"))), world=place)
    await made.until(lambda: "railway" in made.state.proved, "proved")
    return place, made


async def test_a_colleagues_deploy_is_found_named_and_followed_to_its_end(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench)
    theirs = place.somebody_deploys()
    await made.until(lambda: theirs in made.state.rollouts, "found")
    found = rollout(made, theirs)
    assert starter(made.state, found) == "release bot"
    assert found.previous == made.state.targets["web"].id
    assert theirs not in made.state.rollout_items
    await made.until(lambda: rollout(made, theirs).is_over, "over")
    assert rollout(made, theirs).outcome == "done"
    assert rollout(made, theirs).t3 is not None
    assert made.state.targets["web"].id != theirs
    assert any("takes this version away, too" in sentence for sentence in meaning(made.state, rollout(made, theirs)))


async def test_our_own_deploy_is_never_called_a_strangers(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    await made.roll_back("level-2")
    await made.until_item(BACK, "done")
    listed = len(place.asked("deployments"))
    await made.until(lambda: len(place.asked("deployments")) > listed + 2, "listed again")
    assert set(made.state.rollouts) == set(made.state.rollout_items)


async def test_one_that_supersedes_ours_is_named_by_ours(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench, speed=20)
    await made.do(DEPLOY)
    await made.until(lambda: made.state.rollouts, "begun")
    ours = made.intent(DEPLOY).deployment or ""
    await made.until(lambda: rollout(made, ours).status == "BUILDING", "building")
    theirs = place.somebody_deploys()
    await made.until_item(DEPLOY, "failed")
    because = made.state.item(DEPLOY).because
    assert because == f"A newer deployment took its place: {theirs[:8]}, made by release bot. It never came up."
    await made.until(lambda: theirs in made.state.rollouts, "found")
    assert "T1 of deploy_web does not come" in meaning(made.state, rollout(made, theirs))[0]
    assert len(place.effects("serviceInstanceDeployV2")) == 1


async def test_a_rollback_is_sent_though_somebody_elses_deploy_is_on_its_way(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    theirs = place.somebody_deploys(waits=True)
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    assert len(place.effects("deploymentRollback")) == 1
    assert place.effects("deploymentCancel") == []
    (said,) = [note.text for note in made.state.notes if "the rollback takes its place" in note.text]
    assert theirs[:8] in said
    assert "release bot" in said


async def told_of_two_looks(made: Bench, item: str) -> str:
    """Why two looks at an unknown outcome could not tell."""
    await made.until_item(item, "unknown")
    await made.until(lambda: len(made.intent(item).looks) >= 2, "two looks")
    looks = made.intent(item).looks
    assert {look.found for look in looks} == {"inconclusive"}
    return looks[0].because


async def test_a_first_deploy_that_was_lost_is_not_taken_for_one_that_somebody_is_named_for(
    world: Bring, bench: Bring
) -> None:
    place, made = await ready(world, bench)
    place.fault("drop_before", "Deploy", count=1)
    await made.do(DEPLOY)
    theirs = place.somebody_deploys()
    because = await told_of_two_looks(made, DEPLOY)
    assert theirs[:8] in because
    assert "not known yet" in because


async def test_a_lost_deploy_is_not_taken_for_one_that_somebody_else_made(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench, "do deploy_web", "do redeploy_web")
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    place.fault("drop_before", "Redeploy", count=1)
    item = "work/do:redeploy_web"
    await made.do(item)
    theirs = place.somebody_deploys()
    because = await told_of_two_looks(made, item)
    assert theirs[:8] in because
    assert "release bot" in because
    refused = await made.session.dispatch(wanted.Settle(item, happened=False))
    assert isinstance(refused, Refusal)


async def test_after_a_restart_of_the_cockpit_a_strangers_rollout_is_followed_on(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench, speed=120)
    theirs = place.somebody_deploys()
    await made.until(lambda: theirs in made.state.rollouts and rollout(made, theirs).t1, "up")
    await made.stop()
    again = await bench(None, world=place, resumed=True)
    await again.until(lambda: rollout(again, theirs).is_over, "over")
    assert rollout(again, theirs).outcome == "done"


async def test_a_replica_that_the_platform_moves_is_told_and_is_no_deploy(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    serves = place.simulation.world.deployments[made.intent(DEPLOY).deployment or ""]
    deployments.move(place.simulation.world, place.simulation.now(), serves)
    await made.until(lambda: made.state.replica_changes, "told")
    (change,) = made.state.replica_changes
    assert (change.service, change.deployment, change.item) == ("web", serves.id, None)
    assert set(change.before) != set(change.after)
    assert len(made.state.rollouts) == 1


async def test_two_deploys_of_one_service_and_one_of_another_are_three_rollouts(world: Bring, bench: Bring) -> None:
    place, made = await ready(world, bench, "do deploy_web", "do redeploy_web", "do deploy_worker", speed=1200)
    items = (DEPLOY, "work/do:redeploy_web", "work/do:deploy_worker")
    for item in items:
        await made.do(item)
        await made.until_item(item, "done", "failed")
        assert made.state.item(item).status == "done"
    first, second, third = made.state.rollouts.values()
    assert [one.service for one in (first, second, third)] == ["web", "web", "worker"]
    assert second.previous == first.deployment
    assert third.previous == made.state.targets["worker"].id
    assert list(made.state.rollout_items.values()) == list(items)
    assert {one.outcome for one in (first, second, third)} == {"done"}
    assert place.simulation.world.deployments[first.deployment].status == "REMOVED"
