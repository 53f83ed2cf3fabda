"""What the cockpit has counted of a counter by sampling it, as it is handed on: to a resume, to whoever asks next.

A reading holds one value. A window over a counter needs how every series of it grew between the samples, what each
showed last, and which process showed it: without these a window is blind until it was sampled anew. No evidence and
no history: only what the longest window reaches is of use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from cockpit.core.expression.showing import Conceal

Labels = frozenset[tuple[str, str]]
"""A series' labels, by which it is told from others of its name."""

MOST_TEXT = 500_000
"""Characters of labels that are kept of a counter: a thousand series with plenty each."""


@dataclass(frozen=True, slots=True)
class CounterName:
    """Which counter: a metric of one target. Two processes that name it alike mean the same."""

    connection: str
    address: str
    instance: str
    """What the plan calls the target; several may have one address, in a rehearsal."""
    metric: str


@dataclass(frozen=True, slots=True)
class Point:
    """What was counted from the point before to this one. Of the first one nothing is."""

    at: datetime
    grown: Mapping[Labels, Decimal]
    """By series; one that did not grow is left out."""
    torn: timedelta = timedelta(0)
    """The longest span between two samples within which a restart fell: what was counted before it is unknown."""

    def followed_by(self, later: Point) -> Point:
        """Both as one, which loses nothing of the growth."""
        grown = dict(self.grown)
        for labels, value in later.grown.items():
            grown[labels] = grown.get(labels, Decimal(0)) + value
        return Point(later.at, grown, max(self.torn, later.torn))


@dataclass(frozen=True, slots=True)
class Tally:
    """All that is known of one counter."""

    points: tuple[Point, ...]
    """In order, the last of them is the newest sample; at least that one."""
    shown: Mapping[Labels, Decimal]
    """What each series showed last, those that went longest ago first."""
    born: Decimal | None = None
    """When the process that showed it started, as it says itself (Unix seconds)."""
    mixed: datetime | None = None
    """When an older process answered after a younger one, the last time."""

    @property
    def at(self) -> datetime:
        """When it was sampled last."""
        return self.points[-1].at


Tallies = Mapping[CounterName, Tally]
NO_TALLIES: Tallies = MappingProxyType({})


def may_be_kept(tally: Tally, masked: Collection[str], conceal: Conceal) -> bool:
    """Whether its labels may be written down: none is masked or quotes a secret, and they are no flood.

    A series is told by its labels as they are, so they cannot be kept in another shape.
    """
    words = list(_words(tally))
    if any(name in masked for name, _ in words) or sum(len(value) for _, value in words) > MOST_TEXT:
        return False
    text = "\n".join(value for _, value in words)
    return conceal(text) == text


def _words(tally: Tally) -> Iterator[tuple[str, str]]:
    for labels in tally.shown:
        yield from labels
