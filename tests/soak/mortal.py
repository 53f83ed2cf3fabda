"""The product's ports, wrapped so that the process dies where its order says, and leaves word of what it had seen.

Nothing in the product knows of this: a journal that is killed in its transaction, a platform that is
killed with its request under way, a session whose states are written down.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlsplit

from cockpit.core.events import ActionAccepted, ActionIntended, Event, OfItem, RolloutObserved
from cockpit.core.reading import Reading
from cockpit.core.state import State
from cockpit.journal.rows import event_row
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from cockpit.telemetry import Scene
from cockpit.view.checklist import rows
from cockpit.view.guide import guide
from cockpit.view.strip import strip
from tests.soak.orders import ACTIONS, Order

WORD = "lives.jsonl"
"""What the lives of a run leave, one JSON line each, in the order it happened."""


class Death:
    """One life's end, and its word."""

    def __init__(self, folder: Path, order: Order | None) -> None:
        self.order = order
        self._word = os.open(folder / WORD, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._appends = 0
        self._looks = 0
        self._is_ticking = False

    def note(self, **what: Any) -> None:
        """One line, written whole: a kill comes before or after it."""
        os.write(self._word, (json.dumps(what) + "\n").encode())

    def die(self, **how: Any) -> NoReturn:
        self.note(killed=asdict(self.order) if self.order else None, at=time.time(), **how)
        os.kill(os.getpid(), signal.SIGKILL)
        while True:
            signal.pause()

    def is_due(self, kind: str, *places: str, action: str | None = None) -> bool:
        order = self.order
        return order is not None and order.kind == kind and order.where in places and action in (None, order.action)

    def counts_append(self) -> bool:
        """Whether this append is the one to die in."""
        self._appends += 1
        return self.order is not None and self.order.kind == "append" and self._appends == self.order.nth

    def acknowledged(self, events: Sequence[Event]) -> None:
        """The journal has answered: from here on nothing of this may be missing."""
        for event in events:
            self.note(ack=event.seq, kind=event.kind, digest=digest(event), action=_action(event))
        if self.is_due("elsewhere", "time") and not self._is_ticking:
            self._is_ticking = True
            self.die_soon()
        for event in events:
            self._die_of(event)

    def _die_of(self, event: Event) -> None:
        action = _action(event)
        if isinstance(event.body, ActionIntended) and self.is_due("intent", "recorded", action=action):
            self.die()
        if isinstance(event.body, ActionAccepted) and self.is_due("response", "accepted", action=action):
            self.die()
        if isinstance(event.body, RolloutObserved) and self.is_due("response", "followed"):
            self._looks += 1
            if self.order is not None and self._looks == self.order.nth:
                self.die()

    def die_soon(self) -> None:
        """After the order's delay, wherever the process is then."""
        assert self.order is not None
        threading.Thread(target=self._after, args=(self.order.delay,), daemon=True).start()

    def _after(self, seconds: float) -> None:
        time.sleep(seconds)
        self.die()


class MortalJournal(SqliteJournal):
    """A journal whose process may end in the middle of an append."""

    death: ClassVar[Death]

    def append(self, expected: int, events: Sequence[Event], readings: Sequence[Reading] = ()) -> None:
        chosen = self.death.counts_append()
        if chosen:
            self._db.set_trace_callback(self._traced)
        super().append(expected, events, readings)
        if chosen and self.death.is_due("append", "written", "during"):
            self.death.die()
        self.death.acknowledged(events)

    def _traced(self, statement: str) -> None:
        words = statement.lstrip().lower()
        if words.startswith("insert into events") and self.death.is_due("append", "insert"):
            self.death.die()
        if words.startswith("commit") and self.death.is_due("append", "commit"):
            self.death.die()
        if words.startswith("commit") and self.death.is_due("append", "during"):
            self.death.die_soon()


class MortalPlatform:
    """A platform whose process may end with a change on its way."""

    def __init__(self, inner: Any, death: Death, address: dict[str, Any], ledger: Path) -> None:
        self._inner = inner
        self._death = death
        self._address = address
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        for action, (method, field) in ACTIONS.items():
            if name == method:
                return self._mortal(action, field, found)
        return found

    def _mortal(self, action: str, field: str, change: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def sent(*arguments: Any) -> Any:
            death = self._death
            death.note(call=action, at=time.time())
            if death.is_due("intent", "called", action=action):
                death.die()
            if death.is_due("request", "before", "after", action=action):
                await self._die_under_way(field, change(*arguments))
            if death.is_due("request", "race", action=action):
                assert death.order is not None
                under_way = asyncio.ensure_future(change(*arguments))
                await asyncio.sleep(death.order.delay)
                death.die(answered=under_way.done())
            answer = await change(*arguments)
            if death.is_due("response", "answered", action=action):
                death.die()
            return answer

        return sent

    async def _die_under_way(self, field: str, change: Awaitable[Any]) -> NoReturn:
        """Hold the answer back, or the whole request, and die when the ledger shows that it has come so far."""
        took_effect = self._death.is_due("request", "after")
        rule = {"fault": "latency", "seconds": 60} if took_effect else {"fault": "hang"}
        self._admin("/faults", [{**rule, "operation": field, "count": 1}])
        with self._ledger.open("rb") as ledger:
            ledger.seek(0, os.SEEK_END)
            under_way = asyncio.ensure_future(change)
            while True:
                assert not under_way.done(), "the answer came although it was held back"
                line = ledger.readline()
                if not line.endswith(b"\n"):
                    ledger.seek(-len(line), os.SEEK_CUR)
                    await asyncio.sleep(0.001)
                    continue
                entry = json.loads(line)
                if field in entry["fields"] and bool(entry["effect"]) == took_effect:
                    self._death.die(effect=entry["effect"])

    def _admin(self, path: str, body: Any) -> None:
        admin = self._address["admin"]
        connection = HTTPConnection(urlsplit(admin["url"]).netloc, timeout=5)
        connection.request("POST", path, json.dumps(body), {"Authorization": f"Bearer {admin['token']}"})
        assert connection.getresponse().status == 200
        connection.close()


class WatchedSession(Session):
    """A session that writes down what its operator sees after each event."""

    death: ClassVar[Death]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.subscribe(self._write_down)

    def _write_down(self, state: State) -> None:
        self.death.note(seq=state.seq, now=state.at.isoformat(), rows=painted(replace(self.scene(), now=state.at)))


def painted(scene: Scene) -> list[str]:
    """The checklist, the guide and the strip as they stand; what is no history left out: links, requests, own looks."""
    live = replace(scene.live, links={}, asking={}, budget=None, journal_trouble="", has_looked=False)
    scene = replace(scene, live=live)
    lines = [row.line for row in rows(scene, 100)]
    return [line.text for line in (*lines, *guide(scene, 100), strip(scene, 120))]


def digest(event: Event) -> str:
    """Tells whether an event in the journal is the one that was acknowledged."""
    return hashlib.sha256(repr(event_row(event)).encode()).hexdigest()[:16]


def _action(event: Event) -> str | None:
    return event.body.item.rpartition(":")[2] if isinstance(event.body, OfItem) else None
