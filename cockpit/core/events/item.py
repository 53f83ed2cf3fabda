"""What happened to one line of a phase."""

from __future__ import annotations

from typing import Literal

from cockpit.core.body import OfItem
from cockpit.core.reading import Verdict
from cockpit.core.reading.origin import Origin


class Enquired(OfItem):
    """Somebody wants an item's check asked now."""


class BaselineRecorded(OfItem):
    """A reading was recorded on purpose; the one before stays in the record."""

    check: str
    reading: int
    origin: Origin | None = None
    """Where it is from; None in records of before origins were asked."""


class ReadingJudged(OfItem):
    """A reading settled or failed an item."""

    check: str
    reading: int
    verdict: Verdict
    because: str
    origin: Origin | None = None
    """Of a comparison: where the reading is from."""
    warnings: tuple[str, ...] = ()
    """What is to be known of the verdict all the same, one sentence each."""


class Ticked(OfItem):
    """A person did what the words say."""


class Unticked(OfItem):
    """A tick, an answer or a waiver was taken back; the item is open again."""


class SeeAnswered(OfItem):
    """A person looked."""

    answer: Literal["yes", "no"]
    note: str = ""


class Answered(OfItem):
    """A value only a person knows; a secret one is not journalled."""

    ask: str
    value: str | None
    secret: bool = False


class Waived(OfItem):
    """An item is passed over, with a reason: a deviation."""

    reason: str


class MarkedNotApplicable(OfItem):
    """An item has no meaning in this run."""

    reason: str


class Signed(OfItem):
    """A role signs."""

    role: str
    name: str
