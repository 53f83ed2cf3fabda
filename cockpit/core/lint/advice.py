"""What is allowed in a plan and may still be a mistake.

Advice never stops anything. It has the shape of a complaint, and each line of it says what
to write so that it goes away.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.lint.cautions import of_actions
from cockpit.core.lint.sequence import placed_items
from cockpit.core.plan import (
    Action,
    LogCheck,
    Plan,
    PostgresCheck,
    PostgresConnection,
    Question,
    RailwayCheck,
    RailwayConnection,
    Verb,
)
from cockpit.core.plan.check import IssuesCheck, MachineQuestion, MetricCheck, QueryCheck, RunsCheck, ShellCheck
from cockpit.core.plan.connection import USUAL_REQUESTS
from cockpit.core.plan.statement import acting_functions
from cockpit.core.reading.sliding import drifts, is_strict
from cockpit.core.span import show_span
from cockpit.core.watch.criterion import checks_of, criteria


def advice(plan: Plan) -> tuple[Complaint, ...]:
    """Everything worth a second look in a plan without complaints."""
    return (
        *_unused(plan),
        *_connections(plan),
        *_checks(plan),
        *_items(plan),
        *of_actions(plan),
        *_requests(plan),
        *_ways_back(plan),
        *_signatures(plan),
    )


def _unused(plan: Plan) -> Iterator[Complaint]:
    roots = [plan.root(item) for item in plan.lines()]
    used = {verb: {root.target for root in roots if root.verb is verb} for verb in Verb}
    checks = used[Verb.RECORD] | used[Verb.COMPARE] | used[Verb.CHECK]
    checks |= {monitor.check for monitor in plan.monitors.values()}
    checks |= {action.proving_check for action in plan.actions.values() if action.proving_check}
    checks |= {name for each in criteria(plan) for name in checks_of(plan, each.when)}
    watched = {name for phase in plan.phases for name in phase.monitors}
    spoken_to = {check.on for check in plan.checks.values()} | {action.on for action in plan.actions.values()}
    spoken_to |= {action.tried_on for action in plan.actions.values()}
    for section, names, remedy in (
        ("checks", checks, "Put it into a phase, a monitor or a trigger, or take it out."),
        ("asks", used[Verb.ASK], "Put it into a phase, or take it out."),
        ("sees", used[Verb.SEE], "Put it into a phase, or take it out."),
        ("monitors", watched, "Name it in a phase that lasts, or take it out."),
        ("connections", spoken_to, "Take it out, unless a check is still to come."),
    ):
        for name in getattr(plan, section):
            if name not in names:
                yield Complaint((section, name), "Nobody uses this.", remedy)
    for i, role in enumerate(plan.sign_off):
        if role not in used[Verb.SIGN]:
            yield Complaint(("sign_off", i), f"'{role}' never signs.", f'Put "sign {role}" into the last phase.')


def _connections(plan: Plan) -> Iterator[Complaint]:
    platforms = [name for name, each in plan.connections.items() if isinstance(each, RailwayConnection)]
    for name in platforms[1:]:
        what = f"The environment that is proved and typed is that of '{platforms[0]}', not of this one."
        yield Complaint(("connections", name), what, "Keep one Railway connection in a plan.")
    for name, connection in plan.connections.items():
        if isinstance(connection, PostgresConnection) and connection.is_ is None:
            what = "Nothing proves that this is the database meant."
            yield Complaint(("connections", name), what, "Add is, such as \"select current_database() = 'reports'\".")


def _checks(plan: Plan) -> Iterator[Complaint]:
    for name, check in plan.checks.items():
        path: KeyPath = ("checks", name)
        judged = check.pass_ is not None or check.compare is not None
        if check.seen is None and judged and not isinstance(check, CONTROLLED):
            yield Complaint(path, "This check cannot tell quiet from blind.", f"Add seen: {_control(check)}.")
        if isinstance(check, MachineQuestion) and check.rehearse is None:
            yield Complaint(path, "This cannot be rehearsed.", 'Add rehearse, such as ["true"].')
        if isinstance(check, ShellCheck) and _hides_failures(check):
            what = "A shell of its own hides what fails in its pipes."
            yield Complaint((*path, "run"), what, 'Write run = ["one | two"] and shell = true.')
        window = check.window if isinstance(check, MetricCheck | RunsCheck) else None
        if window is not None and not _is_sampled(plan, check, window):
            what = f"Nothing samples '{check.on}' over {show_span(window)}, so this is blind at first."
            yield Complaint(path, what, "Let a monitor ask this connection in an earlier phase that lasts.")
        if isinstance(check, PostgresCheck):
            for function in _acting(check):
                what = f"{function}() acts, also in a read-only transaction."
                yield Complaint((*path, "sql"), what, "Make it an action, or leave it out.")


def _acting(check: PostgresCheck) -> Iterator[str]:
    """What acts where it should only look; a trial acts, and what leads up to a question may set something for it."""
    *before, last = check.statements
    for place, sql in enumerate((*before, last, check.seen or "")):
        leads_up = place < len(before)
        for function in acting_functions(sql):
            if not check.mutates and not (leads_up and function == "set_config"):
                yield function


def _hides_failures(check: ShellCheck) -> bool:
    """Whether a pipe runs in a shell of the plan's, without `pipefail`."""
    shell = check.run[0].rpartition("/")[2] in ("sh", "bash", "dash", "zsh")
    line = check.run[-1]
    return shell and len(check.run) > 2 and "|" in line.replace("||", "") and "pipefail" not in line


