"""Baselines in words: how often one was recorded, by whom and as whom, and which one is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from cockpit.core.state import Baseline, State
from cockpit.view.fit import foreign
from cockpit.view.times import utc

_EARLIER = 5
"""Recordings before the present one that are told singly."""


def recordings(state: State, check: str) -> tuple[Baseline, ...]:
    """Every baseline of a check, oldest first; the last is the one compared with."""
    present = state.baselines.get(check)
    return (*state.earlier_baselines.get(check, ()), *((present,) if present is not None else ()))


def recorded(state: State, check: str, when: Callable[[datetime], str] = lambda at: f"{utc(at)} UTC") -> Iterator[str]:
    """`recorded 3 times; the one compared with is of 14:02:11 UTC, by ...`, then those before it, the newest first."""
    *earlier, present = recordings(state, check) or (None,)
    if present is None:
        return
    words = f"recorded {len(earlier) + 1} times; the one compared with is" if earlier else "baseline"
    yield f"{words} of {told(present, when)}"
    for each in reversed(earlier[-_EARLIER:]):
        yield f"before it: {told(each, when)}"
    if len(earlier) > _EARLIER:
        yield f"and {len(earlier) - _EARLIER} earlier ones, all in the record"


def told(baseline: Baseline, when: Callable[[datetime], str]) -> str:
    """When it was recorded, by whom, and from where."""
    origin = f", from {foreign(baseline.origin.words, limit=200)}" if baseline.origin is not None else ""
    return f"{when(baseline.at)}, by {foreign(baseline.by)}{origin}"
