"""The small words every view needs: titles made inert, keys, counts."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit.core.plan import Item, Level, Phase
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view.fit import foreign
from cockpit.view.line import Line, Span, Tone

TITLE_LIMIT = 200
"""Characters of a title or reason that are ever shown on one line."""

LEADS_TO: Mapping[str, str] = {
    "gate.go": "gate.open",
    "gate.no_go": "gate.open",
    "rollback.start": "rollback.open",
}
"""Offers that are taken on a screen of their own, to the key that leads there."""


def title(state: State, item: Item) -> str:
    """An item's words, inert."""
    return foreign(state.plan.title_of(item), limit=TITLE_LIMIT)


def name(part: Phase | Level) -> str:
    """The title of a phase or level, inert."""
    return foreign(part.title, limit=TITLE_LIMIT)


def reason(text: str, *, limit: int = TITLE_LIMIT) -> str:
    """A reason or finding without its full stop, inert, to stand inside a line."""
    return foreign(text, limit=limit).strip().rstrip(".")


def press(scene: Scene, action: str, words: str) -> Line:
    """The key of an action and what it does; the words alone where no keys are (headless)."""
    key = scene.keys.get(LEADS_TO.get(action, action), "")
    return Line((Span(foreign(key, limit=20), Tone.STRONG), Span(f" {words}"))) if key else Line((Span(words),))


def count(number: int, noun: str) -> str:
    """`1 trigger`, `2 triggers`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short(identifier: str | None) -> str:
    """The first characters of a commit, digest or deployment id."""
    text = foreign(identifier or "", limit=80)
    return text.removeprefix("sha256:")[:8] if text else "?"
