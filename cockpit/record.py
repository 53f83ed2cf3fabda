"""Where a session writes: the journal, and aside of it what the way back needs while that cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cockpit.core.commands import Command
from cockpit.core.events import Event
from cockpit.core.reading import Reading
from cockpit.core.state import State
from cockpit.emergency import WITHOUT_RECORD, Emergency
from cockpit.errors import JournalError, JournalUnwritable
from cockpit.ports import Journal
from cockpit.samples import Samples
from cockpit.telemetry import Telemetry


class Record:
    """One session's way to the events of a run. What is aside goes into the journal before anything else does."""

    def __init__(self, journal: Journal, samples: Samples, telemetry: Telemetry, emergency: Emergency | None) -> None:
        self._journal = journal
        self._samples = samples
        self._telemetry = telemetry
        self._emergency = emergency

    @property
    def is_whole(self) -> bool:
        """Whether nothing is aside."""
        return self._emergency is None or not self._emergency.holds_events

    def left_behind(self, events: Sequence[Event]) -> Sequence[Event]:
        """What an earlier process kept aside and did not merge."""
        return self._emergency.left_behind(events) if self._emergency is not None else ()

    async def append(self, after: int, events: Sequence[Event], readings: Sequence[Reading]) -> None:
        """Into the journal, behind its event `after`. Raises JournalConflict and JournalError."""
        if not self.is_whole:
            raise JournalUnwritable(
                "The record has a part that is not merged yet.", "Free the disk; it merges by itself."
            )
        if events:
            await asyncio.to_thread(self._journal.append, after, events, readings)
        elif readings:
            await asyncio.to_thread(self._journal.keep, readings)
        if events or readings:
            self.works()
            await self._samples.catch_up()

    def stands_aside(self, command: Command, state: State, events: Sequence[Event]) -> bool:
        """Keep the events of a command aside, where it is of the way back and the operator has typed for it."""
        if self._emergency is None or not self._emergency.covers(command, state):
            return False
        self._emergency.append(events)
        return True

    async def merge(self) -> bool:
        """Append what was kept aside, once the journal can be written again; true when nothing is left.

        Where somebody else has appended meanwhile it waits for a resume: that finds new places for it,
        while here actions under way go by the old ones.
        """
        if self._emergency is None or self.is_whole:
            return True
        events = self._emergency.events()
        try:
            await asyncio.to_thread(self._journal.append, events[0].seq - 1, events, ())
        except JournalError:
            return False
        self._emergency.clear()
        self.works()
        await self._samples.catch_up()
        return True

    def permit(self, typed: str) -> bool:
        """The operator typed `WITHOUT RECORD`: the way back goes on, on a file merged later."""
        if typed.strip() != WITHOUT_RECORD or self._emergency is None:
            return False
        self._emergency.permitted = True
        return True

    def works(self) -> None:
        """The journal has taken something."""
        self._telemetry.journal_trouble = ""
