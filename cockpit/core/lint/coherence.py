"""Whether each entry of a plan agrees with itself, whatever else stands in the plan."""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.answers import value_of
from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.expression import Expression
from cockpit.core.expression.pattern import Pattern
from cockpit.core.lint.sequence import TIME_OF
from cockpit.core.lint.soundness import measure_or_program, of_prometheus
from cockpit.core.lint.vocabulary import HISTORY, facts
from cockpit.core.plan import (
    ACTION_KINDS,
    Action,
    Ask,
    Confirm,
    LogCheck,
    Monitor,
    Phase,
    Plan,
    PostgresCheck,
    PostgresConnection,
    Question,
    RailwayCheck,
)
from cockpit.core.plan.action import MOST_REPLICAS, OF_A_SERVICE, OF_A_VOLUME
from cockpit.core.plan.connection import PrometheusConnection
from cockpit.core.plan.script import objections, objections_to_write
from cockpit.core.plan.statement import parameters
from cockpit.core.span import show_span
from cockpit.errors import ExpressionError


def coherence(plan: Plan) -> Iterator[Complaint]:
    """Every entry that contradicts itself."""
    for name, connection in plan.connections.items():
        if isinstance(connection, PostgresConnection) and connection.is_ is not None:
            yield from _proof(connection.is_, ("connections", name, "is"))
        if isinstance(connection, PrometheusConnection):
            yield from of_prometheus(connection, ("connections", name))
    for name, check in plan.checks.items():
        yield from _check(check, ("checks", name))
    for name, action in plan.actions.items():
        yield from _action(name, action, ("actions", name))
    for name, ask in plan.asks.items():
        yield from _ask(ask, ("asks", name))
    for name, monitor in plan.monitors.items():
        yield from _monitor(monitor, ("monitors", name))
    for i, phase in enumerate(plan.phases):
        yield from _phase(phase, ("phases", i))


def _check(check: Question, path: KeyPath) -> Iterator[Complaint]:
    if isinstance(check, PostgresCheck):
        for place, objection in objections(check.statements, mutates=check.mutates):
            yield Complaint((*path, "sql") if isinstance(check.sql, str) else (*path, "sql", place), *objection)
        yield from _bound(check.statements, check.with_, path, seen=check.seen or "")
        if check.seen is not None:
            yield from _looking(check.seen, (*path, "seen"))
    else:
        yield from _expected(check, path)
    if isinstance(check, LogCheck):
        yield from _log_check(check, path)
    if isinstance(check, RailwayCheck):
        yield from _railway_check(check, path)
    yield from measure_or_program(check, path)
    if check.compare is None:
        for key in ("rows_by", "missing"):
            if getattr(check, key) is not None:
                what = f"{key} says how to compare, and nothing is compared."
                yield Complaint((*path, key), what, "Add compare, or take it out.")
    elif check.missing is not None and check.rows_by is None:
        what = "missing stands in for rows, and nothing tells them apart."
        yield Complaint((*path, "missing"), what, "Add rows_by, the column that names a row.")


def _looking(sql: str, path: KeyPath) -> Iterator[Complaint]:
    for _, objection in objections((sql,)):
        yield Complaint(path, *objection)


def _proof(sql: str, path: KeyPath) -> Iterator[Complaint]:
    yield from _looking(sql, path)
    if parameters(sql):
        yield Complaint(path, "On connecting there is nothing to bind.", "Write it without $1.")


def _bound(
    statements: tuple[str, ...], values: tuple[str, ...], path: KeyPath, *, seen: str = ""
) -> Iterator[Complaint]:
    """`$1` to `$n` for n values, in the statements and their control: none left over, none without a value."""
    asked, controlled = frozenset[int]().union(*map(parameters, statements)), parameters(seen)
    expected = frozenset(range(1, len(values) + 1))
    for key, used in (("sql", asked), ("seen", controlled)):
        if extra := sorted(used - expected):
            numbers = ", ".join(f"${number}" for number in extra)
            stand = "stands" if len(extra) == 1 else "stand"
            what = f"{numbers} {stand} for nothing: with names {len(values)}."
            yield Complaint((*path, key), what, 'Name an ask, or a time as in "time of gate", for each parameter.')
    for number in sorted(expected - asked - controlled):
        what = f"'{values[number - 1]}' is ${number}, which the statement does not use."
        yield Complaint((*path, "with", number - 1), what, "Take it out, or use it.")


def _expected(check: Question, path: KeyPath) -> Iterator[Complaint]:
    """What people answered, as names of expressions: each is used, and none is a name of the reading's own."""
    used = {name for text in (check.pass_, check.seen) if text for name in Expression.parse(text).names()}
    for j, name in enumerate(check.with_):
        where = (*path, "with", j)
        if name.startswith(TIME_OF):
            yield Complaint(where, "A time is bound into statements only.", "Take it out.")
        elif name in (*facts(check), *HISTORY):
            what = f"'{name}' is a name of the reading's own."
            yield Complaint(where, what, "Give the ask another name.")
        elif name not in used:
            yield Complaint(where, f"No expression of this check uses '{name}'.", "Take it out, or use it.")


