from __future__ import annotations

import pytest

from cockpit.simulator.faults import Fault
from tests.adapters.railway.conftest import World


@pytest.mark.parametrize("kind", ["project", "account", "workspace"])
async def test_it_says_whose_token_it_is_and_for_what(world: World, kind: str):
    link = await world.railway(f"{kind}_token").examine()
    assert link.ok, link
    assert link.connection == "railway"
    assert link.summary == f"{kind} token of reports, production; services: web, worker"
    assert link.details[0] == "Logs come by websocket."
    assert "of 1000 requests are used this hour; 50 are kept" in link.details[1]
    assert link.milliseconds < 5000
    assert link.warnings == ()


async def test_a_token_in_the_wrong_variable_comes_with_the_way_out(world: World):
    link = await world.railway("account_token", "env:RAILWAY_TOKEN").examine()
    assert not link.ok
    assert "RAILWAY_TOKEN holds an account or workspace token" in link.summary
    assert "RAILWAY_API_TOKEN" in link.remedy


async def test_the_wrong_environment_is_not_ok(world: World):
    link = await world.railway(environment="staging-2").examine()
    assert not link.ok
    assert "staging-2" in link.summary


async def test_what_others_have_staged_is_a_warning(world: World):
    service = world.address["services"]["web"]
    await world.admin("/external", stage={"services": {service: {"variables": {"A": {"value": "1"}}}}})
    (warning,) = (await world.railway().examine()).warnings
    assert "staged in production" in warning


async def test_no_websocket_is_a_warning_and_no_failure(world: World):
    world.fault(Fault.REFUSE_UPGRADE, status=403)
    link = await world.railway().examine()
    assert link.ok
    assert link.warnings == ("No websocket passes, logs come by polling: No websocket passes (HTTP 403).",)


@pytest.mark.parametrize("fault", [Fault.STATUS, Fault.HTML, Fault.UNAUTHORIZED, Fault.DROP_BEFORE, Fault.CLOUDFLARE])
async def test_trouble_is_told_and_never_raised(world: World, fault: Fault):
    world.fault(fault)
    link = await world.railway().examine()
    assert not link.ok
    assert link.summary
    assert link.remedy
    assert world.address["railway"]["project_token"] not in f"{link.summary}{link.remedy}"


async def test_it_says_how_many_requests_railway_allows_and_that_the_plan_says_more(world: World):
    link = await world.railway(is_paced=True, requests_per_hour=10_000).examine()
    assert "of 1000 requests are used this hour" in link.details[1]
    assert link.details[1].endswith("Railway says that it allows 1000.")
    assert link.warnings == ("Railway allows 1000 requests an hour, the plan says 10000.",)


async def test_it_says_what_was_not_counted_here(world: World):
    await world.railway().examine()
    await world.admin("/tier", headers=True)
    await world.railway().examine()
    assert "not counted here" in (await world.railway().examine()).details[1]


async def test_a_plan_without_a_tier_is_told_the_one_that_railway_names(world: World):
    link = await world.railway().examine()
    assert link.details[2] == (
        'Railway calls the project\'s plan hobby: with tier = "hobby" the hours left to go back are told.'
    )


@pytest.mark.parametrize(("planned", "differs"), [("hobby", False), ("pro", True), ("enterprise", False)])
async def test_a_tier_that_is_another_than_railways_is_a_warning(world: World, planned: str, differs: bool):  # noqa: FBT001  (a column)
    link = await world.railway(tier=planned).examine()
    words = f"The plan says tier {planned}, Railway calls it hobby: images may be kept for another time."
    assert link.warnings == ((words,) if differs else ())
    assert len(link.details) == 2


async def test_where_railway_does_not_tell_the_tier_all_else_is_told(world: World):
    world.fault(Fault.UNAUTHORIZED, "Subscription")
    link = await world.railway().examine()
    assert link.ok
    assert len(link.details) == 2
