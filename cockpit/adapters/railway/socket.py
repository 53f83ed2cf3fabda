"""Subscriptions over `graphql-transport-ws`, one at a time on one socket.

The acknowledgement proves nothing: who may listen is decided at `subscribe`, and a no comes as a
`next` with errors. `complete` is routine and leaves the socket open for the next subscription
(`railway/api.md` 2).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, ProxyError, WebSocketException

from cockpit.adapters.railway import refusal
from cockpit.adapters.railway.client import Json
from cockpit.adapters.railway.credential import Credential
from cockpit.adapters.railway.documents import operation
from cockpit.core.text.inert import inert
from cockpit.errors import Garbled, Refused, SourceError, Unreachable

_PROTOCOL = "graphql-transport-ws"
_TROUBLE = 500
"""HTTP status from which on it is the server's own trouble: it passes, while a no to websockets stays."""
_PATIENCE = 10.0
"""Seconds for upgrade and acknowledgement: one second was missed on busy machines (`railway/api.md` 2)."""
_FINAL = frozenset({4400, 4401, 4403, 4406, 4409, 4429})
"""Close codes that mean no; trying again changes nothing."""
_LARGEST = 16 * 2**20
"""Bytes of one message: 5000 lines of 2 KB, and room."""
_QUIET = 1.0
"""Seconds after which no news of a subscription is good news: a refusal comes with the first round trip."""
_BEAT = 10.0
"""Seconds of quiet after which a ping asks whether anybody is there. Others ask every 25 to 35 (`railway/api.md` 2)."""
_ANSWER = 10.0
"""Seconds for the answer."""
_QUEUE = 32
"""Messages read ahead; beyond them the sender waits."""

# The library writes the headers it sends, token included, to its log at DEBUG.
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.WARNING)


class _Connect(connect):
    """A connection that never follows a redirect: it would take the token along."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Socket:
    """An acknowledged connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1)

    async def stream(self, name: str, **variables: object) -> AsyncGenerator[Json]:
        """The `data` of each message of a subscription, until Railway completes it.

        The first is empty where nothing has come for a second: then it was not refused. Later ones are empty
        where nothing came for a while but the socket answered a ping: it is quiet and not dead. Raises Refused
        when it will not be had this way, Unreachable when the socket broke or no answer came.
        """
        asked, key = operation(name), str(next(self._ids))
        payload = {"query": asked.document, "variables": variables, "operationName": asked.name}
        await self._send({"id": key, "type": "subscribe", "payload": payload})
        heard = False
        while True:
            try:
                async with asyncio.timeout(_BEAT if heard else _QUIET):
                    message = await self._about(key)
            except TimeoutError:
                if heard:
                    await self._ping()
                heard = True
                yield {}
                continue
            heard = True
            if message["type"] == "complete":
                return
            if message["type"] == "error":
                errors = message.get("payload")
                raise refusal.of_errors(errors if isinstance(errors, list) else []).error
            yield _data(message.get("payload"))

    async def introduce(self, credential: Credential) -> None:
        """Initialise, with the token in the payload too: either place alone was seen refused for some kind."""
        await self._send({"type": "connection_init", "payload": credential.headers})
        try:
            async with asyncio.timeout(_PATIENCE):
                while (await self._receive()).get("type") != "connection_ack":
                    pass
        except TimeoutError as error:
            raise Unreachable("Railway did not acknowledge the log stream.", "It is tried again.") from error

    async def _ping(self) -> None:
        """Railway answers pings of the websocket itself, and is not known to send any (`railway/api.md` 2, [L])."""
        with _translated():
            answered = await self._connection.ping()
        try:
            async with asyncio.timeout(_ANSWER):
                await answered
        except TimeoutError as error:
            raise Unreachable("The log stream gives no sign of life.", "It is opened anew.") from error
        except WebSocketException as error:
            raise _ours(error) from error

    async def _about(self, key: str) -> dict[str, Any]:
        """The next message of this subscription; those of earlier ones may still trickle in."""
        while True:
            message = await self._receive()
            if message.get("type") == "ping":
                await self._send({"type": "pong"})
            elif message.get("id") == key and message.get("type") in {"next", "error", "complete"}:
                return message

    async def _send(self, message: Mapping[str, object]) -> None:
        with _translated():
            await self._connection.send(json.dumps(message))

    async def _receive(self) -> dict[str, Any]:
        with _translated():
            text = await self._connection.recv()
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Garbled("Railway's log stream sent no JSON.", "It is opened anew.") from error
        if not isinstance(message, dict):
            raise Garbled("Railway's log stream sent no message.", "It is opened anew.")
        return message


@asynccontextmanager
async def opened(endpoint: str, credential: Credential) -> AsyncIterator[Socket]:
    """A socket ready for subscriptions.

    Raises Refused where no websocket passes, Unreachable where nobody answers.
    """
    url = _address(endpoint)
    connecting = _Connect(
        url,
        subprotocols=[_PROTOCOL],  # type: ignore[list-item]  # its Subprotocol is a NewType of str
        additional_headers=credential.headers,
        user_agent_header="cockpit",
        open_timeout=_PATIENCE,
        close_timeout=1,
        ping_interval=None,  # ours are sent when it is quiet, and their answers are told
        max_size=_LARGEST,
        max_queue=_QUEUE,
        proxy=_proxy(url),
        logger=_LOG,
    )
    with _translated():
        connection = await connecting
    try:
        socket = Socket(connection)
        await socket.introduce(credential)
        yield socket
    finally:
        await connection.close()


class _translated:  # noqa: N801  (reads as the verb it is, like contextlib's own)
    """The library's errors as ours. A class, for this stands around every message."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (WebSocketException, OSError, TimeoutError, EOFError)):
            raise _ours(error) from error


def _ours(error: BaseException) -> SourceError:
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status >= _TROUBLE:
            return Unreachable(f"The log stream cannot be opened (HTTP {status}).", "It is tried again.")
        return Refused(f"No websocket passes (HTTP {status}).", "Logs come by polling instead.")
    if isinstance(error, (InvalidHandshake, ProxyError)):
        return Refused(f"No websocket passes ({type(error).__name__}).", "Logs come by polling instead.")
    if isinstance(error, ConnectionClosed):
        close = error.rcvd
        reason = inert(close.reason, limit=100) if close else ""
        if close is not None and close.code in _FINAL:
            return Refused(f"Railway closed the log stream: {close.code} {reason}.", "Logs come by polling instead.")
        return Unreachable(f"The log stream broke ({close.code if close else 'no goodbye'}).", "It is opened anew.")
    return Unreachable(f"The log stream cannot be opened: {type(error).__name__}.", "It is tried again.")


def _data(payload: object) -> Json:
    payload = payload if isinstance(payload, Mapping) else {}
    errors, data = payload.get("errors"), payload.get("data")
    if isinstance(errors, list) and errors:
        raise refusal.of_errors(errors).error
    if not isinstance(data, dict):
        raise Garbled("Railway's log stream sent nothing readable.", "It is opened anew.")
    return data


def _address(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return urlunsplit(parts._replace(scheme="ws" if parts.scheme == "http" else "wss"))


def _proxy(url: str) -> str | Literal[True] | None:
    """The library reads all proxy variables but ALL_PROXY, which httpx honours: the same way for both."""
    found = urllib.request.getproxies()
    host = urlsplit(url).netloc
    if "all" in found and not {"https", "http", "ws", "wss"} & set(found):
        return None if urllib.request.proxy_bypass(host) else found["all"]
    return True
