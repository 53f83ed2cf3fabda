"""The operator's own settings: `config.toml` in the XDG config folder, or the defaults.

They change how Cockpit looks and speaks to one person, never what a plan does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.plan.fields import SecretRef, is_reference
from cockpit.errors import SettingsError
from cockpit.planfile.complaints import translate
from cockpit.planfile.toml import Document, Found, parse, read


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Notifications(_Table):
    """How Cockpit calls for attention."""

    bell: bool = Field(default=True, strict=True)
    """Ring the terminal's bell for news that cannot wait for a glance."""
    desktop: bool = Field(default=False, strict=True)
    """Say it to the terminal too (OSC 9), which shows it as a notification of the desktop; through tmux as well."""
    webhook: SecretRef | None = None
    """Where alerts are posted, as Slack takes them: `env:NAME`, `file:PATH` or a command, never the address itself."""

    @field_validator("webhook")
    @classmethod
    def _is_a_reference(cls, value: SecretRef | None) -> SecretRef | None:
        if value is not None and not is_reference(value):
            raise ValueError("The address itself is a secret. Write env:NAME or file:PATH in its place.")
        return value


class Settings(_Table):
    """What one operator likes."""

    operator: str | None = None
    """The name in the record; else the login. `--as` says it for one run."""
    theme: str = "night"
    """A theme by its name: `night`, `day`, `terminal`, or one of your own."""
    calm: bool = Field(default=False, strict=True)
    """Repaint seldom, for slow lines; as `--calm`."""
    notifications: Notifications = Notifications()
    """How to call for attention."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Other keys: an action's id (`cockpit keys` lists them) to its keys, several with commas."""


def load_settings(path: Path) -> Settings:
    """The settings in a file; the defaults where there is none. Raises SettingsError with every complaint."""
    if not path.exists():
        return Settings()
    text = read(path)
    if isinstance(text, Complaint):
        raise _error(path, [Found(text)])
    document = parse(text)
    if document.values is None:
        raise _error(path, list(document.found))
    try:
        return Settings.model_validate(document.values)
    except ValidationError as error:
        complaints = translate(error.errors(include_url=False), document.values, _table_at)
        raise _error(path, [_placed(complaint, document) for complaint in complaints]) from error


def dump(settings: Settings) -> str:
    """The settings as the TOML file that would give them; what is unset is left out."""
    return tomli_w.dumps(settings.model_dump(mode="json", exclude_none=True), multiline_strings=True)


def _table_at(path: KeyPath, values: Mapping[str, Any]) -> type[BaseModel] | None:  # noqa: ARG001  (a TableAt)
    if path == ():
        return Settings
    return Notifications if path == ("notifications",) else None


def _placed(complaint: Complaint, document: Document) -> Found:
    return Found(complaint, document.lines.of(complaint.path))


def _error(path: Path, found: list[Found]) -> SettingsError:
    lines = tuple(each.show(str(path)) for each in sorted(found, key=lambda each: each.line or 0))
    return SettingsError(f"The settings {path} cannot be used.", "Mend what is named, or move the file away.", lines)
