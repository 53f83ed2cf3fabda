"""The history of a check, as expressions ask about it: `previous`, `ago('1h')`, `increase('10m')`, `over('1h')`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.errors import Blind, ExpressionError

History = Callable[[timedelta], object]
"""A question about the past. Raises `Blind` where no sample answers it."""


QUESTIONS = ("ago", "increase", "rate", "over")
"""Questions about the past, each with a span."""

FIELDS = ("value", "previous", "baseline", "age")
"""What else a check is asked for."""

NO_BASELINE = ExpressionError("There is no baseline with one value.", "Record it first.")


def untold(_span: timedelta) -> object:
    """A past of which nothing is known."""
    raise Blind("There is no history here.", "Ask it of a check that is watched.")


def side_by_side(series: Mapping[str, Series]) -> dict[str, object]:
    """The scope of an expression over several checks: each by its name, and `now`."""
    instants = [each.now for each in series.values() if each.now is not None]
    return {**({"now": max(instants)} if instants else {}), **series}


@dataclass(frozen=True, slots=True)
class Series:
    """One check's samples: `stuck.value`, `stuck.previous`, `stuck.ago('1h')`, `stuck.increase('10m')`.

    A value that cannot be had is the error that says why, usually `Blind`: using it raises.
    """

    value: object
    previous: object
    ago: History
    """The value of the last sample at or before that time."""
    increase: History
    """How much it grew since; below zero where it fell."""
    rate: History = untold
    """The same by the second."""
    over: History = untold
    """The values of every sample since then, the oldest first; blind where some of that time was not looked at."""
    baseline: object = NO_BASELINE
    """The one value of the baseline."""
    age: object = Blind("There is no sample.", "Ask the check first.")
    """The time since the newest sample."""
    now: datetime | None = None
    """When the question is asked, or its answer was: what `now` and `age(...)` mean."""

    def scope(self) -> Mapping[str, object]:
        """History by bare names, for a check's or monitor's own expressions."""
        present = {} if self.now is None else {"now": self.now}
        return {
            "previous": self.previous, "ago": self.ago, "increase": self.increase, "rate": self.rate,
            "over": self.over, "baseline": self.baseline, **present,
        }  # fmt: skip

    def question(self, name: str) -> History:
        """One of `QUESTIONS`."""
        questions: Mapping[str, History] = {
            "ago": self.ago, "increase": self.increase, "rate": self.rate, "over": self.over,
        }  # fmt: skip
        return questions[name]

    def field(self, name: str) -> object:
        """One of `FIELDS`."""
        fields = {"value": self.value, "previous": self.previous, "baseline": self.baseline, "age": self.age}
        return fields[name]
