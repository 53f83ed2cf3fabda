"""What `docs/monitor.md` says of systemd and of settings is so."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from cockpit.settings import Settings

PAGE = (Path(__file__).parents[1] / "docs" / "monitor.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The page's one block in this language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_settings_of_the_page_are_settings() -> None:
    settings = Settings.model_validate(tomllib.loads(block("toml")))
    assert settings.notifications.desktop
    assert settings.notifications.webhook == "env:COCKPIT_WEBHOOK"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit_of_the_page(tmp_path: Path) -> None:
    program = tmp_path / "cockpit"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    unit = tmp_path / "cockpit-monitor@.service"
    unit.write_text(block("ini").replace("%h/.local/bin/cockpit", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--recursive-errors=one", str(unit)],
        capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
