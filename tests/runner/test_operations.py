"""What a plan can do to a service and its deployments: sent once, read back, looked at when the answer is lost."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.simulator import configuration, deployments

from .conftest import ACTIONS, Bench, Bring, World, plan_of

NONE = {"on": "railway", "undo": "none", "why": "it is a test"}
MORE: dict[str, Any] = {
    "tighten": NONE | {"service": "web", "set_settings": {"overlap": 60, "health_path": "/ready", "sleep": True}},
    "loosen": NONE | {"service": "web", "unset_settings": ["overlap", "sleep"]},
    "move": NONE | {"service": "web", "set_settings": {"volume": "/srv/data"}},
    "unmount": NONE | {"service": "web", "unset_settings": ["volume"]},
    "mount": NONE | {"service": "web", "set_settings": {"volume": "/data", "volume_name": "web-volume"}},
    "cancel": NONE | {"cancel": "web"},
    "stop": NONE | {"stop": "web"},
    "restart": NONE | {"restart": "web"},
    "remove": NONE | {"remove": "web"},
    "approve": NONE | {"approve": "web"},
    "spread": NONE | {"scale": {"service": "web", "regions": {"us-west2": 1, "europe-west4-drams3a": 2}}},
    "share": NONE | {"shared": True, "set_variables": {"LEVEL": "7"}},
    "unshare": NONE | {"shared": True, "delete_variables": ["LEVEL", "REGION_LABEL"]},
    "reseal": NONE | {"service": "web", "set_variables": {"STRIPE_KEY": "${{shared.OTHER}}"}},
    "unseal": NONE | {"service": "web", "delete_variables": ["STRIPE_KEY"]},
    "deploy_old": NONE | {"deploy": "web", "commit": "ask release"},
}


def item(name: str) -> str:
    return f"work/do:{name}"


async def begun(world: Bring, bench: Bring, *names: str, first: str = "", speed: float = 1200.0) -> tuple[World, Bench]:
    """A run whose phase does these actions; `first` is an item before them."""
    place = await world(speed=speed)
    items = [*([first] if first else []), *(f"do {name}" for name in names)]
    asks = {"release": {"text": "Which commit?"}}
    made = await bench(plan_of(*items, actions=ACTIONS | MORE, asks=asks), world=place)
    return place, made


async def do(made: Bench, name: str, *statuses: str) -> str:
    """Start it as its operator would, and wait for its end: why it ended so."""
    typed = "yes" if name in ("tighten", "tune", "restart", "share", "reseal") else "production"
    command = wanted.Do(item(name), typed)
    await made.until(lambda: not made.refused(command), f"{name} may be started")
    await made.give(command)
    await made.until_item(item(name), *(statuses or ("done", "failed", "unknown")))
    return made.state.item(item(name)).because


def status(made: Bench, name: str) -> str:
    return str(made.state.item(item(name)).status)


def sealed(place: World) -> str:
    """The name of web's sealed variable."""
    services = place.simulation.world.environment_named("production").services
    held = services[place.simulation.world.service_named("web").id].variables
    return next(name for name, one in held.items() if one.sealed)


async def test_settings_are_set_and_unset_without_a_deploy(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "tighten", "loosen")
    assert await do(made, "tighten") == "Read back: overlap, health_path, sleep as set. Nothing was deployed."
    found = await place.railway().settings("web")
    assert found.configured.items() >= {"overlap": "60", "health_path": "/ready", "sleep": "true"}.items()
    assert await do(made, "loosen") == "Read back: overlap, sleep gone. Nothing was deployed."
    after = (await place.railway().settings("web")).configured
    assert not {"overlap", "sleep"} & set(after)
    assert after["health_path"] == "/ready"
    assert place.effects("serviceInstanceDeployV2") == []


async def test_what_is_on_its_way_is_cancelled_and_what_serves_goes_on(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "cancel", speed=20)
    serving = made.state.targets.get("web") or await place.railway().serving("web")
    coming = await place.railway().deploy("web")
    assert "REMOVED" in await do(made, "cancel")
    assert status(made, "cancel") == "done"
    assert made.intent(item("cancel")).before["deployment"] == coming
    still = await place.railway().serving("web")
    assert still is not None
    assert serving is not None
    assert still.id == serving.id


async def test_without_anything_on_its_way_nothing_is_cancelled(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "cancel")
    assert "No deployment of web is on its way" in await do(made, "cancel")
    assert status(made, "cancel") == "failed"
    assert place.requests("Cancel") == []


