"""What an API allows within an hour."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.core import cadence


@dataclass(frozen=True, slots=True)
class Budget:
    """API requests of the last hour of machine time."""

    used: int
    """As counted here, or by what the API says is left, whichever is more."""
    per_hour: int
    held_back: int
    """Kept for a rollback."""
    uncounted: int = 0
    """Of those used: spent with this token by other programs, or by this one before it started anew."""
    planned: int | None = None
    """An hour, as the plan says; None where it does not."""
    observed: int | None = None
    """An hour, as the API itself says; None while it has not."""

    @property
    def free(self) -> int:
        """What all but a rollback may use."""
        return self.per_hour - self.held_back

    @property
    def is_overstated(self) -> bool:
        """Whether the plan says more than the API allows."""
        return None not in {self.planned, self.observed} and (self.planned or 0) > (self.observed or 0)

    @property
    def stretch(self) -> float:
        """By how much looks at a rollout of ours stretch."""
        return cadence.stretch(self.used, self.free)

    @property
    def giving_way(self) -> float:
        """By how much everything else that asks Railway stretches."""
        return cadence.giving_way(self.used, self.free)
