"""What of the stand-in world a plan is played on: which project, where, and what goes wrong in it.

A project of its name is played as itself; any other plan gets the report service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cockpit.core.plan import Plan
from cockpit.core.plan.connection import RailwayConnection
from cockpit.errors import SimulatorError
from cockpit.simulator.projects import PROJECTS
from cockpit.simulator.projects.reports import REPORTS


@dataclass(frozen=True, slots=True)
class Stage:
    """All of it by name."""

    scenario: str
    project: str = REPORTS.name
    environment: str = "production"

    @classmethod
    def of(cls, plan: Plan, scenario: str) -> Self:
        """As the first Railway connection of the plan has it, in the environment that was chosen."""
        found = (one for one in plan.connections.values() if isinstance(one, RailwayConnection))
        railway = next(found, None)
        if railway is None:
            return cls(scenario)
        project = railway.project or ""
        return cls(scenario, project if project in PROJECTS else REPORTS.name, railway.environment)

    @classmethod
    def found(cls, folder: Path) -> Self:
        """What is played in a world that is there. Raises SimulatorError."""
        try:
            world = json.loads((folder / "world.json").read_text())
            # Of a world from before there were several, production of the reports was played.
            return cls(str(world["scenario"]["name"]), str(world["project_name"]), str(world.get("home", "production")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"{folder} holds no stand-in world."
            raise SimulatorError(what, "Say with --judge which ending counts.") from error

    def __str__(self) -> str:
        return f"{self.scenario} in {self.environment} of {self.project}"
