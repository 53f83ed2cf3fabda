"""A place where somebody is told who does not look at the screen."""

from __future__ import annotations

from typing import Protocol


class Messenger(Protocol):
    """Takes a sentence at a time."""

    async def send(self, text: str) -> None:
        """Have it told. Raises a SourceError where it was not taken."""
        ...

    async def close(self) -> None: ...
