"""Runs of a small deploy whose process is killed again and again, and what must be true of them.

After each kill: no acknowledged event is missing, and the screen shows what it showed. At the end of a
run: each intent had at most one effect on the world, exactly one where it is done, none where it was
settled as not happened.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

from cockpit.clock import FrozenClock
from cockpit.core.fold import fold
from cockpit.core.state import State
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from cockpit.simulator import ledger
from tests.soak.mortal import WORD, digest, painted
from tests.soak.orders import ACTIONS, Order

ROOT = Path(__file__).parents[2]
PLAN = Path(__file__).with_name("plan.toml")
SPEED = "300"
PATIENCE = 60.0
"""Machine seconds a life may take; it takes one or two."""
IN_A_RUN = 8
"""Kills in one run at most."""
KILLED = -9

FREE = ("append", "elsewhere")
"""Kinds of orders that wait for no action."""

FIELDS = {field: action for action, (_, field) in ACTIONS.items()}


@dataclass
class Tally:
    """What a soak has seen."""

    kills: Counter[str] = field(default_factory=Counter)
    """By kind and place, as `request/after`."""
    requests_after_effect: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    """By ending."""
    intents: Counter[str] = field(default_factory=Counter)
    """By outcome."""

    def of(self, kind: str) -> int:
        return sum(count for name, count in self.kills.items() if name.startswith(f"{kind}/"))

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kinds}); {self.requests_after_effect} with the request under way hit after"
            f" it took effect; runs {dict(self.runs)}; intents {dict(self.intents)}"
        )


class Nursery:
    """The process that bears the lives."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def life(self, folder: Path, argv: list[str], order: Order | None) -> int:
        """One life, to its end; its exit code, or minus the signal that ended it."""
        told = {"folder": str(folder), "argv": argv, "order": asdict(order) if order else None}
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps(told) + "\n").encode())
        self._process.stdin.flush()
        child = self._said()
        try:
            return self._said()
        except TimeoutError:
            os.kill(child, 9)
            raise

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def _said(self) -> int:
        stream = self._process.stdout
        assert stream is not None
        ready, _, _ = select.select([stream], [], [], PATIENCE)
        if not ready:
            raise TimeoutError("a life did not end")
        return int(stream.readline())


