"""An outside system that answers checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from cockpit.core.plan import Question
from cockpit.core.reading import Answer


@dataclass(frozen=True, slots=True)
class Asking:
    """What a source needs beside the check itself."""

    parameters: tuple[object, ...] = ()
    """Bound values for `$1`, `$2`, ..."""
    since: datetime | None = None
    """Where a log window begins."""
    deployment: str | None = None
    """Whose lines or settings are meant, when the check says old or new."""
    whence: bool = False
    """Whether the answer is to say who gave it, as whom: for a baseline, and what is held against it."""
    urgent: bool = False
    """On the way back: requests may use what the budget holds back."""


@dataclass(frozen=True, slots=True)
class Link:
    """What `doctor` says of a connection."""

    connection: str
    ok: bool
    summary: str
    """Whom we reached and with which rights, one line."""
    milliseconds: int
    remedy: str = ""
    warnings: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """What is true at the moment only, such as how much of a budget is used."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the role at hand could not judge a check or carry out an action, or what of it nobody can tell before."""

    what: str
    remedy: str
    key: str = "sql"
    """What it is about: `sql`, `sql[2]`, `seen` or `argv`."""
    sure: bool = True
    """It could not. Else it could, and would not know what it was not shown; or that cannot be told."""
    lacks: str = ""
    """The name of what is not there, where that is the trouble."""


@runtime_checkable
class Foresight(Protocol):
    """A source that can tell without asking whether a check could be judged, and what writes would be carried out."""

    async def doubts(self, check: Question, samples: Sequence[tuple[object, ...]]) -> tuple[Doubt, ...]:
        """Everything that speaks against it; `samples` are parameters to try its types with. Raises nothing of ours."""
        ...

    async def doubts_to_write(
        self, statements: Sequence[str], samples: Sequence[tuple[object, ...]]
    ) -> tuple[Doubt, ...]:
        """The same of the statements of a writing action, of which none is carried out."""
        ...


class Source(Protocol):
    """An outside system that answers checks."""

    async def ask(self, check: Question, asking: Asking) -> Answer:
        """One answer, within `check.deadline` of machine time."""
        ...

    async def examine(self) -> Link:
        """Whether it works, with which rights, how fast; raises nothing of ours."""
        ...

    async def close(self) -> None:
        """Let go of sockets, within a second."""
        ...
