"""Where Cockpit keeps what is its own, by the XDG Base Directory Specification 0.8.

State (journals, simulators) under `$XDG_STATE_HOME/cockpit`, settings under
`$XDG_CONFIG_HOME/cockpit`. Asking for a path makes nothing; `private` makes a folder that
nobody else can look into.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cockpit.errors import SettingsError

_NAME = "cockpit"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where journals and simulators lie: `~/.local/state/cockpit` unless XDG says otherwise."""
    return _base("XDG_STATE_HOME", (".local", "state"), environ) / _NAME


def runs_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """One journal a run lies here."""
    return state_folder(environ) / "runs"


def config_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the operator's own settings lie: `~/.config/cockpit` unless XDG says otherwise."""
    return _base("XDG_CONFIG_HOME", (".config",), environ) / _NAME


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The operator's settings; the file need not exist."""
    return config_folder(environ) / "config.toml"


def private(folder: Path) -> Path:
    """The folder, made if need be and closed to others (0700). Raises SettingsError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be made private: {error.strerror}.",
            "Make it yours with mode 0700, or point XDG_STATE_HOME and XDG_CONFIG_HOME elsewhere.",
        ) from error
    return folder


def _base(variable: str, otherwise: tuple[str, ...], environ: Mapping[str, str]) -> Path:
    """The specification has relative values ignored."""
    value = environ.get(variable, "")
    if value and Path(value).is_absolute():
        return Path(value)
    home = environ.get("HOME", "")
    return (Path(home) if home else Path.home()).joinpath(*otherwise)
