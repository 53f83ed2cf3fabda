"""Which names an expression may use, and of which kind they are: what each source tells, and history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.expression import Expression
from cockpit.core.expression.foresight import Known, must_be_condition
from cockpit.core.expression.series import FIELDS, QUESTIONS
from cockpit.core.expression.values import Kind
from cockpit.core.plan import HttpCheck, Plan, PostgresCheck, Question, RailwayCheck, Verb
from cockpit.core.plan.check import GitCheck, RunsCheck
from cockpit.errors import ExpressionError

FACTS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("value", "row", "rows", "columns"),
    "http": ("status", "json", "text", "elapsed", "headers"),
    "logs": ("count", "lines", "found", "missing"),
    "metric": ("value", "row", "rows", "columns", "series", "targets", "covered"),
    "promql": ("value", "row", "rows", "columns", "series"),
    "sentry": ("count", "titles", "rows", "columns"),
    "shell": ("exit", "text", "lines", "json", "value"),
    "file": ("exists", "text", "lines", "json", "value", "size", "modified", "age", "sha256"),
}
"""What a reading tells, by the check's source. Railway tells what was asked, under that name."""

IN_GIT: Mapping[str, tuple[str, ...]] = {
    "tree": ("sha", "branch", "clean", "changes"),
    "tag": ("found", "sha", "head", "here"),
    "between": ("count", "commits", "files", "behind", "rows", "columns"),
}
"""What git tells, by what is asked."""

IN_INNGEST: Mapping[str, tuple[str, ...]] = {
    "runs": ("value", "success", "ended", "completed", "failed", "cancelled", "started", "rows", "columns", "covered"),
    "steps": ("value", "running", "scheduled"),
    "event": ("value", "count", "running", "completed", "failed", "cancelled", "other", "rows", "columns"),
    "run": ("value", "status", "function", "began", "took"),
}
"""What Inngest tells, by what is asked."""

ASKED: Mapping[str, tuple[str, ...]] = {
    "variables": ("variables", "sealed"),
    "shared variables": ("variables", "sealed"),
    "running variables": ("variables",),
    "deployment": ("deployment", "status"),
    "instances": ("instances", "count"),
    "deployments": ("deployments", "count"),
    "drift": ("drift", "count"),
}
"""What Railway tells beside, or under another name."""

_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.NUMBER: (
        "count", "elapsed", "series", "targets", "exit", "size", "behind", "ended", "completed", "failed", "cancelled",
        "started", "running", "scheduled", "other", "http.status", "logs.lines",
    ),
    Kind.BOOLEAN: ("found", "exists", "clean", "here"),
    Kind.TEXT: ("text", "sha256", "sha", "head", "branch", "railway.status", "inngest.status", "function"),
    Kind.LIST: ("rows", "baseline_rows", "columns", "titles", "lines", "commits", "files", "instances", "deployments"),
    Kind.MAP: ("row", "headers", "variables", "settings", "deployment", "drift", "metrics", "usage"),
    Kind.SPAN: ("covered", "age", "took"),
    Kind.MOMENT: ("modified", "now", "began"),
}  # fmt: skip
"""What is of one kind whatever the answer; with its source before it where sources differ."""

_KINDS: Mapping[str, Kind] = {name: kind for kind, names in _OF_KIND.items() for name in names}

HISTORY = ("previous", "baseline", "baseline_rows", "now", *QUESTIONS)
"""Earlier readings of the same check, what was recorded of it, and the present."""

OF_A_CHECK = (*FIELDS, *QUESTIONS)
"""What a trigger may ask of a check: `stuck.value`, `stuck.ago('1h')`."""


def facts(check: Question) -> tuple[str, ...]:
    """The names a reading of this check gives to expressions."""
    if isinstance(check, RailwayCheck):
        return ASKED.get(check.ask, (check.ask,))
    if isinstance(check, GitCheck):
        return IN_GIT[check.git]
    if isinstance(check, RunsCheck):
        return IN_INNGEST[check.inngest]
    return FACTS[check.source]


def kinds(check: Question, names: Iterable[str]) -> dict[str, Kind | None]:
    """Names with their kind; None for what only the answer tells."""
    return {name: _KINDS.get(f"{check.source}.{name}", _KINDS.get(name)) for name in names}


def expected_by(check: Question) -> tuple[str, ...]:
    """The answers of people that its expressions know; those of a statement are bound into it as `$1`, `$2`, ..."""
    return () if isinstance(check, PostgresCheck) else check.with_


