"""Whatever size the terminal has, and however often it changes."""

from __future__ import annotations

import pytest

from tests.terminal.tmux import Tmux

pytestmark = pytest.mark.tmux

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
def test_head_and_keys_are_there_at_every_size(terminal: Tmux, plan: str, size: tuple[int, int]) -> None:
    terminal.size = size
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.presses("space")
    terminal.sees("✓ One")
    screen = terminal.screen
    assert len(screen.lines) == size[1]
    assert all(len(line) <= size[0] for line in screen.lines)
    assert screen.lines[0].strip().startswith("Ticks only · PRODUCTION")
    assert "Next  Two" in screen.lines[2]
    assert screen.lines[-1].endswith("? keys")


def test_a_terminal_of_60x15_says_what_is_needed_and_growing_back_works(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.resizes(60, 15)
    terminal.sees("This terminal is 60x15. Cockpit needs 80x24")
    terminal.presses("space")
    terminal.sees("too small to see")
    terminal.resizes(80, 24)
    terminal.sees(r"▸ One +next")
    terminal.sees(r"\? keys$")


def test_it_starts_in_60x15_too(terminal: Tmux, plan: str) -> None:
    terminal.size = (60, 15)
    terminal.starts("run", plan)
    terminal.sees("Cockpit needs 80x24")
    terminal.resizes(80, 24)
    terminal.sees(r"▸ One +next")


@pytest.mark.parametrize("size", [(1, 1), (200, 1)])
def test_no_size_ends_it(terminal: Tmux, plan: str, size: tuple[int, int]) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.resizes(*size)
    terminal.presses("j", "2", "3", "1", "space", "?")
    terminal.resizes(80, 24)
    terminal.sees("Anywhere")
    terminal.presses("esc")
    terminal.sees(r"Before +0/3")
    terminal.sees(r"\? keys$")


def test_a_storm_of_sizes_ends_in_a_whole_screen(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    for number in range(60):
        terminal.resizes(20 + number * 37 % 180, 5 + number * 11 % 55)
    terminal.resizes(80, 24)
    terminal.sees(r"▸ One +next")
    terminal.sees(r"^ space tick .*\? keys$")
    assert terminal.screen.lines[0].startswith(" Ticks only · PRODUCTION")
    terminal.presses("space")
    terminal.sees("Next  Two")


def test_words_that_are_being_typed_outlast_a_storm(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.presses("a")
    terminal.sees("Note for the record")
    terminal.types("the queue was slow")
    terminal.sees("the queue was slow")
    for number in range(20):
        terminal.resizes(40 + number * 37 % 160, 8 + number * 11 % 50)
    terminal.resizes(80, 24)
    terminal.waits_until(lambda _: terminal.told_size == (80, 24) or None, "the last size")
    terminal.types("!")
    terminal.sees("the queue was slow!")
    terminal.presses("⏎")
    terminal.sees_no("the queue was slow")
    terminal.presses("m")
    terminal.sees("the queue was slow")
