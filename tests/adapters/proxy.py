"""A forward proxy on loopback: plain requests in absolute form, and tunnels by CONNECT, all to one address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """What it was asked for, as `POST http://...` or `CONNECT host:port`; `refuses` makes it say no to all."""

    target: tuple[str, int]
    url: str = ""
    refuses: bool = False
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    """User-Agent of each plain request."""

    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection came."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def end(self) -> None:
        """Let go of every connection."""
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            await _closed(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, address, version = head.split("\r\n", 1)[0].split(" ")
        self.asked.append(f"{method} {address}")
        self.agents += [line[12:] for line in head.split("\r\n") if line.lower().startswith("user-agent: ")]
        if self.refuses:
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        elif method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._pipe(reader, writer, b"")
        else:
            # One request a connection: whatever came behind it would be in absolute form too.
            headers = [line for line in head.split("\r\n")[1:] if not line.lower().startswith("connection:")]
            path = urlsplit(address).path
            first = "\r\n".join([f"{method} {path} {version}", "connection: close", *headers])
            await self._pipe(reader, writer, first.encode())

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes) -> None:
        there, away = await asyncio.open_connection(*self.target)
        away.write(first)
        both = [asyncio.create_task(_copy(reader, away)), asyncio.create_task(_copy(there, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            await _closed(away)


@asynccontextmanager
async def proxying(target: str) -> AsyncIterator[Proxy]:
    """A proxy whose every way leads to `host:port`."""
    host, port = target.rsplit(":", 1)
    proxy = Proxy((host, int(port)))
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
