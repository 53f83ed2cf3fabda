from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.simulator import agenda, configuration, deployments, traffic
from cockpit.simulator.clock import nanos
from cockpit.simulator.world import World

Place = tuple[str, str]


def test_requests_come_every_five_seconds_and_read_the_same_in_any_window(world: World, place: Place, origin: datetime):
    start, end = nanos(origin), nanos(origin + timedelta(minutes=10))
    whole = list(traffic.between(world, *place, start, end))
    middle = start + 123_456_789_000
    assert whole == [*traffic.between(world, *place, start, middle), *traffic.between(world, *place, middle, end)]
    assert 118 <= len(whole) <= 121
    assert all(start < request.at <= end for request in whole)


def test_during_an_overlap_both_answer_and_before_and_after_one(world: World, place: Place, origin: datetime):
    old = world.of(*place)[0]
    configuration.set_variables(world, origin, *place, {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300"}, skip_deploys=True)
    new = deployments.deploy(world, origin, *place)
    agenda.advance(world, origin + timedelta(hours=1))
    assert new.succeeded is not None
    assert old.leaves is not None

    def answered(start: datetime, end: datetime) -> set[str]:
        return {request.deployment for request in traffic.between(world, *place, nanos(start), nanos(end))}

    assert answered(origin, new.succeeded) == {old.id}
    assert answered(new.succeeded, old.leaves) == {old.id, new.id}
    assert answered(old.leaves, origin + timedelta(hours=1)) == {new.id}


def test_counters_only_grow(world: World, origin: datetime):
    before = traffic.counters(world, origin)
    after = traffic.counters(world, origin + timedelta(hours=12))
    assert all(after[name] > before[name] for name in before)


def test_a_deployment_uses_its_machine_while_it_runs_and_drains_only(world: World, place: Place, origin: datetime):
    old = world.of(*place)[0]
    assert traffic.load(old, "CPU_USAGE", int(origin.timestamp())) > 0
    deployments.deploy(world, origin, *place)
    agenda.advance(world, origin + timedelta(hours=1))
    assert traffic.load(old, "CPU_USAGE", int(origin.timestamp()) + 60) > 0
    assert traffic.load(old, "CPU_USAGE", int(origin.timestamp()) + 3600) == 0
