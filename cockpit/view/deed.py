"""What an action will do, in words, before it is done.

The same sentence stands in the confirmation, in the journal's intent and in the report. Values of
variables that look like secrets are never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cockpit.core.order import precedences
from cockpit.core.plan import Action, Confirm, Item, Level
from cockpit.core.progress import action_of
from cockpit.core.rollout.meaning import starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rules import word_to_type
from cockpit.core.span import show_span
from cockpit.core.state import State
from cockpit.view.fit import foreign
from cockpit.view.words import count, short

HIDDEN, SEALED = "(hidden)", "(sealed)"

_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|PRIVATE|AUTH|DSN|COOKIE|SALT|SIGNATURE", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"://[^/\s]*:[^/\s]*@|-----BEGIN|\beyJ[\w-]{8,}\.")


def shown_value(name: str, value: str) -> str:
    """A variable's value, unless its name or shape says that it is a secret; that it is sealed is no secret."""
    if value == SEALED:
        return SEALED
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
    for number, each in enumerate(precedences(state, item)):
        because = f", {foreign(each.because, limit=200)}" if each.because else ""
        yield "" if number else "after", f"{foreign(each.title, limit=200)}: {each.word}{because}"
    if action.estimate is not None:
        yield "takes", f"about {show_span(action.estimate)}"
    if action.proof:
        yield "proof", foreign(action.proof)
    elif action.kind in ("argv", "sql"):
        yield "proof", "none: its outcome stays unknown"
    if action.on:
        yield "on", foreign(f"{action.on}: {state.proved.get(action.on, 'has not answered for this environment yet')}")


def passed_over(state: State, item: Item) -> str:
    """What should have come before and was passed over, for the question that is confirmed; empty where nothing was."""
    found = [each for each in precedences(state, item) if each.ok and each.word != "done"]
    return " ".join(f"{foreign(each.title, limit=200)} was passed over: {foreign(each.because)}." for each in found)


_OF_A_SERVICE = {
    "redeploy": "Redeploy {}: the same source built again; it may keep the old variables.",
    "restart": "Restart {}, without a deploy; a stopped one comes back.",
    "cancel": "Cancel the deployment of {} that is on its way, whoever made it; what serves goes on.",
    "stop": "Stop {}: nothing of it serves until a restart or a deploy.",
    "remove": "Stop and remove the live deployment of {}: nothing of it serves until a deploy.",
    "approve": "Approve the deployment of {} that waits for it: it is built and replaces what serves.",
}


def _sentence(state: State, action: Action) -> str:
    service = foreign(action.target or "", limit=80)
    match action.kind:
        case "set_variables" | "delete_variables" | "set_settings" | "unset_settings":
            return _configuration(action)
        case "deploy":
            return f"Deploy {service}{_commit(state, action)}: a new build with today's variables."
        case "rollback":
            back = f"Take {service} back to {_target(state, action.rollback or '')}, image and variables."
            return f"{back} An unfinished deployment of this run is cancelled."
        case "scale":
            return f"Scale {service} to {_amount(action)}."
        case "argv":
            return _command(state, action)
        case "sql":
            return f"Run in {foreign(action.on or '?')}: {foreign('; '.join(action.statements), limit=400).strip()}"
        case kind:
            return _OF_A_SERVICE[kind].format(service)


def _configuration(action: Action) -> str:
    service = foreign(action.target or "", limit=80)
    match action.kind:
        case "set_variables":
            return f"Set {_names(action.set_variables or ())} of {_owner(action)}, without a deploy."
        case "delete_variables":
            return f"Delete {_names(action.delete_variables or ())} of {_owner(action)}, without a deploy."
        case "set_settings" if action.changes_volume:
            return f"Mount {_settings(action)} in {service}, which counts from its next deployment and never overlaps."
        case "unset_settings" if action.changes_volume:
            return f"Mount no volume in {service} from its next deployment on; the volume keeps what is in it."
        case "set_settings":
            return f"Set {_settings(action)} of {service}; they count from its next deployment."
        case _:
            return f"Unset {_names(action.unset_settings or ())} of {service}; that counts from its next deployment."


def _owner(action: Action) -> str:
    return "all services (shared variables)" if action.shared else foreign(action.service or "", limit=80)


def _settings(action: Action) -> str:
    given = action.set_settings.given if action.set_settings else {}
    words = [f"{name} = {str(value).lower() if isinstance(value, bool) else value}" for name, value in given.items()]
    return foreign(", ".join(words), limit=300)


def _commit(state: State, action: Action) -> str:
    if action.commit_ask is None:
        return f" at commit {short(action.commit)}" if action.commit else ""
    answer = state.asks.get(action.commit_ask)
    told = answer.value if answer is not None and not answer.secret else None
    return f" at commit {foreign(told, limit=40)}" if told else f" at the commit of {foreign(action.commit_ask)}"


def _amount(action: Action) -> str:
    scale = action.scale
    if scale is None or scale.to is not None:
        return count(scale.to, "replica") if scale and scale.to else "? replicas"
    return foreign(", ".join(f"{number} in {region}" for region, number in scale.regions.items()), limit=300)


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
    command = foreign(" ".join(action.argv or ()), limit=400)
    if not state.rehearsal:
        return f"Run {command}"
    if action.rehearse is None:
        return "Run nothing: a rehearsal has no stand-in for this command."
    return f"Run {foreign(' '.join(action.rehearse), limit=400)}, which stands in for {command}"


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