async def test_a_service_is_stopped_and_a_restart_brings_the_same_deployment_back(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "stop", "restart")
    before = await place.railway().serving("web")
    assert "stopped, 0 running" in await do(made, "stop")
    assert await place.railway().serving("web") is None
    await do(made, "restart")
    assert status(made, "restart") == "done"
    after = await place.railway().serving("web")
    assert before is not None
    assert after is not None
    assert after.id == before.id


async def test_a_crashed_deployment_is_brought_back_by_a_restart(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "restart")
    simulated, clock = place.simulation.world, place.simulation.now
    (web,) = simulated.serving(simulated.environment_named("production").id, place.address["services"]["web"])
    deployments.crash(simulated, clock(), web)
    assert await place.railway().serving("web") is None
    assert await do(made, "restart") == "1 running of web; it was down before."
    after = await place.railway().serving("web")
    assert after is not None
    assert after.id == web.id


async def test_a_deployment_is_removed(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "remove")
    assert "REMOVED" in await do(made, "remove")
    assert await place.railway().serving("web") is None
    assert len(place.effects("deploymentRemove")) == 1


async def test_an_approved_deployment_is_followed_as_a_rollout(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "approve")
    simulated = place.simulation.world
    production, web = simulated.environment_named("production").id, simulated.service_named("web").id
    waiting = deployments.deploy(simulated, place.simulation.now(), production, web, approval=True)
    await do(made, "approve")
    assert status(made, "approve") == "done"
    assert made.state.rollouts[waiting.id].outcome == "done"
    assert made.state.anchors["T1 of approve"]


async def test_replicas_are_spread_over_regions_and_counted(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "spread")
    because = await do(made, "spread")
    assert because == "3 running of web: 2 in europe-west4-drams3a, 1 in us-west2."
    assert (await place.railway().settings("web")).regions == {"us-west2": 1, "europe-west4-drams3a": 2}


async def test_shared_variables_are_set_and_deleted_without_a_deploy(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "share", "unshare")
    railway = place.railway()
    assert "LEVEL as set" in await do(made, "share")
    assert (await railway.variables(None))["LEVEL"] == "7"
    assert "LEVEL" not in await railway.variables("web")
    assert "LEVEL, REGION_LABEL gone" in await do(made, "unshare")
    assert await railway.variables(None) == {}
    (effect,) = [entry.effect for entry in place.effects("variableCollectionUpsert")]
    assert effect is not None
    assert effect["deployments"] == []


async def test_a_sealed_variable_is_proved_by_its_stamp_and_deleted_by_name(world: Bring, bench: Bring) -> None:
    place = await world()
    name = sealed(place)
    actions = ACTIONS | {
        "reseal": MORE["reseal"] | {"set_variables": {name: "${{shared.OTHER}}"}},
        "unseal": MORE["unseal"] | {"delete_variables": [name]},
    }
    made = await bench(plan_of("do reseal", "do unseal", actions=actions), world=place)
    assert f"{name} as set" in await do(made, "reseal")
    assert made.intent(item("reseal")).before[name].startswith("sealed, set ")
    assert (await place.railway().kept("web"))[name].sealed
    assert f"{name} gone" in await do(made, "unseal")
    assert name not in await place.railway().kept("web")


async def test_a_deploy_builds_the_commit_that_was_answered_and_no_other(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "deploy_old", first="ask release")
    commit = place.simulation.world.first_commit
    await made.until(lambda: not made.refused(wanted.AnswerAsk("work/ask:release", commit)), "may be answered")
    assert isinstance(await made.session.dispatch(wanted.Do(item("deploy_old"), "production")), Refusal)
    await made.give(wanted.AnswerAsk("work/ask:release", commit))
    await do(made, "deploy_old")
    assert status(made, "deploy_old") == "done"
    (sent,) = place.requests("Deploy")
    assert sent.variables["commitSha"] == commit
    assert made.state.rollouts[made.intent(item("deploy_old")).deployment or ""].commit == commit


async def test_a_commit_that_railway_does_not_know_deploys_nothing(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "deploy_old", first="ask release")
    await made.until(lambda: not made.refused(wanted.AnswerAsk("work/ask:release", "0" * 40)), "may be answered")
    await made.give(wanted.AnswerAsk("work/ask:release", "0" * 40))
    assert "Commit not found" in await do(made, "deploy_old")
    assert status(made, "deploy_old") == "failed"
    assert place.effects("serviceInstanceDeployV2") == []


