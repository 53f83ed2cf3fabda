"""What five hundred checks are put to: an HTTP service in every mood, and a database that is slow, hangs and is locked.

The service counts the connections that are open to it, and the database is asked how many it has.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.conftest import Database

SLOW = 0.8
"""Seconds that a slow page and a slow statement take."""


@dataclass
class Service:
    """An HTTP service: `/ok`, `/slow`, `/broken` (500), `/closing`, `/hanging`, `/trickling`."""

    port: int = 0
    open: int = 0
    most_open: int = 0
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if not await self._answered(head.split()[1].decode().partition("?")[0], reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answered(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays."""
        self.asked[path] = self.asked.get(path, 0) + 1
        if path == "/closing":
            return False
        if path == "/hanging":
            await reader.read()
            return False
        if path == "/trickling":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            await reader.read()
            return False
        if path == "/slow":
            await asyncio.sleep(SLOW)
        status, body = ("500 Broken", b"no") if path == "/broken" else ("200 OK", b'{"status": "healthy", "jobs": 3}')
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        return True


@contextmanager
def service() -> Iterator[Service]:
    """The service in a thread of its own, so that who measures does not slow it down."""
    made, loop, ready = Service(), asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def serving() -> None:
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serving())

    thread = threading.Thread(target=run, name="targets")
    thread.start()
    ready.wait(10)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Tables to count, and one that somebody else's session keeps locked meanwhile."""
    database.run(
        "create table jobs (id int, status text)",
        "insert into jobs select n, 'done' from generate_series(1, 500) n",
        "create table held (id int)",
    )
    with psycopg.connect(database.owner_url) as holder:
        holder.execute("lock table held in access exclusive mode")
        yield


def connections(database: Database) -> int:
    """How many sessions of cockpits the database has."""
    ((count,),) = database.run(
        "select count(*)::int from pg_stat_activity where application_name like 'cockpit%'", role="postgres"
    )
    assert isinstance(count, int)
    return count
