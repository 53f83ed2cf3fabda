"""The names that may have been meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from cockpit.core.text.inert import inert

_LOOKED_AT = 300
_SHOWN = 8
_NAME = 60


def or_nearest(wrong: str, valid: Iterable[str], otherwise: str) -> str:
    """A sentence with the nearest valid names, else `otherwise` and the first of all."""
    names = [inert(name, limit=_NAME) for name in islice(valid, _LOOKED_AT)]
    near = get_close_matches(wrong[:_NAME], names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    if not names:
        return "There is nothing in it."
    more = " and more" if len(names) > _SHOWN else ""
    return f"{otherwise} {', '.join(names[:_SHOWN])}{more}."
