"""Subscriptions over `graphql-transport-ws`, with the manners observed of Railway.

The acknowledgement proves nothing: who may listen is decided at `subscribe`, and a no comes as
a `next` with errors and a `complete` [2 X1].
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from cockpit.simulator import delivery, schema
from cockpit.simulator.faults import Fault
from cockpit.simulator.railway import strange
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.resolvers.asking import Asking
from cockpit.simulator.schema import Operation
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.tokens import PROJECT_HEADER, Principal
from cockpit.simulator.wire import Wire

PROTOCOL = "graphql-transport-ws"

_AT_A_FRAME = (
    Fault.DROP_SOCKETS, Fault.STALL, Fault.DEAF, Fault.DUPLICATE, Fault.LATE, Fault.SHUFFLE, Fault.UNKNOWN_STATUS,
)  # fmt: skip

Handler = Callable[[WebSocket], Awaitable[None]]


def endpoint(simulation: Simulation, wire: Wire) -> Handler:
    """The handler of the websocket at `/graphql/v2`."""

    async def graphql(websocket: WebSocket) -> None:
        rule = simulation.faults.strike((Fault.REFUSE_UPGRADE,), time.time(), "railway", ())
        if rule is not None:
            await websocket.send_denial_response(Response("Problem processing request", rule.status))
        elif PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(4406, "Subprotocol not acceptable")
        else:
            await websocket.accept(PROTOCOL)
            await _Conversation(simulation, wire, websocket).run()

    return graphql


class _Conversation:
    """One socket with its subscriptions."""

    def __init__(self, simulation: Simulation, wire: Wire, websocket: WebSocket) -> None:
        self._simulation, self._wire, self._websocket = simulation, wire, websocket
        self._payload: dict[str, Any] = {}
        self._initialised = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._deaf: set[str] = set()
        self._is_stalled = False

    async def run(self) -> None:
        """Talk until either side has had enough; no subscription outlives its socket."""
        try:
            async with asyncio.timeout(self._simulation.handshake):
                await self._take(await self._websocket.receive_text())
            while True:
                await self._take(await self._websocket.receive_text())
        except TimeoutError:
            await self._websocket.close(4408, "Connection initialisation timeout")
        except WebSocketDisconnect:
            pass
        except _Violation as violation:
            await self._websocket.close(*violation.args)
        finally:
            tasks = [*self._running.values(), *self._late]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, text: str) -> None:
        message = _message(text)
        match message["type"]:
            case "connection_init":
                await self._initialise(message.get("payload") or {})
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe" if not self._initialised:
                raise _Violation(4401, "Unauthorized")
            case "subscribe":
                self._subscribe(str(message.get("id")), message.get("payload") or {})
            case "complete":
                if task := self._running.pop(str(message.get("id")), None):
                    task.cancel()
            case unknown:
                raise _Violation(4400, f"Invalid message type {unknown}"[:120])

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._initialised:
            raise _Violation(4429, "Too many initialisation requests")
        self._initialised, self._payload = True, payload
        await self._send({"type": "connection_ack"})

    def _subscribe(self, key: str, payload: dict[str, Any]) -> None:
        if key in self._running:
            raise _Violation(4409, f"Subscriber for {key} already exists"[:120])
        self._running[key] = asyncio.create_task(self._serve(key, payload))

    async def _serve(self, key: str, payload: dict[str, Any]) -> None:
        try:
            await self._answer(key, payload)
            self._running.pop(key, None)
            if key not in self._deaf:
                await self._send({"id": key, "type": "complete"})
        except (WebSocketDisconnect, RuntimeError):
            # The client has gone; the reading side notices and ends the conversation.
            return

    async def _answer(self, key: str, payload: dict[str, Any]) -> None:
        variables = dict(payload.get("variables") or {})
        operation = schema.read(str(payload.get("query")), payload.get("operationName"))
        if isinstance(operation, list):
            await self._next(key, schema.invalid(operation))
            return
        names = (operation.name, *operation.fields)
        try:
            asking = Asking(self._simulation, self._principal(), self._simulation.now())
        except Refusal as refusal:
            self._record(operation, variables, refused=str(refusal))
            await self._next(key, schema.failure(str(refusal), refusal.code))
            return
        self._record(operation, variables)
        if self._simulation.faults.strike((Fault.COMPLETE,), time.time(), "railway", names):
            return
        if operation.kind != "subscription":
            await self._next(key, schema.answer(operation, variables, asking))
            return
        async for response in schema.stream(operation, variables, asking):
            await self._pushed(key, response, names)

    async def _pushed(self, key: str, response: dict[str, Any], names: tuple[str | None, ...]) -> None:
        rule = self._simulation.faults.strike(_AT_A_FRAME, time.time(), "railway", names)
        match rule.fault if rule else None:
            case Fault.DROP_SOCKETS:
                await self._wire.cut(self._websocket)
                raise WebSocketDisconnect(1006)
            case Fault.STALL:
                self._is_stalled = True
                self._wire.stall(self._websocket)
            case Fault.DEAF:
                self._deaf.add(key)
            case Fault.UNKNOWN_STATUS if rule:
                response = strange(response, rule.text)
            case Fault.DUPLICATE:
                await self._next(key, response)
            case Fault.SHUFFLE:
                response = delivery.backwards(response)
            case Fault.LATE if rule:
                response, rest = delivery.halves(response)
                self._later(key, rest, rule.seconds)
        await self._next(key, response)

    def _later(self, key: str, response: dict[str, Any], seconds: float) -> None:
        async def send() -> None:
            await asyncio.sleep(seconds)
            with suppress(WebSocketDisconnect, RuntimeError):  # the client has gone
                await self._next(key, response)

        task = asyncio.create_task(send())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _principal(self) -> Principal:
        """Headers of the upgrade as the CLI sends them [2 C], or an account's Bearer in the payload [2 X1].

        A project token in the payload was refused with the generic message [1 X1, X2]; in the header
        it works here, which nobody has tried [1 I].
        """
        headers = self._websocket.headers
        if PROJECT_HEADER in headers or "authorization" in headers:
            return self._simulation.tokens.principal(headers)
        payload = {str(name).lower(): str(value) for name, value in self._payload.items()}
        if PROJECT_HEADER in payload:
            raise Refusal("Problem processing request")
        return self._simulation.tokens.principal({"authorization": payload.get("authorization", "")})

    def _record(self, operation: Operation, variables: Mapping[str, Any], refused: str | None = None) -> None:
        self._simulation.record(
            "railway",
            "subscribe",
            operation=operation.name,
            fields=operation.fields,
            variables=dict(variables),
            status=101,
            refused=refused,
        )

    async def _next(self, key: str, response: dict[str, Any]) -> None:
        if key not in self._deaf:
            await self._send({"id": key, "type": "next", "payload": response})

    async def _send(self, message: dict[str, Any]) -> None:
        if not self._is_stalled:
            await self._websocket.send_text(json.dumps(message))


class _Violation(Exception):  # a close code with its reason, not an error for a person
    """The client broke the protocol; carries close code and reason."""


def _message(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if not isinstance(message, dict) or "type" not in message:
        raise _Violation(4400, "Invalid message")
    return message
