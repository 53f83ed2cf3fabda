"""Whether the phases can happen in the order they stand in.

A phase hung on something that comes later never opens; a comparison before its baseline, a
check bound to a moment that has not come, can never be answered. The rollback stands outside
of the order: it may begin at any time, so it may refer to everything in the phases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cockpit.core.anchor import Anchor
from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.order import complaints as precedence_complaints
from cockpit.core.plan import Item, LogCheck, Plan, Verb
from cockpit.core.plan.check import IssuesCheck
from cockpit.core.span import parse_span

TIME_OF = "time of "
"""How a parameter names a moment: `time of deploy_web`."""

Place = tuple[int, int]
"""Phase and line, both counted from 0."""


def placed_items(plan: Plan) -> Iterator[tuple[KeyPath, Item]]:
    """Every item with the key path it stands at, phases first."""
    for i, phase in enumerate(plan.phases):
        for key in ("items", "gate"):
            for j, text in enumerate(getattr(phase, key)):
                yield ("phases", i, key, j), Item.parse(phase.id, text)
    for i, level in enumerate(plan.rollback):
        for j, text in enumerate(level.items):
            yield ("rollback", i, "items", j), Item.parse(level.id, text)


def sequence(plan: Plan) -> list[Complaint]:
    """Everything that comes too early, or never. `same` items cannot go in circles: an id is longer than its target."""
    order = _Order(plan)
    found = [*_dues(order), *_watches(order), *_checks(order), *_same(order)]
    found += precedence_complaints(plan, placed_items(plan))
    for path, item in placed_items(plan):
        found += _item(order, path, item)
    return found


@dataclass(frozen=True)
class _Order:
    """Where in the phases everything first happens."""

    plan: Plan

    @cached_property
    def places(self) -> dict[tuple[Verb, str], Place]:
        """The first place of each verb with its target, `same` followed."""
        found: dict[tuple[Verb, str], Place] = {}
        for path, item in placed_items(self.plan):
            if path[0] == "phases":
                root = self.plan.root(item)
                found.setdefault((root.verb, root.target), _place(path))
        return found

    @cached_property
    def gate(self) -> int | None:
        """The first gate phase."""
        return next((i for i, phase in enumerate(self.plan.phases) if phase.is_gate), None)

    def of(self, anchor: Anchor) -> Place | None:
        """Where an anchor comes about; a GO after the last line of its gate."""
        if anchor.action == "gate":
            return None if self.gate is None else (self.gate, len(self.plan.phases[self.gate].gate))
        return self.places.get((Verb.DO, anchor.action))

    def trouble(self, anchor: Anchor, path: KeyPath) -> Iterator[Complaint]:
        """Why an anchor never comes about."""
        action = self.plan.actions.get(anchor.action)
        if anchor.action == "gate":
            if anchor.clock is not None:
                yield Complaint(path, f"A gate has no {anchor.clock}.", "Write gate, or T1, T2, T3 of a deploy.")
            elif self.gate is None:
                yield Complaint(path, "There is no gate in this plan.", "Give a phase a gate, or name an action.")
        elif self.of(anchor) is None:
            done = [target for verb, target in self.places if verb is Verb.DO]
            what = f"No phase does '{anchor.action}'" + (", and a rollback does not count." if action else ".")
            close = nearest(anchor.action, [*done, "gate"])
            remedy = close if close.startswith("Did") else "Name an action that a phase does, or gate."
            yield Complaint(path, what, remedy)
        elif anchor.clock is not None and action is not None and action.kinds and not action.starts_rollout:
            what = f"'{anchor.action}' replaces no deployment, so it has no {anchor.clock}."
            yield Complaint(path, what, f"Write {anchor.action} alone.")


def _place(path: KeyPath) -> Place:
    return int(path[1]), int(path[3])


def _dues(order: _Order) -> Iterator[Complaint]:
    for i, phase in enumerate(order.plan.phases):
        if (due := phase.due_at) is None:
            continue
        path: KeyPath = ("phases", i, "due")
        yield from order.trouble(due.anchor, path)
        place = order.of(due.anchor)
        if place is None:
            continue
        if due.opens and place[0] >= i:
            what = f"{due.anchor} comes only in or after this phase, so it never opens."
            yield Complaint(path, what, "Hang it on something that an earlier phase does.")
        elif place[0] > i:
            what = f"{due.anchor} comes only after this phase, so there is nothing to count from."
            yield Complaint(path, what, "Hang it on something that this or an earlier phase does.")


def _watches(order: _Order) -> Iterator[Complaint]:
    for i, phase in enumerate(order.plan.phases):
        if phase.watch is not None:
            yield from order.trouble(phase.watch.anchor, ("phases", i, "lasts"))


def _anchors(check: object, path: KeyPath) -> Iterator[tuple[KeyPath, Anchor | None]]:
    """The moments a check or a written statement is bound to; None for what cannot be read as one."""
    if isinstance(check, LogCheck | IssuesCheck) and not _is_span(check.since):
        yield (*path, "since"), Anchor.parse(check.since)
    for j, bound in enumerate(getattr(check, "with_", ())):
        if bound.startswith(TIME_OF):
            try:
                yield (*path, "with", j), Anchor.parse(bound.removeprefix(TIME_OF))
            except ValueError:
                yield (*path, "with", j), None


def _is_span(text: str) -> bool:
    try:
        parse_span(text)
    except ValueError:
        return False
    return True


def _checks(order: _Order) -> Iterator[Complaint]:
    entries: list[tuple[KeyPath, object]] = [(("checks", name), check) for name, check in order.plan.checks.items()]
    entries += [(("actions", name), action) for name, action in order.plan.actions.items()]
    for path, entry in entries:
        for where, anchor in _anchors(entry, path):
            if anchor is None:
                yield Complaint(where, "This names no moment.", 'Write it as "time of gate" or "time of T1 of ACTION".')
            else:
                yield from order.trouble(anchor, where)
        if isinstance(entry, LogCheck) and entry.from_ != "any":
            yield from _old_and_new(order, entry, path)


def _old_and_new(order: _Order, check: LogCheck, path: KeyPath) -> Iterator[Complaint]:
    done = [order.plan.actions.get(target) for verb, target in order.places if verb is Verb.DO]
    replaced = {action.target for action in done if action is not None and action.kinds and action.starts_rollout}
    if None not in done and check.logs not in replaced:  # an action that cannot be read may replace it
        what = f"No phase replaces a deployment of '{check.logs}', so none of it is {check.from_}."
        names = [service for service in replaced if service]
        yield Complaint((*path, "from"), what, nearest(check.logs, names) or 'Write from = "any".')


def _same(order: _Order) -> Iterator[Complaint]:
    """What a phase repeats has come before, or stands in the same phase; else both wait for each other."""
    indexes = {phase.id: i for i, phase in enumerate(order.plan.phases)}
    for path, item in placed_items(order.plan):
        root = order.plan.root(item)
        if item.verb is Verb.SAME and path[0] == "phases" and indexes.get(root.phase, len(indexes)) > int(path[1]):
            yield Complaint(path, f"'{item.target}' comes later, and both would wait.", "Repeat what has come before.")


def _item(order: _Order, path: KeyPath, item: Item) -> Iterator[Complaint]:
    check = order.plan.checks.get(item.target) if item.verb in (Verb.RECORD, Verb.COMPARE, Verb.CHECK) else None
    action = order.plan.actions.get(item.target) if item.verb is Verb.DO else None
    if item.verb is Verb.COMPARE:
        yield from _baseline(order, path, item.target)
    for name in check.bound if check else action.bound if action else ():
        if name in order.plan.asks:
            yield from _asked(order, path, name)
    if path[0] != "phases":
        return
    for _, anchor in _anchors(check or action, ()):
        place = order.of(anchor) if anchor else None
        if place is not None and place > _place(path):
            what = f"'{item.target}' needs the time of {anchor}, which comes later."
            yield Complaint(path, what, f"Move it behind {anchor.action if anchor else ''}.")


def _baseline(order: _Order, path: KeyPath, check: str) -> Iterator[Complaint]:
    recorded = order.places.get((Verb.RECORD, check))
    if path[0] == "rollback":
        level = order.plan.rollback[int(path[1])]
        has = recorded is not None or f"record {check}" in level.items[: int(path[3])]
    else:
        has = recorded is not None and recorded < _place(path)
    if not has:
        what = f"No baseline of '{check}' comes before this."
        yield Complaint(path, what, f'Put "record {check}" into an earlier phase.')


def _asked(order: _Order, path: KeyPath, ask: str) -> Iterator[Complaint]:
    place = order.places.get((Verb.ASK, ask))
    in_level = path[0] == "rollback" and f"ask {ask}" in order.plan.rollback[int(path[1])].items
    late = place is not None and path[0] == "phases" and place[0] > int(path[1])
    if (place is None or late) and not in_level:
        when = "is asked only later" if late else "is never asked"
        yield Complaint(path, f"This needs '{ask}', which {when}.", f'Put "ask {ask}" before it.')
