from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from typing import Any

import pytest

from cockpit.adapters.railway.client import Client
from cockpit.adapters.railway.documents import operation
from cockpit.errors import (
    ActionUncertain,
    Garbled,
    Refused,
    SourceError,
    Throttled,
    TimedOut,
    Unreachable,
)
from cockpit.simulator.faults import Fault, Rule
from tests.adapters.railway.conftest import World

PATIENT = 5.0


async def client(world: World, **changed: Any) -> Client:
    railway = world.railway(**changed)
    await railway.scope()
    return railway.client


async def ask(asked: Client) -> object:
    return (await asked.ask("project_token"))["projectToken"]["name"]


async def change(world: World, asked: Client) -> dict[str, Any]:
    return await asked.change(
        "deploy",
        serviceId=world.address["services"]["web"],
        environmentId=world.simulation.world.environment_named("production").id,
    )


READS: list[tuple[str, Rule, type[SourceError]]] = [
    ("401", Rule(fault=Fault.STATUS, status=401), Refused),
    ("403", Rule(fault=Fault.STATUS, status=403), Refused),
    ("429", Rule(fault=Fault.STATUS, status=429, retry_after=30), Throttled),
    ("429 of Cloudflare", Rule(fault=Fault.CLOUDFLARE, retry_after=30), Throttled),
    ("500", Rule(fault=Fault.STATUS, status=500), Unreachable),
    ("token revoked", Rule(fault=Fault.UNAUTHORIZED), Refused),
    ("generic", Rule(fault=Fault.ERROR, text="Problem processing request"), Unreachable),
    ("half of the JSON", Rule(fault=Fault.TRUNCATED), Garbled),
    ("a page", Rule(fault=Fault.HTML), Garbled),
    ("broken off", Rule(fault=Fault.DROP_BEFORE), Unreachable),
    ("broken off after", Rule(fault=Fault.DROP_AFTER), Unreachable),
]


@pytest.mark.parametrize(("rule", "kind"), [case[1:] for case in READS], ids=[case[0] for case in READS])
async def test_every_failure_of_a_question_is_one_of_ours(world: World, rule: Rule, kind: type[SourceError]):
    asked = await client(world)
    world.misbehave(rule)
    with pytest.raises(kind) as failed:
        await ask(asked)
    assert failed.value.what.endswith(".")
    assert failed.value.remedy


@pytest.mark.parametrize("fault", [Fault.STATUS, Fault.TRUNCATED, Fault.HTML, Fault.DROP_BEFORE, Fault.DROP_AFTER])
async def test_a_question_is_asked_again(world: World, fault: Fault):
    asked = await client(world)
    before = asked.allowance.budget.used
    world.fault(fault, count=2)
    assert await ask(asked)
    assert asked.allowance.budget.used == before + 3


async def test_a_question_is_asked_three_times_and_no_more(world: World):
    asked = await client(world)
    before = asked.allowance.budget.used
    world.fault(Fault.STATUS)
    with pytest.raises(Unreachable):
        await ask(asked)
    assert asked.allowance.budget.used == before + 3


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.ERROR])
async def test_a_plain_no_is_not_asked_again(world: World, fault: Fault):
    asked = await client(world)
    before = asked.allowance.budget.used
    world.fault(fault, text="Deployment is not stoppable")
    with pytest.raises(Refused):
        await ask(asked)
    assert asked.allowance.budget.used == before + 1


async def test_a_short_retry_after_is_sat_out(world: World):
    asked = await client(world)
    world.fault(Fault.STATUS, status=429, retry_after=0.005, count=1)
    assert await ask(asked)


async def test_a_long_retry_after_closes_the_door_to_all_but_the_urgent(world: World):
    asked = await client(world)
    world.fault(Fault.STATUS, status=429, retry_after=120, count=1)
    with pytest.raises(Throttled) as refused:
        await ask(asked)
    assert refused.value.retry_after == 120
    before = asked.allowance.budget.used
    with pytest.raises(Throttled, match="pause"):
        await ask(asked)
    assert asked.allowance.budget.used == before
    assert await asked.ask("project_token", urgent=True)


