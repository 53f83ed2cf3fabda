"""Why something is not done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not done: shown before the key is pressed, and after."""

    reason: str
