"""What must be on record: outcomes wait for a journal that cannot be written just now."""

from __future__ import annotations

import asyncio

from cockpit.core.commands import Accept, BeginRollout, Fail, Finish, Lose, Refusal
from cockpit.session import Session

AGAIN = 0.5
"""Machine seconds between two tries."""


async def tell(session: Session, command: Accept | Finish | Fail | Lose | BeginRollout) -> None:
    """Dispatch until it is recorded, or refused for another reason than the journal."""
    while True:
        answer = await session.dispatch(command, by="runner")
        if not isinstance(answer, Refusal) or not session.telemetry.journal_trouble:
            return
        await asyncio.sleep(AGAIN)
