"""The wheel, installed alone: into an empty environment, used away from the checkout."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux

ROOT = Path(__file__).parents[1]

BROUGHT_ALONG = {"rich": "textual", "pydantic_core": "pydantic", "certifi": "httpx"}
"""What is imported and comes with something that is asked for by name."""
DISTRIBUTIONS = {"tomli_w": "tomli-w", "graphql": "graphql-core"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout as it stands, without an environment of its own for the building."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (made,) = folder.glob("*.whl")
    return made


class Alone:
    """An environment with the wheel in it, and a folder and a home with nothing in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "env" / "bin" / "python"
        self.cockpit = folder / "env" / "bin" / "cockpit"
        self.home = folder / "home"
        self.home.mkdir()

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "PG_BINDIR", "LANG") if name in os.environ}
        return kept | {"HOME": str(self.home)}

    def pip(self, *arguments: str) -> None:
        """The pip of the running environment, on this one."""
        argv = [sys.executable, "-m", "pip", "--python", str(self.python), "--quiet", "--disable-pip-version-check"]
        subprocess.run([*argv, *arguments], check=True)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.cockpit, *arguments], cwd=self.home, env=self.environ, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Its dependencies are those of the running environment; the checkout is out of reach."""
    made = Alone(tmp_path_factory.mktemp("alone"))
    venv.create(made.folder / "env", with_pip=False, symlinks=True)
    made.pip("install", "--no-deps", "--no-index", str(wheel))
    (site,) = (made.folder / "env" / "lib").glob("python*/site-packages")
    # A line of a .pth is a place to look for modules; .pth files in that place, such as the checkout's, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return made


def sees_the_demo(alone: Alone, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo comes up in a terminal, and is left with two keys."""
    monkeypatch.setattr("sys.executable", str(alone.python))
    # The terminal stands in the checkout: nothing may be imported from there.
    with Tmux(folder, environ={"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}) as terminal:
        terminal.starts("demo")
        terminal.sees("REHEARSAL")
        terminal.sees("1 Checklist")
        terminal.presses("q")
        terminal.sees("Leave the screen")
        terminal.presses("y")
        terminal.sees("Go on with: cockpit resume")
        assert len(list(terminal.runs.glob("*.sqlite"))) == 1


def test_it_holds_the_house_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    carried = {name for name in names if name.startswith("cockpit/")}
    house = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "cockpit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    themes = {f"cockpit/{path.relative_to(ROOT)}" for path in (ROOT / "themes").glob("*.toml")}
    plans = {f"cockpit/{path.relative_to(ROOT)}" for path in (ROOT / "plans").glob("*.toml")}
    assert carried == house | themes | plans | {"cockpit/sample-config.toml"}
    assert {Path(name).suffix for name in carried} >= {".py", ".sql", ".graphql", ".tcss", ".toml", ".typed"}
    assert {name.split("/")[0] for name in names} == {"cockpit", f"cockpit_deploy-{version()}.dist-info"}


def version() -> str:
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return found


def test_the_version_is_said_once_and_twice_the_same(alone: Alone) -> None:
    assert alone.run("--version").stdout == f"cockpit {version()}\n"


def imported(paths: Iterable[Path]) -> set[str]:
    """Names of packages that these files import and that are neither Python's nor ours."""
    names: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"cockpit"}


def asked_for(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", line)[0] for line in requirements}


def test_what_is_imported_is_what_it_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = asked_for(project["dependencies"])
    demo = needed | asked_for(project["optional-dependencies"]["demo"])
    modules = set((ROOT / "cockpit").rglob("*.py"))
    simulator = {path for path in modules if "simulator" in path.relative_to(ROOT).parts}
    found = imported(modules - simulator)
    assert {BROUGHT_ALONG.get(name, DISTRIBUTIONS.get(name, name)) for name in found} == needed
    assert {DISTRIBUTIONS.get(name, name) for name in imported(simulator)} <= demo


def test_alone_it_helps_and_lints_the_sample_that_travels_with_it(alone: Alone) -> None:
    helped = alone.run("--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith("usage: cockpit")
    linted = alone.run("lint", "sample-config.toml")
    assert (linted.returncode, linted.stdout) == (0, "The plan can be used.\n")
    assert str(alone.folder / "env") in linted.stderr, "it is the wheel's own"
    assert alone.run("keys").returncode == 0
    assert list(alone.home.iterdir()) == []


@pytest.mark.tmux
def test_alone_the_demo_comes_up(alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sees_the_demo(alone, tmp_path, monkeypatch)


@pytest.mark.network
@pytest.mark.tmux
def test_into_an_empty_environment_from_the_index(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    alone = Alone(tmp_path / "empty")
    venv.create(alone.folder / "env", with_pip=False, symlinks=True)
    alone.pip("install", str(wheel))
    assert alone.run("--help").returncode == 0
    assert alone.run("lint", "sample-config.toml").returncode == 0
    without = alone.run("rehearse", "sample-config.toml", "--auto")
    assert without.returncode == 2
    assert "Install the demo extra: pip install 'cockpit-deploy[demo]'." in without.stderr
    alone.pip("install", f"{wheel}[demo]")
    sees_the_demo(alone, tmp_path, monkeypatch)
