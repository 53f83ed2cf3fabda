"""Themes: what a tone looks like.

A theme is a TOML file (`night.toml`, `day.toml`, the operator's own): twelve colours and a table
of tones. Files that cannot be used become complaints, never a crash. Where colours are few or
unwanted (16-colour terminals, NO_COLOR) the built-in `terminal` look paints with the terminal's
own colours, and bold, underline and reverse carry what colour cannot.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from cockpit.view.line import Tone

TERMINAL = "terminal"
"""The look made of the terminal's own colours."""

DEFAULT = "night"


@dataclass(frozen=True, slots=True)
class Look:
    """A theme, ready to paint with."""

    theme: Theme
    tones: Mapping[Tone, Style]
    cursor: Style
    """The row under the cursor, over the whole width; tones are dropped there."""
    idle_cursor: Style
    """The same in a pane that is not the active one."""
    match: Style
    """Words that were searched for."""
    rule: Style
    """The line of a pane's title."""
    active_rule: Style

    @property
    def name(self) -> str:
        return self.theme.name


class _Tones(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ok: str
    warn: str
    bad: str
    busy: str
    dim: str
    accent: str
    strong: str


class _ThemeFile(BaseModel):
    """The keys of a theme file; colours as `#rrggbb` or a CSS name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    dark: bool = True
    primary: str
    secondary: str
    warning: str
    error: str
    success: str
    accent: str
    foreground: str
    background: str
    surface: str
    panel: str
    tones: _Tones


def load(*folders: Path) -> tuple[dict[str, Look], tuple[str, ...]]:
    """Every look by name, the shipped ones first, then those of `folders`; and what could not be used, in words."""
    looks: dict[str, Look] = {TERMINAL: terminal_look()}
    complaints: list[str] = []
    for folder in (_shipped(), *folders):
        for file in _theme_files(folder):
            try:
                look = _look(_ThemeFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))))
            except (tomllib.TOMLDecodeError, ValidationError, ColorParseError, OSError, UnicodeDecodeError) as error:
                complaints.append(f"The theme {file.name} cannot be used: {_first_line(error)}.")
            else:
                looks[look.name] = look
    return looks, tuple(complaints)


@cache
def terminal_look() -> Look:
    """Sixteen colours at most, all of them the terminal's own; readable with none."""
    plain = "ansi_default"
    theme = Theme(
        name=TERMINAL,
        primary="ansi_blue",
        secondary="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_cyan",
        foreground=plain,
        background=plain,
        surface=plain,
        panel=plain,
        ansi=True,
        variables={"input-cursor-text-style": "reverse", "ansi-background": plain, "ansi-foreground": plain},
    )
    return Look(
        theme=theme,
        tones={
            Tone.PLAIN: Style(),
            Tone.STRONG: Style(bold=True),
            Tone.DIM: Style(dim=True),
            Tone.OK: Style(color="green"),
            Tone.WARN: Style(color="yellow", bold=True),
            Tone.BAD: Style(color="red", bold=True, underline=True),
            Tone.BUSY: Style(color="cyan"),
            Tone.ACCENT: Style(color="cyan", bold=True),
        },
        cursor=Style(reverse=True, bold=True),
        idle_cursor=Style(underline=True, bold=True),
        match=Style(reverse=True),
        rule=Style(dim=True),
        active_rule=Style(bold=True),
    )


def _look(file: _ThemeFile) -> Look:
    colours = file.model_dump(exclude={"tones", "name", "dark"})
    tones = file.tones.model_dump()
    for colour in (*colours.values(), *tones.values()):
        Color.parse(colour)
    variables = {f"tone-{name}": colour for name, colour in tones.items()}
    theme = Theme(name=file.name, dark=file.dark, variables=variables, **colours)

    def style(colour: str, *, on: str | None = None, bold: bool | None = None) -> Style:
        background = Color.parse(on).rich_color if on else None
        return Style(bold=bold) + Style.from_color(Color.parse(colour).rich_color, background)

    return Look(
        theme=theme,
        tones={
            Tone.PLAIN: Style(),
            Tone.STRONG: style(tones["strong"], bold=True),
            Tone.DIM: style(tones["dim"]),
            Tone.OK: style(tones["ok"]),
            Tone.WARN: style(tones["warn"], bold=True),
            Tone.BAD: style(tones["bad"], bold=True),
            Tone.BUSY: style(tones["busy"]),
            Tone.ACCENT: style(tones["accent"], bold=True),
        },
        cursor=style(file.background, on=file.accent, bold=True),
        idle_cursor=style(tones["strong"], on=file.panel, bold=True),
        match=style(file.background, on=file.warning, bold=True),
        rule=style(tones["dim"]),
        active_rule=style(tones["accent"], bold=True),
    )


def _shipped() -> Traversable | None:
    """`cockpit/themes` of the wheel, or `themes` of a checkout."""
    package = resources.files("cockpit")
    inside = package / "themes"
    if inside.is_dir():
        return inside
    beside = Path(str(package)).parent / "themes"
    return beside if beside.is_dir() else None


def _theme_files(folder: Traversable | None) -> list[Traversable]:
    if folder is None or not folder.is_dir():
        return []
    return sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg'].rstrip('.')}"
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
