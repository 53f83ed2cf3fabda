"""What the palette lists, and in which order it answers a few typed letters. Textual-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cockpit.core.plan import Level, Phase
from cockpit.telemetry import Scene
from cockpit.ui.actions import ACTIONS, CONTEXTS, Scope
from cockpit.ui.keymap import Keymap
from cockpit.view.fit import foreign


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    id: str
    """An action's id, or `row:` and a row's."""
    words: str
    kind: str
    """`action` or `row`."""
    key: str = ""


def entries(scene: Scene, keymap: Keymap, context: str) -> tuple[Entry, ...]:
    """Actions that mean something where the palette was opened, then every phase, item and level."""
    found = [
        Entry(action.id, f"{action.title}: {action.tooltip}", "action", keymap.shown(action.id))
        for scope in CONTEXTS[context]
        for action in ACTIONS
        if action.scope is scope
        and not action.follows
        and scope not in (Scope.MOVE, Scope.DIALOG)
        and action.id != "palette.open"
    ]
    plan = scene.state.plan
    parts: tuple[Phase | Level, ...] = (*plan.phases, *plan.rollback)
    for part in parts:
        kind = "way back" if isinstance(part, Level) else "phase"
        found.append(Entry(f"row:{part.id}", f"Go to {kind} {foreign(part.title)}", "row"))
        found += [
            Entry(
                f"row:{item.id}",
                f"Go to {foreign(plan.title_of(item), limit=120)} ({foreign(part.title, limit=60)})",
                "row",
            )
            for item in part.lines()
        ]
    return tuple(found)


def ranked(entries: Sequence[Entry], typed: str) -> tuple[Entry, ...]:
    """Entries that hold every typed word, those that begin with the first one before the others."""
    words = typed.casefold().split()
    fitting = [entry for entry in entries if all(word in entry.words.casefold() for word in words)]
    return tuple(sorted(fitting, key=lambda entry: not words or not entry.words.casefold().startswith(words[0])))
