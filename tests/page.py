"""A page on loopback whose status a test sets; it remembers when it was asked, and whether twice at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS_AFTER = 0.02
"""Seconds: long enough for two that ask at once to meet."""


@dataclass
class Page:
    """Served from threads of its own: processes that are killed break off, and it goes on."""

    url: str = ""
    status: int = 200
    asked: list[float] = field(default_factory=list)
    """When, in Unix seconds, questions for `/watched` came."""
    together: int = 0
    """How many of them, of clients that lived, were ever being answered at once."""
    posted: list[bytes] = field(default_factory=list)
    """What came to `/hook`, which answers with `hook`."""
    hook: int = 200
    looking: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, client: socket.socket) -> int:
        if path != "/watched":
            return 200
        with self.lock:
            self.asked.append(time.time())
            self.looking.append(client)
            self.together = max(self.together, sum(_lives(each) for each in self.looking))
        time.sleep(ANSWERS_AFTER)
        with self.lock:
            self.looking.remove(client)
        return self.status


@contextmanager
def serving() -> Iterator[Page]:
    """A page that is there while the body runs."""
    page = Page()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(page.answer(self.path, self.connection))

        def do_POST(self) -> None:
            page.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._say(page.hook)

        def _say(self, status: int) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                self.close_connection = True  # whoever asked was killed meanwhile

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that was killed is no error
    page.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _lives(client: socket.socket) -> bool:
    """Whether the other side has not closed: one that was killed has."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
