"""Terminals of all kinds: without colour, with sixteen, with few letters."""

from __future__ import annotations

import re

import pytest

from tests.terminal.tmux import Tmux

pytestmark = pytest.mark.tmux

KINDS = {
    "no colour": {"NO_COLOR": "1"},
    "xterm": {"TERM": "xterm", "COLORTERM": ""},
    "linux": {"TERM": "linux", "COLORTERM": ""},
    "no name": {"TERM": "", "COLORTERM": ""},
    "no locale": {"LANG": "C", "LC_ALL": "C"},
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*\b(3[0-8]|4[0-8]|9[0-7]|10[0-7])\b[0-9;]*m")


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_is_ticked_and_a_note_taken(terminal: Tmux, plan: str, kind: str) -> None:
    terminal.starts("run", plan, environ=KINDS[kind])
    terminal.sees("Next  One")
    terminal.presses("space")
    terminal.sees("✓ One +done")
    terminal.presses("a")
    terminal.sees("Note for the record")
    terminal.types("seen")
    terminal.presses("⏎")
    terminal.sees("▸ Two +next")
    terminal.presses("q")
    terminal.sees("y yes")
    terminal.presses("y")
    assert terminal.ends() == 0
    assert terminal.flags == {"alternate": False, "cursor": True, "mouse": False}


def test_without_colour_no_colour_is_sent_and_the_cursors_row_is_still_told_apart(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan, environ={"NO_COLOR": "1"})
    terminal.sees("Next  One")
    painted = terminal.coloured
    assert _COLOUR.search(painted) is None
    row = next(line for line in painted.splitlines() if "One" in line and "next" in line)
    other = next(line for line in painted.splitlines() if "Two" in line)
    assert "\x1b[7m" in row or ";7m" in row
    assert "7m" not in other


def test_sixteen_colours_are_enough_where_there_are_no_more(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan, environ={"TERM": "linux", "COLORTERM": ""})
    terminal.sees("Next  One")
    assert "38;2;" not in terminal.coloured
    assert "38;5;" not in terminal.coloured
