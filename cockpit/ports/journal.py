"""The record of one run, as the middle asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cockpit.core.events import Event
from cockpit.core.lease import Attachment, Change
from cockpit.core.reading import Reading, Sampled
from cockpit.core.reading.tally import NO_TALLIES, CounterName, Tallies, Tally


class Journal(Protocol):
    """The append-only record of one run. Synchronous; the session calls it off the event loop.

    Raises `JournalConflict` when somebody appended meanwhile, `JournalUnwritable` when nothing
    more can be written, `JournalDamaged` when the file is none of ours.
    """

    @property
    def run(self) -> str:
        """The run's short id."""
        ...

    @property
    def notice(self) -> str:
        """What the operator should know of how it is kept, such as "no WAL on a network file system"; or empty."""
        ...

    def read(self, after: int = 0) -> list[Event]:
        """Events with a seq above `after`, in order."""
        ...

    def append(self, expected: int, events: Sequence[Event], readings: Sequence[Reading] = ()) -> None:
        """Both or neither, durable on return; `expected` is the seq of the last event the caller knows."""
        ...

    def keep(self, readings: Sequence[Reading], tallies: Tallies = NO_TALLIES) -> None:
        """Readings that no event cites, samples of monitors, and what was counted for them."""
        ...

    def tally(self, name: CounterName) -> Tally | None:
        """What was last kept of a counter. No history: each takes the place of the one before."""
        ...

    def next_reading(self) -> int:
        """A fresh reading id; never given twice, across processes too."""
        ...

    def reading(self, number: int) -> Reading | None: ...

    def readings(self, check: str, *, since: datetime | None = None, at_least: int = 0) -> list[Reading]:
        """Readings of a check in the order they were asked; the newest `at_least` of them, however old they are."""
        ...

    def samples(self, check: str, since: datetime) -> list[Sampled]:
        """The same, no more of each than a count needs."""
        ...

    def latest(self) -> dict[str, Reading]:
        """The newest reading of each check."""
        ...

    def attachments(self, change: Change | None = None) -> tuple[Attachment, ...]:
        """Who is attached; with `change` what it makes of them, read and written in one transaction."""
        ...

    def close(self) -> None: ...
