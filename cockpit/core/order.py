"""What comes only after what: `after` of an action, in a plan as it is written and in a run as it went.

The order of phases says what is meant to happen; `after` says what must have happened. It holds wherever the action
stands: in the phases, in a rollback, and when the phases begin again. What was taken back since does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.plan import Plan
from cockpit.core.plan.names import slug
from cockpit.core.plan.phase import Item, Level, Phase, Verb
from cockpit.core.state import State, Status

ORDERED = (Verb.DO, Verb.CHECK, Verb.COMPARE, Verb.RECORD, Verb.SEE, Verb.ASK, Verb.TICK)
"""What an action may wait for."""

Wanted = tuple[Verb, str]
"""A verb and its target: what somebody has to do, wherever it stands."""


def wanted_of(text: str) -> Wanted:
    """`do change_schema` as it is told from others. Raises ValueError."""
    return _key(Item.parse("after", text))


def _key(item: Item) -> Wanted:
    return item.verb, slug(item.target) if item.verb is Verb.TICK else item.target


@dataclass(frozen=True, slots=True)
class Precedence:
    """One line of an action's `after`, and where the run stands with it."""

    action: str
    text: str
    """The line as the plan has it."""
    title: str
    """What comes first, in words."""
    ok: bool
    word: str
    """done, waived, not applicable, not done, failed, unknown, running, taken back."""
    because: str = ""

    @property
    def id(self) -> str:
        """By which a gate passes it over, with a reason."""
        return f"order/{self.action}/{self.text}"

    @property
    def sentence(self) -> str:
        """`Deploy web comes only after Change the schema, which is not done.`, without its first words."""
        return f"{self.title} comes first: {self.word}" + (f", {self.because}" if self.because else "")


def precedences(state: State, item: Item) -> tuple[Precedence, ...]:
    """What comes before the action an item does, each with where the run stands."""
    root = state.plan.root(item)
    action = state.plan.actions.get(root.target) if root.verb is Verb.DO else None
    return tuple(_standing(state, item, root.target, text) for text in action.after) if action is not None else ()


def lacking(state: State, item: Item) -> tuple[Precedence, ...]:
    """All that forbids starting the item's action; what a gate that holds has passed over forbids nothing."""
    passed_over = {
        line
        for (_, attempt), gate in state.gates.items()
        if attempt == state.attempt and gate.go
        for line in gate.overrides
    }
    return tuple(one for one in precedences(state, item) if not one.ok and one.id not in passed_over)


def due_at_gate(state: State, phase: Phase) -> tuple[Precedence, ...]:
    """What has to be so at a gate: what actions behind it, up to the next gate, wait for, and is placed before it."""
    phases = state.plan.phases
    place = next((i for i, each in enumerate(phases) if each.id == phase.id), len(phases))
    before = {_key(state.plan.root(item)) for each in phases[: place + 1] for item in each.lines()}
    found: dict[str, Precedence] = {}
    for each in phases[place + 1 :]:
        if each.is_gate:
            break
        for item in each.lines():
            for one in precedences(state, item):
                if wanted_of(one.text) in before:
                    found.setdefault(one.id, one)
    return tuple(found.values())


def _standing(state: State, item: Item, action: str, text: str) -> Precedence:
    wanted = wanted_of(text)
    named = _places(state, item, wanted)
    title = state.plan.title_of(named[0] if named else Item.parse("after", text))
    ok, word, because = _of_action(state, wanted[1], named) if wanted[0] is Verb.DO else _of_items(state, named)
    return Precedence(action, text, title, ok, word, because)


def _places(state: State, item: Item, wanted: Wanted) -> tuple[Item, ...]:
    """Where it is done: in the level of the item first, then in the phases."""
    own = state.plan.phase(item.phase)
    parts = ((own,) if isinstance(own, Level) else ()) + state.plan.phases
    lines = [each for part in parts for each in part.lines() if each.id != item.id]
    return tuple(each for each in lines if _key(state.plan.root(each)) == wanted)


_SETTLED = {Status.DONE: "done", Status.WAIVED: "waived", Status.NOT_APPLICABLE: "not applicable"}


def _of_items(state: State, named: tuple[Item, ...]) -> tuple[bool, str, str]:
    for each in named:
        known = state.item(each.id)
        if known.status in _SETTLED:
            return True, _SETTLED[known.status], "" if known.status is Status.DONE else known.because
    return False, *_not_yet(state, named)


