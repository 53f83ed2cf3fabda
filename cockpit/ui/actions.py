"""Every key of the screen: the one table that bindings, key row, help, palette and docs derive from.

Textual-free, so that `cockpit keys` prints it without loading a screen. A key belongs to the
first of the active scopes that names it (`CONTEXTS`). While text is being typed, printable
keys belong to the text; what must work even then has another key too. Operators may give an
action other keys (`keymap.py`).
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
    DEPLOYMENTS = "the page of deployments"
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
    scope: Scope
    tooltip: str
    """What it does, a sentence."""
    dangerous: bool = False
    """Changes the world, or ends something: never done by this key alone, always confirmed."""
    in_row: bool = False
    """Has a place in the key row, whatever the checklist's row offers."""
    follows: str = ""
    """The action whose keys it shares; no row ever offers both."""


ACTIONS: tuple[Action, ...] = (
    Action("item.do", ("enter",), "do", "Do what the row is for", Scope.ROW,
           "The likeliest thing the row offers: do, tick, ask, answer, sign; opens a gate, folds a phase."),
    Action("item.answer", (), "answer", "Answer", Scope.ROW,
           "Gives the value that only a person knows.", follows="item.do"),
    Action("item.tick", ("space",), "tick", "Tick", Scope.ROW,
           "You did what the words say."),
    Action("item.record", ("b",), "baseline", "Record the baseline", Scope.ROW,
           "Asks the check and keeps the reading to compare with later."),
    Action("item.check", ("c",), "check", "Check now", Scope.ROW,
           "Asks the row's check, or compares it with its baseline."),
    Action("item.yes", ("y",), "yes", "Yes, as it should be", Scope.ROW,
           "You looked, and it is as the words say."),
    Action("item.no", ("N",), "no", "No, it is not", Scope.ROW,
           "You looked, and it is not as it should be; needs a note."),
    Action("item.settle_happened", (), "it happened", "Settle: it happened", Scope.ROW,
           "Settles an unknown outcome, after the looks.", dangerous=True, follows="item.yes"),
    Action("item.settle_not", (), "it did not", "Settle: it did not happen", Scope.ROW,
           "Settles an unknown outcome, after the looks.", dangerous=True, follows="item.no"),
    Action("item.sign", ("s",), "sign", "Sign", Scope.ROW,
           "Signs for the row's role."),
    Action("item.waive", ("w",), "waive", "Waive", Scope.ROW,
           "Passes over the item, with a reason for the record."),
    Action("item.na", ("n",), "n/a", "Not applicable", Scope.ROW,
           "The item has no meaning in this run; needs a reason."),
    Action("item.untick", ("u",), "take back", "Take back", Scope.ROW,
           "Takes back a tick, an answer, a look or a waiver. What was done is taken back by a rollback."),
    Action("gate.open", ("o",), "gate", "The gate", Scope.RUN,
           "Shows the go/no-go; opening it asks everything in it again."),
    Action("run.note", ("a",), "note", "Note", Scope.RUN,
           "Words for the record, at the row or, from the log, for the whole run.", in_row=True),
    Action("rollback.open", ("ctrl+r", "R"), "roll back", "The way back", Scope.ANYWHERE,
           "Shows what a rollback would do. Nothing starts before its word is typed.", dangerous=True, in_row=True),
    Action("rollback.start", (), "roll back", "Start the rollback", Scope.ANYWHERE,
           "On the rollback screen, by typing its word.", dangerous=True, follows="rollback.open"),
    Action("run.next", (".",), "next item", "Go to what is next", Scope.RUN,
           "Brings the cursor to the row that the guide speaks of."),
    Action("pane.find", ("/",), "find", "Find", Scope.RUN,
           "Finds words in the log or in the checklist.", in_row=True),
    Action("pane.checklist", ("1",), "checklist", "Checklist", Scope.RUN,
           "Shows the checklist."),
    Action("pane.detail", ("2",), "detail", "Detail", Scope.RUN,
           "Shows the row's detail: readings, baseline, verdict and why."),
    Action("pane.logs", ("3",), "logs", "Logs", Scope.RUN,
           "Shows the log.", in_row=True),
    Action("pane.next", ("tab",), "pane", "Next pane", Scope.RUN,
           "Goes to the next pane.", in_row=True),
    Action("pane.previous", ("shift+tab",), "pane back", "Previous pane", Scope.RUN,
           "Goes to the pane before."),
    Action("run.notes", ("m",), "notes", "Notes and deviations", Scope.RUN,
           "Lists what was noted in this run."),
    Action("rollout.next", ("]",), "rollout", "Next rollout", Scope.RUN,
           "Puts another rollout of this run on the strip, the newest first, round the end."),
    Action("rollout.all", ("[",), "rollouts", "All rollouts", Scope.RUN,
           "Lists every rollout of this run, ours and others': stages, forecast, clocks, who answers."),
    Action("deployments.open", ("D",), "deployments", "Deployments", Scope.RUN,
           "Asks for the newest deployments of each service: which serves, which can be gone back to, for how long."),
    Action("checkpoints.open", ("C",), "checkpoints", "Checkpoints", Scope.RUN,
           "Lists what comes at a time or lasts: what is due, overdue and ahead, and what is open in each."),
    Action("run.reopen", ("e",), "begin again", "Begin the phases again", Scope.RUN,
           "After a finished rollback: the next attempt.", dangerous=True),
    Action("run.close", ("x",), "close run", "Close the run", Scope.RUN,
           "Ends the run with an ending you choose. Without it a run stays open.", dangerous=True),
    Action("run.leave", ("q", "ctrl+q", "ctrl+c"), "leave", "Leave", Scope.RUN,
           "Leaves the screen. The run stays recorded and open; resume takes it up."),
    Action("help.open", ("?", "f1"), "keys", "Keys", Scope.ANYWHERE,
           "Lists every key.", in_row=True),
    Action("palette.open", ("ctrl+p",), "palette", "Palette", Scope.ANYWHERE,
           "Every action and every row, found by typing."),
    Action("log.follow", ("p", "space"), "pause", "Pause or follow", Scope.LOG,
           "Holds the log still; again follows it. Nothing is lost meanwhile.", in_row=True),
    Action("log.level", ("v",), "level", "Level", Scope.LOG,
           "Shows lines from this level up: all, info, warn, error.", in_row=True),
    Action("log.next", ("n",), "next", "Next match", Scope.LOG,
           "Goes to the next line that has the words."),
    Action("log.previous", ("N",), "match before", "Match before", Scope.LOG,
           "Goes to the line before that has the words."),
    Action("log.filter", ("f",), "filter", "Filter", Scope.LOG,
           "Shows the lines that words, a /pattern/, service:, deployment:, instance:, level: or @attribute: let pass.",
           in_row=True),
    Action("log.side", ("d",), "old/new", "Old or new deployment", Scope.LOG,
           "Shows lines of both deployments, of the new one, of the old one."),
    Action("log.next_error", ("e",), "error", "Next error", Scope.LOG,
           "Goes to the next newer error or gap."),
    Action("log.previous_error", ("E",), "error before", "Error before", Scope.LOG,
           "Goes to the next older error or gap."),
    Action("log.time", ("t",), "time", "Go to a time", Scope.LOG,
           "Goes to the first line of a time of day, or of so long ago."),
    Action("log.wrap", ("w",), "wrap", "Wrap", Scope.LOG,
           "Shows long lines on several rows; again on one."),
    Action("log.record", ("enter",), "whole line", "Read the line whole", Scope.LOG,
           "Shows everything that is known of the cursor's line: attributes, instance, its time to the nanosecond."),
    Action("log.build", ("b",), "build log", "Build log", Scope.LOG,
           "Shows how the newest deployment was built, or the one of the cursor's line while the log is held."),
    Action("log.requests", ("r",), "requests", "Requests answered", Scope.LOG,
           "Shows the newest requests that deployment answered (Railway's HTTP log)."),
    Action("log.pin", ("P",), "pin", "Pin the line", Scope.LOG,
           "Keeps the cursor's line in the journal as evidence, at the checklist's row."),
    Action("gate.go", ("y",), "GO", "Decide GO", Scope.GATE,
           "Opens the way to the next phase; conditions not met need a reason each.", dangerous=True),
    Action("gate.no_go", ("N",), "NO-GO", "Decide NO-GO", Scope.GATE,
           "The deploy does not begin; the record keeps why.", dangerous=True),
    Action("gate.tick_first", ("space",), "tick", "Tick in the gate", Scope.GATE,
           "Ticks the first condition that waits for a tick."),
    Action("gate.ask", ("c", "o"), "ask again", "Ask again", Scope.GATE,
           "Asks everything in the gate again."),
    Action("deployments.ask", ("c",), "ask again", "Ask for them again", Scope.DEPLOYMENTS,
           "Has them listed again; one request a service."),
    Action("move.up", ("up", "k"), "up", "Up", Scope.MOVE,
           "One line up."),
    Action("move.down", ("down", "j"), "down", "Down", Scope.MOVE,
           "One line down."),
    Action("move.left", ("left", "h"), "left", "Left", Scope.MOVE,
           "Folds the phase; scrolls left."),
    Action("move.right", ("right", "l"), "right", "Right", Scope.MOVE,
           "Unfolds the phase; scrolls right."),
    Action("move.page_up", ("pageup", "ctrl+b"), "page up", "Page up", Scope.MOVE,
           "One page up."),
    Action("move.page_down", ("pagedown", "ctrl+f"), "page down", "Page down", Scope.MOVE,
           "One page down."),
    Action("move.top", ("g g", "home"), "top", "Top", Scope.MOVE,
           "To the first line."),
    Action("move.bottom", ("G", "end"), "bottom", "Bottom", Scope.MOVE,
           "To the last line; the log follows again."),
    Action("dialog.accept", ("enter",), "accept", "Accept", Scope.DIALOG,
           "Takes what was typed or chosen."),
    Action("dialog.yes", ("y", "Y"), "yes", "Yes", Scope.DIALOG,
           "Confirms what the dialog asks; the key that opened it does not, since it may be held down."),
    Action("dialog.back", ("escape", "q"), "back", "Back", Scope.DIALOG,
           "Closes the dialog; what was typed is kept."),
)  # fmt: skip
"""In the order in which help lists them."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

CONTEXTS: Mapping[str, tuple[Scope, ...]] = {
    "checklist": (Scope.ROW, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    "log": (Scope.LOG, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    "gate": (Scope.GATE, Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
    "deployments": (Scope.DEPLOYMENTS, Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
    "rollback": (Scope.ROW, Scope.DIALOG, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    "dialog": (Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
}
"""What is active where, first match wins."""

COMPETING: tuple[tuple[Scope, ...], ...] = (
    (Scope.ROW, Scope.RUN, Scope.MOVE, Scope.ANYWHERE),
    (Scope.LOG, Scope.MOVE, Scope.ANYWHERE),
    (Scope.GATE, Scope.MOVE, Scope.ANYWHERE),
    (Scope.DEPLOYMENTS, Scope.DIALOG, Scope.MOVE, Scope.ANYWHERE),
)
"""Scopes in which one key may not mean two things. The log's and the gate's own keys hide others on purpose."""
