"""A real HTTP server on loopback that says what a test tells it to."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field


@dataclass
class Site:
    """A server on loopback that says, byte for byte, what it is told to."""

    port: int = 0
    pages: dict[str, bytes | None] = field(default_factory=dict)
    """By path; None never answers, an empty page breaks off."""
    requests: list[str] = field(default_factory=list)
    """Their heads."""
    bodies: list[bytes] = field(default_factory=list)
    """Of the requests that had one."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, path: str, body: bytes, *headers: str, status: str = "200 OK") -> None:
        lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
        self.pages[path] = "\r\n".join((*lines, "", "")).encode() + body

    def moved(self, path: str, to: str, status: str = "302 Found") -> None:
        self.page(path, b"", f"Location: {to}", status=status)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head.decode())
                if length := re.search(rb"(?i)content-length: *([1-9]\d*)", head):
                    self.bodies.append(await reader.readexactly(int(length[1])))
                answer = self.pages.get(head.split()[1].decode(), b"")
                if answer is None:
                    await reader.read()
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
