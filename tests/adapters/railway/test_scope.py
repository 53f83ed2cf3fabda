from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cockpit.adapters.railway.credential import Credential, Header
from cockpit.adapters.railway.scope import find, services
from cockpit.core.plan.connection import RailwayConnection
from cockpit.errors import Garbled, Refused, Unreachable
from cockpit.simulator.faults import Fault
from tests.adapters.railway.conftest import World
from tests.adapters.railway.listener import following


async def test_a_project_token_names_its_project_itself(world: World):
    scope = await world.railway("project_token", project=None).scope()
    assert (scope.token, scope.project, scope.environment) == ("project", "reports", "production")
    assert scope.services == world.address["services"]


@pytest.mark.parametrize("kind", ["account", "workspace"])
async def test_a_wide_token_finds_the_project_by_its_name(world: World, kind: str):
    scope = await world.railway(f"{kind}_token", "env:RAILWAY_API_TOKEN").scope()
    assert (scope.token, scope.project, scope.environment) == (kind, "reports", "production")
    assert scope.services == world.address["services"]
    own = await world.railway("project_token").scope()
    assert (scope.project_id, scope.environment_id) == (own.project_id, own.environment_id)


@pytest.mark.parametrize("kind", ["account", "project"])
async def test_ids_do_as_well_as_names(world: World, kind: str):
    by_name = await world.railway(f"{kind}_token").scope()
    by_id = world.railway(f"{kind}_token", project=by_name.project_id, environment=by_name.environment_id)
    assert await by_id.scope() == by_name


@pytest.mark.parametrize("kind", ["account", "workspace", "project"])
async def test_a_token_of_unknown_origin_is_tried_in_both_headers(world: World, kind: str):
    scope = await world.railway(f"{kind}_token", "file:/run/secrets/railway").scope()
    assert scope.token == kind


@pytest.mark.parametrize(
    ("kind", "variable", "other"),
    [
        ("account", "RAILWAY_TOKEN", "RAILWAY_API_TOKEN"),
        ("workspace", "RAILWAY_TOKEN", "RAILWAY_API_TOKEN"),
        ("project", "RAILWAY_API_TOKEN", "RAILWAY_TOKEN"),
    ],
)
async def test_a_token_in_the_variable_of_another_kind_is_named(world: World, kind: str, variable: str, other: str):
    railway = world.railway(f"{kind}_token", f"env:{variable}")
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await railway.scope()
        assert refused.value.what.startswith(f"{variable} holds")
        assert kind in refused.value.what
        assert f"Put it into {other}" in refused.value.remedy


async def test_a_token_railway_does_not_know_is_neither(world: World):
    with pytest.raises(Refused, match="neither as a project token nor as an account"):
        await world.railway("nonsense").scope()
    with pytest.raises(Refused, match="neither as an account or workspace token nor as a project token"):
        await world.railway("nonsense", "env:RAILWAY_API_TOKEN").scope()


async def test_trouble_on_the_way_does_not_accuse_the_token(world: World):
    world.fault(Fault.STATUS, status=502)
    with pytest.raises(Unreachable):
        await world.railway().scope()


async def test_trouble_in_mid_detection_leaves_the_token_as_it_was(world: World):
    railway = world.railway("account_token", "env:RAILWAY_TOKEN")
    world.fault(Fault.STATUS, "ApiToken", status=502)
    before = railway.client.credential
    with pytest.raises(Unreachable):
        await railway.scope()
    assert railway.client.credential == before


@pytest.mark.parametrize("kind", ["project", "account"])
async def test_another_environment_is_refused_by_both_names(world: World, kind: str):
    with pytest.raises(Refused) as refused:
        await world.railway(f"{kind}_token", environment="staging-2").scope()
    assert "'staging-2'" in refused.value.what
    assert "production" in refused.value.what


@pytest.mark.parametrize("kind", ["project", "account"])
async def test_another_project_is_refused_by_both_names(world: World, kind: str):
    with pytest.raises(Refused) as refused:
        await world.railway(f"{kind}_token", project="billing").scope()
    assert "'billing'" in refused.value.what
    assert "reports" in refused.value.what


async def test_a_wide_token_needs_a_project(world: World):
    with pytest.raises(Refused, match="the plan names none"):
        await world.railway("account_token", project=None).scope()


async def test_the_wrong_environment_is_asked_and_told_nothing(world: World):
    railway = world.railway(environment="staging-2")
    with pytest.raises(Refused):
        await railway.set_variables("web", {"A": "1"})
    with pytest.raises(Refused):
        await railway.deploy("web")
    assert world.asked("SetVariables") == world.asked("Deploy") == []


async def test_it_is_asked_once(world: World):
    railway = world.railway()
    await railway.scope()
    used = railway.budget.used
    assert await railway.scope()
    assert railway.budget.used == used


async def test_a_service_that_is_not_there_is_named_with_those_that_are(world: World):
    with pytest.raises(Refused, match=r"no service 'wbe', but web, worker\."):
        await world.railway().serving("wbe")


async def test_a_service_is_found_by_its_id_too_and_its_lines_are_told_under_that(world: World):
    railway = world.railway()
    web = (await railway.scope()).services["web"]
    by_name, by_id = await railway.serving("web"), await railway.serving(web)
    assert by_name == by_id is not None
    async with following(world.railway(), world.now() - timedelta(minutes=5), web) as heard:
        await heard.until(lambda: bool(heard.lines))
    assert {line.service for line in heard.lines} == {web}


async def test_garbage_is_garbled(world: World):
    world.fault(Fault.HTML)
    with pytest.raises(Garbled):
        await world.railway().scope()


class Pages:
    """An API that answers one node a page."""

    def __init__(self, *projects: tuple[str, str]) -> None:
        self.projects = projects
        self.credential = Credential("t", Header.BEARER)

    async def ask(self, name: str, *, after: str | None = None, **_: object) -> dict[str, Any]:
        place = int(after or 0)
        last = {"hasNextPage": place + 1 < len(self.projects), "endCursor": str(place + 1)}
        id_, called = self.projects[place]
        match name:
            case "api_token":
                return {"apiToken": {"workspaces": []}}
            case "projects":
                return {"projects": {"edges": [{"node": {"id": id_, "name": called}}], "pageInfo": last}}
            case _:
                node = {"serviceId": id_, "serviceName": called}
                page = {"edges": [{"node": node}], "pageInfo": last}
                return {"environment": {"unmergedChangesCount": None, "serviceInstances": page}}


async def test_lists_are_read_to_their_last_page():
    pages = Pages(("1", "web"), ("2", "worker"), ("3", "cron"))
    found, staged = await services(pages, "p", "e")  # type: ignore[arg-type]  # asked alike
    assert found == {"web": "1", "worker": "2", "cron": "3"}
    assert staged == 0


async def test_two_projects_of_one_name_are_refused():
    pages = Pages(("1", "reports"), ("2", "other"), ("3", "reports"))
    plan = RailwayConnection(kind="railway", token="env:T", project="reports", environment="production")
    with pytest.raises(Refused, match="2 projects are called 'reports'"):
        await find(pages, plan)  # type: ignore[arg-type]  # the same
