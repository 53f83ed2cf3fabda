"""Every key of the screen: the one table that bindings, key row, help, palette and docs derive from.

Textual-free, so that `cockpit keys` prints it without loading a screen. A key belongs to the
first of the active scopes that names it (`CONTEXTS`). While text is being typed, printable
keys belong to the text; what must work even then has another key too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where a key means something."""

    ANYWHERE = "anywhere"
    """On every screen, while typing too if the key is not printable."""
    RUN = "the run"
    ROW = "the checklist's row"
    LOG = "the log"
    GATE = "the gate"
    MOVE = "moving"
    DIALOG = "a dialog"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does."""

    id: str
    """The same word as in `view.offers`, where the row's state decides whether it is offered."""
    keys: tuple[str, ...]
    """As written by people: `space`, `ctrl+r`, `R`, `g g` for one after the other."""
    words: str
    """For the key row, one or two words."""
    title: str
    """For help and palette."""
    tooltip: str
    scope: Scope
    dangerous: bool = False
    """Changes the world, or ends something: never done by this key alone, always confirmed."""
    in_row: bool = False
    """Has a place in the key row, whatever the checklist's row offers."""
    follows: str = ""
    """The action whose keys it shares; no row ever offers both."""


ACTIONS: tuple[Action, ...] = (
    Action("item.do", ("enter",), "do", "Do what the row is for", "The likeliest thing the row offers: do, tick, ask, answer, sign; opens a gate, folds a phase.", Scope.ROW),
    Action("item.answer", (), "answer", "Answer", "Gives the value that only a person knows.", Scope.ROW, follows="item.do"),
    Action("item.tick", ("space",), "tick", "Tick", "You did what the words say.", Scope.ROW),
    Action("item.record", ("b",), "baseline", "Record the baseline", "Asks the check and keeps the reading to compare with later.", Scope.ROW),
    Action("item.check", ("c",), "check", "Check now", "Asks the row's check, or compares it with its baseline.", Scope.ROW),
    Action("item.yes", ("y",), "yes", "Yes, as it should be", "You looked, and it is as the words say.", Scope.ROW),
    Action("item.no", ("N",), "no", "No, it is not", "You looked, and it is not as it should be; needs a note.", Scope.ROW),
    Action("item.settle_happened", (), "it happened", "Settle: it happened", "Settles an unknown outcome, after the looks.", Scope.ROW, dangerous=True, follows="item.yes"),
    Action("item.settle_not", (), "it did not", "Settle: it did not happen", "Settles an unknown outcome, after the looks.", Scope.ROW, dangerous=True, follows="item.no"),
    Action("item.sign", ("s",), "sign", "Sign", "Signs for the row's role.", Scope.ROW),
    Action("item.waive", ("w",), "waive", "Waive", "Passes over the item, with a reason for the record.", Scope.ROW),
    Action("item.na", ("n",), "n/a", "Not applicable", "The item has no meaning in this run; needs a reason.", Scope.ROW),
    Action("item.untick", ("u",), "take back", "Take back", "Takes back a tick, an answer, a look or a waiver. What was done is taken back by a rollback.", Scope.ROW),
    Action("gate.open", ("o",), "gate", "The gate", "Shows the go/no-go; opening it asks everything in it again.", Scope.RUN, in_row=True),
    Action("run.note", ("a",), "note", "Note", "Words for the record, at the row or, from the log, for the whole run.", Scope.RUN, in_row=True),
    Action("rollback.open", ("ctrl+r", "R"), "roll back", "The way back", "Shows what a rollback would do. Nothing starts before its word is typed.", Scope.ANYWHERE, dangerous=True, in_row=True),
    Action("rollback.start", (), "roll back", "Start the rollback", "On the rollback screen, by typing its word.", Scope.ANYWHERE, dangerous=True, follows="rollback.open"),
    Action("run.next", (".",), "next item", "Go to what is next", "Brings the cursor to the row that the guide speaks of.", Scope.RUN),
    Action("pane.find", ("/",), "find", "Find", "Finds words in the log or in the checklist.", Scope.RUN, in_row=True),
    Action("pane.checklist", ("1",), "checklist", "Checklist", "Shows the checklist.", Scope.RUN),
    Action("pane.detail", ("2",), "detail", "Detail", "Shows the row's detail: readings, baseline, verdict and why.", Scope.RUN),
    Action("pane.logs", ("3",), "logs", "Logs", "Shows the log.", Scope.RUN, in_row=True),
    Action("pane.next", ("tab",), "pane", "Next pane", "Goes to the next pane.", Scope.RUN, in_row=True),
    Action("pane.previous", ("shift+tab",), "pane back", "Previous pane", "Goes to the pane before.", Scope.RUN),
    Action("run.notes", ("m",), "notes", "Notes and deviations", "Lists what was noted in this run.", Scope.RUN),
    Action("run.reopen", ("e",), "begin again", "Begin the phases again", "After a finished rollback: the next attempt.", Scope.RUN, dangerous=True),
    Action("run.close", ("x",), "close run", "Close the run", "Ends the run with an ending you choose. Without it a run stays open.", Scope.RUN, dangerous=True),
    Action("run.leave", ("q",), "leave", "Leave", "Leaves the screen. The run stays recorded and open; resume takes it up.", Scope.RUN),
    Action("help.open", ("?", "f1"), "keys", "Keys", "Lists every key.", Scope.ANYWHERE, in_row=True),
    Action("palette.open", ("ctrl+p",), "palette", "Palette", "Every action and every row, found by typing.", Scope.ANYWHERE),
    Action("log.follow", ("p", "space"), "pause", "Pause or follow", "Holds the log still; again follows it. Nothing is lost meanwhile.", Scope.LOG, in_row=True),
    Action("log.level", ("v",), "level", "Level", "Shows lines from this level up: all, info, warn, error.", Scope.LOG, in_row=True),
    Action("log.next", ("n",), "next", "Next match", "Goes to the next line that has the words.", Scope.LOG),
    Action("log.previous", ("N",), "match before", "Match before", "Goes to the line before that has the words.", Scope.LOG),
    Action("gate.go", ("y",), "GO", "Decide GO", "Opens the way to the next phase; conditions not met need a reason each.", Scope.GATE, dangerous=True),
    Action("gate.no_go", ("N",), "NO-GO", "Decide NO-GO", "The deploy does not begin; the record keeps why.", Scope.GATE, dangerous=True),
    Action("gate.ask", ("c", "o"), "ask again", "Ask again", "Asks everything in the gate again.", Scope.GATE),
    Action("move.up", ("up", "k"), "up", "Up", "One line up.", Scope.MOVE),
    Action("move.down", ("down", "j"), "down", "Down", "One line down.", Scope.MOVE),
    Action("move.left", ("left", "h"), "left", "Left", "Folds the phase; scrolls left.", Scope.MOVE),
    Action("move.right", ("right", "l"), "right", "Right", "Unfolds the phase; scrolls right.", Scope.MOVE),
    Action("move.page_up", ("pageup", "ctrl+b"), "page up", "Page up", "One page up.", Scope.MOVE),
    Action("move.page_down", ("pagedown", "ctrl+f"), "page down", "Page down", "One page down.", Scope.MOVE),
    Action("move.top", ("g g", "home"), "top", "Top", "To the first line.", Scope.MOVE),
    Action("move.bottom", ("G", "end"), "bottom", "Bottom", "To the last line; the log follows again.", Scope.MOVE),
    Action("dialog.accept", ("enter",), "accept", "Accept", "Takes what was typed or chosen.", Scope.DIALOG),
    Action("dialog.yes", ("y",), "yes", "Yes", "Confirms what the dialog asks.", Scope.DIALOG),
    Action("dialog.back", ("escape", "q"), "back", "Back", "Closes the dialog; what was typed is kept.", Scope.DIALOG),
)  # fmt: skip
"""In the order in which help lists them."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

CONTEXTS: Mapping[str, tuple[Scope, ...]] = {
    "checklist": (Scope.ROW, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    "log": (Scope.LOG, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    "gate": (Scope.GATE, Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
    "rollback": (Scope.ROW, Scope.DIALOG, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    "dialog": (Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
}
"""What is active where, first match wins."""

COMPETING: tuple[tuple[Scope, ...], ...] = (
    (Scope.ROW, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    (Scope.LOG, Scope.MOVE, Scope.ANYWHERE),
    (Scope.GATE, Scope.MOVE, Scope.ANYWHERE),
    (Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
)
"""Scopes in which one key may not mean two things. The log's and the gate's own keys hide others on purpose."""

_GLYPHS = {
    "enter": "⏎", "up": "↑", "down": "↓", "left": "←", "right": "→", "escape": "esc",
    "pageup": "pgup", "pagedown": "pgdn", "shift+tab": "⇧tab",
}  # fmt: skip


def glyph(key: str) -> str:
    """A key as it is shown: `^R` for ctrl+r, `⏎` for enter."""
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+").upper()
    return _GLYPHS.get(key, key)


def is_printable(key: str) -> bool:
    """Whether a key makes a character, so that it belongs to the text while one is typed."""
    return key == "space" or all(len(part) == 1 for part in key.split(" "))
