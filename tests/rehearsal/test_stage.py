"""What a plan is played on: a project of its name as itself, any other plan the reports, where the plan says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit import planfile
from cockpit.cli import CARRIED, PROJECTS, sample
from cockpit.core.plan import Plan
from cockpit.errors import SimulatorError
from cockpit.rehearsal.stage import Stage
from cockpit.simulator import projects

PLAN = {"name": "A plan", "phases": [{"title": "All", "items": ["tick Coffee"]}]}


def plan(**railway: str) -> Plan:
    told = {"kind": "railway", "token": "env:RAILWAY_TOKEN", **railway}
    return Plan.model_validate(PLAN | {"connections": {"railway": told} if railway else {}})


@pytest.mark.parametrize(("railway", "stage"), [
    ({}, ("reports", "production")),
    ({"project": "invoices", "environment": "production"}, ("invoices", "production")),
    ({"project": "a-shop", "environment": "live"}, ("reports", "live")),
    ({"environment": "staging"}, ("reports", "staging")),
])  # fmt: skip
def test_the_railway_connection_says_where(railway: dict[str, str], stage: tuple[str, str]) -> None:
    assert Stage.of(plan(**railway), "calm") == Stage("calm", *stage)


@pytest.mark.parametrize("name", CARRIED)
def test_a_carried_plan_finds_the_services_it_speaks_of(name: str) -> None:
    carried = planfile.load(sample.path(name))
    stage = Stage.of(carried, "calm")
    there = {part.name for part in projects.named(stage.project).parts}
    assert {action.target for action in carried.actions.values() if action.target} <= there


def test_the_command_line_offers_the_projects_that_there_are() -> None:
    assert list(PROJECTS) == list(projects.PROJECTS)


def test_a_world_from_before_there_were_several_is_production_of_the_reports(tmp_path: Path) -> None:
    world = {"scenario": {"name": "regression"}, "project_name": "reports"}
    (tmp_path / "world.json").write_text(json.dumps(world))
    assert Stage.found(tmp_path) == Stage("regression")
    assert str(Stage.found(tmp_path)) == "regression in production of reports"
    (tmp_path / "world.json").write_text("[]")
    with pytest.raises(SimulatorError, match="no stand-in world"):
        Stage.found(tmp_path)
