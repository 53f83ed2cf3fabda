"""How often each version answered a check while something was rolled out: counted for the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

NOBODY = ""
"""The name of an answer that named no version, or did not come."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers by the version they named, from one probe to another (plan time)."""

    since: datetime
    until: datetime
    counts: Mapping[str, int]

    def plus(self, later: Tally) -> Tally:
        """Both together."""
        counts = Counter(self.counts) + Counter(later.counts)
        return Tally(min(self.since, later.since), max(self.until, later.until), dict(counts))


@dataclass(frozen=True, slots=True)
class CountAnswers:
    """The command: which versions answered the probes of a check for a while."""

    check: str
    tally: Tally
