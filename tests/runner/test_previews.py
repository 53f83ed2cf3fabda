"""What an action would change is read before it is confirmed, and shown without a value of a variable."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import cast

from cockpit.core import cadence
from cockpit.errors import Throttled
from cockpit.ports import Budget, Platform
from cockpit.runner.previews import Previews
from cockpit.simulator import configuration
from cockpit.simulator.faults import Fault, Rule
from cockpit.view import preview

from .conftest import ACTIONS, Bench, Bring, Ticking, World, plan_of
from .test_operations import MORE, item


async def looked_at(world: Bring, bench: Bring, name: str) -> tuple[World, Bench, str]:
    place = await world(speed=20)
    made = await bench(plan_of(f"do {name}", actions=ACTIONS | MORE), world=place)
    await made.until(lambda: name in made.session.telemetry.previews, "a preview")
    return place, made, said(made, name)


def said(made: Bench, name: str) -> str:
    scene = made.session.scene()
    found = scene.state.plan.item(item(name))
    assert found is not None
    return preview.sentence(scene, found)


async def test_settings_show_what_is_and_what_will_be(world: Bring, bench: Bring) -> None:
    _, _, words = await looked_at(world, bench, "tighten")
    assert words == "Now: overlap: not set → 60; health_path: /api/health → /ready; sleep: not set → true."


async def test_a_volume_shows_where_it_is_and_where_it_will_be(world: Bring, bench: Bring) -> None:
    place = await world(speed=20)
    simulated = place.simulation.world
    where = simulated.environment_named("production").id, simulated.service_named("web").id
    configuration.mount(simulated, place.simulation.now(), *where)
    for name, words in (
        ("move", "Now: volume: /data → /srv/data."),
        ("mount", "Now: volume: already so; volume_name: already so."),
        ("unmount", "Now: volume: /data → none; the volume keeps what is in it."),
    ):
        made = await bench(plan_of(f"do {name}", actions=ACTIONS | MORE), world=place)
        await made.until(lambda made=made, name=name: name in made.session.telemetry.previews, "a preview")
        assert said(made, name) == words
        assert made.state.plan.actions[name].confirmation == "type"


async def test_replicas_show_both_counts_a_region(world: Bring, bench: Bring) -> None:
    _, _, words = await looked_at(world, bench, "spread")
    assert words == "Now: us-west2: already so; europe-west4-drams3a: 0 → 2."


async def test_variables_show_names_and_no_value_that_stands(world: Bring, bench: Bring) -> None:
    place, made, words = await looked_at(world, bench, "set_grace")
    assert "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS: not set → 300" in words
    await place.railway().set_variables("web", {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "12345"})
    found = made.session.telemetry.previews["set_grace"]
    await made.until(lambda: made.session.telemetry.previews["set_grace"].at > found.at, "another look")
    assert "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS: another value → 300" in said(made, "set_grace")
    assert "12345" not in repr(made.session.telemetry.previews)


async def test_a_deploy_shows_the_variables_it_brings(world: Bring, bench: Bring) -> None:
    place, made, words = await looked_at(world, bench, "deploy_web")
    assert words == "Now: the same variables as it was built with; sealed, so not compared: SIGNING_KEY."
    simulated = place.simulation.world
    where = simulated.environment_named("production").id, simulated.service_named("web").id
    configuration.set_variables(
        simulated, place.simulation.now(), *where, {"PORT": "9", "NEW": "1", "LOG_LEVEL": None}, skip_deploys=True
    )
    await made.until(lambda: "changed" in said(made, "deploy_web"), "the drift")
    assert said(made, "deploy_web") == (
        "Now: added since it was built: NEW; removed since it was built: LOG_LEVEL; changed since it was built: PORT; "
        "sealed, so not compared: SIGNING_KEY."
    )


async def test_what_is_done_to_one_deployment_names_it(world: Bring, bench: Bring) -> None:
    place, _, words = await looked_at(world, bench, "stop")
    serving = await place.railway().serving("web")
    assert serving is not None
    assert words.startswith(f"Now: {serving.id[:8]} is SUCCESS, 1 running")


async def test_trouble_is_said_and_hinders_nothing(world: Bring, bench: Bring) -> None:
    place = await world(speed=20)
    alone, beside_others = (Rule(fault=Fault.STATUS, operation=name, status=500) for name in ("Settings", "Together"))
    place.simulation.faults.replace([alone, beside_others], time.time())
    made = await bench(plan_of("do tighten", actions=ACTIONS | MORE), world=place)
    await made.until(lambda: "tighten" in made.session.telemetry.previews, "a preview")
    assert said(made, "tighten").startswith("Now: could not be looked at: ")


class Spent:
    """A platform with a quarter of its free requests left, and no answer."""

    budget = Budget(750, 1050, 50)

    async def settings(self, *_: object, **__: object) -> None:
        raise Throttled("Railway asks for a pause.", "Wait.")


async def test_looks_ahead_get_fewer_as_requests_run_out(bench: Bring, clock: Ticking) -> None:
    """The law of all cadences: with a quarter left seven times as far apart."""
    made = await bench(plan_of("do tighten", actions=ACTIONS | MORE), clock=clock)
    looks, platform = Previews(made.session), cast("Platform", Spent())
    await made.until(lambda: looks.due(clock.now()), "open")
    (found,) = looks.due(clock.now())
    await looks.look(found, platform)
    began = clock.now()
    assert "Railway asks for a pause" in said(made, "tighten")
    assert looks.due(began + 6 * cadence.PREVIEWS) == ()
    assert looks.due(began + 7 * cadence.PREVIEWS + timedelta(minutes=1)) == (found,)
