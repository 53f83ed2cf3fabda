"""The lines of a window, over HTTP, page by page backwards until the window is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.stamps import nanoseconds, stamped
from cockpit.core.text.logline import LogLine
from cockpit.ports import Scope

PAGE = 5000
"""Railway's most (`railway/api.md` 9); it may answer with one more."""
_PAGES = 20
"""So 100,000 lines at most: what is older counts as not seen."""


_BATCH = 500


@dataclass(frozen=True, slots=True)
class Window:
    """Lines, oldest first, each once; `whole` unless older ones of the window could not be read."""

    lines: list[LogLine]
    whole: bool


async def window(
    client: Client,
    scope: Scope,
    services: Iterable[str],
    since: str,
    until: str | None = None,
    *,
    page: int = PAGE,
    pages: int = _PAGES,
    urgent: bool = False,
    reaches: Callable[[Sequence[LogLine]], bool] = lambda _: False,
) -> Window:
    """Lines of these service ids stamped after `since` (exclusive) up to `until`, now without one.

    Raises SourceError. Whether the anchor itself is in a page is documented nowhere: the next page
    begins one nanosecond above the oldest line seen, and identity sorts out what comes twice. A page that
    `reaches` what the asker has already ends the reading.
    """
    found: dict[tuple[str, ...], LogLine] = {}
    anchor = until
    for _ in range(pages):
        data = await client.ask(
            "logs",
            urgent=urgent,
            environmentId=scope.environment_id,
            filter=of_services(services),
            since=since,
            anchor=anchor,
            limit=page,
        )
        lines = await read(data, names(scope))
        before = len(found)
        found = {(line.deployment, *line.identity): line for line in lines} | found
        if len(lines) < page or reaches(lines):
            return Window(_ordered(found.values()), whole=True)
        if len(found) == before:
            break  # more lines in one instant than a page holds: nobody can get behind it
        anchor = stamped(min(nanoseconds(line.stamp) for line in lines) + 1)
    return Window(_ordered(found.values()), whole=False)


async def read(data: Json, services: Mapping[str, str]) -> list[LogLine]:
    """The lines of one answer of `environmentLogs`; `services` turns ids into names. Raises Garbled.

    With a breath between batches: five thousand lines are a twentieth of a second, and a key may be pressed.
    """
    lines: list[LogLine] = []
    with shapes.understood("logs"):
        rows = data["environmentLogs"]
        for start in range(0, len(rows), _BATCH):
            lines += [shapes.log_line(node, services) for node in rows[start : start + _BATCH]]
            await asyncio.sleep(0)
    return lines


def of_services(services: Iterable[str]) -> str:
    """The filter for all lines of these service ids."""
    return " OR ".join(f"@service:{service}" for service in services)


def names(scope: Scope) -> dict[str, str]:
    """Service id to name."""
    return {service_id: name for name, service_id in scope.services.items()}


def _ordered(lines: Iterable[LogLine]) -> list[LogLine]:
    return sorted(lines, key=lambda line: nanoseconds(line.stamp))
