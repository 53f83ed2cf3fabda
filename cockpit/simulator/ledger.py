"""Every request that reached the stand-in world, one JSON line each.

The witness of what was really asked and what really happened: judges and tests read it,
the cockpit never does. A line is written once its effect stands and before the answer
leaves, so a client that dies in between has left its trace.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request."""

    seq: int
    at: str
    """Plan time, ISO 8601."""
    machine: float
    """Machine time, Unix seconds."""
    surface: str
    """railway, app or admin."""
    kind: str
    """query, mutation, subscribe or http."""
    operation: str | None
    """The operation's name in its document; for http the method and path."""
    fields: tuple[str, ...]
    """The root fields."""
    variables: dict[str, Any]
    status: int
    """HTTP status; 0 when no answer was sent, 101 for a subscription."""
    effect: dict[str, Any] | None = None
    """What a mutation changed, such as `{"deployment": ID}`; null when nothing."""
    refused: str | None = None
    answered: bool = True
    """False when a fault kept the answer back; a client may still have gone before it came."""


class Ledger:
    """Appends entries to the state folder and keeps those of the app at hand."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._seq = max((entry.seq for entry in read(self.path)), default=0)
        self.path.touch(mode=0o600)
        self._file = self.path.open("a", encoding="utf-8", buffering=1)
        if self.path.read_bytes()[-1:] not in {b"", b"\n"}:
            self._file.write("\n")  # a kill tore the last line; it stays unreadable, alone

    def add(self, at: str, machine: float, surface: str, kind: str, **rest: Any) -> Entry:
        """Append one entry."""
        self._seq += 1
        entry = Entry(self._seq, at, machine, surface, kind, **rest)
        self._file.write(json.dumps(asdict(entry)) + "\n")
        return entry

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> list[Entry]:
    """The entries of a ledger, given the file or its state folder; a torn last line is left out."""
    file = path / NAME if path.is_dir() else path
    if not file.exists():
        return []
    return list(_entries(file.read_text(encoding="utf-8").splitlines()))


def _entries(lines: list[str]) -> Iterator[Entry]:
    for line in lines:
        try:
            held: Mapping[str, Any] = json.loads(line)
        except ValueError:
            continue
        yield Entry(**{**held, "fields": tuple(held["fields"])})
