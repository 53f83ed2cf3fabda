"""What an outside system answered, and what was made of it.

An `Answer` is raw and short-lived. A `Reading` is the row that stays: when asked, when
answered, the verdict, one scalar, the cost. Rows stay with it only where the record needs
them (baselines, changes of verdict, gate inputs, pins).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cockpit.core.reading.origin import Origin


class Verdict(StrEnum):
    """What a reading says under an expectation. *Stale* is no verdict: it is derived from age."""

    PASS = "pass"  # noqa: S105  (a verdict, no password)
    FAIL = "fail"
    ERROR = "error"
    OBSERVED = "observed"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows as the source typed them (Decimal, datetime, UUID, None, ...)."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    capped: bool = False
    """There were more rows than are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one source.

    `facts` are the names an expectation may use: `value row rows` for postgres, `status json text
    elapsed headers` for http, `count lines found missing` for logs, the asked map's name for railway.
    `control` is the source's own look at `seen`: true, false, or None when it was not asked there.
    """

    facts: Mapping[str, object]
    table: Table = field(default_factory=Table)
    control: bool | None = None
    evidence: tuple[str, ...] = ()
    """Raw lines that show it, at most a handful."""
    gap: bool = False
    """Part of the window could not be seen."""
    origin: Origin | None = None
    """Who answered, where that was asked and the source can tell."""
    blind: str = ""
    """Why the source itself knows that this could not have shown the trouble, one sentence; else empty."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer, judged, as the journal keeps it."""

    id: int
    check: str
    asked: datetime
    """Plan time."""
    answered: datetime
    by: str
    """`runner`, or the operator who asked."""
    verdict: Verdict
    because: str
    """One sentence."""
    scalar: str | None
    """The value in words, at most 256 bytes."""
    milliseconds: int
    """Machine time it took."""
    digest: str
    """Of the rows, to tell a change."""
    table: Table | None = None
    """Rows, where they are kept; at most 64 KB as JSON."""
    value: object | None = None
    """The scalar with its type, for history (`ago`, `previous`)."""


class Sampled(NamedTuple):
    """What a count of readings needs of one: a watch of a week has a million, and they are not held whole."""

    asked: datetime
    """Plan time."""
    verdict: Verdict