async def test_a_service_with_a_volume_is_told_as_never_overlapping(world: Bring, bench: Bring) -> None:
    place = await world(speed=300)
    simulated = place.simulation.world
    production, web = simulated.environment_named("production"), simulated.service_named("web").id
    production.services[web].settings |= {"overlapSeconds": 300, "drainingSeconds": 400}
    configuration.mount(simulated, place.simulation.now(), production.id, web)
    found = await place.railway().settings("web")
    assert (found.volume, found.overlap, found.drain) == ("/data", 0.0, 400.0)
    made = await bench(plan_of("do deploy_web"), world=place)
    await do(made, "deploy_web")
    assert status(made, "deploy_web") == "done"
    rollout = made.state.rollouts[made.intent(item("deploy_web")).deployment or ""]
    assert rollout.deviations == ("The old deployment was stopped 0:48 before the new one was up.",)
    (overlap,) = [stage for stage in rollout.stages if stage.name == "overlap"]
    assert overlap.started == overlap.ended


async def test_replicas_go_up_step_by_step_and_each_step_waits_for_what_was_seen(world: Bring, bench: Bring) -> None:
    steps = {f"to_{count}": NONE | {"scale": {"service": "web", "to": count}} for count in (2, 3)}
    place = await world()
    made = await bench(plan_of("do to_2", "do to_3", actions=ACTIONS | steps), world=place)
    await made.until(lambda: not made.refused(wanted.Do(item("to_2"), "production")), "the first step may be taken")
    refused = await made.session.dispatch(wanted.Do(item("to_3"), "production"))
    assert isinstance(refused, Refusal)
    assert refused.reason == "First: To 2."
    assert await do(made, "to_2") == "2 running of web."
    assert await do(made, "to_3") == "3 running of web."
    assert len(place.effects("environmentPatchCommit")) == 2


async def test_a_lost_change_of_scale_of_a_stopped_service_is_told_by_what_is_configured(
    world: Bring, bench: Bring
) -> None:
    """Nothing of it runs, so what runs says nothing: read there, it was told as not happened and sent a second time."""
    place, made = await begun(world, bench, "stop", "more_web")
    await do(made, "stop")
    place.fault("drop_after", "CommitPatch", count=1)
    await do(made, "more_web", "unknown")
    await made.until(lambda: made.intent(item("more_web")).told == "happened", "two looks")
    assert len(place.requests("CommitPatch")) == 1


async def test_a_step_whose_replicas_do_not_come_stops_the_next_one(world: Bring, bench: Bring) -> None:
    """The stand-in's Hobby has six replicas at most: the seventh is refused, and nothing after it begins."""
    steps = {f"to_{count}": NONE | {"scale": {"service": "web", "to": count}} for count in (7, 3)}
    place = await world()
    made = await bench(plan_of("do to_7", "do to_3", actions=ACTIONS | steps), world=place)
    assert "Error in numReplicas" in await do(made, "to_7")
    assert status(made, "to_7") == "failed"
    assert isinstance(await made.session.dispatch(wanted.Do(item("to_3"), "production")), Refusal)
    assert place.effects("environmentPatchCommit") == []


async def test_the_live_deployment_is_deployed_again_and_proved(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "redeploy_web")
    before = await place.railway().serving("web")
    await do(made, "redeploy_web")
    assert status(made, "redeploy_web") == "done"
    after = await place.railway().serving("web")
    assert before is not None
    assert after is not None
    assert (after.id == before.id, after.commit) == (False, before.commit)
    assert len(place.effects("deploymentRedeploy")) == 1


@pytest.mark.parametrize("kind", ["account", "workspace", "project"])
async def test_a_service_may_be_called_by_its_id_with_any_kind_of_token(world: Bring, bench: Bring, kind: str) -> None:
    place = await world()
    web = place.address["services"]["web"]
    by_id = {"tune": NONE | {"service": web, "set_settings": {"drain": 30}}, "ship": NONE | {"deploy": web}}
    made = await bench(plan_of("do tune", "do ship", actions=by_id), world=place, railway=place.railway(kind=kind))
    assert await do(made, "tune") == "Read back: drain as set. Nothing was deployed."
    await do(made, "ship")
    assert status(made, "ship") == "done"
    assert made.state.rollouts[made.intent(item("ship")).deployment or ""].service == web


async def test_a_volume_is_moved_taken_off_and_mounted_again_and_never_loses_its_place(
    world: Bring, bench: Bring
) -> None:
    place, made = await begun(world, bench, "move", "unmount", "mount")
    simulated = place.simulation.world
    production, web = simulated.environment_named("production"), simulated.service_named("web").id
    volume = configuration.mount(simulated, place.simulation.now(), production.id, web)
    so_far = "No deployment came of it so far; it counts from the next one of web."
    assert await do(made, "move") == f"Read back: volume as set. {so_far}"
    assert (volume.service, volume.path) == (web, "/srv/data")
    assert await do(made, "unmount") == f"Read back: volume gone. {so_far}"
    assert (volume.service, volume.path) == (None, "/srv/data")
    assert (await place.railway().settings("web")).volume is None
    assert await do(made, "mount") == f"Read back: volume, volume_name as set. {so_far}"
    assert (volume.service, volume.path) == (web, "/data")
    assert list(production.volumes.values()) == [volume]
    assert place.effects("serviceInstanceDeployV2") == []
    assert all(sent.variables["environmentId"] == production.id for sent in place.requests("Mount"))


