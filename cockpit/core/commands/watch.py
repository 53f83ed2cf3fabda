"""What monitors and criteria came to, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MoveMonitor:
    """A monitor changed its state."""

    monitor: str
    state: str
    because: str
    reading: int | None = None


@dataclass(frozen=True, slots=True)
class MoveTrigger:
    """A criterion for or against a rollback changed."""

    trigger: int
    state: Literal["clear", "tripped", "unknown"]
    because: str
    against: bool = False


@dataclass(frozen=True, slots=True)
class TellAlert:
    """Somebody who does not look was told, or with `trouble` could not be."""

    subject: str
    word: str
    words: str
    trouble: str = ""
    place: str = "operator"
