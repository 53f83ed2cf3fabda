"""Everything one level of the rollback needs, one finding each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.core.agenda import unbound
from cockpit.core.finding import Finding
from cockpit.core.order import lacking, wanted_of
from cockpit.core.plan import Action, Item, Level, Verb
from cockpit.core.progress import action_of
from cockpit.core.readiness.looks import Looks
from cockpit.core.readiness.target import of_target
from cockpit.core.readiness.trials import of_sql, tried_together
from cockpit.core.state import State

FOUND_FOR = timedelta(minutes=15)
"""After this a look for a command says nothing about now."""


def findings(state: State, level: Level, looks: Looks, now: datetime) -> tuple[Finding, ...]:
    """Everything one level needs, in the order of its steps; each told once."""
    found: dict[tuple[str, str], Finding] = {}
    for item in level.lines():
        for each in _of_item(state, level, item, looks, now):
            found.setdefault((each.kind, each.subject), each)
    for group in tried_together(state.plan, level):
        each = of_sql(state, group, looks, now)
        found.setdefault((each.kind, each.subject), each)
    return tuple(found.values())


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
        yield from of_target(state, action, looks, now)


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
