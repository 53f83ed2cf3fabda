from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cockpit.simulator import agenda, configuration, deployments, logs
from cockpit.simulator.clock import nanos
from cockpit.simulator.logs import Source
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.resolvers import views
from cockpit.simulator.world import Deployment, World

from .conftest import House

Place = tuple[str, str]


def later(world: World, origin: datetime, seconds: float) -> datetime:
    now = origin + timedelta(seconds=seconds)
    agenda.advance(world, now)
    return now


def test_at_first_web_serves_and_an_older_deployment_is_gone(world: World, place: Place, origin: datetime):
    serving, gone = world.of(*place)
    assert (serving.status, gone.status) == ("SUCCESS", "REMOVED")
    assert serving.serves
    assert serving.digest != gone.digest
    assert not deployments.can_redeploy(gone)
    assert deployments.can_roll_back(world, gone, origin)
    assert not deployments.can_roll_back(world, gone, origin + timedelta(hours=72))


def test_a_deploy_builds_the_associated_commit_into_a_new_image(world: World, place: Place, origin: datetime):
    old, new = world.of(*place)[0], deployments.deploy(world, origin, *place)
    assert not new.digest
    later(world, origin, 70)
    assert new.digest not in {None, old.digest}
    assert new.commit != old.commit == world.first_commit


def test_an_unknown_commit_creates_nothing(world: World, place: Place, origin: datetime):
    before = list(world.deployments)
    with pytest.raises(Refusal, match="Commit not found"):
        deployments.deploy(world, origin, *place, commit="0" * 40)
    assert list(world.deployments) == before


def test_a_newer_deploy_supersedes_the_one_on_its_way(world: World, place: Place, origin: datetime):
    first = deployments.deploy(world, origin, *place)
    now = later(world, origin, 90)
    second = deployments.deploy(world, now, *place)
    assert (first.status, first.status_at, first.replicas[0].status) == ("REMOVED", now, "REMOVED")
    assert all(step.completed for step in first.steps)
    later(world, origin, 2000)
    assert first.succeeded is None
    assert second.status == "SUCCESS"


def test_a_rollback_brings_image_and_variables_back_without_a_build(world: World, place: Place, origin: datetime):
    old = world.of(*place)[0]
    configuration.set_variables(world, origin, *place, {"NEW": "1"}, skip_deploys=True)
    bad = deployments.deploy(world, origin, *place)
    now = later(world, origin, 600)
    back = deployments.roll_back(world, now, old)
    assert (back.image, back.digest, back.commit) == (old.image, old.digest, old.commit)
    assert "NEW" not in back.variables
    assert "NEW" in world.environments[place[0]].services[place[1]].variables, "what is configured stays"
    later(world, origin, 630)
    assert back.serves
    assert back.succeeded == now + timedelta(seconds=30)
    assert not [step for step in back.steps if step.name == "BUILD_IMAGE"]
    later(world, origin, 700)
    assert bad.status == "REMOVED"


def test_a_rollback_gets_healthy_where_no_build_does(make_world: Callable[[str], World], origin: datetime):
    world = make_world("health-fails")
    place = world.environment_named("production").id, world.service_named("web").id
    old = world.of(*place)[0]
    deployments.deploy(world, origin, *place)
    back = deployments.roll_back(world, later(world, origin, 500), old)
    later(world, origin, 600)
    assert back.serves


def test_what_never_came_up_cannot_be_rolled_back_to(make_world: Callable[[str], World], origin: datetime):
    world = make_world("health-fails")
    place = world.environment_named("production").id, world.service_named("web").id
    failed = deployments.deploy(world, origin, *place)
    now = later(world, origin, 500)
    with pytest.raises(Refusal):
        deployments.roll_back(world, now, failed)


@pytest.mark.parametrize(("same_image", "until"), [(True, 30), (False, 112)])
def test_a_redeploy_keeps_its_variables_and_its_image_only_on_request(
    world: World,
    place: Place,
    origin: datetime,
    same_image: bool,  # noqa: FBT001  # a column of the table
    until: float,
):
    old = world.of(*place)[0]
    configuration.set_variables(world, origin, *place, {"NEW": "1"}, skip_deploys=True)
    again = deployments.redeploy(world, origin, old, same_image=same_image)
    later(world, origin, until)
    assert again.status == "SUCCESS"
    assert (again.digest == old.digest) is same_image
    assert "NEW" not in again.variables


def test_a_stopped_deployment_still_reads_success_and_can_be_restarted(world: World, place: Place, origin: datetime):
    serving = world.of(*place)[0]
    deployments.stop(world, origin, serving)
    now = later(world, origin, 5)
    assert (serving.status, serving.stopped, serving.replicas[0].status) == ("SUCCESS", True, "EXITED")
    assert not world.serving(*place)
    with pytest.raises(Refusal, match="not stoppable"):
        deployments.stop(world, now, serving)
    deployments.restart(world, now, serving)
    later(world, origin, 12)
    assert serving.serves


