"""A source that counts between its samples, and what is handed on of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from cockpit.core.reading.tally import CounterName, Tallies, Tally

Recall = Callable[[CounterName], Tally | None]
"""What was counted of a counter before, by whichever process; None where nothing is known of it."""


@runtime_checkable
class Counting(Protocol):
    """A source whose windows outlive it: another process goes on from what it has counted."""

    def recall(self, kept: Recall) -> None:
        """Forget what was counted here: each counter goes on from what is kept of it, once it is sampled."""
        ...

    def counted(self) -> Tallies:
        """Every counter that was sampled since this was last asked for."""
        ...
