"""A world at its first instant, and one that runs in the test's own loop, without a database."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from cockpit.simulator import genesis
from cockpit.simulator.ledger import Entry, read
from cockpit.simulator.scenario import named
from cockpit.simulator.server import running
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.world import World

ORIGIN = datetime(2026, 3, 2, 9, 0, 0, 250_000, UTC)


@pytest.fixture
def origin() -> datetime:
    return ORIGIN


@pytest.fixture
def make_world() -> Callable[[str], World]:
    def make(scenario: str) -> World:
        return genesis.found("seed", named(scenario), ORIGIN)

    return make


@pytest.fixture
def world(make_world: Callable[[str], World]) -> World:
    return make_world("calm")


@pytest.fixture
def place(world: World) -> tuple[str, str]:
    """Production and web, by id; every scenario of this seed has the same."""
    return world.environment_named("production").id, world.service_named("web").id


@pytest.fixture
def reference() -> Path:
    folder = os.environ.get("COCKPIT_REFERENCE")
    if not folder:
        pytest.skip("COCKPIT_REFERENCE is not set")
    return Path(folder) / "railway"


@dataclass
class House:
    """A running simulator with a client."""

    address: dict[str, Any]
    simulation: Simulation
    client: httpx.AsyncClient
    project: str = field(init=False)
    environment: str = field(init=False)
    web: str = field(init=False)

    def __post_init__(self) -> None:
        world = self.simulation.world
        self.project, self.web = world.project, world.service_named("web").id
        self.environment = world.environment_named("production").id

    @property
    def endpoint(self) -> str:
        return str(self.address["railway"]["endpoint"])

    def token(self, kind: str = "project") -> dict[str, str]:
        token = str(self.address["railway"][f"{kind}_token"])
        return {"Project-Access-Token": token} if kind == "project" else {"Authorization": f"Bearer {token}"}

    async def post(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return await self.client.post(self.endpoint, json=body, headers=self.token() if headers is None else headers)

    async def ask(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """The data of an answer that has no errors."""
        answer = (await self.post(query, headers, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def refusal(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """The one error of an answer with HTTP 200."""
        response = await self.post(query, headers, **variables)
        assert response.status_code == 200
        answer = response.json()
        assert answer["data"] is None
        return answer["errors"][0]

    async def admin(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.address['admin']['token']}"}
        return await self.client.request(method, self.address["admin"]["url"] + path, json=body, headers=headers)

    async def fault(self, **rule: Any) -> None:
        assert (await self.admin("POST", "/faults", [rule])).status_code == 200

    async def app(self, path: str = "/api/health") -> httpx.Response:
        return await self.client.get(self.address["app"]["base_url"] + path)

    async def deploy(self) -> str:
        mutation = "mutation D($s: String!, $e: String!) { serviceInstanceDeployV2(serviceId: $s, environmentId: $e) }"
        return str((await self.ask(mutation, s=self.web, e=self.environment))["serviceInstanceDeployV2"])

    async def set_variables(self, values: dict[str, str], *, skip: bool = True) -> None:
        given = {
            "projectId": self.project,
            "environmentId": self.environment,
            "serviceId": self.web,
            "variables": values,
            "skipDeploys": skip,
        }
        await self.ask(
            "mutation S($i: VariableCollectionUpsertInput!) { variableCollectionUpsert(input: $i) }", i=given
        )

    def ledger(self) -> list[Entry]:
        return read(self.simulation.folder)

    def dial(
        self, headers: dict[str, str] | None = None, speaks: tuple[str, ...] = ("graphql-transport-ws",)
    ) -> connect:
        return connect(
            self.endpoint.replace("http", "ws"),
            subprotocols=[Subprotocol(one) for one in speaks],
            additional_headers=self.token() if headers is None else headers,
        )

    async def subscribed(self, socket: ClientConnection, query: str, key: str = "1", **variables: Any) -> None:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        await self.subscribe(socket, query, key, **variables)

    async def subscribe(self, socket: ClientConnection, query: str, key: str = "1", **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await socket.send(json.dumps({"id": key, "type": "subscribe", "payload": payload}))


Start = Callable[..., Awaitable[House]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts simulators that end with the test: `await start(scenario=..., speed=...)`."""
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:

        async def begin(folder: str = "state", **options: Any) -> House:
            address, simulation = await stack.enter_async_context(running(tmp_path / folder, **options))
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=5))
            return House(address, simulation, client)

        yield begin


@pytest.fixture
async def house(start: Start) -> House:
    return await start(speed=60, plan_start=ORIGIN)