def test_restarting_the_new_one_during_overlap_does_not_lose_the_drain(world: World, place: Place, origin: datetime):
    configuration.set_variables(world, origin, *place, {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "60"}, skip_deploys=True)
    new = deployments.deploy(world, origin, *place)
    deployments.restart(world, later(world, origin, 120), new)
    later(world, origin, 400)
    assert new.steps[-1].name == "DRAIN_INSTANCES"
    assert new.steps[-1].completed


def test_a_cancelled_deployment_ends_removed_and_a_finished_one_cannot_be(world: World, place: Place, origin: datetime):
    new = deployments.deploy(world, origin, *place)
    deployments.cancel(world, later(world, origin, 30), new)
    later(world, origin, 500)
    assert (new.status, new.succeeded) == ("REMOVED", None)
    with pytest.raises(Refusal, match="not cancellable"):
        deployments.cancel(world, origin, new)


def test_a_removed_deployment_drains_first(world: World, place: Place, origin: datetime):
    serving, gone = world.of(*place)
    deployments.remove(world, origin, serving)
    later(world, origin, 1)
    assert serving.status == "REMOVING"
    later(world, origin, 3)
    assert serving.status == "REMOVED"
    with pytest.raises(Refusal, match="not removable"):
        deployments.remove(world, origin, gone)


def test_approval_lets_a_deployment_go_on(world: World, place: Place, origin: datetime):
    waiting = deployments.deploy(world, origin, *place, approval=True)
    now = later(world, origin, 500)
    assert waiting.status == "NEEDS_APPROVAL"
    deployments.approve(world, now, waiting)
    later(world, origin, 500 + 112)
    assert waiting.status == "SUCCESS"
    with pytest.raises(Refusal, match="does not need"):
        deployments.approve(world, now, waiting)


def test_restart_is_refused_while_it_builds(world: World, place: Place, origin: datetime):
    new: Deployment = deployments.deploy(world, origin, *place)
    with pytest.raises(Refusal, match="not restartable"):
        deployments.restart(world, origin, new)
    assert not deployments.can_redeploy(new)


def test_a_service_with_a_volume_never_overlaps(world: World, place: Place, origin: datetime):
    """Its old deployment is told to stop before the new one starts, whatever overlap is configured."""
    instance = world.environments[place[0]].services[place[1]]
    instance.settings |= {"overlapSeconds": 300, "drainingSeconds": 10}
    configuration.mount(world, origin, *place)
    old = world.of(*place)[0]
    new = deployments.deploy(world, origin, *place)
    agenda.advance(world, origin + timedelta(minutes=10))
    assert new.succeeded is not None
    assert old.leaves is not None
    assert old.removed is not None
    assert old.leaves < old.removed < new.succeeded
    assert views.meta(new)["volumeMounts"] == ["/data"]
    assert views.meta(old)["volumeMounts"] == []
    blob = configuration.config(world.environments[place[0]])["services"][place[1]]
    assert [one["mountPath"] for one in blob["volumeMounts"].values()] == ["/data"]


def test_what_has_crashed_is_silent_and_a_restart_brings_it_back(world: World, place: Place, origin: datetime):
    target = world.serving(*place)[0]
    deployments.crash(world, origin, target)
    agenda.advance(world, origin)
    assert (target.status, target.stopped, [one.status for one in target.replicas]) == ("CRASHED", True, ["CRASHED"])
    assert world.serving(*place) == []
    source = Source(deployment=target.id)
    late = nanos(origin + timedelta(seconds=1))
    assert logs.between(world, source, late, late + 300 * 10**9) == []
    deployments.restart(world, origin + timedelta(minutes=1), target)
    agenda.advance(world, origin + timedelta(minutes=2))
    assert world.serving(*place) == [target]


def test_what_sleeps_reads_stopped_while_its_replicas_run(world: World, place: Place, origin: datetime):
    target = world.serving(*place)[0]
    deployments.sleep(world, origin, target)
    agenda.advance(world, origin)
    assert (target.status, target.stopped, [one.status for one in target.replicas]) == ("SLEEPING", True, ["RUNNING"])
    assert world.active(*place) == [target]
    deployments.wake(world, origin, target)
    assert world.serving(*place) == [target]


async def test_who_names_no_service_disconnects_the_volume_and_who_names_no_environment_all_of_it(house: House):
    simulated = house.simulation.world
    volume = configuration.mount(simulated, house.simulation.now(), house.environment, house.web)
    change = """mutation V($v: String!, $e: String, $i: VolumeInstanceUpdateInput!) {
        volumeInstanceUpdate(volumeId: $v, environmentId: $e, input: $i)
    }"""
    await house.ask(change, v=volume.id, e=house.environment, i={"mountPath": "/srv", "serviceId": house.web})
    assert (volume.service, volume.path) == (house.web, "/srv")
    await house.ask(change, v=volume.id, e=house.environment, i={"mountPath": "/mnt"})
    assert (volume.service, volume.path) == (None, "/mnt")
    unknown = await house.refusal(change, v="unknown", e=house.environment, i={})
    assert unknown["message"] == "Not Authorized"
    wide = await house.refusal(change, house.token("project"), v=volume.id, i={"serviceId": "unknown"})
    assert wide["message"] == "Not Authorized"
