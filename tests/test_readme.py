"""What README and docs say is so: every command is run, or parsed, and every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cockpit.cli import _parser
from cockpit.planfile import lint
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import launch
from cockpit.ui.keymap import keys_table, remap
from tests.conftest import Database
from tests.terminal.tmux import Tmux

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

ELSEWHERE = {
    "./demo": "tests/test_front_door.py; tests/test_wheel.py has the demo come up",
    "./test": "tests/test_front_door.py",
}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """Lines of shell, without remarks."""
    lines = [line.split(" #")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The addresses of a stand-in world, which the README's plan takes for Railway."""
    launched = launch(tmp_path / "world", Stage("calm"), 1.0)
    yield launched.address
    assert launched.process is not None
    launched.process.send_signal(signal.SIGTERM)
    launched.process.wait()


def plan_of_the_readme(address: dict[str, Any]) -> str:
    (plan,) = blocks(README, "toml")
    endpoint = f'environment = "production"\nendpoint = "{address["railway"]["endpoint"]}"\n'
    changed = plan.replace("https://reports.example", address["app"]["base_url"])
    return re.sub(r'^environment = "production".*\n', endpoint, changed, flags=re.MULTILINE)


def test_the_plan_of_the_readme_needs_no_advice(tmp_path: Path) -> None:
    (plan,) = blocks(README, "toml")
    (tmp_path / "deploy.toml").write_text(plan, encoding="utf-8")
    assert lint(tmp_path / "deploy.toml") == ((), ())


@pytest.mark.tmux
def test_the_commands_of_the_readme_do_what_it_says_in_their_order(tmp_path: Path, stand_in: dict[str, Any]) -> None:
    real = {"RAILWAY_TOKEN": stand_in["railway"]["project_token"], "DATABASE_URL": stand_in["postgres"]["url"]}
    said = commands(README)
    assert [line.split("=")[0] for line in said if line.startswith("export")] == [f"export {name}" for name in real]
    (tmp_path / "deploy.toml").write_text(plan_of_the_readme(stand_in), encoding="utf-8")
    done = []
    with Tmux(tmp_path, environ=real) as terminal:
        for line in said:
            words = shlex.split(line)
            if words[0] in ELSEWHERE or words[0] == "export":
                continue
            assert words[0] == "cockpit", line
            arguments = [str(tmp_path / word) if word.startswith("deploy.") else word for word in words[1:]]
            if arguments[0] in {"run", "resume"}:
                on_the_screen(terminal, *arguments)
            else:
                assert headless(terminal, real, *arguments) == 0, line
            done.append(arguments[0])
    assert done == ["lint", "doctor", "check", "run", "resume", "status", "report"]
    assert (tmp_path / "deploy.md").read_text("utf-8").startswith("# Reports: deploy web\n")


def on_the_screen(terminal: Tmux, *arguments: str) -> None:
    """It comes up about the real thing, and is left."""
    terminal.starts(*arguments)
    terminal.sees("· PRODUCTION ·")
    terminal.sees("1 Checklist")
    terminal.sees("record the baseline")
    terminal.presses("q")
    terminal.sees("Leave the screen")
    terminal.presses("y")
    assert terminal.ends() == 0


def headless(terminal: Tmux, real: dict[str, str], *arguments: str) -> int:
    home = {"HOME": str(terminal.home), "XDG_STATE_HOME": str(terminal.state), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "cockpit", *arguments], env={**os.environ, **home, **real}, check=False
    ).returncode


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_one(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line)
        if words[0] == "cockpit":
            _parser().parse_args(words[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


def test_the_readme_leads_to_every_page() -> None:
    linked = {link for page in PAGES for link in re.findall(r"\(([^)#]+\.md)\)", page.read_text("utf-8"))}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= {Path(link).name for link in linked}


def test_the_role_of_the_docs_reads_what_there_is_and_what_will_be_and_writes_nothing(database: Database) -> None:
    (made,) = blocks(ROOT / "docs" / "real.md", "sql")
    for said, meant in (("database reports", f"database {database.name}"), ("cockpit", "cockpit_of_docs")):
        made = re.sub(rf"\b{said}\b", meant, made)
    database.run("create table reports (id int)", role="postgres")
    database.run(*made.strip().rstrip(";").split(";\n"), "create table later (id int)", role="postgres")
    rights = "select has_table_privilege('cockpit_of_docs', oid, '{}') from pg_class where relname = any($1)"
    both = [["reports", "later"]]
    try:
        with psycopg.connect(database.admin_url, cursor_factory=psycopg.RawCursor) as admin:
            assert admin.execute(rights.format("select").encode(), both).fetchall() == [(True,), (True,)]
            writes = rights.format("insert, update, delete, truncate").encode()
            assert admin.execute(writes, both).fetchall() == [(False,), (False,)]
    finally:
        database.run("drop owned by cockpit_of_docs", "drop role cockpit_of_docs", role="postgres")


def test_the_page_of_keys_is_what_the_program_prints() -> None:
    page = (ROOT / "docs" / "keys.md").read_text("utf-8")
    assert page.endswith(keys_table({})), "put what `cockpit keys` prints in the place of its tables"
    (own,) = blocks(ROOT / "docs" / "keys.md", "toml")
    assert remap(tomllib.loads(own)["keys"])[1] == ()
