"""The record of a rollback made while the journal could not be written.

The way back is never blocked: after `WITHOUT RECORD` is typed its events go to memory and, as
far as any disk takes them, to a file of JSON lines in another folder; they are merged into the
journal when it can be written again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from cockpit.core.events import Event


class Emergency:
    """Events kept aside, in order. Where even the file fails, memory holds them until merged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.permitted = False
        """The operator typed for it."""
        self.on_disk = True
        self._events: list[Event] = []

    @property
    def holds_events(self) -> bool:
        return bool(self._events)

    def events(self) -> list[Event]:
        return list(self._events)

    def append(self, events: Sequence[Event]) -> None:
        """Keep events; a file that cannot be written is no reason to stop."""
        self._events.extend(events)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                for event in events:
                    file.write(_line(event))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self.on_disk = False

    def clear(self) -> None:
        """Everything is merged."""
        self._events.clear()
        self.permitted = False
        self.path.unlink(missing_ok=True)


def _line(event: Event) -> str:
    return (
        json.dumps(
            {
                "run": event.run,
                "seq": event.seq,
                "at": event.at.isoformat(),
                "kind": event.kind,
                "version": type(event.body).VERSION,
                "actor": {"kind": event.actor.kind, "name": event.actor.name},
                "session": event.session,
                "host": event.host,
                "cause": event.cause,
                "body": event.body.model_dump(mode="json"),
            },
            ensure_ascii=False,
        )
        + "\n"
    )
