"""The plans that travel along beside the sample."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cockpit import cli, planfile
from cockpit.cli import CARRIED, sample

ROOT = Path(__file__).parents[1]


def test_the_folder_holds_what_the_command_line_offers() -> None:
    assert {path.stem for path in (ROOT / "plans").iterdir()} == set(CARRIED)


@pytest.mark.parametrize("environment", [None, "staging"])
@pytest.mark.parametrize("name", CARRIED)
def test_a_carried_plan_has_neither_complaint_nor_advice(name: str, environment: str | None) -> None:
    assert planfile.lint(sample.path(name), environment=environment) == ((), ())


def test_a_plan_that_is_not_carried_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["demo", "--plan", "other"])
    assert "migration" in capsys.readouterr().err


def test_what_the_table_of_coverage_names_is_in_the_plan() -> None:
    plan = planfile.load(sample.path("migration"))
    phases = [item for phase in plan.phases for item in (*phase.items, *phase.gate)]
    levels = [item for level in plan.rollback for item in level.items]
    table = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").partition("## `plans/migration.toml`")[2]
    named = set(re.findall(r"`((?:check|compare|record|do|see|ask|sign) [a-z_ ]+)`", table))
    assert len(named) > 20
    assert named - {*phases, *levels} == set()
