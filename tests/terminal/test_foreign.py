"""Words from outside have no power over the terminal, wherever they come from."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux

pytestmark = pytest.mark.tmux

HOSTILE = "[bold]x[/] [/ [@click=app.bell] \x1b[31mred\x1b[2J\x1b]0;owned\x07 \u202eevil\u202c \u200bzero \x9b5m \x07"
SHOWN = "[bold]x[/] [/ [@click=app.bell]"
STEPS = (
    ("2", r"\[2 Detail\]"),
    ("3", r"\[3 Logs\]"),
    ("1", r"\[1 Checklist\]"),
    ("?", "Anywhere"),
    ("esc", r"\[1 Checklist\]"),
    ("space", "1/3"),
    ("⏎", "accept"),
)
"""Through every place that shows the plan's words: a key, and what comes of it."""


def hostile_plan(folder: Path) -> str:
    """TOML takes control characters only as escapes."""
    words = json.dumps(HOSTILE)
    path = folder / "hostile.toml"
    path.write_text(
        f"""
name = {words}
sign_off = ["engineer"]

[asks.ticket]
text = {words}
type = "choice"
options = [{words}, "fine"]

[sees.graph]
text = {words}
link = "https://app.example/"

[[phases]]
title = {words}
items = [{json.dumps("tick " + HOSTILE)}, "ask ticket", "see graph"]

[[phases]]
title = "Sign-off"
items = ["sign engineer"]
"""
    )
    return str(path)


def test_a_hostile_plan_is_shown_and_obeyed_by_nobody(terminal: Tmux, tmp_path: Path) -> None:
    terminal.starts("run", hostile_plan(tmp_path))
    terminal.sees(r"\? keys")
    title_before = terminal.title
    for key, comes in STEPS:
        terminal.presses(key)
        terminal.sees(comes)
        for hostile in ("\u202e", "\u200b", "\x1b", "\x9b"):
            assert hostile not in terminal.screen.text
    assert SHOWN in terminal.screen.text
    assert terminal.title == title_before
    assert terminal.flags["mouse"] is False


def test_a_complaint_about_a_hostile_plan_is_inert(terminal: Tmux, tmp_path: Path) -> None:
    path = Path(hostile_plan(tmp_path))
    path.write_text(path.read_text().replace('"sign engineer"', json.dumps("sign " + HOSTILE)))
    terminal.starts("run", str(path))
    assert terminal.ends() == 2
    assert "\u202e" not in terminal.last_words
    assert "red" in terminal.last_words
    assert "owned" not in terminal.title


def test_what_is_pasted_into_a_note_is_words_and_presses_nothing(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.presses("a")
    terminal.sees("Note for the record")
    terminal.pastes("first\x1b[31m red\x03\x12\x04\r\nq\ry\nlast \u202eevil\x1b[2J")
    terminal.sees("first.*last")
    terminal.presses("⏎")
    terminal.sees("▸ One +next")
    terminal.presses("m")
    note = terminal.sees(r"first.*last.*$")[0]
    assert "\u202e" not in note
    assert "\x1b" not in note
    (journal,) = terminal.runs.glob("*.sqlite")
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as db:
        kinds = [kind for (kind,) in db.execute("select kind from events")]
    assert kinds.count("Noted") == 1
    assert "Ticked" not in kinds


def test_what_is_pasted_where_nothing_is_typed_presses_nothing(terminal: Tmux, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.pastes("    y\nx\nq\n")
    terminal.presses("2")
    terminal.sees(r"\[2 Detail\]|─ 2 Detail")
    terminal.presses("1")
    terminal.sees("▸ One +next")
