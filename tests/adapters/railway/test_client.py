from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import pytest

from cockpit.adapters.railway.client import Client
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


async def change(world: World, asked: Client) -> object:
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
    assert [entry.effect for entry in world.asked("Deploy")] == [None]


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
