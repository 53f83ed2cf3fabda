"""Whether what a plan names is there, and fits: every complaint at once.

Five questions, a module each: do names lead somewhere (here; those of windows in `occasions`), does each
entry agree with itself (`coherence`), can every expression be answered (`vocabulary`), can the phases happen
in this order (`sequence`). Pure: a plan in, complaints out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.lint.coherence import coherence
from cockpit.core.lint.occasions import occasions
from cockpit.core.lint.sequence import TIME_OF, placed_items, sequence
from cockpit.core.lint.vocabulary import vocabulary
from cockpit.core.plan import Action, Item, Plan, PostgresConnection, Verb
from cockpit.core.plan.check import CHECK_KINDS, RunsCheck
from cockpit.core.plan.names import slug

Unreadable = frozenset[KeyPath]
"""Entries that are there and could not be read, as `("checks", "stuck")`; nobody complains of leading to them."""


def complaints(plan: Plan, unreadable: Unreadable = frozenset()) -> tuple[Complaint, ...]:
    """Everything wrong with a plan whose single values are right."""
    found = [*_ids(plan), *_connections(plan, unreadable), *_actions(plan, unreadable), *_items(plan, unreadable)]
    found += [*_monitors(plan, unreadable), *_asks(plan, unreadable), *_environments(plan, unreadable)]
    found += [*coherence(plan), *vocabulary(plan, unreadable), *occasions(plan, unreadable)]
    if ("phases",) not in unreadable:
        found += sequence(plan)
    return tuple(found)


def missing(plan: Plan, section: str, name: str, path: KeyPath, unreadable: Unreadable) -> Iterator[Complaint]:
    """A complaint when a section defines no such name."""
    defined: Mapping[str, object] = getattr(plan, section)
    if name not in defined and (section, name) not in unreadable and (section,) not in unreadable:
        unread = {part[1] for part in unreadable if len(part) == 2 and part[0] == section}
        names = {*defined, *(str(each) for each in unread)}
        noun = section.removesuffix("s")
        yield Complaint(path, f"There is no {noun} '{name}'.", nearest(name, names) or f"Define [{section}.{name}].")


def _ids(plan: Plan) -> Iterator[Complaint]:
    parts: list[tuple[KeyPath, str]] = [(("phases", i, "title"), part.id) for i, part in enumerate(plan.phases)]
    parts += [(("rollback", i, "title"), part.id) for i, part in enumerate(plan.rollback)]
    yield from _unique(parts, "title", "Ids are made of its letters and digits")
    roles = [(("sign_off", i), slug(role)) for i, role in enumerate(plan.sign_off)]
    yield from _unique(roles, "role", "Ids are made of its letters and digits")
    by_part: dict[str, list[tuple[KeyPath, str]]] = {}
    for path, item in placed_items(plan):
        by_part.setdefault(f"{path[:2]}", []).append((path, item.id))
        if item.id.endswith(":"):
            yield Complaint(path, "These words have no letter and no digit.", "Say what is to be ticked.")
    for items in by_part.values():
        yield from _unique(items, "item", "One is enough")
    for name in ("gate", "none"):
        if name in plan.actions:
            yield Complaint(("actions", name), f"'{name}' has a meaning of its own.", "Give the action another name.")


def _unique(ids: Iterable[tuple[KeyPath, str]], noun: str, rule: str) -> Iterator[Complaint]:
    first: dict[str, KeyPath] = {}
    for path, each in ids:
        if not each:
            yield Complaint(path, f"This {noun} has no letter and no digit.", f"{rule}: add some.")
        elif each in first:
            yield Complaint(path, f"This {noun} stands twice: both are '{each}'.", f"{rule}, so change one of them.")
        first.setdefault(each, path)


def _connections(plan: Plan, unreadable: Unreadable) -> Iterator[Complaint]:
    """Each check is asked of a connection of its kind."""
    for name, check in plan.checks.items():
        path = ("checks", name, "on")
        yield from missing(plan, "connections", check.on, path, unreadable)
        connection = plan.connections.get(check.on)
        wanted = check.asks_of
        if connection is not None and connection.kind != wanted:
            key = next(key for key, source in CHECK_KINDS.items() if source == check.source)
            fitting = [each for each, other in plan.connections.items() if other.kind == wanted]
            remedy = f"Ask {' or '.join(fitting)}." if fitting else f"Define a connection of kind {wanted}."
            yield Complaint(path, f"'{check.on}' is {connection.kind}, and {key} asks {wanted}.", remedy)
        if isinstance(connection, PostgresConnection) and connection.row_security == "policy" and check.seen is None:
            what = f"Under row_security = \"policy\" of '{check.on}' this check may be blind."
            yield Complaint(("checks", name), what, "Add seen, a statement that is true when the role sees rows.")


def _actions(plan: Plan, unreadable: Unreadable) -> Iterator[Complaint]:
    for name, action in plan.actions.items():
        path: KeyPath = ("actions", name)
        if action.on is not None:
            yield from missing(plan, "connections", action.on, (*path, "on"), unreadable)
            yield from _fits(plan, action, (*path, "on"))
        if action.tried_on is not None:
            yield from _tried(plan, action, (*path, "tried_on"), unreadable)
        if action.way_back is not None:
            yield from missing(plan, "actions", action.way_back, (*path, "undo"), unreadable)
        if action.proving_check is not None:
            yield from missing(plan, "checks", action.proving_check, (*path, "proof"), unreadable)
            check = plan.checks.get(action.proving_check)
            if check is not None and check.pass_ is None:
                what = f"'{action.proving_check}' expects nothing, so it proves nothing."
                yield Complaint((*path, "proof"), what, "Give that check a pass.")
            if check is not None and check.is_trial:
                what = "A proof is asked until it can tell, and this one writes each time."
                yield Complaint((*path, "proof"), what, "Name a check that only reads.")


def _tried(plan: Plan, action: Action, path: KeyPath, unreadable: Unreadable) -> Iterator[Complaint]:
    """It is tried on another database than it acts on."""
    name = action.tried_on or ""
    yield from missing(plan, "connections", name, path, unreadable)
    connection = plan.connections.get(name)
    if connection is not None and not isinstance(connection, PostgresConnection):
        what = f"'{name}' is {connection.kind}, and SQL is tried on postgres."
        yield Complaint(path, what, "Name a connection of kind postgres.")
    elif name == action.on:
        what = "It would be tried where it acts, with its locks."
        yield Complaint(path, what, "Name another database, such as a copy or staging.")


def _fits(plan: Plan, action: Action, path: KeyPath) -> Iterator[Complaint]:
    connection = plan.connections.get(action.on or "")
    if connection is None or len(action.kinds) != 1 or action.kind == "argv":
        return
    wanted = "postgres" if action.kind == "sql" else "railway"
    if connection.kind != wanted:
        remedy = f"Name a connection of kind {wanted}."
        yield Complaint(path, f"'{action.on}' is {connection.kind}, and {action.kind} acts on {wanted}.", remedy)


def _items(plan: Plan, unreadable: Unreadable) -> Iterator[Complaint]:
    for path, item in placed_items(plan):
        match item.verb:
            case Verb.RECORD | Verb.COMPARE | Verb.CHECK:
                yield from missing(plan, "checks", item.target, path, unreadable)
                yield from _gate_and_compare(plan, item, path)
            case Verb.DO:
                yield from missing(plan, "actions", item.target, path, unreadable)
                if path[2] == "gate":
                    yield Complaint(path, "A gate asks and does nothing.", "Move the action behind the gate.")
            case Verb.ASK:
                yield from missing(plan, "asks", item.target, path, unreadable)
            case Verb.SEE:
                yield from missing(plan, "sees", item.target, path, unreadable)
            case Verb.SIGN if item.target not in plan.sign_off and ("sign_off",) not in unreadable:
                remedy = nearest(item.target, plan.sign_off) or "Add it to sign_off."
                yield Complaint(path, f"'{item.target}' is none of sign_off.", remedy)
            case Verb.SAME if plan.item(item.target) is None and ("phases",) not in unreadable:
                yield Complaint(path, f"There is no item '{item.target}'.", _nearest_item(plan, item))


def _nearest_item(plan: Plan, item: Item) -> str:
    ids = [each.id for each in plan.lines() if each.verb is not Verb.SAME]
    close = nearest(item.target, ids)
    return close if close.startswith("Did") else "Write PHASE/verb:target, as in before/check:stuck."


def _gate_and_compare(plan: Plan, item: Item, path: KeyPath) -> Iterator[Complaint]:
    check = plan.checks.get(item.target)
    if check is None:
        return
    if item.verb is Verb.COMPARE and check.compare is None:
        what = f"'{item.target}' does not say how it compares."
        yield Complaint(path, what, 'Give the check a compare, such as compare = "equal".')
    if item.verb is Verb.CHECK and path[2] == "gate" and check.pass_ is None:
        what = f"'{item.target}' expects nothing, so it never passes a gate."
        yield Complaint(path, what, "Give the check a pass, or move the item before the gate.")
    if path[2] == "gate" and check.is_trial:
        what = f"A gate asks at each opening, and '{item.target}' writes each time."
        yield Complaint(path, what, "Put the item into a phase before the gate.")


def _monitors(plan: Plan, unreadable: Unreadable) -> Iterator[Complaint]:
    for name, monitor in plan.monitors.items():
        path: KeyPath = ("monitors", name)
        yield from missing(plan, "checks", monitor.check, (*path, "check"), unreadable)
        check = plan.checks.get(monitor.check)
        if check is not None and check.pass_ is None and monitor.alert is None:
            what = f"'{monitor.check}' expects nothing, so this never fires."
            yield Complaint(path, what, "Add alert here, or pass to the check.")
        if check is not None and check.is_trial:
            what = f"'{monitor.check}' writes, and would do so again and again."
            yield Complaint((*path, "check"), what, "Watch by a check that only reads.")
    for i, phase in enumerate(plan.phases):
        for j, name in enumerate(phase.monitors):
            yield from missing(plan, "monitors", name, ("phases", i, "monitors", j), unreadable)


def _asks(plan: Plan, unreadable: Unreadable) -> Iterator[Complaint]:
    """What a check or a statement is given is an ask or the time of an anchor; `sequence` sees to the anchors."""
    entries: list[tuple[KeyPath, tuple[str, ...]]] = []
    entries += [(("checks", name), check.with_) for name, check in plan.checks.items()]
    entries += [(("actions", name), action.with_) for name, action in plan.actions.items()]
    for name, check in plan.checks.items():
        if isinstance(check, RunsCheck) and check.of is not None:
            yield from missing(plan, "asks", check.of, ("checks", name, "of"), unreadable)
    for name, action in plan.actions.items():
        if action.commit_ask is not None:
            yield from missing(plan, "asks", action.commit_ask, ("actions", name, "commit"), unreadable)
    for path, bound in entries:
        for j, name in enumerate(bound):
            if not name.startswith(TIME_OF):
                yield from missing(plan, "asks", name, (*path, "with", j), unreadable)


def _environments(plan: Plan, unreadable: Unreadable) -> Iterator[Complaint]:
    for name, environment in plan.environments.items():
        for connection in environment.connections:
            path = ("environments", name, "connections", connection)
            yield from missing(plan, "connections", connection, path, unreadable)