class Run:
    """One run in its own folder, with a world of its own that outlives every kill."""

    def __init__(self, nursery: Nursery, folder: Path, plan: Path, tally: Tally) -> None:
        self._nursery = nursery
        self._folder = folder
        self._plan = plan
        self._tally = tally

    def lives(self, orders: list[Order]) -> list[Order]:
        """Begin, be killed by each order in turn, and go on to the end; the orders that found no occasion."""
        waiting = list(orders)
        with _world(self._folder / "world"):
            code = self._live(["rehearse", str(self._plan), "--auto", "--state", str(self._folder / "world")], waiting)
            while code == KILLED:
                self._check_kill()
                waiting.pop(0)
                # Killed in its last append, the run is closed and there is nothing to resume.
                code = 0 if self._state().is_closed else self._live(["resume", "--auto"], waiting)
            self._check_end(code)
        return waiting

    def _live(self, argv: list[str], waiting: list[Order]) -> int:
        argv = [*argv, "--as", "ada", "--speed", SPEED, "--watch-speed", SPEED]
        try:
            return self._nursery.life(self._folder, argv, waiting[0] if waiting else None)
        except TimeoutError:
            raise AssertionError(f"A life did not end. {self._story()}") from None

    def _check_kill(self) -> None:
        word = self._word()
        with self._journal() as journal:
            held = {event.seq: digest(event) for event in journal.read()}
            missing = [one["ack"] for one in word if "ack" in one and held.get(one["ack"]) != one["digest"]]
            assert not missing, f"Acknowledged and not in the journal: {missing}. {self._story()}"
            seen = [one for one in word if "rows" in one]
            if seen:
                again, before = self._painted_again(journal, seen[-1]), seen[-1]["rows"]
                assert again == before, "\n".join([*unified_diff(before, again, lineterm="", n=0), self._story()])
        self._count(next(one for one in reversed(word) if "killed" in one))

    def _painted_again(self, journal: SqliteJournal, seen: dict[str, Any]) -> list[str]:
        """The screen of a fresh process for the same moment."""
        clock = FrozenClock(datetime.fromisoformat(seen["now"]))
        return painted(Session(journal, clock, "ada", events=journal.read()[: seen["seq"]]).scene())

    def _count(self, killed: dict[str, Any]) -> None:
        order = killed["killed"]
        self._tally.kills[f"{order['kind']}/{order['where']}"] += 1
        if order["kind"] == "request":
            call = [one for one in self._word() if one.get("call") == order["action"]][-1]
            effects = [one for one in self._effects() if one.machine >= call["at"]]
            self._tally.requests_after_effect += any(one.machine <= killed["at"] for one in effects)

    def _check_end(self, code: int) -> None:
        assert code in (0, 1), f"It ended with {code}. {self._story()}"  # 1: the judge misses the database
        state = self._state()
        assert state.ending in ("signed off", "rolled back"), self._story()
        self._tally.runs[state.ending] += 1
        effects = self._effects_by_intent()
        assert None not in effects, f"A change that nobody intended. {self._story()}"
        for number, intent in state.intents.items():
            self._tally.intents[str(intent.outcome)] += 1
            allowed = {"done": (1,), "not happened": (0,), "failed": (0, 1)}.get(str(intent.outcome), ())
            assert effects[number] in allowed, (
                f"Intent {number} ({intent.action}) is {intent.outcome} after {effects[number]} effects. "
                f"{self._story()}"
            )
        self._check_world(state)

    def _check_world(self, state: State) -> None:
        """As many deployments were made as intents to make one came true."""
        made = [one for one in self._effects() if FIELDS[one.fields[0]] in ("deploy_web", "roll_back_web")]
        done = [one for one in state.intents.values() if one.outcome == "done" and one.deployment]
        assert len(made) == len(done), self._story()

    def _effects_by_intent(self) -> Counter[int | None]:
        """Each change in the ledger, put to the intent that stood last before its request was sent."""
        calls: list[tuple[float, str, int | None]] = []
        intended = None
        for one in self._word():
            if one.get("kind") == "ActionIntended":
                intended = one["ack"]
            if "call" in one:
                calls.append((one["at"], one["call"], intended))
        found: Counter[int | None] = Counter()
        for entry in self._effects():
            before = [call for call in calls if call[0] <= entry.machine]
            fits = before and before[-1][1] == FIELDS[entry.fields[0]]
            found[before[-1][2] if fits else None] += 1
        return found

    def _effects(self) -> list[ledger.Entry]:
        """The changes that took effect. Staging a deletion changes nothing yet; its commit does."""
        entries = ledger.read(self._folder / "world")
        return [one for one in entries if one.kind == "mutation" and one.effect and one.fields[0] in FIELDS]

    def _state(self) -> State:
        with self._journal() as journal:
            return fold(journal.read())

    def _word(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self._folder / WORD).read_text().splitlines()]

    @contextmanager
    def _journal(self) -> Iterator[SqliteJournal]:
        (path,) = (self._folder / "xdg/cockpit/runs").glob("*.sqlite")
        journal = SqliteJournal.open(path)
        try:
            yield journal
        finally:
            journal.close()

    def _story(self) -> str:
        """For a person who has to find out why."""
        lives = [{key: value for key, value in one.items() if key not in ("rows", "digest")} for one in self._word()]
        told = "\n".join(json.dumps(one) for one in lives if "seq" not in one)
        output = (self._folder / "output.txt").read_text()[-4000:]
        return f"In {self._folder}:\n{told}\n{output}"


def soak(orders: list[Order], folder: Path) -> Tally:
    """Every order carried out, in as many runs as it takes; every other run turns back."""
    tally, nursery, waiting, turns_back = Tally(), Nursery(), list(orders), True
    try:
        while waiting:
            now, later = _fitting(waiting, turns_back=turns_back)
            if now:
                place = folder / f"run-{tally.runs.total()}"
                place.mkdir(parents=True)
                plan = place / "plan.toml"
                plan.write_text(_plan(turns_back=turns_back))
                waiting = later + Run(nursery, place, plan, tally).lives(now)
            turns_back = not turns_back
    finally:
        nursery.close()
    return tally


def _fitting(waiting: list[Order], *, turns_back: bool) -> tuple[list[Order], list[Order]]:
    """Orders for one run in the order of its actions, and the others. What is sent is not sent again in a run."""
    reachable = tuple(ACTIONS)[: None if turns_back else 2]
    now: list[Order] = []
    later: list[Order] = []
    for one in waiting:
        is_met = one.kind in FREE or one.action in reachable
        is_sent = one.sends and any(other.sends and other.action == one.action for other in now)
        (now if is_met and not is_sent and len(now) < IN_A_RUN else later).append(one)
    return sorted(now, key=lambda one: (tuple(ACTIONS).index(one.action), one.sends)), later


def _plan(*, turns_back: bool) -> str:
    lines = PLAN.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if turns_back or "turns back" not in line or line.startswith("#"))


@contextmanager
def _world(folder: Path) -> Iterator[None]:
    """A world without a database, of one speed."""
    argv = ["--state", str(folder), "--no-postgres", "--keep", "--speed", SPEED]
    with (folder.parent / "simulator.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cockpit.simulator", *argv],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        assert process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
