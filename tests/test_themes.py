"""Every shipped theme can be read: each colour of words against each ground it stands on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

THEMES = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in (Path(__file__).parents[1] / "themes").glob("*.toml")
}
COLOURS = (
    "primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface", "panel",
)  # fmt: skip
TONES = ("ok", "warn", "bad", "busy", "dim", "accent", "strong")
GROUNDS = ("background", "surface", "panel")
READABLE = 4.5
"""WCAG 2.1, success criterion 1.4.3, for words of normal size."""

each_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG 2.1 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_there_is_a_dark_and_a_light_one() -> None:
    assert {name: theme["dark"] for name, theme in THEMES.items()} == {"night": True, "day": False}


@each_theme
def test_a_theme_names_itself_all_colours_and_all_tones(theme: dict[str, Any]) -> None:
    assert THEMES[theme["name"]] is theme
    assert set(theme) == {"name", "dark", "tones", *COLOURS}
    assert set(theme["tones"]) == set(TONES)


@each_theme
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_stand_out_from_their_ground(theme: dict[str, Any], ground: str) -> None:
    words = {name: theme[name] for name in COLOURS if name not in GROUNDS} | {
        f"tone {name}": colour for name, colour in theme["tones"].items()
    }
    faint = {name: round(contrast(colour, theme[ground]), 2) for name, colour in words.items()}
    assert {name: ratio for name, ratio in faint.items() if ratio < READABLE} == {}


@each_theme
def test_dim_words_are_dimmer_than_plain_and_plain_than_strong(theme: dict[str, Any]) -> None:
    dim, plain, strong = theme["tones"]["dim"], theme["foreground"], theme["tones"]["strong"]
    ground = theme["background"]
    assert contrast(dim, ground) < contrast(plain, ground) < contrast(strong, ground)


@each_theme
def test_good_and_bad_are_no_two_shades_of_one_colour(theme: dict[str, Any]) -> None:
    assert len({theme["tones"][name] for name in ("ok", "warn", "bad", "busy", "dim", "accent")}) == 6
