"""A change of the world: its beginning, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Do:
    """Start an action; `typed` is what the operator typed or pressed to confirm."""

    item: str
    typed: str = ""
    summary: str = ""
    before: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accept:
    """The outside system took the action."""

    item: str
    intent: int
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The action is done, with its proof."""

    item: str
    intent: int
    proof: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The action certainly failed."""

    item: str
    intent: int
    because: str


@dataclass(frozen=True, slots=True)
class Lose:
    """The action's outcome is unknown."""

    item: str
    intent: int
    because: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at an unknown outcome showed."""

    item: str
    intent: int
    found: Literal["happened", "not happened", "inconclusive"]
    because: str
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """The operator settles an unknown outcome."""

    item: str
    happened: bool
    reason: str = ""
    """How the operator knows that it happened, where the looks cannot tell."""
