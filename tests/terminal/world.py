"""The stand-in world of a rehearsal that runs in a terminal: asked behind the cockpit's back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from cockpit.clock import RealClock
from cockpit.core.events import Event
from cockpit.journal.sqlite import SqliteJournal
from cockpit.rehearsal.judge import Evidence
from cockpit.session import Session
from cockpit.simulator import ledger
from tests.terminal.tmux import Tmux


@dataclass(frozen=True)
class World:
    """One simulator's folder and its admin address."""

    folder: Path

    @classmethod
    def of(cls, tmux: Tmux) -> World:
        """The one world of a terminal's state folder."""
        (address,) = (tmux.state / "cockpit" / "simulators").glob("*/address.json")
        return cls(address.parent)

    @property
    def pid(self) -> int:
        return int(self._address["pid"])

    @property
    def effects(self) -> list[str]:
        """The mutations that changed something, in order."""
        return [entry.fields[0] for entry in self.ledger if entry.kind == "mutation" and entry.effect]

    @property
    def ledger(self) -> list[ledger.Entry]:
        return ledger.read(self.folder)

    def looks(self) -> dict[str, Any]:
        """What the database looks like, by SQL."""
        found: dict[str, Any] = self._asks("GET", "/last-look")
        return found

    def misbehaves(self, *rules: dict[str, Any]) -> None:
        """Lay on these faults, in place of all others."""
        self._asks("POST", "/faults", list(rules))

    def floods(self, lines: int, per_second: float, text: str = "line {n}") -> None:
        """Have web say many lines."""
        self._asks("POST", "/logs", {"service": "web", "lines": lines, "per_second": per_second, "text": text})

    def skews(self, seconds: float) -> None:
        """Set Railway's clock ahead, while plan time is as fast as real time."""
        self._asks("POST", "/clock", {"factor": 1, "skew": seconds})

    def deploys(self, service: str) -> None:
        """Have somebody else deploy."""
        self._asks("POST", "/external", {"deploy": service})

    @property
    def _address(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "address.json").read_text())
        return found

    def _asks(self, method: str, path: str, body: Any = None) -> Any:
        admin = self._address["admin"]
        asked = Request(
            admin["url"] + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {admin['token']}"},
            method=method,
        )
        with build_opener(ProxyHandler({})).open(asked, timeout=10) as answer:
            return json.load(answer)


def events_of(tmux: Tmux) -> list[Event]:
    """The journal of the terminal's one run, read after the program has ended."""
    (path,) = tmux.runs.glob("*.sqlite")
    journal = SqliteJournal.open(path)
    try:
        return list(Session(journal, RealClock(), "").events())
    finally:
        journal.close()


def evidence(tmux: Tmux, look: dict[str, Any]) -> Evidence:
    """The three witnesses of a rehearsal, the last look being taken before its world ended."""
    return Evidence(events_of(tmux), World.of(tmux).ledger, look)