def _log_check(check: LogCheck, path: KeyPath) -> Iterator[Complaint]:
    if (check.match is None) == (not check.ordered):
        what = "This counts and orders at once." if check.ordered else "This looks for nothing."
        yield Complaint(path, what, "Give it either match, one pattern, or ordered, several in a row.")
    patterns = [((*path, "ordered", i), pattern) for i, pattern in enumerate(check.ordered)]
    patterns += [((*path, "match"), check.match)] if check.match is not None else []
    for where, pattern in patterns:
        try:
            Pattern(pattern)
        except ExpressionError as error:
            yield Complaint(where, str(error))


def _railway_check(check: RailwayCheck, path: KeyPath) -> Iterator[Complaint]:
    is_shared = check.ask == "shared variables"
    if is_shared and check.service is not None:
        yield Complaint((*path, "service"), "Shared variables are no service's.", "Take service out.")
    if not is_shared and check.service is None:
        yield Complaint(path, "Nothing says which service this asks about.", "Add service.")


def _action(name: str, action: Action, path: KeyPath) -> Iterator[Complaint]:
    if len(action.kinds) != 1:
        what = f"An action does one thing, and this does {' and '.join(action.kinds) or 'nothing'}."
        yield Complaint(path, what, f"Give it one of {', '.join(ACTION_KINDS)}.")
        return
    kind = action.kind
    if _is_empty(action):
        yield Complaint((*path, kind), "This is empty.", "Say what is meant.")
    yield from _action_keys(action, path)
    yield from _scale(action, path)
    yield from _volume(action, path)
    if kind == "sql":
        for place, objection in objections_to_write(action.statements if action.sql else ()):
            yield Complaint((*path, "sql") if isinstance(action.sql, str) else (*path, "sql", place), *objection)
        yield from _bound(action.statements, action.with_, path)
    if action.undo == name:
        yield Complaint((*path, "undo"), "An action does not undo itself.", 'Name another, or "none" with a why.')
    if action.undo == "none" and not action.why:
        yield Complaint((*path, "undo"), "There is no way back, and nobody knows why.", "Add why.")
    if action.confirm is Confirm.NO and action.way_back is None:
        what = "What cannot be taken back is not done without asking."
        yield Complaint((*path, "confirm"), what, "Name the way back in undo, or confirm with yes or type.")
    if action.proof is not None and action.proving_check is None:
        yield Complaint((*path, "proof"), "A proof is a check.", 'Write it as "check NAME".')


def _action_keys(action: Action, path: KeyPath) -> Iterator[Complaint]:
    """Keys that only some kinds of action have, and those they must have."""
    kind = action.kind
    if kind == "argv" and action.on is not None:
        yield Complaint((*path, "on"), "A command runs on this machine.", "Take on out.")
    if kind != "argv" and action.on is None:
        yield Complaint(path, "Nothing says on which connection this acts.", "Add on.")
    yield from _owner(action, path)
    if not action.is_commit_readable:
        remedy = 'Write 7 to 40 hexadecimal digits, or "ask NAME".'
        yield Complaint((*path, "commit"), "This is neither a commit's hash nor an ask.", remedy)
    for key, kinds in (
        ("with_", ("sql",)), ("tried_on", ("sql",)), ("rehearse", ("argv",)), ("proof", ("argv", "sql")),
        ("commit", ("deploy",)),
    ):  # fmt: skip
        if getattr(action, key) and kind not in kinds:
            word = key.rstrip("_")
            what = f"{word} belongs to {' and '.join(kinds)}."
            remedy = "Take it out: what Railway did is read back." if key == "proof" else "Take it out."
            yield Complaint((*path, word), what, remedy)


def _owner(action: Action, path: KeyPath) -> Iterator[Complaint]:
    """Whose variables or settings are meant: a service's, or those that all share."""
    kind = action.kind
    of_variables = kind in ("set_variables", "delete_variables")
    if action.shared and not of_variables:
        yield Complaint((*path, "shared"), "Only variables are shared.", "Take shared out.")
    if kind in OF_A_SERVICE and action.service is None and not (action.shared and of_variables):
        noun = "variables" if of_variables else "settings"
        yield Complaint(path, f"Nothing says whose {noun} these are.", "Add service.")
    if of_variables and action.shared and action.service is not None:
        what = "These are a service's variables and shared ones at once."
        yield Complaint(path, what, "Give it either service or shared = true.")
    if kind not in OF_A_SERVICE and action.service is not None:
        remedy = "Take service out." if kind in ("argv", "sql") else f"Take it out: {kind} names the service."
        yield Complaint((*path, "service"), "service says whose variables or settings are meant.", remedy)


