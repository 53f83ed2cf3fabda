from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from cockpit.adapters.railway import socket
from cockpit.adapters.railway.client import Json
from cockpit.adapters.railway.credential import Credential, Header
from cockpit.adapters.railway.socket import opened
from cockpit.errors import Garbled, Refused, SourceError, Unreachable

SECRET = "s3cr3t-token"
CREDENTIAL = Credential(SECRET, Header.PROJECT)
Script = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def server(script: Script) -> AsyncIterator[str]:
    """A server on loopback that plays one conversation."""
    async with serve(script, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as made:  # type: ignore[list-item]  # a NewType of str
        port = made.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql/v2"


async def acknowledged(connection: ServerConnection) -> str:
    """Take the greeting, answer it, and take the subscription; its id."""
    assert json.loads(await connection.recv())["type"] == "connection_init"
    await tell(connection, type="connection_ack")
    asked = json.loads(await connection.recv())
    assert asked["type"] == "subscribe"
    return str(asked["id"])


async def tell(connection: ServerConnection, **message: object) -> None:
    await connection.send(json.dumps(message))


async def heard(endpoint: str) -> list[Json]:
    async with opened(endpoint, CREDENTIAL) as made:
        return [data async for data in made.stream("log_stream", filter="")]


async def test_the_token_travels_in_header_and_payload():
    seen: list[object] = []

    async def script(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers["Project-Access-Token"])
        seen.append(json.loads(await connection.recv())["payload"]["Project-Access-Token"])
        await tell(connection, type="connection_ack")
        key = json.loads(await connection.recv())["id"]
        await tell(connection, id=key, type="complete")
        await connection.wait_closed()

    async with server(script) as endpoint:
        assert await heard(endpoint) == []
    assert seen == [SECRET, SECRET]


async def test_messages_come_until_complete_with_pings_answered_between():
    async def script(connection: ServerConnection) -> None:
        key = await acknowledged(connection)
        await tell(connection, id=key, type="next", payload={"data": {"n": 1}})
        await tell(connection, type="ping")
        assert json.loads(await connection.recv())["type"] == "pong"
        await tell(connection, id="another", type="next", payload={"data": {"n": 0}})
        await tell(connection, id=key, type="next", payload={"data": {"n": 2}})
        await tell(connection, id=key, type="complete")
        await connection.wait_closed()

    async with server(script) as endpoint:
        assert await heard(endpoint) == [{"n": 1}, {"n": 2}]


async def test_quiet_is_told_so_that_it_differs_from_refused_and_from_dead(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "_QUIET", 0.01)
    monkeypatch.setattr(socket, "_BEAT", 0.01)

    async def script(connection: ServerConnection) -> None:
        key = await acknowledged(connection)
        await connection.recv()
        await tell(connection, id=key, type="complete")

    async with server(script) as endpoint, opened(endpoint, CREDENTIAL) as made:
        stream = made.stream("log_stream", filter="")
        assert [await anext(stream) for _ in range(3)] == [{}, {}, {}]
        await made._send({"type": "pong"})
        assert {json.dumps(data) async for data in stream} <= {"{}"}


async def test_a_socket_that_answers_no_ping_is_dead(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "_QUIET", 0.01)
    monkeypatch.setattr(socket, "_BEAT", 0.01)
    monkeypatch.setattr(socket, "_ANSWER", 0.01)

    async def script(connection: ServerConnection) -> None:
        await acknowledged(connection)
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with server(script) as endpoint, opened(endpoint, CREDENTIAL) as made:
        with pytest.raises(Unreachable, match="no sign of life"):
            _ = [data async for data in made.stream("log_stream", filter="")]


REFUSALS: list[tuple[str, dict[str, object], type[SourceError]]] = [
    ("a next with errors", {"type": "next", "payload": {"errors": [{"message": "Not Authorized"}]}}, Refused),
    ("a generic no", {"type": "next", "payload": {"errors": [{"message": "Problem processing request"}]}}, Unreachable),
    ("an error", {"type": "error", "payload": [{"message": "Not Authorized"}]}, Refused),
    ("an error without words", {"type": "error"}, Refused),
    ("a next without data", {"type": "next", "payload": None}, Garbled),
]


@pytest.mark.parametrize(("message", "kind"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
async def test_a_no_at_subscribing_is_one_of_ours(message: dict[str, object], kind: type[SourceError]):
    async def script(connection: ServerConnection) -> None:
        await tell(connection, id=await acknowledged(connection), **message)
        await connection.wait_closed()

    async with server(script) as endpoint:
        with pytest.raises(kind):
            await heard(endpoint)


@pytest.mark.parametrize(
    ("code", "kind"), [(4401, Refused), (4403, Refused), (4429, Refused), (4408, Unreachable), (1012, Unreachable)]
)
async def test_a_close_is_final_or_not_by_its_code(code: int, kind: type[SourceError]):
    async def script(connection: ServerConnection) -> None:
        await acknowledged(connection)
        await connection.close(code, "because")

    async with server(script) as endpoint:
        with pytest.raises(kind, match=str(code)):
            await heard(endpoint)


@pytest.mark.parametrize("text", ["no json", "[]", "7"])
async def test_what_is_no_message_is_garbled(text: str):
    async def script(connection: ServerConnection) -> None:
        await acknowledged(connection)
        await connection.send(text)
        await connection.wait_closed()

    async with server(script) as endpoint:
        with pytest.raises(Garbled):
            await heard(endpoint)


async def test_no_acknowledgement_is_unreachable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "_PATIENCE", 0.05)

    async def script(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with server(script) as endpoint:
        with pytest.raises(Unreachable, match="acknowledge"):
            await heard(endpoint)


async def test_nobody_there_is_unreachable():
    async with server(acknowledged) as endpoint:  # type: ignore[arg-type]  # never spoken to
        pass
    with pytest.raises(Unreachable):
        await heard(endpoint)


async def test_a_redirect_is_never_followed_with_the_token():
    reached: list[str] = []

    async def elsewhere(connection: ServerConnection) -> None:
        reached.append("elsewhere")

    def redirect(_: ServerConnection, __: Request) -> Response:
        return Response(302, "Found", Headers({"Location": target.replace("http", "ws")}))

    async with server(elsewhere) as target:  # noqa: SIM117  (the second server's answer names the first)
        async with serve(elsewhere, "127.0.0.1", 0, process_request=redirect) as made:
            port = made.sockets[0].getsockname()[1]
            with pytest.raises(Refused, match="302"):
                await heard(f"http://127.0.0.1:{port}/graphql/v2")
    assert reached == []


async def test_the_token_is_in_no_log_not_even_when_everything_is_logged(caplog: pytest.LogCaptureFixture):
    async def script(connection: ServerConnection) -> None:
        await tell(connection, id=await acknowledged(connection), type="complete")
        await connection.wait_closed()

    logging.getLogger("websockets.server").setLevel(logging.WARNING)  # the server of this test writes what it is sent
    with caplog.at_level(logging.DEBUG):
        async with server(script) as endpoint:
            await heard(endpoint)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("https://backboard.railway.com/graphql/v2", "wss://backboard.railway.com/graphql/v2"),
        ("http://127.0.0.1:8000/graphql/v2", "ws://127.0.0.1:8000/graphql/v2"),
    ],
)
def test_the_address_is_the_same_in_another_scheme(endpoint: str, address: str):
    assert socket._address(endpoint) == address


def test_all_proxy_is_honoured_as_it_is_for_http(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert socket._proxy("wss://backboard.railway.com/graphql/v2") is True
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    assert socket._proxy("wss://backboard.railway.com/graphql/v2") == "http://proxy:3128"
    monkeypatch.setenv("NO_PROXY", "backboard.railway.com")
    assert socket._proxy("wss://backboard.railway.com/graphql/v2") is None
    monkeypatch.setenv("HTTPS_PROXY", "http://other:3128")
    assert socket._proxy("wss://backboard.railway.com/graphql/v2") is True
