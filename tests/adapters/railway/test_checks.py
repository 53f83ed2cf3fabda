from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cockpit.core.plan.check import LogCheck, RailwayCheck
from cockpit.core.reading import Answer
from cockpit.core.reading.judgement import scalar_of
from cockpit.errors import Missing, Throttled
from cockpit.ports import Asking
from cockpit.simulator.faults import Fault, Rule
from tests.adapters.railway.conftest import World

SECRET = "postgres://reports:hunter2@db/reports"


async def ask(world: World, what: str, deployment: str | None = None) -> Answer:
    check = RailwayCheck.model_validate({"on": "railway", "ask": what, "service": "web"})
    return await world.railway().ask(check, Asking(deployment=deployment))


def told(answer: Answer, name: str) -> Any:
    return answer.facts[name]


@pytest.mark.parametrize(
    ("what", "name"),
    [("variables", "variables"), ("running variables", "variables"), ("settings", "settings"),
     ("deployment", "deployment"), ("instances", "instances"), ("metrics", "metrics")],
)  # fmt: skip
async def test_what_was_asked_is_told_under_its_name(world: World, what: str, name: str):
    answer = await ask(world, what)
    assert name in answer.facts
    assert answer.table.rows
    assert {len(row) for row in answer.table.rows} == {len(answer.table.columns)}


