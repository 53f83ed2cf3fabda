"""The endpoint over HTTP: tokens, the form of errors, mutations and the traces they leave."""

from __future__ import annotations

import time

import pytest

from .conftest import House

STATUS = "query Status($id: String!) { deployment(id: $id) { id status statusUpdatedAt } }"
SERVING = """query Serving($e: String!, $s: String!) {
    serviceInstance(environmentId: $e, serviceId: $s) { latestDeployment { id } }
}"""
WHO = "query Who { projectToken { environment { name } } }"


async def test_each_kind_of_token_opens_what_it_should(house: House):
    assert (await house.ask(WHO))["projectToken"]["environment"]["name"] == "production"
    assert (await house.ask("{ me { email } }", house.token("account")))["me"]
    for kind in ("account", "workspace"):
        assert (await house.ask("{ apiToken { workspaces { name } } }", house.token(kind)))["apiToken"]["workspaces"]
        assert (await house.ask("{ projects { edges { node { name } } } }", house.token(kind)))["projects"]["edges"]


@pytest.mark.parametrize(
    "query", ["{ me { email } }", "{ apiToken { workspaces { name } } }", "{ projects { edges { cursor } } }"]
)
async def test_a_project_token_opens_no_account(house: House, query: str):
    assert (await house.refusal(query))["message"] == "Not Authorized"


async def test_a_workspace_token_has_no_user(house: House):
    assert (await house.refusal("{ me { email } }", house.token("workspace")))["message"] == "Not Authorized"


async def test_the_wrong_header_for_a_token_is_named(house: House):
    project = house.address["railway"]["project_token"]
    account = house.address["railway"]["account_token"]
    for headers in ({"Authorization": f"Bearer {project}"}, {"Project-Access-Token": account}):
        assert (await house.refusal(WHO, headers))["message"] == "Project Token not found"
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        assert (await house.refusal(WHO, headers))["message"] == "Not Authorized"


async def test_a_project_token_sees_no_other_environment(house: House):
    staging = house.simulation.world.environment_named("staging").id
    query = "query E($id: String!) { environment(id: $id) { name canAccess } }"
    assert (await house.refusal(query, id=staging))["message"] == "Not Authorized"
    assert (await house.ask(query, house.token("account"), id=staging))["environment"]["canAccess"]
    listed = await house.ask(
        "query P($id: String!) { project(id: $id) { environments { edges { node { name canAccess } } } } }",
        id=house.project,
    )
    assert [edge["node"] for edge in listed["project"]["environments"]["edges"]] == [
        {"name": "production", "canAccess": True},
        {"name": "staging", "canAccess": False},
    ]


async def test_an_error_comes_with_status_200_and_its_trace_beside_the_message(house: House):
    error = await house.refusal(STATUS, id="unknown")
    assert error["message"] == "Deployment not found"
    assert error["traceId"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}