def _is_empty(action: Action) -> bool:
    if action.kind == "set_settings":
        return not (action.set_settings and action.set_settings.given)
    return not getattr(action, action.kind)


def _volume(action: Action, path: KeyPath) -> Iterator[Complaint]:
    """One intent is one request, and what a service mounts is changed by one of its own."""
    others = [name for name in action.settings if name not in OF_A_VOLUME]
    if action.changes_volume and others:
        what = f"A volume is changed by a request of its own, apart from {', '.join(others)}."
        yield Complaint((*path, action.kind), what, "Give it an action of its own.")


def _scale(action: Action, path: KeyPath) -> Iterator[Complaint]:
    """To a number or by region, to something, and to no more than Railway takes."""
    scale = action.scale
    if scale is None:
        return
    here = (*path, "scale")
    if (scale.to is None) == (not scale.regions):
        what = "Two keys say how many replicas." if scale.regions else "Nothing says how many replicas."
        yield Complaint(here, what, "Write either to = 3, or regions = { us-west2 = 2 }.")
    total = sum(scale.regions.values())
    if total > MOST_REPLICAS:
        yield Complaint((*here, "regions"), f"{total} replicas are too many.", f"Railway takes {MOST_REPLICAS}.")
    if scale.regions and total == 0:
        yield Complaint((*here, "regions"), "Railway refuses 0 replicas.", f'Write stop = "{scale.service}".')


def _ask(ask: Ask, path: KeyPath) -> Iterator[Complaint]:
    if ask.type == "choice" and not ask.options:
        yield Complaint(path, "There is nothing to choose from.", "Add options.")
    if ask.type != "choice" and ask.options:
        what = f"Only a choice has options, and this is {ask.type}."
        yield Complaint((*path, "options"), what, 'Write type = "choice".')
    if len(set(ask.options)) < len(ask.options):
        yield Complaint((*path, "options"), "An option stands twice.", "Keep one.")
    if ask.default is None:
        return
    if ask.secret:
        yield Complaint((*path, "default"), "A secret has no default: here it would be written down.", "Take it out.")
    elif ask.type != "choice" or ask.options:
        try:
            value_of(ask, ask.default)
        except ValueError as error:
            yield Complaint((*path, "default"), str(error))


def _monitor(monitor: Monitor, path: KeyPath) -> Iterator[Complaint]:
    counts = monitor.times is not None or monitor.within is not None
    rules = (monitor.for_ is not None, counts, monitor.consecutive is not None)
    if sum(rules) != 1:
        what = "Several rules say when this fires." if any(rules) else "Nothing says when this fires."
        yield Complaint(path, what, 'Write for = "15m", or times = 2 and within = "10m", or consecutive = 3.')
    elif counts and (monitor.times is None or monitor.within is None):
        lacking = "times" if monitor.times is None else "within"
        yield Complaint(path, f"This counts and lacks {lacking}.", 'Write times = 2 and within = "10m".')
    for key, span in (("for", monitor.for_), ("within", monitor.within)):
        if span is not None and span < 2 * monitor.every:
            what = f"{show_span(span)} holds fewer than two samples, one every {show_span(monitor.every)}."
            yield Complaint((*path, key), what, f"Write {show_span(2 * monitor.every)} or more.")
    if monitor.times is not None and monitor.within is not None:
        most = monitor.within // monitor.every + 1
        if monitor.times > most:
            what = f"{show_span(monitor.within)} holds {most} samples at most, so this never fires."
            yield Complaint((*path, "times"), what, f"Write {most} or less.")


def _phase(phase: Phase, path: KeyPath) -> Iterator[Complaint]:
    if phase.gate and phase.items:
        yield Complaint((*path, "items"), "A gate phase has no items.", "Move them into a phase of their own.")
    if not phase.gate and phase.expires is not None:
        yield Complaint((*path, "expires"), "Only a GO expires.", "Take it out, or make this a gate.")
    if phase.monitors and phase.lasts is None:
        yield Complaint((*path, "monitors"), "Nothing says how long these run.", 'Add lasts = "24h from ACTION".')
    if phase.gate and phase.lasts is not None:
        yield Complaint((*path, "lasts"), "A gate is no watch.", "Move the watch into a phase of its own.")
    if not (phase.items or phase.gate or phase.lasts):
        yield Complaint(path, "Nothing happens in this phase.", "Give it items, a gate, or lasts.")
    if len(set(phase.monitors)) < len(phase.monitors):
        yield Complaint((*path, "monitors"), "A monitor stands twice.", "Keep one.")
