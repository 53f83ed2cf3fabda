"""The manners of the websocket."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .conftest import House

FOLLOW = """subscription Follow($e: String!, $f: String, $b: String, $n: Int) {
    environmentLogs(environmentId: $e, filter: $f, beforeDate: $b, beforeLimit: $n) { timestamp message }
}"""
STATUS = "subscription Status($id: String!) { deployment(id: $id) { status statusUpdatedAt } }"


async def heard(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        return dict(json.loads(await socket.recv()))


async def to_the_end(socket: ClientConnection) -> None:
    async with asyncio.timeout(5):
        while True:
            await socket.recv()


async def ended(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        await to_the_end(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def flood(house: House) -> list[dict[str, str]]:
    """Twenty lines that are there when this returns."""
    await house.admin("POST", "/logs", {"lines": 20, "per_second": 100_000})
    query = """query L($e: String!) {
        environmentLogs(environmentId: $e, filter: "line", beforeLimit: 100) { timestamp message }
    }"""
    lines: list[dict[str, str]] = []
    while len(lines) < 20:
        lines = (await house.ask(query, e=house.environment))["environmentLogs"]
    return lines


async def test_lines_come_as_they_are_written(house: House):
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, f='"line"')
        await house.admin("POST", "/logs", {"lines": 40, "per_second": 400})
        lines: list[str] = []
        while len(lines) < 40:
            message = await heard(socket)
            assert (message["type"], message["id"]) == ("next", "1")
            lines += [line["message"] for line in message["payload"]["data"]["environmentLogs"]]
        assert lines == [f"line {n}" for n in range(1, 41)]


async def test_a_cursor_is_an_exclusive_lower_bound(house: House):
    lines = await flood(house)
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, f='"line"', b=lines[11]["timestamp"])
        got = (await heard(socket))["payload"]["data"]["environmentLogs"]
    assert got == lines[12:]


async def test_a_small_limit_loses_the_older_lines_of_a_look(house: House):
    lines = await flood(house)
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, f='"line"', b="2026-03-02T08:59:00Z", n=3)
        got = (await heard(socket))["payload"]["data"]["environmentLogs"]
    assert got == lines[-3:]


async def test_a_deployment_is_pushed_on_changes_of_status_only(house: House):
    new = await house.deploy()
    async with house.dial() as socket:
        await house.subscribed(socket, STATUS, id=new)
        house.simulation.set_factor(200)
        seen = []
        while "SUCCESS" not in seen:
            seen.append((await heard(socket))["payload"]["data"]["deployment"]["status"])
    assert set(seen) <= {"BUILDING", "DEPLOYING", "SUCCESS"}
    assert len(set(seen)) == len(seen)


async def test_steps_come_as_they_begin_and_end(house: House):
    new = await house.deploy()
    async with house.dial() as socket:
        query = "subscription S($id: String!) { deploymentEvents(id: $id) { step completedAt } }"
        await house.subscribed(socket, query, id=new)
        house.simulation.set_factor(2400)
        seen: list[tuple[str, bool]] = []
        while ("HEALTHCHECK", True) not in seen:
            event = (await heard(socket))["payload"]["data"]["deploymentEvents"]
            seen.append((event["step"], event["completedAt"] is not None))
    assert {step for step, over in seen if over} >= {"SNAPSHOT_CODE", "BUILD_IMAGE", "CREATE_CONTAINER"}


async def test_build_and_deploy_logs_begin_with_what_is_there(house: House):
    new = await house.deploy()
    house.simulation.set_factor(50_000)
    async with house.dial() as socket:
        await house.subscribed(
            socket, "subscription B($id: String!) { buildLogs(deploymentId: $id, limit: 5) { message } }", id=new
        )
        lines: list[str] = []
        while "[1/1] Healthcheck succeeded!" not in lines:
            lines += [line["message"] for line in (await heard(socket))["payload"]["data"]["buildLogs"]]
        query = "subscription D($id: String!, $f: String) { deploymentLogs(deploymentId: $id, filter: $f) { message } }"
        await house.subscribe(socket, query, "2", id=new, f='"Starting"')
        first = await heard(socket)
    assert first["id"] == "2"
    assert [line["message"] for line in first["payload"]["data"]["deploymentLogs"]] == ["Starting Container"]


async def test_http_logs_are_followed_too(house: House):
    serving = house.simulation.world.of(house.environment, house.web)[0].id
    query = (
        "subscription H($id: String!, $b: String) { httpLogs(deploymentId: $id, beforeDate: $b) { path timestamp } }"
    )
    async with house.dial() as socket:
        await house.subscribed(socket, query, id=serving, b="2026-03-02T08:00:00Z")
        backlog = (await heard(socket))["payload"]["data"]["httpLogs"]
        await house.app()
        fresh = (await heard(socket))["payload"]["data"]["httpLogs"]
    assert len(backlog) > 700
    assert fresh[0]["timestamp"] > backlog[-1]["timestamp"]


async def test_log_subscriptions_are_completed_as_a_matter_of_routine(house: House):
    house.simulation.log_life = 0.2
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment)
        message = await heard(socket)
        while message["type"] == "next":
            message = await heard(socket)
        assert message == {"id": "1", "type": "complete"}
        await house.subscribe(socket, FOLLOW, "1", e=house.environment, b="2026-03-02T08:00:00Z")
        assert (await heard(socket))["type"] == "next"


async def test_the_acknowledgement_proves_nothing(house: House):
    async with house.dial({"Authorization": "Bearer nonsense"}) as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment)
        refusal = await heard(socket)
        assert refusal["type"] == "next"
        assert refusal["payload"]["errors"][0]["message"] == "Not Authorized"
        assert (await heard(socket)) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(("where", "message"), [("payload", "Problem processing request"), ("header", None)])
async def test_a_project_token_counts_in_the_header_alone(house: House, where: str, message: str | None):
    token = house.address["railway"]["project_token"]
    async with house.dial(house.token() if where == "header" else {}) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Project-Access-Token": token}}))
        assert (await heard(socket))["type"] == "connection_ack"
        await house.subscribe(socket, FOLLOW, e=house.environment, b="2026-03-02T08:00:00Z")
        errors = (await heard(socket))["payload"].get("errors")
    assert (errors[0]["message"] if errors else None) == message


async def test_an_account_token_counts_in_the_payload_too(house: House):
    token = house.address["railway"]["account_token"]
    async with house.dial({}) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        assert (await heard(socket))["type"] == "connection_ack"
        await house.subscribe(socket, FOLLOW, e=house.environment, b="2026-03-02T08:00:00Z")
        assert "errors" not in (await heard(socket))["payload"]


@pytest.mark.parametrize("query", ["subscription { nothing }", 'subscription { deployment(id: "x") { id } }'])
async def test_a_refused_subscription_is_answered_and_completed(house: House, query: str):
    async with house.dial() as socket:
        await house.subscribed(socket, query)
        assert (await heard(socket))["payload"]["errors"]
        assert (await heard(socket))["type"] == "complete"


async def test_a_query_over_the_socket_is_answered_once(house: House):
    async with house.dial() as socket:
        await house.subscribed(socket, "{ projectToken { name } }")
        assert (await heard(socket))["payload"]["data"]["projectToken"]["name"]
        assert (await heard(socket))["type"] == "complete"


async def test_who_does_not_introduce_itself_is_shown_out(house: House):
    house.simulation.handshake = 0.05
    async with house.dial() as socket:
        assert await ended(socket) == (4408, "Connection initialisation timeout")


async def test_pings_are_answered(house: House):
    async with house.dial() as socket:
        await socket.send('{"type": "ping"}')
        assert await heard(socket) == {"type": "pong"}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ me { id } }"}}'], 4401),
        (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
        (["not json"], 4400),
        (['{"type": "dance"}'], 4400),
    ],
)
async def test_the_protocol_is_kept(house: House, messages: list[str], code: int):
    async with house.dial() as socket:
        for message in messages:
            await socket.send(message)
        assert (await ended(socket))[0] == code


async def test_two_subscriptions_with_one_id_break_the_protocol(house: House):
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment)
        await house.subscribe(socket, FOLLOW, e=house.environment)
        assert (await ended(socket))[0] == 4409


async def taken(house: House, socket: ClientConnection, number: int) -> None:
    """So many subscriptions have been taken up."""
    while sum(entry.kind == "subscribe" for entry in house.ledger()) < number:
        await (await socket.ping())


async def test_a_client_that_completes_hears_no_more_of_it(house: House):
    new = await house.deploy()
    async with house.dial() as socket:
        await house.subscribed(socket, STATUS, id=new)
        await taken(house, socket, 1)
        await socket.send('{"id": "1", "type": "complete"}')
        await house.subscribe(socket, STATUS, "2", id=new)
        await taken(house, socket, 2)
        house.simulation.set_factor(2400)
        assert (await heard(socket))["id"] == "2"


async def test_the_upgrade_can_be_refused(house: House):
    await house.fault(fault="refuse_upgrade", status=400, count=1)
    with pytest.raises(InvalidStatus) as refused:
        async with house.dial():
            pass
    assert refused.value.response.status_code == 400
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment)


async def test_another_subprotocol_is_not_spoken(house: House):
    async with house.dial(speaks=("graphql-ws",)) as socket:
        assert (await ended(socket))[0] == 4406


async def test_a_socket_can_break_at_its_next_frame(house: House):
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, b="2026-03-02T08:00:00Z")
        assert (await heard(socket))["type"] == "next"
        await house.fault(fault="drop_sockets", count=1)
        await house.admin("POST", "/logs", {"lines": 1})
        with pytest.raises(ConnectionClosed) as broken:
            await to_the_end(socket)
    assert broken.value.rcvd is None


async def test_shed_load_completes_at_once(house: House):
    await house.fault(fault="complete", count=1)
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, b="2026-03-02T08:00:00Z")
        assert (await heard(socket)) == {"id": "1", "type": "complete"}


async def test_subscriptions_are_in_the_ledger(house: House):
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, b="2026-03-02T08:00:00Z")
        await heard(socket)
    (entry,) = house.ledger()
    assert (entry.kind, entry.operation, entry.fields, entry.status) == (
        "subscribe",
        "Follow",
        ("environmentLogs",),
        101,
    )


async def lines_of(house: House, socket: ClientConnection, rule: dict[str, Any]) -> list[str]:
    """The texts of three lines as they come to a subscription under a fault."""
    lines = await flood(house)
    await house.fault(**rule, count=1)
    await house.subscribed(socket, FOLLOW, e=house.environment, f='"line"', b=lines[16]["timestamp"])
    got: list[str] = []
    while len(got) < (6 if rule["fault"] == "duplicate" else 3):
        got += [line["message"] for line in (await heard(socket))["payload"]["data"]["environmentLogs"]]
    return [text.removeprefix("line ") for text in got]


@pytest.mark.parametrize(("rule", "order"), [
    ({"fault": "shuffle"}, ["20", "19", "18"]),
    ({"fault": "duplicate"}, ["18", "19", "20", "18", "19", "20"]),
    ({"fault": "late", "seconds": 0.01}, ["18", "20", "19"]),
])  # fmt: skip
async def test_lines_come_in_another_order_or_twice(house: House, rule: dict[str, Any], order: list[str]):
    async with house.dial() as socket:
        assert await lines_of(house, socket, rule) == order


@pytest.mark.parametrize(("fault", "answers"), [("stall", False), ("deaf", True)])
async def test_a_silent_stream_answers_pings_or_does_not(house: House, fault: str, *, answers: bool):
    lines = await flood(house)
    await house.fault(fault=fault, count=1)
    async with house.dial() as socket:
        await house.subscribed(socket, FOLLOW, e=house.environment, f='"line"', b=lines[16]["timestamp"])
        while house.simulation.faults.as_json(time.time()):
            await house.simulation.moved()
        pong = await socket.ping()
        done, _ = await asyncio.wait([asyncio.ensure_future(pong)], timeout=5 if answers else 0.1)
        assert bool(done) == answers
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await socket.recv()
