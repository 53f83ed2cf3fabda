"""Every key of the screen: the one table that bindings, key row, help, palette and docs derive from.

Textual-free, so that `cockpit keys` prints it without loading a screen. A key belongs to the
first of the active scopes that names it (`CONTEXTS`). While text is being typed, printable
keys belong to the text; what must work even then has another key too.

Operators may give an action other keys. `remap` never fails: what cannot be done becomes a
complaint in words, and that action keeps its own keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
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
    Action("gate.go", ("y",), "GO", "Decide GO", Scope.GATE,
           "Opens the way to the next phase; conditions not met need a reason each.", dangerous=True),
    Action("gate.no_go", ("N",), "NO-GO", "Decide NO-GO", Scope.GATE,
           "The deploy does not begin; the record keeps why.", dangerous=True),
    Action("gate.tick_first", ("space",), "tick", "Tick in the gate", Scope.GATE,
           "Ticks the first condition that waits for a tick."),
    Action("gate.ask", ("c", "o"), "ask again", "Ask again", Scope.GATE,
           "Asks everything in the gate again."),
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


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys of every action, looked up by what is active and what was pressed."""

    keys: Mapping[str, tuple[str, ...]]
    """Action id to its keys, the one that is shown first."""

    def actions(self, context: str, pressed: str, *, typing: bool = False) -> tuple[Action, ...]:
        """What a key or a sequence (`g g`) may mean in a context; several only where one follows another.

        While typing, only keys that make no character mean anything.
        """
        if typing and is_printable(pressed):
            return ()
        found = [action for action in _active(context) if pressed in self.keys[action.id]]
        return tuple(action for action in found if action.scope is found[0].scope)

    def begins(self, context: str, pressed: str) -> bool:
        """Whether a key is the first of a sequence there."""
        return any(key.startswith(f"{pressed} ") for action in _active(context) for key in self.keys[action.id])

    def shown(self, action_id: str) -> str:
        """The key an action is shown with; empty where it has none."""
        keys = self.keys.get(action_id, ())
        return glyph(keys[0]) if keys else ""

    def all_shown(self) -> dict[str, str]:
        """Action id to the key shown for it."""
        return {action_id: self.shown(action_id) for action_id in self.keys}


def remap(wishes: Mapping[str, str]) -> tuple[Keymap, tuple[str, ...]]:
    """The operator's keys, and what could not be done with their wishes, one sentence each."""
    keys = {action.id: action.keys for action in ACTIONS if not action.follows}
    complaints: list[str] = []
    for action_id, wish in wishes.items():
        wanted = tuple(_spelled(key) for key in wish.split(",") if key.strip())
        complaint = _unfit(action_id, wanted)
        if complaint:
            complaints.append(complaint)
        else:
            keys[action_id] = wanted
    complaints += _undo_clashes(keys)
    keys |= {action.id: keys[action.follows] for action in ACTIONS if action.follows}
    return Keymap(keys), tuple(complaints)


def keys_table(wishes: Mapping[str, str]) -> str:
    """The key table in Markdown under an operator's wishes, grouped by where a key works; complaints come first."""
    keymap, complaints = remap(wishes)
    parts = ["\n".join(f"- {complaint}" for complaint in complaints)] if complaints else []
    for scope in Scope:
        rows = [
            f"| {_markdown_keys(keymap.keys[action.id])} | {action.title} | {action.tooltip}"
            f"{' Always confirmed.' if action.dangerous else ''} | `{action.id}` |"
            for action in ACTIONS
            if action.scope is scope and not action.follows
        ]
        head = f"### {scope.value.capitalize()}\n\n| key | does | | id |\n|---|---|---|---|"
        parts.append("\n".join([head, *rows]))
    return "\n\n".join(parts) + "\n"


def glyph(key: str) -> str:
    """A key as it is shown: `^R` for ctrl+r, `⏎` for enter."""
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+").upper()
    return _GLYPHS.get(key, key)


def is_printable(key: str) -> bool:
    """Whether a key makes a character, so that it belongs to the text while one is typed."""
    return key == "space" or all(len(part) == 1 for part in key.split(" "))


