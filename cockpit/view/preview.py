"""What an action would change, against what stands now: the difference a person sees before confirming.

Names of variables, never what they hold now; settings and replicas with both values.
"""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.plan import Action, Item
from cockpit.core.plan.action import AS_WANTED, GONE
from cockpit.core.progress import action_of
from cockpit.core.rollout.drift import Drift
from cockpit.core.state import Status
from cockpit.telemetry import Preview, Scene
from cockpit.view import deed
from cockpit.view.fit import foreign
from cockpit.view.times import ago

UNSET = "what Railway takes where none is set"
UNMOUNTED = "none; the volume keeps what is in it"


def facts(scene: Scene, item: Item) -> Iterator[tuple[str, str]]:
    """Label and text, one a change; nothing for what was not looked at or is done."""
    found, action = _of(scene, item), action_of(scene.state, item)
    if found is None or action is None:
        return
    label = "now"
    for words in changes(action, found):
        yield label, words
        label = ""
    yield "", f"looked at {ago(found.at, scene.now)}"


def sentence(scene: Scene, item: Item) -> str:
    """The same in one line, for the question that is confirmed."""
    found, action = _of(scene, item), action_of(scene.state, item)
    return "" if found is None or action is None else f"Now: {'; '.join(changes(action, found))}."


def changes(action: Action, found: Preview) -> Iterator[str]:
    """Each change in words."""
    if found.trouble:
        yield f"could not be looked at: {foreign(found.trouble)}"
    elif found.about:
        yield foreign(found.about)
    elif found.drift is not None:
        yield from drifted(found.drift)
    for name, word in found.standing.items():
        yield f"{foreign(name)}: {_step(action, name, word)}"


def drifted(drift: Drift) -> Iterator[str]:
    """Configured variables against those a deployment was built with."""
    for words, names in (("added", drift.added), ("removed", drift.removed), ("changed", drift.changed)):
        if names:
            yield f"{words} since it was built: {foreign(', '.join(names), limit=300)}"
    if not drift.names:
        yield "the same variables as it was built with"
    if drift.unknown:
        yield f"sealed, so not compared: {foreign(', '.join(drift.unknown), limit=300)}"


def _step(action: Action, name: str, word: str) -> str:
    if word in (AS_WANTED, GONE):
        return "already so" if word == AS_WANTED else "already gone"
    is_word = action.set_variables is not None or action.delete_variables is not None
    now = word if is_word else deed.shown_value(name, word)
    return f"{'sealed' if word.startswith('sealed') else foreign(now, limit=80)} → {_wanted(action, name)}"


def _wanted(action: Action, name: str) -> str:
    if action.set_variables is not None:
        return deed.shown_value(name, action.set_variables[name]) or '""'
    if action.set_settings is not None:
        value = action.set_settings.given[name]
        return foreign(str(value).lower() if isinstance(value, bool) else str(value), limit=80)
    if action.scale is not None:
        return str(action.scale.regions.get(name, action.scale.to))
    if action.changes_volume:
        return UNMOUNTED
    return "deleted" if action.delete_variables is not None else UNSET


def _of(scene: Scene, item: Item) -> Preview | None:
    action, root = action_of(scene.state, item), scene.state.plan.root(item)
    if action is None or scene.state.item(item.id).status not in (Status.OPEN, Status.FAILED):
        return None
    return scene.live.previews.get(root.target)
