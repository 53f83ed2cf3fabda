"""The commands as an operator gives them, in a home of their own, and worlds for them to speak to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cockpit.cli import main
from cockpit.clock import FrozenClock
from cockpit.core.commands import Advance, Attach, Command, Refusal
from cockpit.journal.sqlite import SqliteJournal
from cockpit.paths import private, runs_folder
from cockpit.planfile import load
from cockpit.session import Session
from cockpit.simulator.server import running
from tests.adapters.railway.conftest import World

REAL = ("RAILWAY_", "DATABASE_URL", "PG", "XDG_", "COCKPIT_OF_TEST")


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    code: int
    out: str
    err: str


class Cockpit:
    """`cockpit ARGUMENTS`, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ran:
        self._capsys.readouterr()
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as end:  # how argparse ends
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err, out + err
        return Ran(code, out, err)

    async def beside(self, *arguments: object) -> Ran:
        """The same while this loop goes on: it serves the simulator."""
        return await asyncio.to_thread(self, *arguments)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing was ever done, and the current folder of the commands."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(REAL)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cockpit(home: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    return Cockpit(capsys)


Write = Callable[..., Path]


@pytest.fixture
def write(home: Path) -> Write:
    """Writes a plan of these parts; its path."""

    def plan(*parts: str, name: str = "plan.toml") -> Path:
        path = home / name
        path.write_text('name = "A plan of tests"\n' + "\n".join(parts), encoding="utf-8")
        return path

    return plan


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path / "sim") as (address, simulation):
        yield World(address, simulation)


PHASE = """
[[phases]]
title = "All"
items = [{items}]
"""


def phase(*items: str) -> str:
    """One phase with these items."""
    return PHASE.format(items=", ".join(f'"{item}"' for item in items))


def db(**more: str) -> str:
    return _table("connections.db", kind="postgres", url="env:DATABASE_URL", **more)


def railway(world: World, token: str = "env:RAILWAY_TOKEN", **more: str) -> str:
    """The simulator's Railway as a plan's connection."""
    fixed = {"environment": "production", "project": "reports", "endpoint": world.address["railway"]["endpoint"]}
    return _table("connections.railway", kind="railway", token=token, **(fixed | more))


def app(base_url: str) -> str:
    return _table("connections.app", kind="http", base_url=base_url)


def check(name: str, **keys: str) -> str:
    return _table(f"checks.{name}", **{key.rstrip("_"): value for key, value in keys.items()})


def _table(head: str, **keys: str) -> str:
    lines = [f"{key.rstrip('_')} = {value if value.startswith('[') else quoted(value)}" for key, value in keys.items()]
    return "\n".join([f"[{head}]", *lines, ""])


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


AT = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)

Begin = Callable[..., Session]


@pytest.fixture
def begin(home: Path) -> Iterator[Begin]:
    """Begins a run of a plan file, as a process of its own would have; its journal is closed with the test."""
    sessions: list[Session] = []

    def run(
        path: Path, *commands: Command, at: datetime = AT, environment: str | None = None, **options: Any
    ) -> Session:
        plan = load(path, environment=environment)
        journal = SqliteJournal.create(private(runs_folder()), plan.name, at)
        session = Session.open(journal, FrozenClock(at), "ada", plan, plan_file=str(path), **options)
        sessions.append(session)
        for command in (Attach(os.getpid(), resumed=False), Advance(), *commands):
            answer = asyncio.run(session.dispatch(command))
            assert not isinstance(answer, Refusal), answer
        return session

    yield run
    for session in sessions:
        session.close()
