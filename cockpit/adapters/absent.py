"""What a rehearsal has no stand-in for: every question is refused in words, and nothing is asked of anybody."""

from __future__ import annotations

from cockpit.core.plan.check import Question
from cockpit.core.reading import Answer
from cockpit.errors import Refused
from cockpit.ports import Asking, Link


class Absent:
    """A connection that leads nowhere. `what` is the system that is not there."""

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        self._what = what

    async def ask(self, check: Question, asking: Asking) -> Answer:  # noqa: ARG002  (whatever is asked)
        """Raises Refused."""
        raise Refused(f"A rehearsal has no {self._what}.", "The check is asked in a run against the real one.")

    async def examine(self) -> Link:
        """That it is not there."""
        return Link(self.name, ok=False, summary=f"A rehearsal has no {self._what}.", milliseconds=0)

    async def close(self) -> None:
        """There is nothing to let go of."""
