"""Where Cockpit keeps what is its own, and that nobody else can look into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.errors import SettingsError
from cockpit.paths import config_file, config_folder, private, runs_folder, state_folder

HOME = {"HOME": "/home/ada"}


def test_without_xdg_everything_lies_under_home() -> None:
    assert state_folder(HOME) == Path("/home/ada/.local/state/cockpit")
    assert runs_folder(HOME) == Path("/home/ada/.local/state/cockpit/runs")
    assert config_folder(HOME) == Path("/home/ada/.config/cockpit")
    assert config_file(HOME) == Path("/home/ada/.config/cockpit/config.toml")


def test_xdg_says_otherwise_where_it_is_absolute() -> None:
    xdg = {**HOME, "XDG_STATE_HOME": "/var/state", "XDG_CONFIG_HOME": "relative"}
    assert state_folder(xdg) == Path("/var/state/cockpit")
    assert config_folder(xdg) == Path("/home/ada/.config/cockpit")


def test_asking_for_a_path_makes_nothing(tmp_path: Path) -> None:
    assert not state_folder({"HOME": str(tmp_path)}).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_private_folder_is_made_with_its_parents_and_closed(tmp_path: Path) -> None:
    folder = private(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert private(folder).stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be made private"):
        private(tmp_path / "file" / "folder")