def _of_action(state: State, action: str, named: tuple[Item, ...]) -> tuple[bool, str, str]:
    """An action counts as long as nothing has taken it back, whichever attempt did it."""
    undo = state.plan.actions[action].way_back if action in state.plan.actions else None
    done = [one for one in state.intents.values() if one.outcome == "done" and one.action in (action, undo)]
    last = max(done, key=lambda one: (one.ended or one.at, one.seq), default=None)
    passed = [
        known
        for each in named
        if (known := state.item(each.id)).status in (Status.WAIVED, Status.NOT_APPLICABLE)
        and (last is None or (known.at is not None and known.at >= (last.ended or last.at)))
    ]
    if last is not None and last.action == action:
        return True, "done", ""
    if passed:
        return True, _SETTLED[passed[0].status], passed[0].because
    if last is not None:
        return False, "taken back", f"{state.plan.action_title(last.action)} was done after it"
    return False, *_not_yet(state, named)


def _not_yet(state: State, named: tuple[Item, ...]) -> tuple[str, str]:
    for each in named:
        known = state.item(each.id)
        if known.status is not Status.OPEN:
            return known.status.value, known.because
    return "not done", ""


def complaints(plan: Plan, placed: Iterable[tuple[KeyPath, Item]]) -> Iterator[Complaint]:
    """Every `after` that leads nowhere, which is told once, and every order that the plan itself breaks."""
    yield from _names(plan)
    lines = list(placed)
    phases = [(path, item) for path, item in lines if path[0] == "phases"]
    named = {_key(plan.root(item)) for _, item in phases}
    nowhere = {wanted_of(text) for action in plan.actions.values() for text in action.after}
    nowhere -= {_key(plan.root(item)) for _, item in lines}
    yield from _walked(plan, phases, set(nowhere), named)
    for number in range(len(plan.rollback)):
        level = [(path, item) for path, item in lines if path[:2] == ("rollback", number)]
        yield from _walked(plan, level, named | nowhere, named | {_key(plan.root(item)) for _, item in level})


def _walked(
    plan: Plan, lines: list[tuple[KeyPath, Item]], in_force: set[Wanted], named: set[Wanted]
) -> Iterator[Complaint]:
    """One part of the plan from its first line to its last, `in_force` being what may have happened before."""
    taken_back: dict[Wanted, str] = {}
    for path, item in lines:
        root = plan.root(item)
        action = plan.actions.get(root.target) if root.verb is Verb.DO else None
        for text in action.after if action is not None else ():
            wanted = _readable(text)
            if wanted is None or wanted in in_force:
                continue
            if wanted not in named:
                what = f"'{root.target}' comes only after '{text}', which only a rollback does."
                yield Complaint(path, what, f"Put '{text}' into a phase before it.")
            elif wanted in taken_back:
                what = f"'{root.target}' comes only after '{text}', which '{taken_back[wanted]}' takes back before it."
                yield Complaint(path, what, "Do it again in between, or take this line out.")
            else:
                what = f"'{root.target}' comes only after '{text}', which comes later here."
                yield Complaint(path, what, f"Move '{text}' before it, or take it out of after.")
        in_force.add(_key(root))
        for name, other in plan.actions.items() if action is not None else ():
            if other.way_back == root.target and name != root.target:
                in_force.discard((Verb.DO, name))
                taken_back[Verb.DO, name] = root.target


def _names(plan: Plan) -> Iterator[Complaint]:
    named = {_key(plan.root(item)): f"{item.verb.value} {item.target}" for item in plan.lines()}
    for name, action in plan.actions.items():
        for j, text in enumerate(action.after):
            path: KeyPath = ("actions", name, "after", j)
            wanted = wanted_of(text)
            if wanted[0] not in ORDERED:
                words = ", ".join(verb.value for verb in ORDERED)
                yield Complaint(path, f"Nothing comes after a {wanted[0].value}.", f"Begin with one of {words}.")
            elif wanted == (Verb.DO, name):
                yield Complaint(path, "An action does not come after itself.", "Take this out.")
            elif wanted not in named:
                yield Complaint(path, f"No phase and no level says '{text}'.", nearest(text, named.values()))


def _readable(text: str) -> Wanted | None:
    wanted = wanted_of(text)
    return wanted if wanted[0] in ORDERED else None
