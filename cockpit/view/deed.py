"""What an action will do, in words, before it is done.

The same sentence stands in the confirmation, in the journal's intent and in the report. Values of
variables that look like secrets are never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cockpit.core.meaning import starter
from cockpit.core.newcomers import is_ours
from cockpit.core.plan import Action, Confirm, Item, Level
from cockpit.core.progress import action_of
from cockpit.core.rules import word_to_type
from cockpit.core.span import show_span
from cockpit.core.state import State
from cockpit.view.fit import foreign
from cockpit.view.words import short

HIDDEN = "(hidden)"

_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|PRIVATE|AUTH|DSN|COOKIE|SALT|SIGNATURE", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"://[^/\s]*:[^/\s]*@|-----BEGIN|\beyJ[\w-]{8,}\.")


def shown_value(name: str, value: str) -> str:
    """A variable's value, unless its name or shape says that it is a secret."""
    looks_secret = _SECRET_NAME.search(name) or _SECRET_VALUE.search(value)
    return HIDDEN if looks_secret else foreign(value, limit=200)


def summary(state: State, item: Item) -> str:
    """One sentence: what doing this item changes, and where. Empty for an item that does nothing."""
    action = action_of(state, item)
    return f"{_sentence(state, action)}{_superseding(state, action)}" if action is not None else ""


def variables(action: Action) -> Mapping[str, str]:
    """The variables an action sets, names to shown values; deleted ones have an empty value."""
    given = {name: shown_value(name, value) for name, value in (action.set_variables or {}).items()}
    return {foreign(name): value for name, value in (given | dict.fromkeys(action.delete_variables or (), "")).items()}


def facts(state: State, item: Item) -> Iterator[tuple[str, str]]:
    """Label and text of all that is fixed about an action: what, undo, confirmation, estimate, proof."""
    action = action_of(state, item)
    if action is None:
        return
    yield "does", _sentence(state, action)
    for name, value in variables(action).items():
        yield "", f"{name} = {value}" if action.set_variables is not None else f"{name} deleted"
    yield "undo", _undo(state, action)
    yield "confirm", _confirm(state, action, item)
    if action.estimate is not None:
        yield "takes", f"about {show_span(action.estimate)}"
    if action.proof:
        yield "proof", foreign(action.proof)
    elif action.kind in ("argv", "sql"):
        yield "proof", "none: its outcome stays unknown"
    if action.on:
        yield "on", foreign(f"{action.on}: {state.proved.get(action.on, 'has not answered for this environment yet')}")


def _sentence(state: State, action: Action) -> str:
    service = foreign(action.target or "", limit=80)
    match action.kind:
        case "set_variables":
            return f"Set {_names(action.set_variables or ())} of {service}, without a deploy."
        case "delete_variables":
            return f"Delete {_names(action.delete_variables or ())} of {service}, without a deploy."
        case "deploy":
            return f"Deploy {service}: a new build with today's variables."
        case "redeploy":
            return f"Redeploy {service}: the same source built again; it may keep the old variables."
        case "restart":
            return f"Restart {service}, without a deploy."
        case "rollback":
            back = f"Take {service} back to {_target(state, action.rollback or '')}, image and variables."
            return f"{back} An unfinished deployment of this run is cancelled."
        case "scale":
            return f"Scale {service} to {action.scale.to if action.scale else '?'} replicas."
        case "argv":
            return _command(state, action)
        case _:
            return f"Run in {foreign(action.on or '?')}: {foreign(action.sql or '', limit=400).strip()}"


def _superseding(state: State, action: Action) -> str:
    """Whose deployment gives way to the one that this action makes."""
    if not action.starts_rollout:
        return ""
    for rollout in state.rollouts.values():
        theirs = not is_ours(state, rollout.deployment) and not rollout.is_over and rollout.t1 is None
        if theirs and rollout.service == action.target:
            who = foreign(starter(state, rollout), limit=40)
            return f" {short(rollout.deployment)} of {who} is on its way: Railway drops it for a newer one."
    return ""


def _command(state: State, action: Action) -> str:
    if not state.rehearsal:
        return "Run " + foreign(" ".join(action.argv or ()), limit=400)
    if action.rehearse is None:
        return "Run nothing: a rehearsal has no stand-in for this command."
    return "Run the stand-in " + foreign(" ".join(action.rehearse), limit=400)


def _target(state: State, service: str) -> str:
    target = state.targets.get(service)
    if target is None:
        return "the deployment that served when the run opened (not known yet)"
    commit = f", commit {short(target.commit)}" if target.commit else ""
    return f"deployment {short(target.id)}{commit}"


def _names(names: object) -> str:
    return foreign(", ".join(str(each) for each in names), limit=300) if isinstance(names, tuple | dict) else "?"


def _undo(state: State, action: Action) -> str:
    if action.undo in (None, "none"):
        return foreign(f"none: {action.why or 'the plan names no way back'}")
    undoing = state.plan.actions.get(action.undo or "")
    return _sentence(state, undoing) if undoing is not None else foreign(action.undo)


def _confirm(state: State, action: Action, item: Item) -> str:
    if isinstance(state.plan.phase(item.phase), Level):
        return "by the start of the rollback"
    word = foreign(word_to_type(state))
    words = {Confirm.NO: "none", Confirm.YES: "yes", Confirm.TYPE: f"type {word}"}
    return words[action.confirmation]
