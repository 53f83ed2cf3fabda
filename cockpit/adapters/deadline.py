"""How long an answer is waited for, and what is said where none came: the same for every source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cockpit.errors import TimedOut


@asynccontextmanager
async def answered_within(seconds: float, name: str, remedy: str) -> AsyncIterator[None]:
    """The body, within machine seconds. Raises TimedOut, which names the connection and says what to do."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TimedOut(f"'{name}' did not answer within {seconds:g} s.", remedy) from error
