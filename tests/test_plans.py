"""The plans that travel along beside the sample."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cockpit import cli, planfile
from cockpit.cli import CARRIED, SAMPLE, sample

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


_ROWS = {"sample": 43, "migration": 33, "workers": 33}
"""How many things each runbook asks for."""


def table(name: str) -> list[list[str]]:
    """The rows of a plan's table: number, what is asked for, by what it is done."""
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    file = SAMPLE if name == "sample" else f"plans/{name}.toml"
    own = text.partition(f"## `{file}`")[2].partition("\n## ")[0]
    lines = [line for line in own.splitlines() if re.match(r"\| \d\d \|", line)]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


@pytest.mark.parametrize("name", _ROWS)
def test_the_table_of_coverage_has_a_row_for_everything_that_is_asked_for(name: str) -> None:
    rows = table(name)
    assert [row[0] for row in rows] == [f"{number:02}" for number in range(1, _ROWS[name] + 1)]
    assert all(len(row) == 3 and all(row) for row in rows)


@pytest.mark.parametrize("name", _ROWS)
def test_what_the_table_of_coverage_names_is_in_the_plan(name: str) -> None:
    plan = planfile.load(sample.path(None if name == "sample" else name))
    phases = [item for phase in plan.phases for item in (*phase.items, *phase.gate)]
    levels = [item for level in plan.rollback for item in level.items]
    proofs = [f"check {action.proving_check}" for action in plan.actions.values() if action.proving_check]
    told = " ".join(row[2] for row in table(name))
    named = set(re.findall(r"`((?:check|compare|record|do|see|ask|sign|tick) [^`=]+)`", told))
    assert len(named) > 20
    assert named - {*phases, *levels, *proofs} == set()
    monitors = set(re.findall(r"`monitors\.(\w+)`", told))
    assert monitors - set(plan.monitors) == set()
    for level in re.findall(r"\bLevel (\d)", told):
        assert plan.rollback[int(level) - 1].title.startswith(f"Level {level}:")


@pytest.mark.parametrize("name", _ROWS)
def test_nothing_of_a_carried_plan_is_without_a_row(name: str) -> None:
    plan = planfile.load(sample.path(None if name == "sample" else name))
    told = " ".join(row[2] for row in table(name))
    watched = {plan.monitors[name].check for phase in plan.phases for name in phase.monitors}
    unnamed = {check for check in plan.checks if f" {check}`" not in told and check not in watched}
    assert unnamed == set()
