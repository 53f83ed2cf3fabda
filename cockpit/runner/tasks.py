"""What is under way beside a loop: tasks by name, each once; whatever ends wakes the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """The tasks of one loop. A defect in one of them is the loop's end: `wait` raises it."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._under_way

    @property
    def count(self) -> int:
        """How many are under way."""
        return len(self._under_way)

    def names(self, kind: str) -> set[str]:
        """What stands after the kind in the names under way: of `ask health` it is `health`."""
        return {name.removeprefix(f"{kind} ") for name in self._under_way if name.startswith(f"{kind} ")}

    def begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin it unless one of this name is under way."""
        known = self._under_way.get(name)
        if known is not None and not known.done():  # one that is done, and not told so yet, answers nobody any more
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        self._under_way[name] = task
        task.add_done_callback(self._ended)

    def wake(self) -> None:
        """Have the next round begin now."""
        self._wake.set()

    async def wait(self, seconds: float) -> None:
        """Until something ends or wakes the loop, at most so many machine seconds. Raises what a task failed of."""
        if self._failure is not None:
            raise self._failure
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def end(self, *kinds: str) -> None:
        """Cancel those of these kinds, or all, and wait until they have gone."""
        tasks = [task for name, task in self._under_way.items() if not kinds or name.partition(" ")[0] in kinds]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._under_way.get(task.get_name()) is task:
            del self._under_way[task.get_name()]
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = failure
        self._wake.set()
