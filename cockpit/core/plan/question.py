"""What every check has in common, whichever system it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from cockpit.core.plan.fields import Condition, Model, RelationText, Span
from cockpit.core.plan.names import Name


class Question(Model):
    """What every check has in common."""

    source: ClassVar[str]
    """The kind of question, such as postgres or logs."""
    asks_of: ClassVar[str]
    """The kind of connection that answers it."""

    on: Name
    """The connection that is asked."""
    title: str | None = None
    """The words it is shown by; else its name."""
    with_: tuple[str, ...] = Field(default=(), alias="with")
    """What it needs that a person answers: asks, which an expectation knows by their names."""
    pass_: Condition | None = Field(default=None, alias="pass")
    """The expectation over the reading; without it the verdict is *observed*."""
    seen: str | None = None
    """The control, the proof that the check is not blind: SQL for postgres, else an expression."""
    fresh: Span = timedelta(minutes=5)
    """An older reading does not count at a gate."""
    deadline: Span = timedelta(seconds=10)
    """Machine time one asking may take."""
    compare: RelationText | dict[str, RelationText] | None = None
    """How a later reading relates to the baseline: one relation, or one by row key or column, `other` for the rest."""
    rows_by: str | None = None
    """The column whose value names a row."""
    missing: int | str | None = None
    """What a row that is on one side only counts as."""
    mask: tuple[str, ...] = ()
    """Columns kept as keyed hashes: they still compare, and tell nothing."""

    @property
    def bound(self) -> tuple[str, ...]:
        """What has to be known before it can be asked: names of asks, or `time of ANCHOR`."""
        return self.with_

    @property
    def is_trial(self) -> bool:
        """Whether asking it writes, in a transaction that is always rolled back: a person's key starts it."""
        return False
