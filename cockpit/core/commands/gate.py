"""A gate, and what the way back needs before it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cockpit.core.finding import Finding


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Ask everything in the gate again."""

    phase: str


@dataclass(frozen=True, slots=True)
class DecideGate:
    """Go or no-go."""

    phase: str
    go: bool
    overrides: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeeWayBack:
    """What a rollback level needs was looked at; `fresh` where every look was made since a gate was opened."""

    level: str
    findings: tuple[Finding, ...]
    fresh: bool = True
