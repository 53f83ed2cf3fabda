"""What carries out a command or a writing statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    exit: int
    text: str
    """Its output, bounded; redacted and inert only when shown."""
    capped: bool = False
    """There was more output than is kept."""
    errors: str = ""
    """What it wrote to its standard error, where that was kept apart."""


class Shell(Protocol):
    """Commands of this machine, by argv, their process group killed past the deadline."""

    async def run(self, argv: Sequence[str], *, seconds: float) -> Ran:
        """Raises SourceError when it could not start, ActionUncertain when it was killed underway."""
        ...


class Writer(Protocol):
    """A database that carries out one writing statement."""

    async def write(self, sql: str, parameters: Sequence[object], *, seconds: float) -> str:
        """One transaction; the command tag. SourceError: nothing happened; ActionUncertain: commit unanswered."""
        ...