_NAMED = frozenset({
    "space", "enter", "tab", "shift+tab", "escape", "backspace", "delete", "insert", "up", "down", "left", "right",
    "home", "end", "pageup", "pagedown", *(f"f{number}" for number in range(1, 13)),
})  # fmt: skip
_CONTROL = re.compile(r"ctrl\+[a-gkln-z]")
"""Without h, i, j and m: terminals send backspace, tab, newline and enter for those."""

_GLYPHS = {
    "enter": "⏎", "up": "↑", "down": "↓", "left": "←", "right": "→", "escape": "esc",
    "pageup": "pgup", "pagedown": "pgdn", "shift+tab": "⇧tab",
}  # fmt: skip


def _active(context: str) -> Iterable[Action]:
    for scope in CONTEXTS[context]:
        yield from (action for action in ACTIONS if action.scope is scope)


def _spelled(key: str) -> str:
    """`Ctrl-R`, `^r` and `ctrl+r` are one key; single characters stay as they are."""
    parts = key.split()
    if len(parts) > 1:
        return " ".join(parts)
    key = key.strip()
    if len(key) == 1:
        return key
    key = key.lower().replace("ctrl-", "ctrl+").replace("shift-", "shift+")
    return f"ctrl+{key[1]}" if len(key) == 2 and key[0] == "^" else key


def _unfit(action_id: str, keys: tuple[str, ...]) -> str:
    if action_id in BY_ID and (leader := BY_ID[action_id].follows):
        return f"'{action_id}' has the keys of '{leader}'. Give that one the key."
    if action_id not in BY_ID:
        ids = {word: known for known in BY_ID for word in (known.partition(".")[2], known)}
        near = [ids[word] for word in get_close_matches(action_id, ids, n=1)]
        hint = f" Did you mean '{near[0]}'?" if near else " `cockpit keys` lists the ids."
        return f"There is no action '{action_id}' to give a key to.{hint}"
    if not keys:
        return f"'{action_id}' would have no key. It keeps {_spoken(BY_ID[action_id].keys)}."
    for key in keys:
        if not all(_is_key(part) for part in key.split(" ")):
            return f"'{key}' for '{action_id}' is no key. Take a character, ctrl+letter, f1 to f12 or a name: space."
    if action_id in ("rollback.open", "dialog.back") and all(is_printable(key) for key in keys):
        return f"'{action_id}' must work while something is typed. Give it ctrl+letter, a function key or escape too."
    return ""


def _is_key(key: str) -> bool:
    return (len(key) == 1 and key.isprintable()) or key in _NAMED or bool(_CONTROL.fullmatch(key))


def _undo_clashes(keys: dict[str, tuple[str, ...]]) -> list[str]:
    """Where two actions of one context want a key, those that were moved onto it go home again."""
    complaints: list[str] = []
    while (clash := _clash(keys)) is not None:
        key, first, second = clash
        moved = second if keys[second] != BY_ID[second].keys else first
        other = first if moved == second else second
        complaints.append(
            f"'{key}' is wanted by '{moved}' and '{other}'. '{moved}' keeps {_spoken(BY_ID[moved].keys)}."
        )
        keys[moved] = BY_ID[moved].keys
    return complaints


def _clash(keys: Mapping[str, tuple[str, ...]]) -> tuple[str, str, str] | None:
    """A key, and the two actions that want it. A key that begins a sequence (`g g`) is taken as well."""
    for scopes in COMPETING:
        taken: dict[str, str] = {}
        for action in (action for action in ACTIONS if action.scope in scopes and not action.follows):
            for key in keys[action.id]:
                wanted = {key, key.split(" ", 1)[0]}
                other = next((taken[each] for each in wanted if taken.get(each, action.id) != action.id), None)
                if other is not None:
                    return key, other, action.id
                taken |= dict.fromkeys(wanted, action.id)
    return None


def _spoken(keys: tuple[str, ...]) -> str:
    *others, last = (glyph(key) for key in keys)
    return f"{', '.join(others)} and {last}" if others else last


def _markdown_keys(keys: tuple[str, ...]) -> str:
    return " ".join(f"`{glyph(key)}`" for key in keys)
