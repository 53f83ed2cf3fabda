from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cockpit.simulator import agenda, configuration, deployments
from cockpit.simulator.clock import nanos
from cockpit.simulator.world import Deployment, World

Place = tuple[str, str]
GRACE = {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"}


def rolled_out(world: World, place: Place, at: datetime, variables: dict[str, str]) -> tuple[Deployment, Deployment]:
    """Old and new, the new one just asked for."""
    old = world.of(*place)[0]
    configuration.set_variables(world, at, *place, variables, skip_deploys=True)
    return old, deployments.deploy(world, at, *place)


def seconds(later: datetime | None, earlier: datetime | None) -> float:
    assert later is not None
    assert earlier is not None
    return (later - earlier).total_seconds()


def test_overlap_and_drain_are_exact_however_late_somebody_looks(world: World, place: Place, origin: datetime):
    old, new = rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(hours=3))
    assert seconds(new.succeeded, origin) == 112
    assert seconds(old.leaves, new.succeeded) == 300
    assert seconds(old.removed, old.leaves) == 262
    drain = new.steps[-1]
    assert (drain.name, drain.created, drain.completed) == ("DRAIN_INSTANCES", old.leaves, old.removed)


@pytest.mark.parametrize("glance", [0.1, 7.3, 61.0, 1000.0])
def test_the_rhythm_of_looking_changes_nothing(make_world: Callable[[str], World], origin: datetime, glance: float):
    worlds = make_world("calm"), make_world("calm")
    for world, step in zip(worlds, (glance, 5000.0), strict=True):
        place = world.environment_named("production").id, world.service_named("web").id
        rolled_out(world, place, origin, GRACE)
        now = origin
        while now < origin + timedelta(seconds=800):
            now += timedelta(seconds=step)
            agenda.advance(world, now)
        agenda.advance(world, origin + timedelta(seconds=5000))
    assert worlds[0].deployments == worlds[1].deployments
    assert worlds[0].lines == worlds[1].lines


@pytest.mark.parametrize(
    ("after", "old_reads", "new_reads", "active"),
    [
        (1, ("SUCCESS", "RUNNING"), ("INITIALIZING", None), ["old"]),
        (30, ("SUCCESS", "RUNNING"), ("BUILDING", None), ["old"]),
        (90, ("SUCCESS", "RUNNING"), ("DEPLOYING", "CREATED"), ["old"]),
        (111, ("SUCCESS", "RUNNING"), ("DEPLOYING", "RUNNING"), ["old"]),
        (112, ("SUCCESS", "RUNNING"), ("SUCCESS", "RUNNING"), ["new", "old"]),
        (411, ("SUCCESS", "RUNNING"), ("SUCCESS", "RUNNING"), ["new", "old"]),
        (412, ("REMOVING", "REMOVING"), ("SUCCESS", "RUNNING"), ["new"]),
        (674, ("REMOVED", "REMOVED"), ("SUCCESS", "RUNNING"), ["new"]),
    ],
)
def test_the_timeline_reads_as_documented(  # a table of cases
    world: World,
    place: Place,
    origin: datetime,
    after: float,
    old_reads: tuple[str, str],
    new_reads: tuple[str, str | None],
    active: list[str],
):
    old, new = rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(seconds=after))
    for deployment, expected in ((old, old_reads), (new, new_reads)):
        replica = deployment.replicas[0].status if deployment.replicas else None
        assert (deployment.status, replica) == expected
    names = {old.id: "old", new.id: "new"}
    assert [names[one.id] for one in world.active(*place)] == active


def test_without_grace_the_old_one_is_gone_in_two_seconds(world: World, place: Place, origin: datetime):
    old, new = rolled_out(world, place, origin, {})
    agenda.advance(world, origin + timedelta(seconds=200))
    assert old.leaves == new.succeeded
    assert seconds(old.removed, new.succeeded) == 2


def test_settings_count_where_no_variable_is_set_and_nonsense_is_not_set(world: World, place: Place, origin: datetime):
    configuration.update_settings(world, origin, *place, {"overlapSeconds": 30, "drainingSeconds": 5})
    old, new = rolled_out(world, place, origin, {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "ten minutes"})
    agenda.advance(world, origin + timedelta(seconds=300))
    assert seconds(old.leaves, new.succeeded) == 30
    assert seconds(old.removed, old.leaves) == 5 + 2


def test_the_variables_of_the_snapshot_count_not_those_set_later(world: World, place: Place, origin: datetime):
    old, new = rolled_out(world, place, origin, GRACE)
    configuration.set_variables(world, origin, *place, dict.fromkeys(GRACE, "1"), skip_deploys=True)
    agenda.advance(world, origin + timedelta(seconds=2000))
    assert seconds(old.leaves, new.succeeded) == 300


def test_the_old_instance_tells_how_it_ends(world: World, place: Place, origin: datetime):
    old, _ = rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(seconds=2000))
    said = [line for line in world.lines if line.deployment == old.id]
    assert said[0].message == "Stopping Container"
    assert [line.message for line in said if "working" not in line.message][1:] == [
        "SIGTERM received, finishing 3 requests",
        "finished 3 requests",
        "bye",
    ]
    assert all(line.replica == old.replicas[0].id for line in said)


def test_lines_of_the_platform_carry_whole_seconds_and_those_of_the_app_do_not(
    world: World, place: Place, origin: datetime
):
    rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(seconds=2000))
    container = [line for line in world.lines if "Container" in line.message]
    assert len(container) == 2
    assert all(line.at % 1_000_000_000 == 0 for line in container)
    assert all(line.at % 1_000_000_000 for line in world.lines if line.message == "bye")


def test_an_unhealthy_deployment_leaves_the_old_one_alone(make_world: Callable[[str], World], origin: datetime):
    world = make_world("health-fails")
    place = world.environment_named("production").id, world.service_named("web").id
    old, new = rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(seconds=411))
    assert new.status == "DEPLOYING"
    agenda.advance(world, origin + timedelta(seconds=412))
    assert (new.status, new.succeeded, seconds(new.status_at, origin)) == ("FAILED", None, 104 + 307.8)
    assert old.serves
    assert old.leaves is None


def test_an_instance_that_overruns_is_killed_some_seconds_after_the_window(
    make_world: Callable[[str], World], origin: datetime
):
    world = make_world("drain-overruns")
    place = world.environment_named("production").id, world.service_named("web").id
    old, _ = rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(seconds=3000))
    assert seconds(old.removed, old.leaves) == 604
    assert not [line for line in world.lines if line.deployment == old.id and line.message == "bye"]


def test_both_ends_of_a_rollout_are_dated_in_the_log_too(world: World, place: Place, origin: datetime):
    old, new = rolled_out(world, place, origin, GRACE)
    agenda.advance(world, origin + timedelta(seconds=2000))
    starting = next(line for line in world.lines if line.message == "Starting Container")
    stopping = next(line for line in world.lines if line.message == "Stopping Container")
    assert (starting.deployment, stopping.deployment) == (new.id, old.id)
    assert old.leaves is not None
    assert 0 <= nanos(old.leaves) - stopping.at < 1_000_000_000
