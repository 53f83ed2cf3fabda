"""The way back while something else is on its way: ours is cancelled, theirs is named, nothing is guessed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from cockpit.adapters.railway import Railway
from cockpit.core import commands as wanted
from cockpit.core.rollout.deployment import Rollout
from cockpit.errors import ActionUncertain

from .conftest import BACK, CLEAR, DEPLOY, SET, Bench, Bring, World, plan_of


async def deploying(world: Bring, bench: Bring, railway: Railway | None = None) -> tuple[World, Bench]:
    """A deploy that is being built."""
    place = await world(speed=60)
    made = await bench(plan_of("do deploy_web"), world=place, railway=railway)
    await made.do(DEPLOY)
    await made.until(lambda: made.state.rollouts and ours_of(made).status == "BUILDING", "building")
    return place, made


def ours_of(made: Bench) -> Rollout:
    return next(iter(made.state.rollouts.values()))


def is_taken(made: Bench) -> bool:
    intent = made.state.intent_of(BACK)
    return intent is not None and intent.accepted


async def serves(place: World) -> str:
    serving = await place.railway().serving("web")
    assert serving is not None
    return serving.id


def cancelled(place: World) -> list[object]:
    return [entry.effect for entry in place.effects("deploymentCancel")]


async def test_a_way_back_waits_for_a_request_that_is_still_on_its_way(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await world(speed=60)
    railway, let_through, send = place.railway(), asyncio.Event(), Railway.deploy

    async def slowly(self: Railway, service: str, commit: str | None = None) -> str:
        await let_through.wait()
        return await send(self, service, commit)

    monkeypatch.setattr(Railway, "deploy", slowly)
    made = await bench(plan_of("do deploy_web"), world=place, railway=railway)
    await made.do(DEPLOY)
    await made.roll_back("level-2")
    await made.until(lambda: is_taken(made), "taken")
    quiet = len(place.requests("Deployments"))
    await made.until(lambda: len(place.requests("Deployments")) > quiet + 3, "looked again and again")
    assert made.state.item(BACK).status == "running"
    let_through.set()
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    (deploy,) = place.effects("serviceInstanceDeployV2")
    assert deploy.effect is not None
    assert cancelled(place) == [{"cancelled": deploy.effect["deployment"]}]
    assert await serves(place) == made.state.targets["web"].id
    await made.until_item(DEPLOY, "failed")


async def test_a_deploy_that_lands_after_its_answer_was_lost_is_cancelled(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await world(speed=60)
    send = Railway.deploy

    async def lost(self: Railway, service: str, commit: str | None = None) -> str:
        raise ActionUncertain("Whether it happened is unknown.", "Look.")

    monkeypatch.setattr(Railway, "deploy", lost)
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "unknown")
    await made.roll_back("level-2")
    await made.until(lambda: is_taken(made), "taken")
    landed = await send(place.railway(), "web")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    assert cancelled(place) == [{"cancelled": landed}]
    assert place.effects("deploymentRollback") == []
    assert await serves(place) == made.state.targets["web"].id
    ended = made.state.item(BACK).at
    assert ended is not None
    assert ended - made.intent(DEPLOY).at >= timedelta(seconds=60)


async def test_what_somebody_else_has_under_way_is_named_and_nothing_is_cancelled(world: Bring, bench: Bring) -> None:
    place, made = await deploying(world, bench)
    ours = ours_of(made).deployment
    theirs = await place.railway().deploy("web")
    place.simulation.world.deployments[ours].status = "BUILDING"  # beside a queue of theirs, not superseded by it
    place.simulation.world.deployments[theirs].status = "QUEUED"
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    because = made.state.item(BACK).because
    assert made.state.item(BACK).status == "failed"
    assert theirs[:8] in because
    assert ours[:8] not in because
    assert "Nothing was cancelled" in because
    assert "https://railway.com/project/" in because
    assert cancelled(place) == place.effects("deploymentRollback") == []


async def test_what_somebody_else_begins_later_is_not_called_quiet(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, made = await deploying(world, bench)
    theirs: list[str] = []
    cancel, deploy = Railway.cancel, Railway.deploy

    async def crossed(self: Railway, deployment: str) -> None:
        await cancel(self, deployment)
        theirs.append(await deploy(place.railway(), "web"))

    monkeypatch.setattr(Railway, "cancel", crossed)
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "failed"
    assert theirs[0][:8] in made.state.item(BACK).because
    assert cancelled(place) == [{"cancelled": ours_of(made).deployment}]


async def test_of_two_new_deployments_neither_is_taken_for_the_way_back(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    roll_back, deploy = Railway.roll_back, Railway.deploy

    async def crossed(self: Railway, deployment: str) -> None:
        await roll_back(self, deployment)
        await deploy(place.railway(), "web")

    monkeypatch.setattr(Railway, "roll_back", crossed)
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed", "unknown")
    assert made.state.item(BACK).status == "unknown"
    assert "2 new deployments may be its" in made.state.item(BACK).because
    assert len(place.effects("deploymentRollback")) == 1


async def test_variables_nobody_knows_from_before_are_said_not_to_be_compared(world: Bring, bench: Bring) -> None:
    place = await world()
    place.fault("error", "RunningVariables", text="Deployment not found")
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    assert made.state.target_variables["web"] == ()
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "done"
    assert "Variables not compared" in made.state.item(BACK).because


async def test_other_variables_than_before_are_no_way_back(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    target = place.simulation.world.deployments[made.state.targets["web"].id]
    gone = min(target.variables)
    del target.variables[gone]
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "failed"
    assert gone in made.state.item(BACK).because


async def test_another_value_of_a_variable_than_before_is_no_way_back(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    shown, target = Railway.running_variables, made.state.targets["web"].id

    async def turned(self: Railway, deployment: str, *, urgent: bool = False) -> dict[str, str]:
        found = dict(await shown(self, deployment, urgent=urgent))
        return found | {"PORT": "another"} if deployment == target else found

    monkeypatch.setattr(Railway, "running_variables", turned)
    await made.roll_back("level-2")
    await made.until_item(BACK, "done", "failed")
    assert made.state.item(BACK).status == "failed"
    assert made.state.item(BACK).because == "It was built with other variables than before: PORT."


async def test_a_refused_way_back_says_how_it_is_taken_by_hand(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "done")
    place.fault("error", "RollBack", text="Deployment cannot be rolled back")
    await made.roll_back("level-2")
    await made.until_item(BACK, "failed")
    link = f"https://railway.com/project/{place.simulation.world.project}/service/{place.address['services']['web']}"
    steps = f"Deployments, {made.state.targets['web'].id[:8]}, Rollback."
    assert f"{link}, {steps}" in made.state.item(BACK).because
    assert place.effects("deploymentRollback") == []


async def test_unknown_words_of_railway_leave_an_action_unknown(world: Bring, bench: Bring) -> None:
    place = await world()
    made = await bench(plan_of("do deploy_web"), world=place)
    place.fault("error", "Deploy", text="The hamster left its wheel", count=1)
    await made.do(DEPLOY)
    await made.until_item(DEPLOY, "failed", "unknown")
    assert made.state.item(DEPLOY).status == "unknown"
    assert "hamster" in made.state.item(DEPLOY).because


async def test_the_way_back_is_taken_and_read_back_on_what_is_held_back_for_it(world: Bring, bench: Bring) -> None:
    place = await world()
    railway = place.railway(requests_per_hour=100)
    made = await bench(plan_of("do set_grace"), world=place, railway=railway)
    await made.do(SET)
    await made.until_item(SET, "done")
    while railway.budget.used < railway.budget.per_hour - railway.budget.held_back:
        railway.client.allowance.spend(urgent=False)
    await made.roll_back("level-1")
    await made.until_item(CLEAR, "done", "failed")
    assert made.state.item(CLEAR).status == "done"
    assert isinstance(await made.session.dispatch(wanted.Do(SET, "yes")), wanted.Refusal)
