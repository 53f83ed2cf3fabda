from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from cockpit.simulator import agenda, deployments, logs
from cockpit.simulator.clock import nanos
from cockpit.simulator.filter import parse
from cockpit.simulator.logs import Follower, Source
from cockpit.simulator.world import Emission, World

Place = tuple[str, str]
SECOND = 1_000_000_000


def flood(world: World, place: Place, at: datetime, lines: int, step: int, kept: int = 0) -> None:
    speaker = world.serving(*place)[0]
    world.emissions.append(
        Emission(nanos(at), step, lines, "line {n}", "info", speaker.service, speaker.environment, speaker.id,
                 speaker.replicas[0].id, speaker.snapshot, kept)
    )  # fmt: skip


def test_chatter_reads_the_same_however_the_window_is_cut(world: World, place: Place, origin: datetime):
    source = Source(environment=place[0])
    start, end = nanos(origin), nanos(origin + timedelta(minutes=10))
    whole = logs.between(world, source, start, end)
    cuts = range(start, end, 7 * SECOND)
    parts = [line for low in cuts for line in logs.between(world, source, low, min(low + 7 * SECOND, end))]
    assert whole == parts
    assert len(whole) > 30
    assert len({line.at for line in whole}) == len(whole)


def test_an_app_is_silent_before_success_and_after_sigterm(world: World, place: Place, origin: datetime):
    new = deployments.deploy(world, origin, *place)
    agenda.advance(world, origin + timedelta(hours=1))
    old = world.of(*place)[1]
    far = nanos(origin + timedelta(hours=1))
    said = logs.between(world, Source(deployment=new.id), 0, far)
    assert new.succeeded is not None
    assert [line.message for line in said if line.at < nanos(new.succeeded)] == [
        "Starting Container",
        "listening on :8080",
    ]
    assert old.leaves is not None
    last = logs.between(world, Source(deployment=old.id), nanos(old.leaves), far)
    assert [line.message for line in last] == ["SIGTERM received, finishing 3 requests"]


def test_build_lines_come_only_when_asked_for(world: World, place: Place, origin: datetime):
    new = deployments.deploy(world, origin, *place)
    agenda.advance(world, origin + timedelta(hours=1))
    high = nanos(origin + timedelta(hours=1))
    assert not [line for line in logs.between(world, Source(deployment=new.id), 0, high) if line.stream == "build"]
    built = logs.between(world, Source(deployment=new.id, streams=frozenset({"build"})), 0, high)
    assert built[0].message.startswith("scheduling build on Metal builder")
    assert built[-1].message == "[1/1] Healthcheck succeeded!"


def test_the_newest_lines_are_found_from_the_end(world: World, place: Place, origin: datetime):
    source, high = Source(environment=place[0]), nanos(origin)
    everything = logs.between(world, source, logs.beginning(world, origin), high)
    found = logs.newest(lambda a, b: logs.between(world, source, a, b), logs.beginning(world, origin), high, 500)
    assert found == everything[-500:]
    assert logs.newest(lambda a, b: logs.between(world, source, a, b), logs.beginning(world, origin), high, 0) == []


def test_a_follower_sees_every_line_once_also_those_with_late_stamps(world: World, place: Place, origin: datetime):
    source = Source(environment=place[0])
    follower = Follower(world, source, origin)
    deployments.deploy(world, origin, *place)
    flood(world, place, origin + timedelta(seconds=3), 5000, SECOND // 50)
    seen = []
    for tenths in range(1, 6000, 3):
        now = origin + timedelta(seconds=tenths / 10)
        agenda.advance(world, now)
        seen += follower.fresh(now)
    end = origin + timedelta(seconds=599.8)
    assert sorted(seen, key=lambda line: line.at) == logs.between(world, source, nanos(origin), nanos(end))


def test_a_flood_is_addressed_by_time(world: World, place: Place, origin: datetime):
    flood(world, place, origin, 100, SECOND // 10)
    source = Source(environment=place[0], match=parse("line"))
    start = nanos(origin)
    assert [line.message for line in logs.between(world, source, start, start + SECOND // 2)] == [
        f"line {n}" for n in range(2, 7)
    ]
    assert len(logs.between(world, source, start - 1, start + 3600 * SECOND)) == 100


def test_of_a_flood_the_newest_fifty_thousand_are_kept(world: World, place: Place, origin: datetime):
    flood(world, place, origin, 60_000, 1000)
    kept = logs.between(world, Source(environment=place[0], match=parse("line")), 0, nanos(origin) + SECOND)
    assert (len(kept), kept[0].message, kept[-1].message) == (50_000, "line 10001", "line 60000")


@pytest.mark.parametrize("per_second", [501, 800, 5000])
def test_above_its_limit_the_platform_drops_lines_and_says_so_at_the_whole_second(
    world: World, place: Place, origin: datetime, per_second: int
):
    step = SECOND // per_second
    flood(world, place, origin.replace(microsecond=0), per_second * 2, step, kept=500)
    start = nanos(origin.replace(microsecond=0))
    said = logs.between(world, Source(environment=place[0]), start - 1, start + SECOND)
    lines = [line for line in said if line.message.startswith("line ") and line.at < start + SECOND]
    (note,) = [line for line in said if line.message.startswith("Railway rate limit of 500 logs/sec reached")]
    assert len(lines) == 500
    assert note.at == start + SECOND
    assert note.message.endswith(f"Messages dropped: {-(-SECOND // step) - 500}")


def test_a_limited_flood_reads_the_same_however_the_window_is_cut(world: World, place: Place, origin: datetime):
    flood(world, place, origin, 2500, SECOND // 700, kept=500)
    source, start = Source(environment=place[0], match=parse("line OR Railway")), nanos(origin)
    cuts = [start - 1, start, *range(start + SECOND // 3, start + 6 * SECOND, SECOND // 3)]
    parts = [line for low, high in pairwise(cuts) for line in logs.between(world, source, low, high)]
    assert parts == logs.between(world, source, cuts[0], cuts[-1])
    dropped = sum(int(line.message.rpartition(" ")[2]) for line in parts if line.message.startswith("Railway"))
    assert dropped + sum(line.message.startswith("line") for line in parts) == 2500
