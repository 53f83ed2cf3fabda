"""Which key does what: the table of actions under an operator's own wishes.

Operators may give an action other keys. `remap` never fails: what cannot be done becomes a
complaint in words, and that action keeps its own keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from cockpit.ui.actions import ACTIONS, BY_ID, COMPETING, CONTEXTS, Action, Scope


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
