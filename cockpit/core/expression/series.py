"""The history of a check, as expressions ask about it: `previous`, `ago('1h')`, `increase('10m')`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

History = Callable[[timedelta], object]
"""A question about the past. Raises `Blind` where no sample answers it."""


@dataclass(frozen=True, slots=True)
class Series:
    """One check's samples: `stuck.value`, `stuck.previous`, `stuck.ago('1h')`, `stuck.increase('10m')`.

    A `value` or `previous` that cannot be had is the error that says why, usually `Blind`: using it raises.
    """

    value: object
    previous: object
    ago: History
    increase: History

    def scope(self) -> Mapping[str, object]:
        """History by bare names, for a check's or monitor's own expressions."""
        return {"previous": self.previous, "ago": self.ago, "increase": self.increase}
