"""What the journal's tests write down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.core.events import Actor, Body, Event, Noted
from cockpit.core.reading import Reading, Verdict
from cockpit.journal.sqlite import SqliteJournal

START = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)

MakeEvent = Callable[..., Event]
MakeReading = Callable[..., Reading]


@pytest.fixture
def start() -> datetime:
    return START


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def journal(folder: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal.create(folder, "Reports: graceful shutdown", START)
    yield made
    made.close()


@pytest.fixture
def event(journal: SqliteJournal) -> MakeEvent:
    """An event of the journal's run, one second of plan time after the one before it."""

    def make(seq: int, body: Body | None = None, /, **fields: Any) -> Event:
        plain = Event(
            run=journal.run,
            seq=seq,
            at=START + timedelta(seconds=seq),
            actor=Actor("human", "ada"),
            session="s1",
            host="bastion",
            body=body or Noted(text=f"note {seq}"),
        )
        return replace(plain, **fields)

    return make


@pytest.fixture
def reading() -> MakeReading:
    """A plain passing reading, asked `number` minutes after the start."""

    def make(number: int, check: str = "stuck", /, **fields: Any) -> Reading:
        plain = Reading(
            id=number,
            check=check,
            asked=START + timedelta(minutes=number),
            answered=START + timedelta(minutes=number, seconds=1),
            by="runner",
            verdict=Verdict.PASS,
            because="value is 0",
            scalar="0",
            milliseconds=12,
            digest="d1",
            value=0,
        )
        return replace(plain, **fields)

    return make
