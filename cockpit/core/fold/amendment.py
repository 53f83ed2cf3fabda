"""What of a state still fits a changed plan.

Nothing is kept under a name that has come to mean something else: an answer, a baseline, a GO
or an alert is evidence for the words it was given under, and for no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from cockpit.core.plan import Check, NotTrigger, Plan, Trigger, Verb
from cockpit.core.state import GateState, ItemState, State, Status, Told

V = TypeVar("V")


def kept(state: State, plan: Plan) -> State:
    """The state under another plan: without what the change touches. Earlier attempts stay as they were."""
    void = _void_gates(state, plan)
    decided = {state.gates[key].decided for key in void}
    return replace(
        state,
        plan=plan,
        items={key: known for key, known in state.items.items() if _stays(state, plan, key, known)},
        gates={key: GateState() if key in void else gate for key, gate in state.gates.items()},
        anchors={name: at for name, at in state.anchors.items() if name != "gate" or at not in decided},
        asks=_same(state.asks, state.plan.asks, plan.asks),
        readiness={},
        proved=_same(state.proved, state.plan.connections, plan.connections),
        baselines=_same(state.baselines, _questions(state.plan), _questions(plan)),
        earlier_baselines=_same(state.earlier_baselines, _questions(state.plan), _questions(plan)),
        monitors=_same(state.monitors, _alerts(state.plan), _alerts(plan)),
        triggers=_criteria(state.triggers, state.plan.triggers, plan.triggers),
        not_triggers=_criteria(state.not_triggers, state.plan.not_triggers, plan.not_triggers),
    )


def definition(plan: Plan, item_id: str) -> object:
    """Everything an item's state rests on; None for an item the plan does not have."""
    item = plan.item(item_id)
    if item is None:
        return None
    check = plan.checks.get(item.target)
    if check is not None and item.verb is Verb.RECORD:
        return (item, _question(plan, check))
    bound = check.bound if check is not None else ()
    tables: tuple[Mapping[str, object], ...] = (plan.checks, plan.actions, plan.asks, plan.sees)
    return (
        item,
        tuple(table[item.target] for table in tables if item.target in table),
        tuple(plan.asks.get(name) for name in bound),
    )


def _stays(state: State, plan: Plan, key: tuple[str, int], known: ItemState) -> bool:
    """Whether an item keeps its state. One whose action is out in the world does: it is not to be sent again."""
    item_id, attempt = key
    acting = known.intent is not None and known.status in (Status.RUNNING, Status.UNKNOWN)
    is_same = definition(state.plan, item_id) == definition(plan, item_id) is not None
    return attempt != state.attempt or acting or is_same


def _void_gates(state: State, plan: Plan) -> set[tuple[str, int]]:
    """Gates of this attempt whose GO nothing was begun under yet, and which ask something else now."""
    return {
        key
        for key, gate in state.gates.items()
        if key[1] == state.attempt
        and gate.go
        and not gate.used
        and _conditions(state.plan, key[0]) != _conditions(plan, key[0])
    }


def _conditions(plan: Plan, phase_id: str) -> object:
    phase = plan.phase(phase_id)
    return [definition(plan, plan.root(item).id) for item in phase.lines()] if phase is not None else None


def _question(plan: Plan, check: Check) -> object:
    """What of a check decides which answer comes: without its words, and without what is made of the answer."""
    told = {"title", "pass_", "seen", "fresh", "deadline", "compare", "missing", "rows_by"}
    return (check.model_dump(exclude=told), tuple(plan.asks.get(name) for name in check.bound))


def _questions(plan: Plan) -> Mapping[str, object]:
    return {name: _question(plan, check) for name, check in plan.checks.items()}


def _alerts(plan: Plan) -> Mapping[str, object]:
    return {name: (monitor, plan.checks.get(monitor.check)) for name, monitor in plan.monitors.items()}


def _same(known: Mapping[str, V], before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, V]:
    """The entries of names that mean the same in both plans."""
    return {name: value for name, value in known.items() if name in after and before.get(name) == after[name]}


def _criteria(
    known: Mapping[int, Told], before: Sequence[Trigger | NotTrigger], after: Sequence[Trigger | NotTrigger]
) -> Mapping[int, Told]:
    """By their words and conditions: a criterion's number changes when one is put before it."""
    were, are = ([(each.text, each.when) for each in criteria] for criteria in (before, after))
    told = {were[number]: word for number, word in known.items() if number < len(were)}
    return {number: told[key] for number, key in enumerate(are) if key in told}
