"""Which names an expression may use: what each source tells, and history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cockpit.core.check import GitCheck, RunsCheck
from cockpit.core.complaint import Complaint, KeyPath, nearest
from cockpit.core.expression import Expression
from cockpit.core.plan import HttpCheck, Plan, PostgresCheck, Question, RailwayCheck

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
}
"""What Inngest tells, by what is asked."""

ASKED: Mapping[str, tuple[str, ...]] = {
    "running variables": ("variables",),
    "deployment": ("deployment", "status"),
    "instances": ("instances", "count"),
    "deployments": ("deployments", "count"),
    "drift": ("drift", "count"),
}
"""What Railway tells beside, or under another name."""

HISTORY = ("previous", "ago", "increase")
"""Earlier readings of the same check."""

OF_A_CHECK = ("value", *HISTORY)
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


def vocabulary(plan: Plan, unreadable: frozenset[KeyPath] = frozenset()) -> Iterator[Complaint]:
    """Every expression that uses a name nobody gives it."""
    for name, check in plan.checks.items():
        path = ("checks", name)
        told = facts(check)
        if check.pass_ is not None:
            yield from _unknown(check.pass_, (*told, *HISTORY, "baseline"), (*path, "pass"))
        if check.seen is not None and not isinstance(check, PostgresCheck):
            yield from _unknown(check.seen, told, (*path, "seen"))
        if isinstance(check, HttpCheck) and check.serves is not None:
            yield from _unknown(check.serves, told, (*path, "serves"))
    for name, monitor in plan.monitors.items():
        watched = plan.checks.get(monitor.check)
        if monitor.alert is not None and watched is not None:
            yield from _unknown(monitor.alert, (*facts(watched), *HISTORY), ("monitors", name, "alert"))
    if ("checks",) not in unreadable:
        for section in ("triggers", "not_triggers"):
            for i, each in enumerate(getattr(plan, section)):
                if each.when is not None:
                    yield from _of_checks(plan, each.when, (section, i, "when"), unreadable)


def _unknown(source: str, names: tuple[str, ...], path: KeyPath) -> Iterator[Complaint]:
    for name in sorted(Expression.parse(source).names() - set(names)):
        yield Complaint(path, f"Nothing here is called '{name}'.", nearest(name, names))


def _of_checks(plan: Plan, source: str, path: KeyPath, unreadable: frozenset[KeyPath]) -> Iterator[Complaint]:
    for chain in sorted(Expression.parse(source).paths()):
        name, _, rest = chain.partition(".")
        asked = rest.partition(".")[0]
        example = next(iter(plan.checks), "stuck")
        if name in plan.checks or ("checks", name) in unreadable:
            if asked not in OF_A_CHECK:
                what = f"A check is asked for a value here, and '{chain}' asks for none."
                yield Complaint(path, what, f"Write one of {', '.join(f'{name}.{each}' for each in OF_A_CHECK)}.")
        elif name in OF_A_CHECK:
            yield Complaint(path, f"'{name}' belongs to no check here.", f"Put the check before it: {example}.{name}.")
        else:
            names = {*plan.checks, *(str(part[1]) for part in unreadable if part[0] == "checks" and len(part) == 2)}
            yield Complaint(path, f"There is no check '{name}'.", nearest(name, names))