async def test_documents_that_do_not_fit_are_told_apart(house: House):
    assert (await house.refusal("{ nothing }"))["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert (await house.refusal("{"))["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert (await house.refusal(STATUS))["extensions"]["code"] == "BAD_USER_INPUT"
    assert (await house.refusal('subscription S { deployment(id: "x") { id } }'))["message"].startswith("Subscriptions")
    assert (await house.client.post(house.endpoint, content=b"{", headers=house.token())).status_code == 400


@pytest.mark.parametrize("agent", ["", "Python-urllib/3.11"])
async def test_who_does_not_say_who_it_is_is_turned_away(house: House, agent: str):
    response = await house.post(WHO, {**house.token(), "User-Agent": agent})
    assert response.status_code == 403
    assert house.ledger()[-1].status == 403


async def test_the_only_header_about_limits_is_the_policy(house: House):
    response = await house.post(WHO)
    assert response.headers["ratelimit-policy"] == '"default";q=1000;w=3600'
    assert not [name for name in response.headers if name.startswith("x-ratelimit")]


async def test_a_client_that_reads_stamps_sees_an_overlap_of_exactly_five_minutes(house: House):
    await house.set_variables(
        {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"}
    )
    old = (await house.ask(SERVING, e=house.environment, s=house.web))["serviceInstance"]["latestDeployment"]["id"]
    new = await house.deploy()
    house.simulation.set_factor(50_000)
    t1 = await stamp(house, new, "SUCCESS")
    t2 = await stamp(house, old, "REMOVING", "REMOVED")
    steps = "query Steps($id: String!) { deploymentEvents(id: $id) { edges { node { step createdAt completedAt } } } }"
    await stamp(house, old, "REMOVED")
    last = (await house.ask(steps, id=new))["deploymentEvents"]["edges"][-1]["node"]
    assert last["step"] == "DRAIN_INSTANCES"
    assert seconds(last["createdAt"]) - seconds(t1) == 300
    assert seconds(last["completedAt"]) - seconds(last["createdAt"]) == 262
    assert t2


async def stamp(house: House, deployment: str, *statuses: str) -> str:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = (await house.ask(STATUS, id=deployment))["deployment"]
        if found["status"] in statuses:
            return str(found["statusUpdatedAt"])
    raise AssertionError(f"{deployment} never read {statuses}")


def seconds(stamp: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(stamp).timestamp()


async def test_a_rollback_answers_true_and_is_found_by_listing(house: House):
    new = await house.deploy()
    house.simulation.set_factor(50_000)
    await stamp(house, new, "SUCCESS")
    old = house.simulation.world.of(house.environment, house.web)[1]
    assert await house.ask("mutation R($id: String!) { deploymentRollback(id: $id) }", id=old.id) == {
        "deploymentRollback": True
    }
    listed = await house.ask(
        "query L($i: DeploymentListInput!) { deployments(input: $i, first: 1) { edges { node { id meta } } } }",
        i={"environmentId": house.environment, "serviceId": house.web, "projectId": house.project},
    )
    newest = listed["deployments"]["edges"][0]["node"]
    assert newest["id"] not in {old.id, new}
    assert newest["meta"]["imageDigest"] == old.digest
    assert house.ledger()[-2].effect == {"deployment": newest["id"], "rollback": old.id}


async def test_deployments_are_listed_by_status_and_page_by_page(house: House):
    query = (
        "query L($i: DeploymentListInput!, $after: String) { deployments(input: $i, first: 1, after: $after)"
        " { edges { node { status } } pageInfo { hasNextPage endCursor } } }"
    )
    given = {"environmentId": house.environment, "serviceId": house.web}
    first = (await house.ask(query, i=given))["deployments"]
    assert first["pageInfo"]["hasNextPage"]
    second = (await house.ask(query, i=given, after=first["pageInfo"]["endCursor"]))["deployments"]
    assert [one["edges"][0]["node"]["status"] for one in (first, second)] == ["SUCCESS", "REMOVED"]
    assert not second["pageInfo"]["hasNextPage"]
    gone = (await house.ask(query, i={**given, "status": {"notIn": ["SUCCESS"]}}))["deployments"]
    assert [one["node"]["status"] for one in gone["edges"]] == ["REMOVED"]
    assert (await house.refusal(query, i=given, after="x"))["message"] == "Invalid cursor"


async def test_what_a_deployment_was_built_with_is_not_what_is_configured(house: House):
    new = await house.deploy()
    await house.set_variables({"LATER": "1"})
    query = "query D($id: String!) { deploymentSnapshot(deploymentId: $id) { variables } }"
    built = (await house.ask(query, id=new))["deploymentSnapshot"]["variables"]
    assert "LATER" not in built
    assert built["DATABASE_URL"] == "${{Postgres.DATABASE_URL}}"


async def test_logs_over_http_go_on_from_a_cursor_without_gap_or_double(house: House):
    house.simulation.set_factor(50_000)
    query = """query L($e: String!, $a: String, $b: String) {
        environmentLogs(environmentId: $e, anchorDate: $a, beforeDate: $b, beforeLimit: 5000) { timestamp message }
    }"""
    first = (await house.ask(query, e=house.environment, b="2026-03-02T08:00:00Z"))["environmentLogs"]
    cursor = first[-1]["timestamp"]
    second = (await house.ask(query, e=house.environment, b=cursor))["environmentLogs"]
    assert first
    assert all(line["timestamp"] > cursor for line in second)
    anchored = (await house.ask(query, e=house.environment, b="2026-03-02T08:00:00Z", a=cursor))["environmentLogs"]
    assert anchored == first


async def test_a_limit_is_answered_with_one_more(house: House):
    serving = house.simulation.world.of(house.environment, house.web)[0].id
    query = "query L($id: String!, $n: Int) { deploymentLogs(deploymentId: $id, limit: $n) { timestamp } }"
    lines = [line["timestamp"] for line in (await house.ask(query, id=serving, n=5))["deploymentLogs"]]
    assert len(lines) == 6
    assert lines == sorted(lines)
    assert (await house.refusal(query, id=serving, n=-1))["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_build_log_hides_all_but_one_line_without_a_start(house: House):
    new = await house.deploy()
    house.simulation.set_factor(50_000)
    await stamp(house, new, "SUCCESS")
    query = "query B($id: String!, $s: DateTime) { buildLogs(deploymentId: $id, startDate: $s) { message } }"
    assert len((await house.ask(query, id=new))["buildLogs"]) == 1
    lines = [line["message"] for line in (await house.ask(query, id=new, s="2026-03-02T08:55:00Z"))["buildLogs"]]
    assert "[1/1] Healthcheck succeeded!" in lines


async def test_attributes_are_json_text_and_the_level_is_always_there(house: House):
    query = """query L($e: String!) {
        environmentLogs(environmentId: $e) { attributes { key value } tags { deploymentInstanceId } }
    }"""
    for line in (await house.ask(query, e=house.environment))["environmentLogs"]:
        assert {"key": "level", "value": '"info"'} in line["attributes"]
        assert line["tags"]["deploymentInstanceId"]


async def test_requests_of_the_public_and_our_own_are_in_the_http_log(house: House):
    await house.app()
    serving = house.simulation.world.of(house.environment, house.web)[0].id
    query = """query H($id: String!, $f: String) {
        httpLogs(deploymentId: $id, filter: $f, limit: 5000) { path httpStatus clientUa }
    }"""
    lines = (await house.ask(query, id=serving, f='@path:"/api/health"'))["httpLogs"]
    assert any(line["clientUa"].startswith("python-httpx") for line in lines)
    assert {line["path"] for line in lines} == {"/api/health"}
    worker = house.simulation.world.of(house.environment, house.address["services"]["worker"])[0].id
    assert (await house.ask(query, id=worker))["httpLogs"] == []


async def test_metrics_tell_the_old_replica_from_the_new_one(house: House):
    await house.set_variables({"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300"})
    new = await house.deploy()
    house.simulation.set_factor(5_000)
    await stamp(house, new, "SUCCESS")
    old = house.simulation.world.of(house.environment, house.web)[1].id
    query = """query M($e: String!, $s: String!) {
        metrics(
            environmentId: $e, serviceId: $s, startDate: "2026-03-02T08:00:00Z",
            measurements: [CPU_USAGE], groupBy: [DEPLOYMENT_ID], sampleRateSeconds: 1
        ) { tags { deploymentId } values { ts value } }
    }"""
    found = (await house.ask(query, e=house.environment, s=house.web))["metrics"]
    assert {one["tags"]["deploymentId"] for one in found} >= {old, new}


async def test_usage_is_what_the_samples_add_up_to_and_it_grows(house: House):
    since = "2026-03-02T08:00:00Z"
    usage = f"""query U($p: String!) {{ usage(projectId: $p, startDate: "{since}", groupBy: [SERVICE_ID],
        measurements: [CPU_USAGE, MEMORY_USAGE_GB, CPU_LIMIT]) {{ measurement value tags {{ serviceId }} }} }}"""
    samples = f"""query M($e: String!, $s: String!) {{ metrics(environmentId: $e, serviceId: $s, startDate: "{since}",
        measurements: [CPU_USAGE], sampleRateSeconds: 5) {{ values {{ value }} }} }}"""

    async def used() -> dict[tuple[str, str], float]:
        found = (await house.ask(usage, p=house.project))["usage"]
        return {(one["measurement"], one["tags"]["serviceId"]): one["value"] for one in found}

    first = await used()
    (series,) = (await house.ask(samples, e=house.environment, s=house.web))["metrics"]
    minutes = sum(sample["value"] for sample in series["values"]) * 5 / 60
    assert first["CPU_USAGE", house.web] == pytest.approx(minutes, rel=0.01)
    assert first["CPU_LIMIT", house.web] == 0
    house.simulation.set_factor(50_000)
    while (later := await used())["CPU_USAGE", house.web] <= first["CPU_USAGE", house.web]:
        pass
    assert later["MEMORY_USAGE_GB", house.web] > first["MEMORY_USAGE_GB", house.web]


async def test_http_rates_add_up(house: House):
    hour = 'startDate: "2026-03-02T08:00:00Z", endDate: "2026-03-02T09:00:00Z"'
    window = f"serviceId: $s, environmentId: $e, {hour}, stepSeconds: 600"
    query = (
        f"query H($e: String!, $s: String!) {{ all: httpMetrics({window}) {{ samples {{ ts value }} }}"
        f" by: httpMetricsGroupedByStatus({window}) {{ statusCode samples {{ value }} }}"
        f" took: httpDurationMetrics({window}) {{ samples {{ p50 p99 }} }} }}"
    )
    found = await house.ask(query, e=house.environment, s=house.web)
    assert len(found["all"]["samples"]) == 6
    total = sum(sample["value"] for sample in found["all"]["samples"])
    assert total == sum(sample["value"] for status in found["by"] for sample in status["samples"])
    assert total >= 700
    assert all(sample["p50"] <= sample["p99"] for sample in found["took"]["samples"])


async def test_the_ledger_tells_effects_from_refusals_and_knows_no_token(house: House):
    new = await house.deploy()
    await house.refusal("mutation S($id: String!) { deploymentStop(id: $id) }", id=new)
    await house.set_variables({"A": "1"}, skip=False)
    deployed, refused, stray = house.ledger()
    assert (deployed.kind, deployed.fields, deployed.effect) == (
        "mutation",
        ("serviceInstanceDeployV2",),
        {"deployment": new},
    )
    assert (refused.refused, refused.effect) == ("Deployment is not stoppable", None)
    assert stray.effect is not None
    assert stray.effect["variables"] == {"A": "1"}
    assert len(stray.effect["deployments"]) == 1
    assert [entry.seq for entry in house.ledger()] == [1, 2, 3]
    text = (house.simulation.folder / "ledger.jsonl").read_text()
    assert not [token for token in house.address["railway"].values() if token in text and not token.startswith("http")]


async def test_aliased_root_fields_count_as_one_request(house: House):
    await house.ask(
        "{ a: projectToken { id } b: projectToken { name } ...More } fragment More on Query { regions { name } }"
    )
    (entry,) = house.ledger()
    assert entry.fields == ("projectToken", "regions")
