"""Themes become looks; a file that cannot be used becomes a sentence; few colours stay readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import ColorType

from cockpit.ui.app import Cockpit
from cockpit.ui.themes import DEFAULT, TERMINAL, load, terminal_look
from cockpit.view.line import Tone
from tests.ui.pilot import at_the_keys
from tests.ui.stage import Stage
from tests.view.runs import MOMENTS

NIGHT = (Path(__file__).parents[2] / "themes" / "night.toml").read_text("utf-8")


def test_the_shipped_themes_are_there_and_have_every_tone() -> None:
    looks, complaints = load()
    assert complaints == ()
    assert {"night", "day", TERMINAL} <= looks.keys()
    assert all(set(look.tones) == set(Tone) for look in looks.values())
    assert looks["night"].theme.dark
    assert not looks["day"].theme.dark


def test_an_operators_own_theme_is_added(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(NIGHT.replace('"night"', '"mine"'), "utf-8")
    looks, complaints = load(tmp_path, tmp_path / "not there")
    assert complaints == ()
    assert "mine" in looks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "The theme bad.toml cannot be used: Invalid value"),
        (NIGHT.replace("primary ", "primry "), "primary: Field required"),
        (NIGHT.replace('"#6cb8ff"', '"bluish"', 1), "bluish"),
        (NIGHT.replace('"night"', '"Night Shift!"'), "name: String should match pattern"),
        (NIGHT + '\nextra = "x"', "tones.extra: Extra inputs are not permitted"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_complaint(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.toml").write_text(text, "utf-8")
    looks, complaints = load(tmp_path)
    assert len(complaints) == 1
    assert words in complaints[0]
    assert DEFAULT in looks


def test_the_terminals_own_look_has_sixteen_colours_at_most() -> None:
    look = terminal_look()
    styles = [*look.tones.values(), look.cursor, look.idle_cursor, look.match]
    colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None]
    assert all(colour.type in (ColorType.STANDARD, ColorType.DEFAULT) for colour in colours)


def test_without_colour_trouble_and_cursor_are_still_told_apart() -> None:
    look = terminal_look()
    plain, bad = look.tones[Tone.PLAIN], look.tones[Tone.BAD]
    assert bad.underline
    assert bad.bold
    assert look.cursor.reverse
    assert not plain.reverse


async def test_a_theme_that_is_not_there_is_said_and_night_is_taken() -> None:
    async with at_the_keys(MOMENTS["fresh"](), theme="dusk") as op:
        assert op.app.look.name in (DEFAULT, TERMINAL)
        await op.waits_for(lambda: "There is no theme 'dusk'" in op.toast)


@pytest.mark.parametrize("variable", ["NO_COLOR", "TEXTUAL_COLOR_SYSTEM"])
async def test_no_colour_paints_in_the_terminals_own(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Never black on black: every cell has the terminal's own ground and a foreground that is not it."""
    if variable == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    app = Cockpit(Stage(MOMENTS["tripped"]()), theme_folders=())
    assert app.look.name == TERMINAL
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        styles = {segment.style for strip in strips for segment in strip if segment.style and segment.text.strip()}
        assert styles
        for style in styles:
            ground = style.bgcolor
            assert ground is None or ground.is_default
            if variable == "NO_COLOR":
                assert style.color is None or style.color.is_default
            else:
                assert style.color is None or style.color.type in (ColorType.STANDARD, ColorType.DEFAULT)
