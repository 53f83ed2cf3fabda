"""Whether the way back is open: all that a rollback needs, one finding each, with the age of what it rests on.

Looked at from before the gate to the end of the watch. What nobody has seen, or not lately, is *unknown* and never
ready. A remark is good to know and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cockpit.core.agenda import unbound
from cockpit.core.deployment import Deployment
from cockpit.core.drift import Drift
from cockpit.core.finding import Finding
from cockpit.core.order import lacking, wanted_of
from cockpit.core.plan import Action, Item, Level, Plan, PostgresConnection, RailwayConnection, Verb
from cockpit.core.progress import action_of
from cockpit.core.retention import image_left, image_words
from cockpit.core.state import State

_NAMED = 5


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What the last look at a deployment that a rollback leads to showed."""

    found: Deployment | None
    """None: Railway has no such deployment any more."""
    until: datetime
    """When the look stops to count (plan time)."""
    trouble: str = ""
    """Why it could not be looked at."""
    drift: Drift | None = None
    """How what is configured differs from what it was built with; None where Railway did not show it."""
    at: datetime | None = None
    """When it was looked at."""


@dataclass(frozen=True, slots=True)
class ProgramLook:
    """Where a command was found on this machine."""

    at: datetime
    found: str | None
    """Its path; None where there is none that may be run."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a rollback's SQL when it was tried, and rolled back."""

    at: datetime
    on: str
    """The connection."""
    ok: bool | None
    """None where it could not be tried."""
    words: str


@dataclass(frozen=True, slots=True)
class Looks:
    """What was looked at outside of the run."""

    links: Mapping[str, str] = field(default_factory=dict)
    """Connections that do not answer as they should, and how: `is down`, `throttles`."""
    targets: Mapping[str, TargetLook] = field(default_factory=dict)
    programs: Mapping[str, ProgramLook] = field(default_factory=dict)
    trials: Mapping[tuple[str, ...], Trial] = field(default_factory=dict)
    """By the actions that were tried together."""


TRIED_FOR = timedelta(hours=2)
"""After this a trial says nothing about now."""
FOUND_FOR = timedelta(minutes=15)
"""After this a look for a command says nothing about now."""


def findings(state: State, level: Level, looks: Looks, now: datetime) -> tuple[Finding, ...]:
    """Everything one level needs, in the order of its steps; each told once."""
    found: dict[tuple[str, str], Finding] = {}
    for item in level.lines():
        for each in _of_item(state, level, item, looks, now):
            found.setdefault((each.kind, each.subject), each)
    for group in tried_together(state.plan, level):
        each = _of_sql(state, group, looks, now)
        found.setdefault((each.kind, each.subject), each)
    return tuple(found.values())


def light(found: tuple[Finding, ...]) -> tuple[bool | None, str]:
    """The worst of them: not ready, unknown, or ready; and why."""
    for worst in (False, None):
        words = [each.words for each in found if each.ready is worst and not each.remark]
        if words:
            return worst, words[0]
    return True, ""


def is_worse(ready: bool | None, before: bool | None) -> bool:  # noqa: FBT001  (two lights, held against each other)
    """Whether one light says less good than another."""
    order = (False, None, True)
    return order.index(ready) < order.index(before)