async def test_a_deployment_that_comes_with_a_changed_volume_is_told(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "move", speed=20)
    simulated = place.simulation.world
    where = simulated.environment_named("production").id, simulated.service_named("web").id
    configuration.mount(simulated, place.simulation.now(), *where)
    new = deployments.deploy(simulated, place.simulation.now(), *where)
    assert f"{new.id[:8]} came about then: Railway's doing, or somebody's." in await do(made, "move")


@pytest.mark.parametrize(
    ("name", "mounts", "words"),
    [
        ("move", None, "web mounts no volume; there are none."),
        ("unmount", None, "web mounts no volume; there are none."),
        ("mount", None, "There is no volume 'web-volume'; there are none."),
        ("mount", "worker", "worker mounts web-volume."),
    ],
)
async def test_a_volume_that_is_not_there_or_another_services_is_left_alone(
    world: Bring, bench: Bring, name: str, mounts: str | None, words: str
) -> None:
    place, made = await begun(world, bench, name)
    simulated = place.simulation.world
    if mounts is not None:
        where = simulated.environment_named("production").id, simulated.service_named(mounts).id
        configuration.mount(simulated, place.simulation.now(), *where).name = "web-volume"
    assert words in await do(made, name)
    assert status(made, name) == "failed"
    assert place.requests("Mount") == []


ALL: dict[str, Any] = {
    "overlap": 60, "drain": 90, "health_path": "/ready", "health_timeout": 120, "start_command": "node a.js",
    "sleep": True, "cron": "0 3 * * *",
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
async def test_each_setting_is_set_read_back_and_unset(world: Bring, bench: Bring, name: str) -> None:
    change = {
        "tune": NONE | {"service": "web", "set_settings": {name: ALL[name]}},
        "loosen": NONE | {"service": "web", "unset_settings": [name]},
    }
    place = await world(speed=1200)
    made = await bench(plan_of("do tune", "do loosen", actions=ACTIONS | change), world=place)
    assert await do(made, "tune") == f"Read back: {name} as set. Nothing was deployed."
    assert (await place.railway().settings("web")).configured[name] == str(ALL[name]).replace("True", "true")
    assert await do(made, "loosen") == f"Read back: {name} gone. Nothing was deployed."
    assert name not in (await place.railway().settings("web")).configured


LOST = [
    ("tighten", "SetSettings"), ("stop", "Stop"), ("remove", "Remove"), ("spread", "CommitPatch"),
    ("share", "SetVariables"), ("move", "Mount"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "operation"), LOST)
@pytest.mark.parametrize("happened", [True, False])
async def test_where_the_answer_is_lost_the_looks_tell_and_nothing_is_sent_again(
    world: Bring,
    bench: Bring,
    name: str,
    operation: str,
    happened: bool,  # noqa: FBT001  (a column of the table above)
) -> None:
    place, made = await begun(world, bench, name)
    simulated = place.simulation.world
    where = simulated.environment_named("production").id, simulated.service_named("web").id
    configuration.mount(simulated, place.simulation.now(), *where)
    place.fault("drop_after" if happened else "drop_before", operation, count=1)
    await do(made, name, "unknown")
    word = "happened" if happened else "not happened"
    await made.until(lambda: made.intent(item(name)).told == word, word)
    await made.give(wanted.Settle(item(name), happened=happened))
    await made.until_item(item(name), "done" if happened else "open")
    assert len(place.requests(operation)) == 1


async def test_a_lost_restart_is_never_told_by_looks_but_what_they_saw_is_shown(world: Bring, bench: Bring) -> None:
    place, made = await begun(world, bench, "restart")
    place.fault("drop_before", "Restart", count=1)
    await do(made, "restart", "unknown")
    await made.until(lambda: made.intent(item("restart")).cannot_be_told, "two looks")
    assert "nothing shows that it was restarted" in made.intent(item("restart")).looks[-1].because
    simulated = place.simulation.world
    (web,) = simulated.serving(simulated.environment_named("production").id, place.address["services"]["web"])
    deployments.move(simulated, place.simulation.now(), web)
    seen = "other instances run: a restart, or Railway's own doing"
    await made.until(lambda: seen in made.intent(item("restart")).looks[-1].because, "a look after the move")
    assert made.intent(item("restart")).told is None
    assert len(place.requests("Restart")) == 1
