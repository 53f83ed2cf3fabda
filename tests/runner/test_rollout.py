"""A deploy followed to its end: variables, three clocks, the way back."""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.rollout.clocks import drain, overlap
from cockpit.core.rollout.deployment import Rollout
from cockpit.core.span import clock_face

from .conftest import BACK, CLEAR, DEPLOY, GRACE, SET, Bench, Bring, World, plan_of


def rollout_of(bench: Bench, item: str = DEPLOY) -> Rollout:
    return bench.state.rollouts[bench.intent(item).deployment or ""]


async def deployed(world: Bring, bench: Bring, **options: object) -> tuple[World, Bench]:
    """Through variables and deploy, at a speed that makes nobody wait."""
    place = await world(**options)
    made = await bench(plan_of("do set_grace", "do deploy_web"), world=place)
    await made.do(SET)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done", "failed")
    return place, made


async def test_at_sixtyfold_speed_the_overlap_reads_five_minutes(world: Bring, bench: Bring) -> None:
    _, made = await deployed(world, bench, speed=60)
    rollout = rollout_of(made)
    found = overlap(rollout)
    assert found is not None
    assert abs(found.total_seconds() - 300) <= 2
    assert clock_face(found) == "5:00"
    assert rollout.overlap_configured == 300
    assert not [text for text in rollout.deviations if "overlap" in text.lower()]


async def test_a_deploy_is_followed_through_its_three_clocks(world: Bring, bench: Bring) -> None:
    place, made = await deployed(world, bench)
    assert made.state.item(DEPLOY).status == "done"
    rollout = rollout_of(made)
    assert rollout.t1 is not None
    assert rollout.t2 is not None
    assert rollout.t3 is not None
    assert rollout.t1.source == rollout.t3.source == "status"
    assert rollout.t1.at < rollout.t2.at < rollout.t3.at
    gone = drain(rollout)
    assert gone is not None
    assert abs(gone.total_seconds() - 12) <= 2
    anchors = made.state.anchors
    assert anchors["T1 of deploy_web"] == rollout.t1.at
    assert anchors["deploy_web"] >= rollout.t3.at
    assert rollout.previous == made.state.targets["web"].id
    assert len(place.effects("serviceInstanceDeployV2")) == 1


async def test_variables_are_set_read_back_and_taken_away_without_a_deploy(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do set_grace"), world=place)
    railway = place.railway()
    await made.do(SET)
    await made.until_item(SET, "done")
    assert "Read back" in made.state.item(SET).because
    assert (await railway.variables("web")).items() >= GRACE.items()
    await made.roll_back("level-1")
    await made.until_item(CLEAR, "done")
    assert not set(GRACE) & set(await railway.variables("web"))
    assert place.effects("serviceInstanceDeployV2") == []


async def test_a_rollback_is_proved_by_the_image_of_the_version_before(world: Bring, bench: Bring) -> None:
    place, made = await deployed(world, bench)
    target = made.state.targets["web"]
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    restored = rollout_of(made, BACK)
    assert restored.digest == target.digest
    assert restored.deployment != target.id
    assert restored.previous == rollout_of(made).deployment
    assert target.digest is not None
    assert target.digest in made.state.item(BACK).because
    assert len(place.effects("deploymentRollback")) == 1


async def test_a_rollback_sends_nothing_while_the_version_before_still_serves(world: Bring, bench: Bring) -> None:
    place, made = await deployed(world, bench, scenario="health-fails")
    assert made.state.item(DEPLOY).status == "failed"
    assert "HEALTHCHECK" in made.state.item(DEPLOY).because.upper()
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    assert "still serves" in made.state.item(BACK).because
    assert place.effects("deploymentRollback") == place.effects("deploymentCancel") == []


async def test_a_deploy_in_flight_is_cancelled_by_the_way_back(world: Bring, bench: Bring) -> None:
    place = await world(speed=60)
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until(lambda: made.state.rollouts and rollout_of(made).status == "BUILDING", "building")
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    await made.until_item(DEPLOY, "failed")
    assert rollout_of(made).outcome == "removed"
    assert [entry.effect for entry in place.effects("deploymentCancel")] == [{"cancelled": rollout_of(made).deployment}]
    assert place.effects("deploymentRollback") == []


async def test_a_deploy_that_came_up_is_really_rolled_back_while_both_serve(world: Bring, bench: Bring) -> None:
    place = await world(speed=60)
    made = await bench(plan_of("do set_grace", "do deploy_web"), world=place)
    await made.do(SET)
    await made.do(DEPLOY)
    await made.until(lambda: made.state.rollouts and rollout_of(made).t1 is not None, "up")
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    assert rollout_of(made, BACK).previous == rollout_of(made).deployment
    assert len(place.effects("deploymentRollback")) == 1


async def test_nothing_is_changed_before_it_is_known_where_the_way_back_leads(world: Bring, bench: Bring) -> None:
    place = await world()
    place.fault("error", "Serving", text="Problem processing request")
    made = await bench(plan_of("do set_grace"), world=place)
    await made.until(lambda: made.session.telemetry.links.get("railway"), "trouble")
    assert "Problem processing request" in str(made.session.telemetry.links["railway"])
    assert made.state.proved == {}
    refusal = await made.session.dispatch(wanted.Do(SET, "yes"))
    assert isinstance(refusal, Refusal)
