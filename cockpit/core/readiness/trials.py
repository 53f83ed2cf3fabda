"""Which SQL of a way back is tried, what goes together in one trial, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.finding import Finding
from cockpit.core.plan import Level, Plan, PostgresConnection, Verb
from cockpit.core.readiness.looks import Looks
from cockpit.core.state import State

TRIED_FOR = timedelta(hours=2)
"""After this a trial says nothing about now."""


def tried_together(plan: Plan, level: Level) -> tuple[tuple[str, ...], ...]:
    """The SQL actions of a level in its order: together in one transaction, so that each sees what those before did.

    They are for one database and tried on one other; what stands for `$1` is each action's own.
    """
    groups: list[list[str]] = []
    for item in level.lines():
        root = plan.root(item)
        action = plan.actions.get(root.target) if root.verb is Verb.DO else None
        if action is None or action.sql is None:
            continue
        last = plan.actions[groups[-1][0]] if groups else None
        fits = last is not None and last.on == action.on and last.tried_on == action.tried_on is not None
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


def is_to_try(state: State, group: tuple[str, ...]) -> bool:
    """Whether SQL can be tried: on a database of its own that has answered."""
    return state.plan.actions[group[0]].tried_on in state.proved and not is_declared_same(state.plan, group)


def of_sql(state: State, group: tuple[str, ...], looks: Looks, now: datetime) -> Finding:
    """What a trial of these statements says, or why there is none."""
    titles = ", then ".join(state.plan.action_title(name) for name in group)
    subject, on = ", ".join(group), state.plan.actions[group[0]].tried_on
    if on is None:
        words = f"{titles}: not tried anywhere, for no tried_on names a database"
        return Finding(kind="sql", subject=subject, ready=True, words=words, remark=True)
    if is_declared_same(state.plan, group):
        words = f"{titles}: not tried, for {on} has the same address here"
        return Finding(kind="sql", subject=subject, ready=True, words=words, remark=True)
    trial = looks.trials.get(group)
    if trial is None or now - trial.at > TRIED_FOR:
        does = looks.links.get(on)
        words = f"{titles}: not tried, for {on} {does} now" if does else f"{titles}: not tried on {on} lately"
        return Finding(kind="sql", subject=subject, ready=None, words=words)
    return Finding(kind="sql", subject=subject, ready=trial.ok, words=f"{titles}: {trial.words}", at=trial.at)