async def test_secrets_are_for_expectations_and_never_for_the_table(world: World):
    await world.railway().set_variables("web", {"DB": SECRET, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"})
    answer = await ask(world, "variables")
    assert told(answer, "variables")["DB"] == SECRET
    shown = {row[0]: row[1] for row in answer.table.rows}
    assert shown["DB"] == "(hidden)"
    assert shown["RAILWAY_DEPLOYMENT_DRAINING_SECONDS"] == "600"
    assert SECRET not in repr(answer.table) + scalar_of(answer) + repr(answer.evidence)


async def test_sealed_variables_are_named_and_have_no_value(world: World):
    answer = await ask(world, "variables")
    (name,) = told(answer, "sealed")
    assert name not in told(answer, "variables")
    assert (name, "(sealed)") in answer.table.rows


async def test_shared_variables_are_told_as_they_are_written(world: World):
    check = RailwayCheck.model_validate({"on": "railway", "ask": "shared variables"})
    answer = await world.railway().ask(check, Asking())
    assert told(answer, "variables") == {"REGION_LABEL": "west"}
    assert told(answer, "sealed") == []


async def test_variables_and_which_are_sealed_take_one_request(world: World):
    railway = world.railway()
    await railway.scope()
    used = railway.budget.used
    await railway.ask(RailwayCheck.model_validate({"on": "railway", "ask": "variables", "service": "web"}), Asking())
    assert railway.budget.used == used + 1


async def test_running_variables_are_those_of_the_deployment_meant(world: World):
    railway = world.railway()
    serving = await railway.serving("web")
    assert serving is not None
    await railway.set_variables("web", {"NEW": "1"})
    new = await railway.deploy("web")
    assert "NEW" not in told(await ask(world, "running variables"), "variables")
    assert "NEW" not in told(await ask(world, "running variables", serving.id), "variables")
    assert "NEW" in told(await ask(world, "running variables", new), "variables")


async def test_a_deployment_is_the_newest_unless_one_is_named(world: World):
    railway = world.railway()
    (old, *_) = await railway.deployments("web")
    new = await railway.deploy("web")
    newest = await ask(world, "deployment")
    assert (told(newest, "deployment")["id"], told(newest, "deployment")["is_up"]) == (new, False)
    named = await ask(world, "deployment", old.id)
    assert told(named, "deployment")["is_up"] is True
    assert scalar_of(named) == "SUCCESS"


async def test_instances_are_listed_with_their_status(world: World):
    answer = await ask(world, "instances")
    assert {one["status"] for one in told(answer, "instances")} == {"RUNNING"}
    assert scalar_of(answer) == str(len(told(answer, "instances")))


async def test_settings_show_every_place_that_says_something(world: World):
    await world.railway().set_variables("web", {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300"})
    answer = await ask(world, "settings")
    assert told(answer, "settings")["overlap"] == 300
    assert ("overlap", "variable", "300") in answer.table.rows


async def test_metrics_are_exact_numbers(world: World):
    metrics = told(await ask(world, "metrics"), "metrics")
    assert metrics["cpu"] > 0
    assert all(isinstance(metrics[name], Decimal) for name in ("cpu", "cpu_limit", "memory_gb", "memory_limit_gb"))
    assert set(metrics["http"]) <= {"200", "404", "500", "503"}


async def test_latency_and_usage_are_exact_numbers(world: World):
    latency = told(await ask(world, "metrics"), "metrics")["latency"]
    assert latency["p50"] <= latency["p90"] <= latency["p95"] <= latency["p99"]
    usage = told(await ask(world, "usage"), "usage")
    assert usage["cpu"] > 0
    assert (usage["since"].day, usage["since"].hour) == (1, 0)
    assert usage["estimated"]["cpu"] > 0
    assert isinstance(usage["estimated"]["cpu"], Decimal)


async def test_usage_stays_known_where_this_token_is_told_no_estimate(world: World):
    world.misbehave(
        Rule(fault=Fault.UNAUTHORIZED, operation="EstimatedUsage"), Rule(fault=Fault.UNAUTHORIZED, operation="Together")
    )
    answer = await ask(world, "usage")
    usage = told(answer, "usage")
    assert (usage["cpu"] > 0, usage["estimated"]) == (True, None)
    assert not [row for row in answer.table.rows if "expected" in str(row[0])]


async def test_old_and_new_are_told_apart_while_both_serve(swift: World):
    await swift.railway().set_variables("web", {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "100000"})
    await swift.railway().deploy("web")
    async with asyncio.timeout(20):
        while (metrics := told(await ask(swift, "metrics"), "metrics"))["old"] is None:
            continue
    assert set(metrics["new"]) == set(metrics["old"]) == {"cpu", "memory_gb"}
    assert metrics["old"]["cpu"] > 0


async def test_alone_a_deployment_is_new_and_none_is_old(world: World):
    metrics = told(await ask(world, "metrics"), "metrics")
    assert metrics["new"]["cpu"] > 0
    assert metrics["old"] is None


async def test_drift_names_what_a_deploy_would_bring(world: World):
    railway = world.railway()
    none = await ask(world, "drift")
    assert told(none, "drift") == {"added": [], "removed": [], "changed": [], "unknown": ["SIGNING_KEY"]}
    await railway.set_variables("web", {"NEW": "hush", "PORT": "1"})
    await railway.delete_variables("web", ("LOG_LEVEL",))
    answer = await ask(world, "drift")
    assert told(answer, "drift") == {
        "added": ["NEW"], "removed": ["LOG_LEVEL"], "changed": ["PORT"], "unknown": ["SIGNING_KEY"],
    }  # fmt: skip
    assert answer.facts["count"] == 3
    assert "hush" not in repr(answer)


async def test_deployments_tell_how_long_they_can_be_gone_back_to(world: World):
    check = RailwayCheck.model_validate({"on": "railway", "ask": "deployments", "service": "web"})
    answer = await world.railway(tier="pro").ask(check, Asking())
    serving, gone = told(answer, "deployments")
    assert (serving["hours_left"], serving["is_up"]) == (None, True)
    assert 0 < gone["hours_left"] < 120
    assert answer.table.columns == ("deployment", "status", "commit", "image", "by", "age", "way back")
    assert [str(row[-1]).split(" ")[0] for row in answer.table.rows] == ["kept", "image"]
    unknown = await world.railway().ask(check, Asking())
    assert unknown.table.rows[1][-1] == "time left unknown: set `tier`"


async def test_a_deployment_nobody_knows_is_missing(world: World):
    with pytest.raises(Missing):
        await ask(world, "deployment", "11111111-1111-4111-8111-111111111111")


async def test_a_service_without_a_domain_has_no_http_to_measure(world: World):
    check = RailwayCheck.model_validate({"on": "railway", "ask": "metrics", "service": "worker"})
    metrics = told(await world.railway().ask(check, Asking()), "metrics")
    assert metrics["cpu"] is not None
    assert (metrics["http"], metrics["errors"]) == ({}, None)


@pytest.mark.parametrize(
    "what", ["variables", "running variables", "settings", "deployment", "instances", "metrics", "drift", "usage"]
)
async def test_on_the_way_back_a_check_may_use_what_the_budget_holds_back(world: World, what: str):
    railway = world.railway(requests_per_hour=60)
    await railway.scope()
    while railway.budget.used < railway.budget.per_hour - railway.budget.held_back:
        await railway.deployments("web", first=1)
    check = RailwayCheck.model_validate({"on": "railway", "ask": what, "service": "web"})
    with pytest.raises(Throttled):
        await railway.ask(check, Asking())
    assert (await railway.ask(check, Asking(urgent=True))).table.rows


async def test_on_the_way_back_lines_are_read_from_what_is_held_back(world: World):
    railway = world.railway(requests_per_hour=60)
    await railway.scope()
    while railway.budget.used < railway.budget.per_hour - railway.budget.held_back:
        await railway.deployments("web", first=1)
    told = {"on": "railway", "logs": "web", "since": "10m", "match": "."}
    check, since = LogCheck.model_validate(told), railway.now() - timedelta(minutes=10)
    with pytest.raises(Throttled):
        await railway.ask(check, Asking(since=since))
    assert "count" in (await railway.ask(check, Asking(since=since, urgent=True))).facts