def lacks(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What keeps a level from being ready, the worst first."""
    against = [each for each in found if not each.ready and not each.remark]
    return tuple(sorted(against, key=lambda each: each.ready is None))


def programs_of(state: State) -> tuple[str, ...]:
    """The commands that ways back run on this machine; in a rehearsal their stand-ins."""
    actions = [action for level in state.plan.rollback for item in level.lines() if (action := action_of(state, item))]
    commands = [action.rehearse if state.rehearsal else action.argv for action in actions if action.argv is not None]
    return tuple(dict.fromkeys(command[0] for command in commands if command))


def tried_together(plan: Plan, level: Level) -> tuple[tuple[str, ...], ...]:
    """The SQL actions of a level in its order: together in one transaction where they are tried on the same database.

    Those that bind other values than the ones before are tried by themselves: `$1` means one thing in a trial.
    """
    groups: list[list[str]] = []
    for item in level.lines():
        root = plan.root(item)
        action = plan.actions.get(root.target) if root.verb is Verb.DO else None
        if action is None or action.sql is None:
            continue
        last = plan.actions[groups[-1][0]] if groups else None
        fits = last is not None and last.tried_on == action.tried_on is not None and last.with_ == action.with_
        if fits:
            groups[-1].append(root.target)
        else:
            groups.append([root.target])
    return tuple(tuple(group) for group in groups)


def is_declared_same(plan: Plan, group: tuple[str, ...]) -> bool:
    """Whether the plan itself gives both databases one address, as where it is run against staging."""
    action = plan.actions[group[0]]
    on, tried_on = (plan.connections.get(name or "") for name in (action.on, action.tried_on))
    if not (isinstance(on, PostgresConnection) and isinstance(tried_on, PostgresConnection)):
        return False
    return on.url == tried_on.url


def is_fresh(state: State, level: Level, looks: Looks, since: datetime) -> bool:
    """Whether every look that a level's findings can rest on was made since then."""
    actions = [action for item in level.lines() if (action := action_of(state, item))]
    made: list[datetime | None] = []
    for one in actions:
        if one.rollback is not None and one.rollback in state.targets:
            made.append(look.at if (look := looks.targets.get(one.rollback)) is not None else None)
        command = one.rehearse if state.rehearsal else one.argv
        if one.argv is not None and command:
            made.append(looks.programs[command[0]].at if command[0] in looks.programs else None)
    tried = [group for group in tried_together(state.plan, level) if is_to_try(state, group)]
    made += [looks.trials[group].at if group in looks.trials else None for group in tried]
    return all(at is not None and at >= since for at in made)


def is_to_try(state: State, group: tuple[str, ...]) -> bool:
    """Whether SQL can be tried: on a database of its own that has answered."""
    return state.plan.actions[group[0]].tried_on in state.proved and not is_declared_same(state.plan, group)


def awaited(state: State) -> datetime | None:
    """When a gate was opened that is still to be decided: everything is looked at again since."""
    asked = [
        gate.asked
        for (_, attempt), gate in state.gates.items()
        if attempt == state.attempt and gate.asked is not None and gate.decided is None
    ]
    return max(asked, default=None)


def is_news(state: State, level: str, found: tuple[Finding, ...], *, fresh: bool) -> bool:
    """Whether findings say anything else than the record; `fresh` ones answer a gate that waits for them, too."""
    known = state.readiness.get(level)
    if known is None or _signature(known.findings) != _signature(found):
        return True
    waits = awaited(state)
    return fresh and waits is not None and known.at < waits


def _signature(found: tuple[Finding, ...]) -> tuple[tuple[str, str, bool | None], ...]:
    """What a change of is worth a line in the record: not the hours that are left."""
    return tuple((each.kind, each.subject, each.ready) for each in found)


def _of_item(state: State, level: Level, item: Item, looks: Looks, now: datetime) -> Iterator[Finding]:
    root, title = state.plan.root(item), state.plan.title_of(item)
    action = action_of(state, item)
    if action is not None:
        yield from _of_action(state, action, looks, now)
        yield from _of_order(state, level, item)
    names = action.bound if action is not None else ()
    if root.target in state.plan.checks and root.verb in (Verb.CHECK, Verb.COMPARE, Verb.RECORD):
        names = unbound(state, root.target)
    answered_here = {each.target for each in level.lines() if each.verb is Verb.ASK}
    for name in names:
        if name in state.plan.asks and name not in answered_here:
            known = state.asks.get(name)
            words = f"{name} is answered" if known is not None else f"{title} wants an answer to {name}"
            at = known.at if known is not None else None
            yield Finding(kind="answer", subject=name, ready=True if known is not None else None, words=words, at=at)
    if root.verb is Verb.COMPARE and root.target not in state.baselines:
        yield Finding(kind="baseline", subject=root.target, ready=None, words=f"{title} has no baseline yet")


def _of_order(state: State, level: Level, item: Item) -> Iterator[Finding]:
    """What must have come before, unless an earlier step of the level does it; before any change it may still come."""
    steps = level.lines()
    before = {wanted_of(f"{each.verb.value} {each.target}") for each in steps[: steps.index(item)]}
    for one in lacking(state, item):
        if wanted_of(one.text) not in before:
            words = f"{state.plan.title_of(item)}: {one.sentence}"
            may_come = not state.intents
            yield Finding(kind="order", subject=one.id, ready=may_come, words=words, remark=may_come)


def _of_action(state: State, action: Action, looks: Looks, now: datetime) -> Iterator[Finding]:
    if action.on is not None:
        yield _of_connection(state, action.on, looks)
    if action.argv is not None:
        yield _of_command(state, action, looks, now)
    if action.rollback is not None:
        yield from _of_target(state, action, looks, now)


def _of_connection(state: State, name: str, looks: Looks) -> Finding:
    if name not in state.proved:
        words = f"{name} has not answered for {state.environment} yet"
        return Finding(kind="connection", subject=name, ready=None, words=words)
    if does := looks.links.get(name):
        return Finding(kind="connection", subject=name, ready=None, words=f"{name} {does} now")
    return Finding(kind="connection", subject=name, ready=True, words=f"{name} answers for {state.environment}")


def _of_command(state: State, action: Action, looks: Looks, now: datetime) -> Finding:
    command = action.rehearse if state.rehearsal else action.argv
    if not command:
        words = "a command of it has no stand-in in a rehearsal"
        return Finding(kind="command", subject="rehearse", ready=False, words=words)
    name, look = command[0], looks.programs.get(command[0])
    if look is None or now - look.at > FOUND_FOR:
        return Finding(kind="command", subject=name, ready=None, words=f"{name} was not looked for lately")
    if look.found is None:
        words = f"{name} is not on this machine, or may not be run"
        return Finding(kind="command", subject=name, ready=False, words=words, at=look.at)
    return Finding(kind="command", subject=name, ready=True, words=f"{name} is {look.found}", at=look.at)


def _of_target(state: State, action: Action, looks: Looks, now: datetime) -> Iterator[Finding]:
    service = action.rollback or ""
    target, look = state.targets.get(service), looks.targets.get(service)
    if target is None:
        words = f"which deployment of {service} served before is not known"
        yield Finding(kind="target", subject=service, ready=None, words=words)
        return
    at = look.at if look is not None else None
    ready, words = _goes_back(state, action, target, look, now)
    yield Finding(kind="target", subject=service, ready=ready, words=words, at=at)
    if look is not None and look.found is not None:
        words = _differing(service, look.drift)
        yield Finding(kind="variables", subject=service, ready=True, words=words, at=at, remark=True)


def _goes_back(
    state: State, action: Action, target: Deployment, look: TargetLook | None, now: datetime
) -> tuple[bool | None, str]:
    """Whether the deployment that served before can still be gone back to, and for how long."""
    name = target.id[:8]
    if look is not None and look.found is None:
        return False, f"Railway has no deployment {name} any more"
    if look is not None and look.found is not None:
        target = look.found
        if look.trouble or now > look.until:
            return None, f"whether Railway still has {name} could not be seen lately"
    serves = _still_serves(state, target)
    if not target.can_rollback and not serves:
        return None, f"Railway did not offer {name} for a rollback when it was last seen"
    connection = state.plan.connections.get(action.on or "")
    tier = connection.tier if isinstance(connection, RailwayConnection) else None
    if image_left(target, tier, now) == timedelta():
        return None, f"the image of {name} should be gone: the {tier} plan has kept it for its time after the removal"
    kept = "it still serves" if serves else image_words(target, tier, now)
    return True, f"{action.rollback} goes back to {name}: {kept}"


def _still_serves(state: State, target: Deployment) -> bool:
    """Nothing has replaced it: then nothing is sent to go back to it."""
    return all(rollout.previous != target.id or rollout.t2 is None for rollout in state.rollouts.values())


def _differing(service: str, drift: Drift | None) -> str:
    if drift is None:
        return f"with which variables {service} was built could not be seen"
    changes = [
        f"{word} {', '.join(names[:_NAMED])}" + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        for word, names in (("added", drift.added), ("removed", drift.removed), ("changed", drift.changed))
        if names
    ]
    sealed = f"; {len(drift.unknown)} sealed, which nobody can compare" if drift.unknown else ""
    if not changes:
        return f"the variables of {service} are those it was built with{sealed}"
    return f"the variables of {service} differ from those it was built with: {'; '.join(changes)}{sealed}"


def _of_sql(state: State, group: tuple[str, ...], looks: Looks, now: datetime) -> Finding:
    titles = " and ".join(state.plan.actions[name].title or name for name in group)
    subject, on = ", ".join(group), state.plan.actions[group[0]].tried_on
    if on is None:
        words = f"{titles}: not tried anywhere, for no tried_on names a database"
        return Finding(kind="sql", subject=subject, ready=True, words=words, remark=True)
    if is_declared_same(state.plan, group):
        words = f"{titles}: not tried, for {on} has the same address here"
        return Finding(kind="sql", subject=subject, ready=True, words=words, remark=True)
    trial = looks.trials.get(group)
    if trial is None or now - trial.at > TRIED_FOR:
        return Finding(kind="sql", subject=subject, ready=None, words=f"{titles}: not tried on {on} lately")
    return Finding(kind="sql", subject=subject, ready=trial.ok, words=f"{titles}: {trial.words}", at=trial.at)
