"""One line of a phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cockpit.core.reading import Reading
from cockpit.core.reading.origin import Origin


@dataclass(frozen=True, slots=True)
class Enquire:
    """Ask this item's check now."""

    item: str


@dataclass(frozen=True, slots=True)
class Observe:
    """A reading came; it settles the items that wait for its check."""

    reading: Reading
    items: tuple[str, ...] = ()
    """Items for which it was asked, each with its own verdict in `verdicts`."""
    verdicts: tuple[tuple[str, str], ...] = ()
    """(verdict, because) for each of `items`."""
    warnings: tuple[tuple[str, ...], ...] = ()
    """For each of `items`; left out where there are none."""
    origin: Origin | None = None
    """Where the reading is from, where that was asked."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The operator did it."""

    item: str


@dataclass(frozen=True, slots=True)
class Untick:
    """Take back a tick, an answer, a look or a waiver."""

    item: str


@dataclass(frozen=True, slots=True)
class AnswerSee:
    """The operator looked."""

    item: str
    answer: Literal["yes", "no"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerAsk:
    """The operator gives a value."""

    item: str
    value: str


@dataclass(frozen=True, slots=True)
class Waive:
    """Pass over an item, with a reason."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarkNotApplicable:
    """The item has no meaning here."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign for a role."""

    item: str
    name: str
