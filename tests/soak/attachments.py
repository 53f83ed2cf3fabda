"""Processes that come to one run, leave it, are killed and frozen, by a schedule; and what must be true of it all.

The page they watch never sees two of them at once; whoever is left goes on asking; no acknowledged event is
missing and none stands twice; a monitor's moves follow one another whoever made them.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from cockpit.clock import RealClock
from cockpit.core.commands import Advance, Attach, Command, DecideGate, OpenGate, Refusal, Tick
from cockpit.core.events import Event, MonitorMoved, Noted
from cockpit.journal.sqlite import SqliteJournal
from cockpit.planfile import loads
from cockpit.session import Session
from tests.page import Page

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Machine seconds until a question that does not come is a failure: a process starts in one, a row runs out in five."""

FROZEN = 2_000
"""Milliseconds that no answer of the page takes: whoever waited so long was stopped meanwhile."""

PLAN = """
name = "Attachments"
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
times = 2
within = "10s"
[[phases]]
title = "Ready"
gate = ["tick Begun"]
[[phases]]
title = "Watch"
lasts = "12h from gate"
monitors = ["page"]
"""

KINDS = ("driver comes", "driver leaves", "driver is killed", "monitor comes", "monitor leaves", "monitor is killed",
         "driver freezes", "monitor freezes", "page fails", "page answers")  # fmt: skip


@dataclass
class House:
    """One run, its file, and who is at it."""

    folder: Path
    page: Page
    path: Path = Path()
    drivers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    monitors: list[subprocess.Popen[bytes]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def begin(self) -> None:
        """Open the run as somebody who has left."""
        plan = loads(PLAN.format(url=self.page.url), file="plan.toml")
        journal = SqliteJournal.create(self.folder / "cockpit" / "runs", plan.name, RealClock().now())
        self.path = journal.path
        session = Session.open(journal, RealClock(), "ada", plan, plan_file="plan.toml")
        commands: tuple[Command, ...] = (
            Attach(1, resumed=False), Advance(), Tick("ready/tick:begun"), OpenGate("ready"),
            DecideGate("ready", go=True), Advance(),
        )  # fmt: skip
        for command in commands:
            answer = await session.dispatch(command)
            assert not isinstance(answer, Refusal), answer
        session.close()

    def carry_out(self, step: str) -> None:
        """One step, as far as it makes sense now; then a question of somebody who is there."""
        who, what = step.split(" ", 1)
        if who == "page":
            self.page.status = 503 if what == "fails" else 200
        elif what == "comes":
            self._comes(who)
        else:
            self._goes(self.drivers if who == "driver" else self.monitors, what)
        self.done[step] += 1
        if self.drivers or self.monitors:
            self.until(self._asked_again(), f"a question after '{step}'")

    def end(self) -> None:
        for process in (*self.drivers, *self.monitors):
            process.kill()
            process.wait()

    def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"It did not come: {what}. {dict(self.done)}\n{self.said()}")
            time.sleep(0.01)

    def said(self) -> str:
        return "\n".join(f"{path.name}:\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.txt")))

    def _comes(self, who: str) -> None:
        if who == "driver" and self.drivers:
            return
        module = ["cockpit", "monitor"] if who == "monitor" else ["tests.soak.attached"]
        log = self.folder / f"{who}-{self.done.total()}.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *module, str(self.path)], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, "XDG_STATE_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)},
            )  # fmt: skip
        (self.drivers if who == "driver" else self.monitors).append(process)
        word = b"stands by" if who == "monitor" else b"-"
        asking = b"asking"
        self.until(lambda: word in log.read_bytes() or asking in log.read_bytes(), f"{who} at its work")

    def _goes(self, there: list[subprocess.Popen[bytes]], what: str) -> None:
        if not there:
            return
        process = there[-1]
        if what == "freezes":
            process.send_signal(signal.SIGSTOP)
            if len(self.drivers) + len(self.monitors) > 1:
                self.until(self._asked_again(), "a question of somebody else")
            process.send_signal(signal.SIGCONT)
            return
        process.send_signal(signal.SIGKILL if what == "is killed" else signal.SIGTERM)
        process.wait(PATIENCE)
        there.remove(process)

    def _asked_again(self) -> Callable[[], bool]:
        before = len(self.page.asked)
        return lambda: len(self.page.asked) > before


def check(house: House) -> list[str]:
    """What is wrong about the record of it all; nothing, if all is well."""
    journal = SqliteJournal.open(house.path)
    events, readings = journal.read(), journal.readings("page")
    journal.close()
    wrong = [f"{house.page.together} asked at once"] if house.page.together != 1 else []
    noted = Counter(event.body.text for event in events if isinstance(event.body, Noted))
    for log in sorted(house.folder.glob("driver-*.txt")):
        said = [line for line in log.read_text().splitlines() if line.count(" ") == 1]
        wrong += [f"{line} is in the record {noted[line]} times" for line in said if noted[line] != 1]
    moves = [event.body.state for event in events if isinstance(event.body, MonitorMoved)]
    wrong += [f"it moved from {one} to {other}" for one, other in pairwise(moves) if one == other]
    # What a driver had asked before it froze it still tells when it wakes: an answer that took seconds, not the page's.
    spans = [(one.asked, one.answered) for one in readings if one.milliseconds < FROZEN]
    wrong += [f"two readings at {later[0]}" for one, later in pairwise(spans) if later[0] < one[1]]
    wrong += _too_often(house, len(readings))
    return wrong + [f"an act of a monitor: {event}" for event in events if _is_foreign(event)]


def _too_often(house: House, kept: int) -> list[str]:
    """Each change of hands may cost one question that nobody heard the answer of; no more."""
    asked, changes = len(house.page.asked), house.done.total()
    return [f"{asked} questions, {kept} readings"] if asked - kept > changes else []


def _is_foreign(event: Event) -> bool:
    return isinstance(event.body, Noted) and not event.body.text.startswith(event.session)


def deal(seed: int, count: int) -> list[str]:
    """That many steps; freezing, which waits for a row to run out, is rare."""
    chance = random.Random(seed)
    weights = [3, 2, 2, 3, 1, 2, 0.4, 0.4, 1, 1]
    return ["monitor comes", *chance.choices(KINDS, weights, k=count)]
