"""A gate was asked, and decided."""

from __future__ import annotations

from pydantic import Field

from cockpit.core.body import Body


class GateAsked(Body):
    """The gate was opened: everything in it is asked again."""

    phase: str


class GateDecided(Body):
    """Go or no-go; what was recommended and what was decided stand side by side."""

    phase: str
    go: bool
    recommended: bool
    reasons: tuple[str, ...]
    overrides: dict[str, str] = Field(default_factory=dict)
    """Item to reason, for each condition passed over."""
    inputs: tuple[int, ...] = ()
    """Readings the recommendation rests on."""
