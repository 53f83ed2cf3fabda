"""Events and readings as rows of the journal, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cockpit.core.events import Actor, Event, Unknown
from cockpit.core.kinds import read_body
from cockpit.core.reading import Reading, Sampled, Verdict
from cockpit.core.reading.keeping import small
from cockpit.errors import JournalError
from cockpit.journal import serial

EVENT = ("run", "seq", "at", "kind", "version", "actor_kind", "actor", "session", "host", "cause", "body")
"""Columns of `events`, the envelope."""
READING = (
    "id", "check_name", "asked", "answered", "asked_by", "verdict", "because", "scalar", "milliseconds", "digest",
    "value", "kept",
)  # fmt: skip
"""Columns of `readings`."""
_ASKED, _VERDICT = READING.index("asked"), READING.index("verdict")
SCALAR_BYTES = 256
"""The words of a reading's value; longer ones are cut and end in an ellipsis."""


def event_row(event: Event) -> tuple[object, ...]:
    """An event in the order of `EVENT`. Refuses one of unknown kind: it cannot be written as it was."""
    if isinstance(event.body, Unknown):
        raise JournalError(f"An event of unknown kind {event.kind} cannot be written.", "Update Cockpit.")
    return (
        event.run,
        event.seq,
        stamp(event.at),
        event.kind,
        event.body.VERSION,
        event.actor.kind,
        _text(event.actor.name),
        _text(event.session),
        _text(event.host),
        event.cause,
        event.body.model_dump_json(),
    )


def event_of(row: Sequence[Any]) -> Event:
    """The event a row holds, upcast to the present version. Raises ValueError or KeyError when it holds none."""
    run, seq, at, kind, version, actor_kind, actor, session, host, cause, body = row
    return Event(
        run=run,
        seq=seq,
        at=instant(at),
        actor=Actor(actor_kind, actor),
        session=session,
        host=host,
        cause=cause,
        body=read_body(kind, version, json.loads(body)),
    )


def reading_row(reading: Reading) -> tuple[object, ...]:
    """A reading in the order of `READING`, within the sizes the file allows."""
    return (
        reading.id,
        reading.check,
        stamp(reading.asked),
        stamp(reading.answered),
        _text(reading.by),
        reading.verdict.value,
        _text(reading.because),
        None if reading.scalar is None else _clipped(_text(reading.scalar)),
        reading.milliseconds,
        reading.digest,
        _value(reading.value),
        None if reading.table is None else serial.dump_table(reading.table),
    )


def reading_of(row: Sequence[Any]) -> Reading:
    """The reading a row holds. Raises ValueError when it holds none."""
    (number, check, asked, answered, by, verdict, because, scalar, milliseconds, digest, value, kept) = row
    return Reading(
        id=number,
        check=check,
        asked=instant(asked),
        answered=instant(answered),
        by=by,
        verdict=Verdict(verdict),
        because=because,
        scalar=scalar,
        milliseconds=milliseconds,
        digest=digest,
        value=None if value is None else serial.loads(value),
        table=None if kept is None else serial.load_table(kept),
    )


def sampled_of(row: Sequence[Any]) -> Sampled:
    """When the reading of a row was asked, and its verdict. Raises ValueError when it holds none."""
    return Sampled(instant(row[_ASKED]), Verdict(row[_VERDICT]))


def stamp(at: datetime) -> str:
    """An instant in UTC with microseconds: text of one length, so that it sorts as time does."""
    if at.tzinfo is None:
        raise JournalError(
            "An instant without a time zone cannot be recorded.", "This is a fault in Cockpit; report it."
        )
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """The instant that `stamp` wrote, in UTC. Raises ValueError."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _value(value: object) -> str | None:
    """The typed scalar; a document is no history, and is left out."""
    kept = small(value)
    return None if kept is None else serial.dumps(kept)


def _text(text: str) -> str:
    """Text that UTF-8 can hold: names from the environment may carry undecodable bytes."""
    return text.encode("utf-8", "replace").decode()


def _clipped(text: str) -> str:
    raw = text.encode()
    if len(raw) <= SCALAR_BYTES:
        return text
    return raw[: SCALAR_BYTES - len("…".encode())].decode(errors="ignore") + "…"
