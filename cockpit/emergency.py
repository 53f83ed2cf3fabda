"""The record of a rollback made while the journal could not be written.

The way back is never blocked: after `WITHOUT RECORD` is typed its events go to memory and, as
far as any disk takes them, to a file of JSON lines in another folder; they are merged into the
journal when it can be written again, by this process or, after a kill, by the next.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cockpit.core import commands as wanted
from cockpit.core.commands import Command
from cockpit.core.events import Actor, Event, OfIntent
from cockpit.core.kinds import read_body
from cockpit.core.state import State

WITHOUT_RECORD = "WITHOUT RECORD"
"""What is typed to roll back while the journal cannot be written."""

WAY_BACK = (
    wanted.StartRollback, wanted.Accept, wanted.Finish, wanted.Fail, wanted.Lose, wanted.Look, wanted.Settle,
    wanted.BeginRollout, wanted.ObserveRollout, wanted.Observe, wanted.Enquire, wanted.Do, wanted.Tick,
    wanted.AnswerSee, wanted.AnswerAsk, wanted.Waive, wanted.MarkNotApplicable, wanted.Note,
    wanted.PinLine,
)  # fmt: skip
"""Commands that go on without a record once the operator has typed for it; `Do` only inside the rollback."""


FOLDERS = (Path("/var/tmp"), Path("/dev/shm"), Path("/tmp"))  # noqa: S108  (files of ours alone, 0600)
"""Where it may lie, whatever TMPDIR a login has: the first takes a reboot, the others are other disks."""


def emergency_places(run: str) -> tuple[Path, ...]:
    """The files in which the record of a run may go on, best first; the same for every login of this user."""
    return tuple(folder / f"cockpit-{os.getuid()}-{run}.jsonl" for folder in FOLDERS if folder.is_dir())


class Emergency:
    """Events kept aside, in order. Where one file fails the next is taken; memory holds them until merged."""

    def __init__(self, *places: Path) -> None:
        self._places = places
        self._place = 0
        self.permitted = False
        """The operator typed for it."""
        self.on_disk = True
        self._events: list[Event] = []
        self._outdated = False
        """The file holds them in places that are taken by now, or not all of them."""

    @property
    def path(self) -> Path | None:
        """The file in use; None where all have failed."""
        return self._places[self._place] if self._place < len(self._places) else None

    @property
    def holds_events(self) -> bool:
        return bool(self._events)

    def events(self) -> list[Event]:
        return list(self._events)

    def covers(self, command: Command, state: State) -> bool:
        """Whether a command goes on without a record: only the way back, once the operator has typed for it."""
        if not self.permitted or not isinstance(command, WAY_BACK):
            return False
        return state.level is not None or isinstance(command, wanted.StartRollback)

    def left_behind(self, journal: Sequence[Event]) -> list[Event]:
        """What a process that is gone kept aside and the journal does not hold, in places after its last event.

        Where it had to change its file, the last one holds all of them.
        """
        found = max((list(_read(path)) for path in self._places), key=len, default=[])
        self._events = _fitting(found, journal)
        self._outdated = self._events != found or bool(found)
        return self.events()

    def append(self, events: Sequence[Event]) -> None:
        """Keep events; files that cannot be written are no reason to stop."""
        self._events.extend(events)
        while (path := self.path) is not None:
            try:
                self._write(path, events)
            except OSError:
                self._place, self._outdated = self._place + 1, True
            else:
                return
        self.on_disk = False

    def clear(self) -> None:
        """Everything is merged."""
        self._events.clear()
        self.permitted = False
        for path in self._places:
            with suppress(OSError):  # somebody else's file of that name
                path.unlink(missing_ok=True)

    def _write(self, path: Path, events: Sequence[Event]) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._outdated:
            _write(path, events)
            return
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        _write(fresh, self._events)
        _replace(fresh, path)
        self._outdated = False


def _read(path: Path) -> Iterator[Event]:
    """The events of a file of ours, as far as it is whole: a kill may have torn its last line."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            _insist_on_ours(descriptor)
            for line in file:
                yield _event(json.loads(line))
    except (OSError, ValueError, KeyError, TypeError):
        return


def _write(path: Path, events: Sequence[Event]) -> None:
    """Append to a file of ours, made if need be, and wait for the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        _insist_on_ours(descriptor)
        file.writelines(map(_line, events))
        file.flush()
        os.fsync(descriptor)


def _replace(fresh: Path, path: Path) -> None:
    """Put the new file in place of the old, without a trace where that fails."""
    try:
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _insist_on_ours(descriptor: int) -> None:
    """The folder is everybody's: what somebody else put there under our name is not read and not written."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError("not ours")


def _fitting(aside: Sequence[Event], journal: Sequence[Event]) -> list[Event]:
    """Those that the journal does not hold, moved to places after its last one.

    A process killed between merging them and removing the file leaves both.
    """
    last = journal[-1]
    held = {(event.session, event.kind, event.at, event.seq) for event in journal}
    fresh = [event for event in aside if event.run == last.run]
    fresh = [event for event in fresh if (event.session, event.kind, event.at, event.seq) not in held]
    if not fresh:
        return []
    first, by = fresh[0].seq, last.seq + 1 - fresh[0].seq
    return [_moved(event, first, by, last.at) for event in fresh]


def _moved(event: Event, first: int, by: int, not_before: datetime) -> Event:
    """An event in another place; what it says of the others that move with it goes along."""
    body = event.body
    if isinstance(body, OfIntent) and body.intent >= first:
        body = body.model_copy(update={"intent": body.intent + by})
    cause = event.cause + by if event.cause is not None and event.cause >= first else event.cause
    return replace(event, seq=event.seq + by, at=max(event.at, not_before), body=body, cause=cause)


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


def _event(told: dict[str, Any]) -> Event:
    """The event of a line. Raises ValueError, KeyError or TypeError for what is none."""
    return Event(
        run=told["run"],
        seq=told["seq"],
        at=datetime.fromisoformat(told["at"]),
        actor=Actor(told["actor"]["kind"], told["actor"]["name"]),
        session=told["session"],
        host=told["host"],
        cause=told["cause"],
        body=read_body(told["kind"], told["version"], told["body"]),
    )
