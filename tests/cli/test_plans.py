"""`lint`, `schema`, `keys`, `config`, and what a plan that cannot be used gets from every command."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from cockpit.ui.actions import BY_ID
from tests.cli.conftest import Cockpit, Write, check, db, phase

ROOT = Path(__file__).parents[2]
GOOD = check("one", on="db", sql="select 1", pass_="value == 1", seen="select true")
GO = '[actions.go]\nargv = ["true"]\nundo = "none"\nwhy = "a test"\n'

BAD = {
    "no TOML": ("[[[",),
    "an unknown key": (db(), GOOD + 'pas = "value == 1"', phase("check one")),
    "a duplicate": (db(), GOOD, phase("check one", "check one")),
    "a reference to nothing": (db(), GOOD, phase("check won")),
    "a cycle": (GO, phase("tick Coffee") + 'due = "1h after go"', phase("do go").replace("All", "Two")),
    "a secret": (db().replace("env:DATABASE_URL", "postgresql://me:hunter22@db.example/x"), phase("tick Coffee")),
    "no phase": (db(),),
}
WORDS = {
    "no TOML": "plan.toml:2:3: A key is expected here",
    "an unknown key": "plan.toml:11: checks.one.pas: There is no such key here. Did you mean 'pass'?",
    "a duplicate": "This item stands twice",
    "a reference to nothing": "There is no check 'won'. Did you mean 'one'?",
    "a cycle": "go comes only in or after this phase, so it never opens.",
    "a secret": "The url itself stands in the plan.",
    "no phase": "phases: This key is missing.",
}


@pytest.mark.parametrize("command", ["lint", "check", "doctor", "run", "rehearse"])
@pytest.mark.parametrize("kind", BAD)
def test_a_plan_that_cannot_be_used_is_refused_everywhere_with_its_complaint(
    cockpit: Cockpit, write: Write, home: Path, kind: str, command: str
) -> None:
    ran = cockpit(command, write(*BAD[kind]))
    said = ran.out + ran.err
    assert ran.code == 2
    assert WORDS[kind] in said
    assert "cannot be used" in said.splitlines()[-1]
    assert "hunter22" not in said
    assert not (home / ".local").exists(), "no run was begun, nothing was written"


def test_every_complaint_comes_at_once_with_its_line(cockpit: Cockpit, write: Write) -> None:
    plan = write(db(), GOOD + 'pas = "x"\nfresh = "soon"', phase("check won", "chek one"))
    ran = cockpit("lint", plan)
    lines = [line for line in ran.out.splitlines() if line.startswith(f"{plan}:")]
    assert ran.code == 2
    assert len(lines) >= 3
    assert ran.out.splitlines()[-1] == f"The plan cannot be used: {len(lines)} complaints."


@pytest.mark.parametrize(("content", "told"), [(None, "no such file"), (b"\xff\xfe\x00", "This file is binary")])
def test_a_file_that_cannot_be_read_is_told(cockpit: Cockpit, home: Path, content: bytes | None, told: str) -> None:
    path = home / "plan.toml"
    if content is not None:
        path.write_bytes(content)
    for command in ("lint", "check"):
        ran = cockpit(command, path)
        assert ran.code == 2
        assert told in ran.out + ran.err


def test_a_folder_is_no_plan(cockpit: Cockpit, home: Path) -> None:
    assert cockpit("lint", home).code == 2


def test_a_good_plan_says_so_and_advice_stops_nothing(cockpit: Cockpit, write: Write) -> None:
    sure = db(is_="select current_database() = 'reports'")
    ran = cockpit("lint", write(sure, GOOD, phase("check one")))
    assert (ran.code, ran.out) == (0, "The plan can be used.\n")
    ran = cockpit("lint", write(db(), GOOD, phase("check one")))
    assert ran.code == 0
    assert ran.out.startswith("advice: ")
    assert ran.out.endswith("The plan can be used; one piece of advice.\n")


@pytest.mark.parametrize("environment", [[], ["-e", "staging"]])
def test_lint_takes_the_base_or_the_environment_that_is_named(cockpit: Cockpit, environment: list[str]) -> None:
    assert cockpit("lint", ROOT / "sample-config.toml", *environment).code == 0


def test_without_a_file_of_its_name_the_sample_is_the_one_that_travels_along(cockpit: Cockpit, home: Path) -> None:
    ran = cockpit("lint", "sample-config.toml")
    assert (ran.code, ran.out) == (0, "The plan can be used.\n")
    assert "No sample-config.toml lies here: this is the one that travels with Cockpit" in ran.err
    (home / "sample-config.toml").write_text("name = 1")
    ran = cockpit("lint", "sample-config.toml")
    assert (ran.code, ran.err) == (2, "")
    assert cockpit("lint", "elsewhere/sample-config.toml").code == 2


def test_a_real_run_is_of_a_file_that_is_there(cockpit: Cockpit) -> None:
    ran = cockpit("run", "sample-config.toml", "-e", "production")
    assert ran.code == 2
    assert "no such file" in ran.err


def test_the_schema_is_json_of_every_table(cockpit: Cockpit) -> None:
    ran = cockpit("schema")
    assert ran.code == 0
    assert {"connections", "checks", "actions", "phases"} <= set(json.loads(ran.out)["properties"])


def test_the_key_table_names_every_action_that_has_a_key_of_its_own(cockpit: Cockpit) -> None:
    ran = cockpit("keys")
    assert ran.code == 0
    assert all(f"`{action.id}`" in ran.out for action in BY_ID.values() if not action.follows)


SETTINGS = 'operator = "ada"\n[keys]\n"run.note" = "f5"\n'


@pytest.fixture
def settings(home: Path) -> Path:
    path = home / ".config" / "cockpit" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(SETTINGS)
    return path


def test_settings_are_printed_as_they_are_or_as_they_would_be(cockpit: Cockpit, home: Path) -> None:
    ran = cockpit("config", "--print")
    assert ran.code == 0
    assert ran.out.startswith(f"# {home / '.config/cockpit/config.toml'} does not exist; these are the defaults.\n")
    assert tomllib.loads(ran.out)["theme"] == "night"


def test_own_settings_are_printed_with_the_defaults_and_keys_are_the_operators_own(
    cockpit: Cockpit, settings: Path
) -> None:
    printed = tomllib.loads(cockpit("config", "--print").out)
    assert (printed["operator"], printed["theme"], printed["keys"]) == ("ada", "night", {"run.note": "f5"})
    assert "| `f5` | Note |" in cockpit("keys").out
    settings.write_text("thme = 'day'")
    for command in (["config", "--print"], ["keys"]):
        ran = cockpit(*command)
        assert ran.code == 2
        assert "'theme'" in ran.err
        assert ran.err.endswith("Mend what is named, or move the file away.\n")
