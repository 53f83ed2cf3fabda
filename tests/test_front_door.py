"""The two commands of the README, in a fresh copy with nothing installed and an empty home."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "build")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A copy as a clone would be."""
    return Path(shutil.copytree(ROOT, tmp_path / "cockpit", ignore=LEFT_BEHIND))


def run(fresh: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    own = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "NO_PROXY", "http", "no_proxy", "CI")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG") or name.startswith(own)}
    (fresh.parent / "home").mkdir(exist_ok=True)
    environ = kept | {"HOME": str(fresh.parent / "home")}
    return subprocess.run(argv, cwd=fresh, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.network
def test_both_commands_make_what_they_need_once(fresh: Path) -> None:
    shown = run(fresh, "./demo", "--help")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("usage: cockpit demo")
    assert "installing Cockpit with its 'demo' extra" in shown.stderr
    tested = run(fresh, "./test", "-q", "tests/test_paths.py")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert " passed" in tested.stdout
    again = run(fresh, "./demo", "--help")
    assert "installing" not in again.stderr


def test_without_a_python_that_is_new_enough_it_says_so(fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for tool in ("bash", "dirname", "cksum", "cat"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    old = tmp_path / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    done = subprocess.run(
        [str(tmp_path / "bin" / "bash"), "./demo"], cwd=fresh, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("cockpit: no Python 3.11 or newer was found. Install one")
