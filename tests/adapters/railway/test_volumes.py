from __future__ import annotations

from typing import Any

import pytest

from cockpit.errors import ActionUncertain, CockpitError, Missing, Refused
from cockpit.simulator import configuration
from cockpit.simulator.faults import Fault
from cockpit.simulator.world import Volume
from tests.adapters.railway.conftest import World


def mounted(world: World, service: str = "web", path: str = "/data", name: str = "") -> Volume:
    simulated = world.simulation.world
    where = simulated.environment_named("production").id, simulated.service_named(service).id
    made = configuration.mount(simulated, world.now(), *where, path)
    made.name = name or made.name
    return made


async def test_volumes_are_read_with_who_mounts_them_and_where(world: World):
    mounted(world), mounted(world, "worker", "/queue")
    mounted(world, name="spare").service = None
    found = await world.railway().volumes("web")
    assert [(one.name, one.path, one.service, one.is_here, one.is_ready) for one in found] == [
        ("web-volume", "/data", "web", True, True),
        ("worker-volume", "/queue", "worker", False, True),
        ("spare", "/data", None, False, True),
    ]


async def test_more_volumes_than_a_page_are_all_read(world: World):
    for number in range(120):
        mounted(world, name=f"v{number}").service = None
    assert len(await world.railway().volumes("web")) == 120
    assert len(world.asked("Volumes")) == 2


async def test_every_change_names_service_and_environment(world: World):
    """Without a service the volume would be disconnected, without an environment it would change everywhere."""
    volume, simulated = mounted(world), world.simulation.world
    await world.railway().mount("web", "/srv", None)
    (sent,) = world.asked("Mount")
    web = simulated.service_named("web").id
    assert sent.variables["input"] == {"serviceId": web, "mountPath": "/srv"}
    assert sent.variables["environmentId"] == simulated.environment_named("production").id
    assert (volume.service, volume.path) == (web, "/srv")


async def test_a_volume_is_mounted_where_it_was_at_last(world: World):
    volume = mounted(world, path="/srv", name="spare")
    await world.railway().unmount("web")
    assert (volume.service, volume.path) == (None, "/srv")
    await world.railway().mount("web", None, "spare")
    assert (volume.service, volume.path) == (world.simulation.world.service_named("web").id, "/srv")


REFUSED: list[tuple[list[dict[str, Any]], str | None, type[CockpitError], str]] = [
    ([], None, Missing, "web mounts no volume; there are none"),
    ([{}, {"path": "/b", "name": "b"}], None, Refused, "web mounts web-volume at /data, b at /b"),
    ([], "spare", Missing, "There is no volume 'spare'"),
    ([{"name": "spare"}, {"name": "spare"}], "spare", Missing, "2 volumes are called 'spare'"),
    ([{"service": "worker", "name": "spare"}], "spare", Refused, "worker mounts spare"),
    ([{}, {"service": "worker", "name": "spare"}], "web-volume\x1b[2J", Missing, "There is no volume"),
]


@pytest.mark.parametrize(("there", "name", "kind", "words"), REFUSED)
async def test_where_it_would_have_to_guess_or_to_take_nothing_is_sent(
    world: World, there: list[dict[str, Any]], name: str | None, kind: type[CockpitError], words: str
):
    for one in there:
        mounted(world, **one)
    with pytest.raises(kind) as refused:
        await world.railway().mount("web", "/srv", name)
    assert words in refused.value.what
    assert "\x1b" not in refused.value.what
    assert world.asked("Mount") == []


async def test_one_volume_a_service(world: World):
    mounted(world)
    mounted(world, name="spare").service = None
    with pytest.raises(Refused, match="web mounts web-volume at /data already"):
        await world.railway().mount("web", "/srv", "spare")


async def test_a_volume_that_railway_is_at_work_on_is_left_alone(world: World):
    mounted(world).state = "MIGRATING"
    with pytest.raises(Refused, match="web-volume is MIGRATING"):
        await world.railway().unmount("web")
    assert world.asked("Mount") == []


async def test_a_lost_answer_is_uncertain(world: World):
    mounted(world)
    railway = world.railway()
    await railway.scope()
    world.fault(Fault.DROP_AFTER, "Mount", count=1)
    with pytest.raises(ActionUncertain):
        await railway.mount("web", "/srv", None)
    assert len(world.asked("Mount")) == 1
