"""The projects that the stand-in can be, by name. A new one is a file here, its tables and its pages."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit.errors import SimulatorError
from cockpit.simulator.projects.invoices import INVOICES
from cockpit.simulator.projects.project import Part, Project
from cockpit.simulator.projects.reports import REPORTS
from cockpit.simulator.world import Deployment, World

PROJECTS: Mapping[str, Project] = {project.name: project for project in (REPORTS, INVOICES)}


def named(name: str) -> Project:
    """The project of that name, or a SimulatorError that lists them."""
    try:
        return PROJECTS[name]
    except KeyError:
        known = ", ".join(PROJECTS)
        raise SimulatorError(f"There is no stand-in project '{name}'.", f"Known ones are {known}.") from None


def played(world: World) -> Project:
    """The project that a world is."""
    return PROJECTS[world.project_name]


def part_of(world: World, deployment: Deployment) -> Part:
    """The service that a deployment is of."""
    return played(world).part(world.services[deployment.service].name)