CONTROLLED = (MetricCheck, QueryCheck, RunsCheck, IssuesCheck, MachineQuestion)
"""Checks whose source knows by itself when it saw nothing (docs/sources.md)."""


def _is_sampled(plan: Plan, check: Question, window: timedelta) -> bool:
    """Whether some monitor scrapes its connection at least twice a window."""
    return any(
        isinstance(other := plan.checks.get(monitor.check), MetricCheck | RunsCheck)
        and other.on == check.on
        and monitor.every <= window / 2
        for monitor in plan.monitors.values()
    )


def _control(check: Question) -> str:
    if isinstance(check, PostgresCheck):
        return "a statement that is true when the role sees rows"
    if isinstance(check, LogCheck):
        return 'such as "lines > 0"'
    return "an expression that is true only of the answer meant"


def _items(plan: Plan) -> Iterator[Complaint]:
    for path, item in placed_items(plan):
        check = plan.checks.get(item.target)
        if item.verb is Verb.CHECK and check is not None and check.pass_ is None and path[2] != "gate":
            what = f"'{item.target}' expects nothing, so this only looks."
            yield Complaint(path, what, f'Write "record {item.target}", or give the check a pass.')
    compared = {plan.root(item).target for item in plan.lines() if plan.root(item).verb is Verb.COMPARE}
    for name, check in plan.checks.items():
        if check.compare is not None and is_strict(check) and (slides := drifts(check)):
            what = f"This compares over a window that slides ({slides}), so it differs because time has passed."
            remedy = 'Count from a fixed moment (with = ["time of gate"]), or leave room: within 10%.'
            yield Complaint(("checks", name, "compare"), what, remedy)
        if check.compare is not None and name not in compared:
            what = "Nobody compares this."
            yield Complaint(("checks", name, "compare"), what, f'Put "compare {name}" into a phase, or take it out.')
    acts = any(item.verb is Verb.DO for phase in plan.phases for item in phase.lines())
    if acts and not any(phase.is_gate for phase in plan.phases):
        yield Complaint(("phases",), "This acts without a go/no-go.", "Put a gate before the first action.")


def _requests(plan: Plan) -> Iterator[Complaint]:
    """Following a rollout costs requests too, so monitors get half of the hour."""
    hour = timedelta(hours=1)
    for name, connection in plan.connections.items():
        if not isinstance(connection, RailwayConnection):
            continue
        asking = {
            each: monitor.every
            for each, monitor in plan.monitors.items()
            if isinstance(check := plan.checks.get(monitor.check), RailwayCheck | LogCheck) and check.on == name
        }
        hourly = connection.requests_per_hour or USUAL_REQUESTS
        budget = hourly // 2
        total = sum(hour / every for every in asking.values())
        if total > budget:
            slowest = max(asking, key=lambda each: hour / asking[each])
            what = (
                f"Monitors ask Railway {total:.0f} times an hour, {slowest} every {show_span(asking[slowest])}, "
                f"of {hourly} requests."
            )
            yield Complaint(("monitors", slowest, "every"), what, f"Stay below {budget}: the rollout needs the rest.")


def _ways_back(plan: Plan) -> Iterator[Complaint]:
    if not plan.rollback and any(item.verb is Verb.DO for item in plan.lines()):
        yield Complaint((), "There is no way back in this plan.", "Add [[rollback]] with its steps.")
    if plan.rollback and not plan.triggers:
        yield Complaint(("rollback",), "Nothing says when to roll back.", "Add [[triggers]], in words if need be.")
    yield from _answers_of_ways_back(plan)
    watched = {plan.monitors[name].check for phase in plan.phases for name in phase.monitors if name in plan.monitors}
    for each in criteria(plan):
        for check in checks_of(plan, each.when):
            if check not in watched:
                section = "not_triggers" if each.against else "triggers"
                what = f"Nobody watches '{check}', so most of the time this cannot be told."
                yield Complaint((section, each.number, "when"), what, "Give it a monitor in a phase that lasts.")


def _answers_of_ways_back(plan: Plan) -> Iterator[Complaint]:
    """What a way back binds is answered before anything is changed, or by itself: while it runs no phase is."""
    before: set[str] = set()
    for phase in plan.phases:
        roots = [plan.root(item) for item in phase.lines()]
        before |= {root.target for root in roots if root.verb is Verb.ASK}
        if any(root.verb is Verb.DO for root in roots):
            break
    for path, item in placed_items(plan):
        if path[0] != "rollback":
            continue
        level, root = plan.rollback[int(path[1])], plan.root(item)
        entry = plan.actions.get(root.target) if root.verb is Verb.DO else plan.checks.get(root.target)
        names = entry.bound if isinstance(entry, Action) else getattr(entry, "with_", ())
        for name in names:
            if name in plan.asks and name not in before and f"ask {name}" not in level.items[: int(path[3])]:
                what = f"This needs '{name}', which is asked only once something was changed."
                yield Complaint(path, what, f'Put "ask {name}" before the first action, or before this line.')


def _signatures(plan: Plan) -> Iterator[Complaint]:
    watches = [i for i, phase in enumerate(plan.phases) if phase.lasts is not None]
    for path, item in placed_items(plan):
        if item.verb is Verb.SIGN and path[0] == "phases" and watches and int(path[1]) < watches[-1]:
            what = f"This is signed before '{plan.phases[watches[-1]].title}' has begun."
            yield Complaint(path, what, "Sign in a phase behind it, which waits until the watch is over.")
