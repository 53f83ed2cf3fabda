"""Relay connections over lists [1 S]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cockpit.simulator.refusal import bad_input
from cockpit.simulator.resolvers.asking import Args

T = TypeVar("T")
MOST = 1000


def connection(items: Sequence[T], args: Args, view: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """A page of the items; a cursor is a place in the list."""
    start = _place(args.get("after"), -1) + 1
    end = _place(args.get("before"), len(items))
    if (first := args.get("first")) is not None:
        end = min(end, start + min(int(first), MOST))
    if (last := args.get("last")) is not None:
        start = max(start, end - min(int(last), MOST))
    chosen = range(start, max(start, min(end, len(items))))
    return {
        "edges": [{"cursor": str(place), "node": view(items[place])} for place in chosen],
        "pageInfo": {
            "hasNextPage": bool(chosen) and chosen[-1] < len(items) - 1,
            "hasPreviousPage": bool(chosen) and chosen[0] > 0,
            "startCursor": str(chosen[0]) if chosen else None,
            "endCursor": str(chosen[-1]) if chosen else None,
        },
    }


def _place(cursor: str | None, default: int) -> int:
    try:
        return default if cursor is None else int(cursor)
    except ValueError:
        raise bad_input("Invalid cursor") from None
