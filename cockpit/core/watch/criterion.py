"""Rollback criteria in both directions: what speaks for going back, what is no reason to, what each comes to now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.core.expression import Expression
from cockpit.core.expression.nodes import Binary, Both, Node, Unary
from cockpit.core.expression.series import Series, side_by_side
from cockpit.core.expression.showing import Conceal, plainly, show
from cockpit.core.plan import NotTrigger, Plan, Trigger
from cockpit.core.state import State, Told
from cockpit.core.watch.monitor import SILENT_CADENCES
from cockpit.errors import ExpressionError

_COMPARING = ("==", "!=", "<", "<=", ">", ">=", "in")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of `[[triggers]]` or `[[not_triggers]]`."""

    number: int
    """Its place in its list, from 0."""
    against: bool
    """It speaks against a rollback: what it says is no reason for one."""
    text: str
    when: str | None
    """None: only people can tell."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One comparison of a criterion: what is measured, what it comes to, the threshold. A `!` before it is left out."""

    what: str
    value: str
    """In words; why there is none, where `is_known` is false."""
    sign: str
    limit: str
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a criterion came to when it was looked at last."""

    at: datetime
    """Plan time of the oldest reading it went by."""
    state: str
    """`clear`, `tripped` or `unknown`."""
    because: str
    measures: tuple[Measure, ...] = ()


def criteria(plan: Plan) -> tuple[Criterion, ...]:
    """Every criterion, those for a rollback first."""
    lists: tuple[tuple[bool, tuple[Trigger | NotTrigger, ...]], ...] = (
        (False, plan.triggers),
        (True, plan.not_triggers),
    )
    return tuple(
        Criterion(number, against, each.text, each.when)
        for against, listed in lists
        for number, each in enumerate(listed)
    )


def told(state: State, criterion: Criterion) -> Told | None:
    """Its last word in the journal; None before any."""
    return (state.not_triggers if criterion.against else state.triggers).get(criterion.number)


def holding(state: State, *, against: bool) -> tuple[Criterion, ...]:
    """The criteria of one direction that hold by their last word."""
    found = (each for each in criteria(state.plan) if each.against is against)
    return tuple(each for each in found if (word := told(state, each)) is not None and word.state == "tripped")


def checks_of(plan: Plan, when: str | None) -> tuple[str, ...]:
    """The checks a criterion speaks of, in the plan's order."""
    names = Expression.parse(when).names() if when else frozenset()
    return tuple(name for name in plan.checks if name in names)


def counts_for(plan: Plan, check: str, *, slower: float = 1.0, least: timedelta = timedelta()) -> timedelta:
    """How old a reading may be and still tell how things are: two cadences of its monitor, else as the check says.

    `slower` is by how much that one is asked less often just now; `least` is what a fast rehearsal needs.
    """
    every = min((one.every for one in plan.monitors.values() if one.check == check), default=None)
    if every is None:
        return max(plan.checks[check].fresh, least)
    return SILENT_CADENCES * max(every * slower, least)


def measures(when: str, series: Mapping[str, Series], *, conceal: Conceal = plainly) -> tuple[Measure, ...]:
    """Each comparison of a criterion, with both sides answered; one that cannot be answered says why."""
    expression = Expression.parse(when)
    return tuple(_measure(expression.source, leaf, series, conceal) for leaf in _comparisons(expression.tree))


def _comparisons(node: Node) -> Iterator[Binary]:
    match node:
        case Both():
            yield from _comparisons(node.left)
            yield from _comparisons(node.right)
        case Unary(sign="!"):
            yield from _comparisons(node.operand)
        case Binary() if node.sign in _COMPARING:
            yield node


def _measure(source: str, leaf: Binary, series: Mapping[str, Series], conceal: Conceal) -> Measure:
    what, limit = (" ".join(source[side.start : side.end].split()) for side in (leaf.left, leaf.right))
    try:
        value, threshold = (
            show(Expression.parse(text).evaluate(side_by_side(series)), conceal) for text in (what, limit)
        )
    except ExpressionError as error:
        return Measure(what, conceal(str(error)), leaf.sign, limit, is_known=False)
    return Measure(what, value, leaf.sign, threshold)
