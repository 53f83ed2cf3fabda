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
    Action("gate.open", ("o",), "gate", "The gate", "Shows the go/no-go; opening it asks everything in it again.", Scope.RUN),
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
    Action("run.leave", ("q", "ctrl+q"), "leave", "Leave", "Leaves the screen. The run stays recorded and open; resume takes it up.", Scope.RUN),
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

@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys of every action, looked up by what is active and what was pressed."""

    keys: Mapping[str, tuple[str, ...]]
    """Action id to its keys, the one that is shown first."""

    def actions(self, context: str, pressed: str, *, typing: bool = False) -> tuple[Action, ...]:
        """What a key or a sequence (`g g`) may mean in a context, likeliest first; several only where one follows another.

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
            return f"'{key}' for '{action_id}' is no key. Use one character, ctrl+letter, f1 to f12, or a name such as space."
    if action_id in ("rollback.open", "dialog.back") and all(is_printable(key) for key in keys):
        return f"'{action_id}' must work while something is typed. Give it ctrl+letter, a function key or escape too."
    return ""


def _is_key(key: str) -> bool:
    return len(key) == 1 and key.isprintable() or key in _NAMED or bool(_CONTROL.fullmatch(key))


def _undo_clashes(keys: dict[str, tuple[str, ...]]) -> list[str]:
    """Where two actions of one context want a key, those that were moved onto it go home again."""
    complaints: list[str] = []
    while (clash := _clash(keys)) is not None:
        key, first, second = clash
        moved = second if keys[second] != BY_ID[second].keys else first
        other = first if moved == second else second
        complaints.append(f"'{key}' is wanted by '{moved}' and '{other}'. '{moved}' keeps {_spoken(BY_ID[moved].keys)}.")
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
    return " and ".join(glyph(key) for key in keys)


def _markdown_keys(keys: tuple[str, ...]) -> str:
    return " ".join(f"`{glyph(key)}`" for key in keys)
