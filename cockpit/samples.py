"""Readings beside the events: kept at once, or, while the journal cannot be written, as soon as it can; and had again.

What counters were seen to count goes the same way, in the same writes.

A full disk stops actions, not looking. What was seen meanwhile is evidence of the worst minutes of a run, and
waits in memory; only a kill in those minutes loses it, and then the report shows a hole.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cockpit.core.events import BaselineRecorded, Body, PlanAmended
from cockpit.core.reading import Reading
from cockpit.core.reading.tally import CounterName, Tallies, Tally
from cockpit.core.state import Baseline
from cockpit.errors import JournalError
from cockpit.ports import Journal
from cockpit.telemetry import Telemetry

WAITING = 5_000
"""Readings that may wait: an hour of 80 checks a minute, some megabytes; beyond them the oldest are let go."""


class Samples:
    """One session's way to the readings of a journal."""

    def __init__(self, journal: Journal, telemetry: Telemetry) -> None:
        self._journal = journal
        self._telemetry = telemetry
        self._waiting: deque[Reading] = deque(maxlen=WAITING)
        self._tallies: dict[CounterName, Tally] = {}
        """What was counted since the last write; of each counter the newest."""
        self._writing = asyncio.Lock()

    def reload(self, baselines: Mapping[str, Baseline]) -> None:
        """The newest reading of each check, and the baselines with their rows, as the journal holds them."""
        self._telemetry.readings.update(self._journal.latest())
        for check, baseline in baselines.items():
            if (reading := self._journal.reading(baseline.reading)) is not None:
                self._telemetry.baselines[check] = reading

    def learn(self, body: Body, baselines: Mapping[str, Baseline]) -> None:
        """What an event makes of the baselines at hand."""
        held = self._telemetry.baselines
        if isinstance(body, PlanAmended):
            for check in set(held) - set(baselines):
                del held[check]
        if isinstance(body, BaselineRecorded):
            reading = self._telemetry.readings.get(body.check)
            if reading is None or reading.id != body.reading:
                reading = self._journal.reading(body.reading)
            if reading is not None:
                held[body.check] = reading

    def next(self) -> int:
        """A fresh reading id; below zero while the journal cannot give one."""
        try:
            return self._journal.next_reading()
        except JournalError as error:
            self._telemetry.journal_trouble = str(error)
            return -1

    def since(self, check: str, since: datetime, *, at_least: int = 0) -> list[Reading]:
        """Readings of a check since an instant, and the newest `at_least` however old.

        Those that wait are included; only these while others cannot be read.
        """
        waiting = [reading for reading in self._waiting if reading.check == check and reading.asked >= since]
        try:
            return self._journal.readings(check, since=since, at_least=at_least) + waiting
        except JournalError as error:
            self._telemetry.journal_trouble = str(error)
            return waiting

    def count(self, tallies: Tallies) -> None:
        """What was counted, to be kept with the next reading."""
        self._tallies.update(tallies)

    def tally(self, name: CounterName) -> Tally | None:
        """What was last counted of a counter, by this process or another; what waits while that cannot be read."""
        try:
            found = (self._journal.tally(name), self._tallies.get(name))
        except JournalError as error:
            self._telemetry.journal_trouble = str(error)
            return self._tallies.get(name)
        return max((one for one in found if one is not None), key=lambda one: one.at, default=None)

    async def keep(self, reading: Reading) -> bool:
        """Keep a reading that no event cites; false where it has to wait."""
        self._telemetry.readings[reading.check] = reading
        self.put_off([reading])
        return await self.catch_up()

    def put_off(self, readings: Sequence[Reading]) -> None:
        """Readings that cannot be kept now."""
        self._waiting.extend(readings)

    async def catch_up(self) -> bool:
        """Keep all that waits; true when nothing is left.

        One write at a time: what comes meanwhile goes out together in the next, as many as a disk is slow.
        """
        async with self._writing:
            waiting, tallies = list(self._waiting), dict(self._tallies)
            if not waiting and not tallies:
                return True
            try:
                await asyncio.to_thread(self._keep, waiting, tallies)
            except JournalError as error:
                self._telemetry.journal_trouble = str(error)
                return False
            for reading in waiting:  # others may have come while these were written
                if self._waiting and self._waiting[0] is reading:
                    self._waiting.popleft()
            for name, tally in tallies.items():
                if self._tallies.get(name) is tally:
                    del self._tallies[name]
            return True

    def _keep(self, readings: Sequence[Reading], tallies: Tallies) -> None:
        """What was asked while no number could be had gets one now; no event cites it."""
        numbered = [
            reading if reading.id > 0 else replace(reading, id=self._journal.next_reading()) for reading in readings
        ]
        self._journal.keep(numbered, tallies)
