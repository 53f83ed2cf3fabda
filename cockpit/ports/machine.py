"""What carries out a command or a writing statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cockpit.core.reading import Table


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

    def find(self, program: str) -> str | None:
        """The path of what would run; None where there is nothing of that name, or it may not be run."""
        ...

    async def run(self, argv: Sequence[str], *, seconds: float) -> Ran:
        """Raises SourceError when it could not start, ActionUncertain when it was killed underway."""
        ...


@dataclass(frozen=True, slots=True)
class Script:
    """Statements that belong together, and what their `$1`, `$2`, ... stand for."""

    statements: tuple[str, ...]
    parameters: tuple[object, ...] = ()
    title: str = ""
    """By which an error tells it from the others of a trial."""


class Writer(Protocol):
    """A database that carries out writing statements."""

    async def write(self, statements: tuple[str, ...], parameters: Sequence[object], *, seconds: float) -> str:
        """One transaction; the command tags. SourceError: nothing happened; ActionUncertain: commit unanswered."""
        ...

    async def try_out(self, *scripts: Script, seconds: float) -> Table:
        """Carry them out in order, in one transaction that is always rolled back; the rows of the last statement.

        That it returns means that a commit after each would have gone through. SourceError: it would not;
        ActionUncertain: a statement ended the transaction itself, and something may be kept.
        """
        ...
