"""Questions of one moment in one request: valid, each with its own answer, and told apart when one fails."""

from __future__ import annotations

import asyncio
from itertools import combinations

import pytest

from cockpit.adapters.railway import documents
from cockpit.adapters.railway.client import ALONE
from cockpit.adapters.railway.together import MOST, Question, joined, parted
from cockpit.errors import Missing, Throttled
from cockpit.simulator.faults import Fault, Rule
from tests.adapters.railway.conftest import World
from tests.adapters.railway.test_documents import schema

SHARED = [name for name in documents.names() if documents.operation(name).kind == "query" and name not in ALONE]


@pytest.mark.parametrize("pair", [*combinations(SHARED, 2), *((name, name) for name in SHARED)])
def test_any_two_questions_make_a_document_that_the_real_schema_takes(pair: tuple[str, str]) -> None:
    known = schema()
    from graphql import parse, validate

    document, _ = joined([Question(name, {}) for name in pair])
    assert validate(known, parse(document.document)) == []


def test_names_are_told_apart_and_put_back() -> None:
    document, variables = joined([Question("serving", {"serviceId": "a"}), Question("serving", {"serviceId": "b"})])
    assert variables == {"q0_serviceId": "a", "q1_serviceId": "b"}
    assert document.document.count("fragment DeploymentFacts") == 1
    data = {"q0_serviceInstance": 1, "q1_serviceInstance": 2, "q1_with_line": 3}
    assert parted(data, 2) == [{"serviceInstance": 1}, {"serviceInstance": 2, "with_line": 3}]


async def test_what_is_asked_at_once_is_one_request_and_everybody_gets_their_own_answer(world: World) -> None:
    railway = world.railway()
    await railway.scope()
    apart = [await railway.variables("web"), await railway.settings("web"), await railway.deployments("worker")]
    used = railway.budget.used
    together = await asyncio.gather(railway.variables("web"), railway.settings("web"), railway.deployments("worker"))
    assert list(together) == apart
    assert railway.budget.used == used + 1
    assert len(world.asked("Together")) == 1


async def test_what_two_ask_alike_is_asked_once(world: World) -> None:
    railway = world.railway()
    await railway.scope()
    first, second = await asyncio.gather(railway.variables("web"), railway.variables("web"))
    assert first == second
    assert len(world.asked("Variables")) == 1
    assert world.asked("Together") == []


async def test_a_question_that_is_refused_takes_no_other_with_it(world: World) -> None:
    railway = world.railway()
    await railway.scope()
    found = await asyncio.gather(
        railway.variables("web"), railway.running_variables("nobody"), railway.settings("web"), return_exceptions=True
    )
    assert isinstance(found[1], Missing)
    assert found[0] == await railway.variables("web")
    assert found[2] == await railway.settings("web")


async def test_a_pause_that_is_asked_for_is_told_to_all_and_nobody_asks_singly(world: World) -> None:
    railway = world.railway()
    await railway.scope()
    world.misbehave(Rule(fault=Fault.STATUS, operation="Together", status=429, retry_after=60))
    found = await asyncio.gather(railway.variables("web"), railway.settings("web"), return_exceptions=True)
    assert [type(error) for error in found] == [Throttled, Throttled]
    assert world.asked("Variables") == world.asked("Settings") == []


async def test_more_than_a_request_may_hold_are_several(world: World) -> None:
    railway = world.railway()
    await railway.scope()
    asked = [railway.client.ask("deployments", input={}, first=number) for number in range(1, MOST + 3)]
    await asyncio.gather(*asked, return_exceptions=True)
    assert len(world.asked("Together")) >= 2


async def test_who_is_cancelled_keeps_nobody_else_waiting(world: World) -> None:
    railway = world.railway()
    await railway.scope()
    gone = asyncio.create_task(railway.variables("web"))
    stays = asyncio.create_task(railway.settings("web"))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).overlap is None
    assert gone.cancelled() or gone.cancelling()
