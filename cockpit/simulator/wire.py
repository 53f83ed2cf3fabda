"""One listening port on loopback: a uvicorn server inside the running loop.

It knows who is connected, so that the simulator can end after its last client, and it can
break a connection as a bad network does.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.requests import HTTPConnection
from starlette.responses import Response

from cockpit.errors import SimulatorError

_IDLE = 300
"""Seconds an idle connection is kept: an open one is a client that is there."""
_GRACE = 0.3
"""Seconds for handlers to notice that their connection is gone."""


class Wire:
    """A port; 0 is any free one."""

    def __init__(self, port: int = 0) -> None:
        # The protocol is named: without it asyncio leaves Nagle's algorithm on, 40 ms a request.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError as error:
            self._socket.close()
            raise SimulatorError(f"Port {port} on loopback is taken.", "Stop what listens there.") from error
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None

    async def open(self, app: Any) -> None:
        """Serve an ASGI application; it listens when this returns."""
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_IDLE,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        # Not serve(): that swaps the process's signal handlers, ticks ten times a second and takes 0.2 s to end.
        await server.startup(sockets=[self._socket])
        self._server = server

    @property
    def clients(self) -> int:
        """Open connections, idle ones included."""
        return len(self._server.server_state.connections) if self._server else 0

    @property
    def requests(self) -> int:
        """Requests so far."""
        return self._server.server_state.total_requests if self._server else 0

    async def cut(self, connection: HTTPConnection) -> Response:
        """Break a client's connection at once; the response is for the framework and reaches nobody."""
        self._abort(connection.client)
        # Two turns of the loop: the abort is noticed in the first, the protocol told in the second.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return Response(status_code=499)

    def stall(self, connection: HTTPConnection) -> None:
        """Read nothing more from a client, and stay connected."""
        for transport in self._transports(connection.client):
            transport.pause_reading()

    async def close(self) -> None:
        """Stop listening and break what is open."""
        for listener in self._server.servers if self._server else ():
            listener.close()
        self._socket.close()
        self._abort(None)
        tasks = set(self._server.server_state.tasks) if self._server else set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _abort(self, client: Any) -> None:
        for transport in self._transports(client):
            transport.abort()

    def _transports(self, client: Any) -> list[Any]:
        """Of a client, or of all for None."""
        protocols = list(self._server.server_state.connections) if self._server else []
        found: list[Any] = [getattr(protocol, "transport", None) for protocol in protocols]
        return [one for one in found if one and (client is None or one.get_extra_info("peername") == tuple(client))]