def vocabulary(plan: Plan, unreadable: frozenset[KeyPath] = frozenset()) -> Iterator[Complaint]:
    """Every expression that uses a name nobody gives it."""
    for name, check in plan.checks.items():
        path = ("checks", name)
        told, answered = facts(check), dict.fromkeys(expected_by(check))
        if check.pass_ is not None:
            yield from _condition(check.pass_, kinds(check, (*told, *HISTORY)) | answered, (*path, "pass"))
            yield from _unrecorded(plan, name, check.pass_, (*path, "pass"))
        if check.seen is not None and not isinstance(check, PostgresCheck):
            yield from _condition(check.seen, kinds(check, told) | answered, (*path, "seen"))
        if isinstance(check, HttpCheck) and check.serves is not None:
            yield from _unknown(check.serves, told, (*path, "serves"))
    for name, monitor in plan.monitors.items():
        watched = plan.checks.get(monitor.check)
        if monitor.alert is not None and watched is not None:
            alert = ("monitors", name, "alert")
            answered = dict.fromkeys(expected_by(watched))
            yield from _condition(monitor.alert, kinds(watched, (*facts(watched), *HISTORY)) | answered, alert)
            yield from _unrecorded(plan, monitor.check, monitor.alert, alert)
    if ("checks",) not in unreadable:
        for section in ("triggers", "not_triggers"):
            for i, each in enumerate(getattr(plan, section)):
                if each.when is not None:
                    yield from _of_checks(plan, each.when, (section, i, "when"), unreadable)


def _condition(source: str, known: Known, path: KeyPath) -> Iterator[Complaint]:
    """Names that nobody gives; else kinds that never fit."""
    unknown = list(_unknown(source, tuple(known), path))
    yield from unknown
    if not unknown:
        yield from _misfit(source, known, path)


def _misfit(source: str, known: Known, path: KeyPath) -> Iterator[Complaint]:
    try:
        must_be_condition(source, Expression.parse(source).tree, known)
    except ExpressionError as error:
        yield Complaint(path, error.what, error.remedy, error.caret())


def _unrecorded(plan: Plan, check: str, source: str, path: KeyPath) -> Iterator[Complaint]:
    """A baseline that no item ever records."""
    recorded = any(item.verb is Verb.RECORD and item.target == check for item in plan.lines())
    if {"baseline", "baseline_rows"} & Expression.parse(source).names() and not recorded:
        yield Complaint(path, f"Nothing records a baseline of '{check}'.", f'Add "record {check}" to a phase before.')


def _unknown(source: str, names: tuple[str, ...], path: KeyPath) -> Iterator[Complaint]:
    for name in sorted(Expression.parse(source).names() - set(names)):
        yield Complaint(path, f"Nothing here is called '{name}'.", nearest(name, names))


def _of_checks(plan: Plan, source: str, path: KeyPath, unreadable: frozenset[KeyPath]) -> Iterator[Complaint]:
    found = list(_of_names(plan, source, path, unreadable))
    yield from found
    if not found:
        yield from _misfit(source, {**dict.fromkeys(plan.checks, Kind.SERIES), "now": Kind.MOMENT}, path)


def _of_names(plan: Plan, source: str, path: KeyPath, unreadable: frozenset[KeyPath]) -> Iterator[Complaint]:
    for chain in sorted(Expression.parse(source).paths()):
        name, _, rest = chain.partition(".")
        if chain == "now":
            continue
        asked = rest.partition(".")[0]
        example = next(iter(plan.checks), "stuck")
        if name in plan.checks or ("checks", name) in unreadable:
            if asked not in OF_A_CHECK:
                what = f"A check is asked for a value here, and '{chain}' asks for none."
                remedy = f"Write one of {', '.join(f'{name}.{each}' for each in OF_A_CHECK)}."
                close = nearest(asked, OF_A_CHECK)
                yield Complaint(path, what, close if close.startswith("Did") else remedy)
            elif asked == "baseline" and name in plan.checks:
                yield from _unrecorded(plan, name, "baseline == 0", path)
        elif name in OF_A_CHECK:
            yield Complaint(path, f"'{name}' belongs to no check here.", f"Put the check before it: {example}.{name}.")
        else:
            names = {*plan.checks, *(str(part[1]) for part in unreadable if part[0] == "checks" and len(part) == 2)}
            yield Complaint(path, f"There is no check '{name}'.", nearest(name, names))
