"""What can go wrong in a rehearsal, as data.

A scenario changes causes, never answers: whether the new build gets healthy, whether the old
instance finishes within its drain, what the database looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.errors import SimulatorError


@dataclass(frozen=True, slots=True)
class Scenario:
    """One cause, or none."""

    name: str
    orphans: int = 0
    """Reports left in progress by an earlier deploy."""
    healthy: bool = True
    """Builds made here get healthy; the image that serves at the start always does."""
    drains: bool = True
    """An instance that is told to stop finishes its requests and exits by itself."""
    regression: bool = False
    """The new version breaks rows while its health stays good."""
    leaks: bool = False
    """The new version never lets go of the tokens that it reserves, where a plan gave it the table for it."""
    crashes: bool = False
    """The new importer of the project `invoices` cannot take a job, gives up after ten attempts and starts anew."""


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("calm"),
        Scenario("stuck-reports", orphans=4),
        Scenario("health-fails", healthy=False),
        Scenario("drain-overruns", drains=False),
        Scenario("regression", regression=True),
        Scenario("reservations-leak", leaks=True),
        Scenario("worker-crash-loop", crashes=True),
    )
}


def named(name: str) -> Scenario:
    """The scenario of that name, or a SimulatorError that lists them."""
    try:
        return SCENARIOS[name]
    except KeyError:
        known = ", ".join(SCENARIOS)
        raise SimulatorError(f"There is no scenario '{name}'.", f"Known ones are {known}.") from None
