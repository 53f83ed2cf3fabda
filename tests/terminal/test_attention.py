"""OSC 9 from end to end: a monitor fires inside tmux, and the terminal around it gets the notification."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.page import Page, serving
from tests.terminal.tmux import PATIENCE, Tmux

pytestmark = pytest.mark.tmux

PLAN = """
name = "Watched"
[connections.app]
kind = "http"
base_url = "{url}"
[checks.page]
on = "app"
get = "/watched"
pass = "status == 200"
[monitors.page]
check = "page"
every = "1s"
times = 1
within = "5s"
[[phases]]
title = "Watch"
lasts = "1h from gate"
monitors = ["page"]
[[phases]]
title = "Ready"
gate = ["tick Begun"]
"""


@pytest.fixture
def page() -> Iterator[Page]:
    with serving() as one:
        yield one


class Outer:
    """The terminal in which tmux shows itself: every byte that reaches it."""

    def __init__(self, terminal: Tmux) -> None:
        self.bytes = b""
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe("tmux", ["tmux", "-L", terminal._name, "attach"], terminal._environ | {"TERM": "xterm-256color"})

    def gets(self, wanted: bytes) -> None:
        self.waits_until(lambda: wanted in self.bytes)

    def waits_until(self, condition: Callable[[], bool]) -> None:
        """Read on until something is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.bytes[-2000:]
            if select.select([self._descriptor], [], [], 0.1)[0]:
                self.bytes += os.read(self._descriptor, 65536)

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._descriptor)


def test_in_tmux_screen_and_monitor_call_the_terminal_around_it_and_one_of_them_the_webhook(
    terminal: Tmux, tmp_path: Path, page: Page
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(url=page.url))
    settings = terminal.home / "config/cockpit/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[notifications]\ndesktop = true\nwebhook = "env:COCKPIT_WEBHOOK"\n')
    hook = {"COCKPIT_WEBHOOK": f"{page.url}/hook"}
    terminal.starts("run", str(plan), environ=hook)
    terminal.sees("1 Checklist")
    terminal._tmux("set-option", "-g", "allow-passthrough", "on")
    outer = Outer(terminal)
    try:
        outer.gets(b"Watched")
        page.status = 503
        outer.gets(b"\x1b]9;Cockpit: Watched: Monitor page fires")
        outer.waits_until(lambda: len(page.posted) == 1)
        terminal.presses("q")
        terminal.sees("Leave the screen")
        terminal.presses("y")
        assert terminal.ends() == 0
        terminal.starts("monitor", environ=hook)
        terminal.sees("asking")
        page.status = 200
        terminal.sees("told +OK again")
        page.status = 503
        outer.gets(b"\x1b]9;Cockpit: FIRING: page")
        outer.waits_until(lambda: len(page.posted) == 3)
        words = [json.loads(body)["text"].split(":")[0].split(" after")[0] for body in page.posted]
        assert words == ["FIRING", "OK again", "FIRING"], "each told once, whoever was there"
    finally:
        outer.close()
