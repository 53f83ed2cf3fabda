"""Advice about single actions: what Railway, or a tired night, makes of them. Part of `advice`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.plan import Level, Phase, Plan, RailwayConnection, Verb
from cockpit.core.plan.action import Action, Confirm
from cockpit.core.rollout.retention import KEPT
from cockpit.core.span import show_span

HEALTH_WINDOW = 300
"""Seconds Railway lets a new deployment become healthy (https://docs.railway.com/deployments/healthchecks)."""

_DRAIN = "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"
_OVERLAP = "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS"
_HEALTH = "RAILWAY_HEALTHCHECK_TIMEOUT_SEC"
_GRACE = re.compile(r"GRACE|SHUTDOWN|DRAIN|TERMINAT")
"""Words in the name of a variable by which an app is told how long it may take to finish."""
_UNITS: Mapping[str, float] = {"MS": 0.001, "MILLIS": 0.001, "MILLISECONDS": 0.001, "MINUTES": 60, "MIN": 60}
"""Last words of such a name, in seconds; what is called otherwise is taken for seconds."""

_TAKES_DOWN = ("stop", "remove")


@dataclass(frozen=True, slots=True)
class _Given:
    """A length that an action sets."""

    seconds: float
    path: KeyPath
    name: str


def of_actions(plan: Plan) -> Iterator[Complaint]:
    """Everything worth a second look in what a plan does."""
    for name, action in plan.actions.items():
        path: KeyPath = ("actions", name)
        if action.undo is None:
            yield Complaint(path, "Nothing says how this is taken back.", 'Add undo, an action or "none" with a why.')
        if action.kind in ("argv", "sql") and action.proof is None:
            what = "Nothing shows whether this happened, so its outcome stays unknown."
            yield Complaint(path, what, 'Add proof = "check NAME".')
        if action.kind == "argv" and action.rehearse is None:
            yield Complaint(path, "This cannot be rehearsed.", 'Add rehearse, such as ["true"].')
        if action.kind in ("deploy", "redeploy") and action.estimate is None:
            what = "Nothing says how long this takes, so nobody is told that it is late."
            yield Complaint(path, what, 'Add estimate, such as "20m".')
        if action.kind in _TAKES_DOWN and action.confirmation is not Confirm.TYPE:
            what = f"One key takes {action.target} down."
            yield Complaint((*path, "confirm"), what, 'Write confirm = "type", or leave it out.')
        yield from _way_back(plan, action, path)
    yield from _drains(plan)
    yield from _overlaps(plan)
    yield from _idle(plan)


def _way_back(plan: Plan, action: Action, path: KeyPath) -> Iterator[Complaint]:
    undo = plan.actions.get(action.way_back or "")
    if undo is not None and undo.rollback is not None and action.target and undo.rollback != action.target:
        what = f"'{action.undo}' takes {undo.rollback} back, and this changes {action.target}."
        yield Complaint((*path, "undo"), what, "Name an action for the same service.")
    if action.rollback is None:
        return
    if action.rollback not in _rolled_out(plan):
        what = f"No phase deploys {action.rollback}, so what a rollback leads to still serves and nothing is sent."
        yield Complaint((*path, "rollback"), what, "Take back what was changed with an action of its own.")
    yield from _kept(plan, action, path)


def _rolled_out(plan: Plan) -> set[str | None]:
    """Services that an action of the phases, not of a way back, gives another deployment."""
    roots = [plan.root(item) for phase in plan.phases for item in phase.lines()]
    makes = [plan.actions[root.target] for root in roots if root.verb is Verb.DO]
    return {action.target for action in makes if action.starts_rollout or action.kind in ("scale", "remove", "stop")}


def _kept(plan: Plan, action: Action, path: KeyPath) -> Iterator[Complaint]:
    """A watch that outlasts the image it may have to go back to (`railway/api.md` 8 [D])."""
    connection = plan.connections.get(action.on or "")
    tier = connection.tier if isinstance(connection, RailwayConnection) else None
    longest = max((phase.watch.span for phase in plan.phases if phase.watch is not None), default=timedelta())
    if tier is not None and longest > KEPT[tier]:
        what = (
            f"A watch lasts {show_span(longest)}, and the tier {tier} keeps what was replaced for "
            f"{show_span(KEPT[tier])}: after that this cannot go back."
        )
        yield Complaint((*path, "rollback"), what, "Watch for less, or keep another way back.")


def _drains(plan: Plan) -> Iterator[Complaint]:
    """A drain against what it has to cover, where both stand in the plan: SIGKILL comes at its end."""
    for service in dict.fromkeys(action.service for action in plan.actions.values() if action.service):
        given = [
            one for name, action in plan.actions.items() if action.service == service for one in _lengths(name, action)
        ]
        health = next((one for one in reversed(given) if one.name == _HEALTH), None)
        limit = health or _Given(HEALTH_WINDOW, (), "Railway's default")
        graces = [one for one in given if one.name not in (_DRAIN, _HEALTH)]
        for drain in (one for one in given if one.name == _DRAIN):
            if drain.seconds < limit.seconds:
                what = f"The drain of {drain.seconds:g} s is shorter than the health check of {limit.seconds:g} s"
                yield Complaint(drain.path, f"{what} ({limit.name}).", f"Drain longer, or set {_HEALTH}.")
            for grace in (one for one in graces if drain.seconds < one.seconds):
                what = f"The drain of {drain.seconds:g} s ends before the app's own {grace.name}, {grace.seconds:g} s."
                yield Complaint(drain.path, what, "Drain longer: what is still at work then is killed.")


def _overlaps(plan: Plan) -> Iterator[Complaint]:
    """A volume has one owner: the old deployment stops before the new one starts (`railway/api.md` 5 [D])."""
    mounting = {
        action.service: name for name, action in plan.actions.items() if action.set_settings and action.changes_volume
    }
    for name, action in plan.actions.items():
        for path, seconds in _overlap(name, action):
            if action.service in mounting and seconds > 0:
                volume = f"With the volume of '{mounting[action.service]}'"
                what = f"{volume} {action.service} never overlaps: it is down meanwhile."
                yield Complaint(path, what, "Take the overlap out, and tell who uses it.")


def _overlap(name: str, action: Action) -> Iterator[tuple[KeyPath, float]]:
    value = (action.set_variables or {}).get(_OVERLAP, "")
    if value.isdigit():
        yield ("actions", name, "set_variables", _OVERLAP), int(value)
    if action.set_settings is not None and action.set_settings.overlap is not None:
        yield ("actions", name, "set_settings", "overlap"), action.set_settings.overlap


def _idle(plan: Plan) -> Iterator[Complaint]:
    """Settings that no deployment takes up: after them, in the same phases or level, nothing deploys the service."""
    parts: tuple[Sequence[Phase | Level], ...] = (plan.phases, *((level,) for level in plan.rollback))
    for part in parts:
        deployed: set[str | None] = set()
        roots = [plan.root(item) for phase in part for item in phase.lines()]
        for name in reversed([root.target for root in roots if root.verb is Verb.DO]):
            action = plan.actions[name]
            if action.starts_rollout:
                deployed.add(action.target)
            elif action.settings and action.service not in deployed:
                what = f"Nothing deploys {action.service} after this, and only its next deployment takes it up."
                yield Complaint(("actions", name), what, "Add a deploy after it.")


def _lengths(name: str, action: Action) -> Iterator[_Given]:
    """Drain, health check and the app's own grace, as variables or as settings."""
    for variable, value in (action.set_variables or {}).items():
        is_own = not variable.startswith("RAILWAY_") and _GRACE.search(variable)
        if value.isdigit() and (is_own or variable in (_DRAIN, _HEALTH)):
            unit = _UNITS.get(variable.rpartition("_")[2], 1) if is_own else 1
            yield _Given(int(value) * unit, ("actions", name, "set_variables", variable), variable)
    settings = action.set_settings
    if settings is not None and settings.drain is not None:
        yield _Given(settings.drain, ("actions", name, "set_settings", "drain"), _DRAIN)
    if settings is not None and settings.health_timeout is not None:
        yield _Given(settings.health_timeout, ("actions", name, "set_settings", "health_timeout"), _HEALTH)
