"""What an API allows within an hour."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.core import cadence


@dataclass(frozen=True, slots=True)
class Budget:
    """API requests of the last hour of machine time."""

    used: int
    per_hour: int
    held_back: int
    """Kept for a rollback."""

    @property
    def free(self) -> int:
        """What all but a rollback may use."""
        return self.per_hour - self.held_back

    @property
    def stretch(self) -> float:
        """By how much looks at a rollout of ours stretch."""
        return cadence.stretch(self.used, self.free)

    @property
    def giving_way(self) -> float:
        """By how much everything else that asks Railway stretches."""
        return cadence.giving_way(self.used, self.free)