async def test_silence_ends_at_the_deadline(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cockpit.adapters.railway.client._READ_SECONDS", 0.05)
    asked = await client(world)
    world.fault(Fault.HANG)
    began = time.perf_counter()
    with pytest.raises(TimedOut):
        await ask(asked)
    assert time.perf_counter() - began < PATIENT


async def test_nobody_there_is_unreachable(world: World):
    asked = await client(world)
    asked.endpoint = f"http://127.0.0.1:{_free_port()}/graphql/v2"
    with pytest.raises(Unreachable):
        await ask(asked)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


NO_EFFECT: list[tuple[str, Rule, type[SourceError]]] = [
    ("401", Rule(fault=Fault.STATUS, status=401), Refused),
    ("429", Rule(fault=Fault.STATUS, status=429), Throttled),
    ("429 of Cloudflare", Rule(fault=Fault.CLOUDFLARE), Throttled),
    ("a plain no", Rule(fault=Fault.ERROR, text="Error in numReplicas - Invalid input"), Refused),
    ("token revoked", Rule(fault=Fault.UNAUTHORIZED), Refused),
]


@pytest.mark.parametrize(("rule", "kind"), [case[1:] for case in NO_EFFECT], ids=[case[0] for case in NO_EFFECT])
async def test_a_change_that_was_refused_is_certain(world: World, rule: Rule, kind: type[SourceError]):
    asked = await client(world)
    world.misbehave(rule)
    with pytest.raises(kind):
        await change(world, asked)
    assert {entry.effect for entry in world.asked("Deploy")} == {None}


@pytest.mark.parametrize("fault", [Fault.STATUS, Fault.CLOUDFLARE])
async def test_a_change_that_was_turned_away_at_the_door_is_sent_again_once_it_is_welcome(world: World, fault: Fault):
    asked = await client(world)
    world.fault(fault, status=429, retry_after=2, count=2)
    made = await change(world, asked)
    effects = [entry.effect for entry in world.asked("Deploy")]
    assert effects == [None, None, {"deployment": made["serviceInstanceDeployV2"]}]


async def test_a_long_pause_is_not_sat_out_by_a_change(world: World):
    asked = await client(world)
    world.fault(Fault.STATUS, status=429, retry_after=30)
    with pytest.raises(Throttled):
        await change(world, asked)
    assert len(world.asked("Deploy")) == 1


LOST: list[tuple[str, Rule, bool]] = [
    ("500", Rule(fault=Fault.STATUS, status=500), False),
    ("a page", Rule(fault=Fault.HTML), True),
    ("half of the JSON", Rule(fault=Fault.TRUNCATED), True),
    ("broken off before", Rule(fault=Fault.DROP_BEFORE), False),
    ("broken off after", Rule(fault=Fault.DROP_AFTER), True),
    ("generic", Rule(fault=Fault.ERROR, text="Problem processing request"), False),
]


@pytest.mark.parametrize(("rule", "happened"), [case[1:] for case in LOST], ids=[case[0] for case in LOST])
async def test_a_change_whose_answer_is_lost_is_uncertain_and_sent_once(world: World, rule: Rule, *, happened: bool):
    asked = await client(world)
    world.misbehave(rule)
    with pytest.raises(ActionUncertain) as uncertain:
        await change(world, asked)
    assert "'Deploy'" in uncertain.value.what
    (entry,) = world.asked("Deploy")
    assert bool(entry.effect) is happened


async def test_a_change_without_an_answer_is_uncertain(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cockpit.adapters.railway.client._CHANGE_SECONDS", 0.05)
    asked = await client(world)
    world.fault(Fault.HANG)
    with pytest.raises(ActionUncertain):
        await change(world, asked)
    assert len(world.asked("Deploy")) == 1


async def test_a_change_that_never_left_is_certain(world: World):
    asked = await client(world)
    asked.endpoint = f"http://127.0.0.1:{_free_port()}/graphql/v2"
    with pytest.raises(Unreachable):
        await change(world, asked)


async def test_a_change_may_spend_what_is_held_back(world: World):
    asked = await client(world, requests_per_hour=20)
    while asked.allowance.budget.used < 10:
        await ask(asked)
    with pytest.raises(Throttled):
        await ask(asked)
    assert await change(world, asked)


async def test_the_token_is_in_no_error(world: World):
    token = world.address["railway"]["project_token"]
    asked = await client(world, redact=lambda text: text.replace(token, "***"))
    world.fault(Fault.ERROR, text=f"who is {token}?")
    with pytest.raises(Refused) as refused:
        await ask(asked)
    assert token not in f"{refused.value} {refused.value!r} {refused.value.args}"
    assert "***" in refused.value.what


async def test_the_token_is_in_no_repr(world: World):
    asked = await client(world)
    assert world.address["railway"]["project_token"] not in repr(asked.credential)


async def test_a_question_can_be_given_up(world: World):
    asked = await client(world)
    world.fault(Fault.HANG)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await ask(asked)


async def test_what_another_program_spends_with_the_token_is_seen_in_the_documented_headers(world: World):
    """A stand-in's policy alone is not believed, as it turns nobody away; what it says is left always is."""
    await world.admin("/tier", tier="free", headers=True)
    ours, others = await client(world, requests_per_hour=100), await client(world, requests_per_hour=1000)
    for _ in range(60):
        await others.ask("project_token", urgent=True)
    theirs = others.allowance.budget.used - others.allowance.budget.uncounted
    mine = ours.allowance.budget.used
    await ask(ours)
    budget = ours.allowance.budget
    assert (budget.used, budget.uncounted) == (mine + 1 + theirs, theirs)
    for _ in range(100 - budget.used - 20):
        await others.ask("project_token", urgent=True)
    await ours.ask("project_token", urgent=True)
    with pytest.raises(Throttled, match="of them not counted here"):
        await ask(ours)
    assert await ours.ask("project_token", urgent=True), "what is held back is still there"


async def test_two_cockpits_on_one_token_stay_within_what_it_is_good_for(world: World):
    """Each sees in the answers what the other spends: together they spend what is free, and one rolls back after it."""
    await world.admin("/tier", tier="free", limits=True, headers=True)
    both = [await client(world, requests_per_hour=100, is_paced=True) for _ in range(2)]
    for _ in range(60):
        for one in both:
            try:
                await ask(one)
            except Throttled:
                continue
    requests = [entry for entry in world.asked("ProjectToken") + world.asked("Services") if entry.status == 200]
    assert 78 <= len(requests) <= 82
    assert not [entry for entry in world.asked("ProjectToken") if entry.status == 429]
    for one in both:
        assert await change(world, one)


async def test_a_second_that_another_program_has_filled_is_waited_out_by_questions_and_by_changes(world: World):
    await world.admin("/tier", tier="hobby", limits=True)
    ours, others = await client(world), await client(world)

    async def patient(seconds: float) -> None:
        await asyncio.sleep(seconds)

    ours._sleep = patient
    for _ in range(10):
        with suppress(Throttled):
            await others._post(operation("project_token"), {}, urgent=True, seconds=5)
    assert (await change(world, ours))["serviceInstanceDeployV2"]
    assert await ask(ours)


async def test_what_railway_allows_counts_where_the_plan_says_more_or_nothing(world: World):
    await world.admin("/tier", tier="free")
    for planned, per_hour in ((10_000, 100), (None, 100), (60, 60)):
        changed = {} if planned is None else {"requests_per_hour": planned}
        budget = (await client(world, is_paced=True, **changed)).allowance.budget
        assert (budget.per_hour, budget.planned, budget.observed) == (per_hour, planned, 100)
        assert budget.is_overstated is (planned == 10_000)
    await world.admin("/tier", tier="pro")
    asked = await client(world, is_paced=True)
    assert (asked.allowance.budget.per_hour, asked.allowance.per_second) == (10_000, 50)
