"""Whether checks of measures and programs agree with themselves; part of `coherence`."""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.plan.check import GitCheck, MachineQuestion, MetricCheck, QueryCheck, Question, RunsCheck, ShellCheck
from cockpit.core.plan.connection import PrometheusConnection


def of_prometheus(connection: PrometheusConnection, path: KeyPath) -> Iterator[Complaint]:
    """A server or targets, each of those once."""
    if (connection.server is None) == (not connection.targets):
        what = "This has targets and a server." if connection.targets else "This says nowhere to ask."
        yield Complaint(path, what, "Give it targets, which are scraped, or a server, which is asked in PromQL.")
    for i, address in enumerate(connection.targets):
        if address in connection.targets[:i]:
            yield Complaint((*path, "targets", i), "This target stands twice, and would count twice.", "Keep one.")


def measure_or_program(check: Question, path: KeyPath) -> Iterator[Complaint]:
    """What contradicts itself in a check of a metric, a query or this machine."""
    match check:
        case MetricCheck():
            yield from _metric(check, path)
        case QueryCheck() if check.absent is not None and check.exists is None:
            what = "An empty answer counts, and nothing proves that the query could find anything."
            yield Complaint((*path, "absent"), what, "Add exists, a selector that must have series.")
        case RunsCheck(inngest="runs", over=None):
            yield Complaint(path, "Nothing says over which window runs are counted.", 'Add over, such as "10m".')
        case RunsCheck():
            yield from _runs(check, path)
        case ShellCheck():
            yield from _shell(check, path)
        case GitCheck():
            yield from _git(check, path)
    if isinstance(check, MachineQuestion) and check.rehearse == ():
        yield Complaint((*path, "rehearse"), "This is empty.", 'Name a command, such as ["true"], or leave it out.')


def _runs(check: RunsCheck, path: KeyPath) -> Iterator[Complaint]:
    if check.inngest != "runs" and check.over is not None:
        what = f"Of {check.inngest} it is told how things are now, and over no window."
        yield Complaint((*path, "over"), what, "Take it out.")
    by_id = check.inngest in ("event", "run")
    if by_id and check.of is None:
        yield Complaint(path, f"Nothing says which {check.inngest} is meant.", 'Add of, an ask: of = "test_event".')
    if not by_id and check.of is not None:
        yield Complaint((*path, "of"), f"Of {check.inngest} no id is needed.", "Take it out.")
    if check.inngest == "run" and check.function is not None:
        yield Complaint((*path, "function"), "A run is of one function.", "Ask for it in pass: function == '...'.")


def _metric(check: MetricCheck, path: KeyPath) -> Iterator[Complaint]:
    if check.increase is not None and check.rate is not None:
        what = "This asks for an increase and for a rate."
        yield Complaint((*path, "rate"), what, "Keep one, or make it two checks.")
    for i, label in enumerate(check.by):
        if label in check.where:
            what = f"where settles {label}, so it makes one row."
            yield Complaint((*path, "by", i), what, "Take it out here or there.")


def _shell(check: ShellCheck, path: KeyPath) -> Iterator[Complaint]:
    if check.shell and len(check.run) != 1:
        what = "A shell is given one line, and these are several."
        yield Complaint((*path, "run"), what, 'Write it as ["one | two"], or take shell out.')
    if not check.run[0].strip():
        yield Complaint((*path, "run"), "This names no command.", 'Write it as ["./bin/smoke", "--fast"].')
    if check.exits == ():
        yield Complaint((*path, "exits"), "No exit counts, so this could never tell.", "Write [0], or leave it out.")


_GIT_KEYS = {"tag": ("tag",), "between": ("from",), "tree": ()}


def _git(check: GitCheck, path: KeyPath) -> Iterator[Complaint]:
    given = {"tag": check.tag is not None, "from": check.from_ is not None, "to": "to" in check.model_fields_set}
    needed = _GIT_KEYS[check.git]
    for key in needed:
        if not given[key]:
            yield Complaint(path, f'git = "{check.git}" needs {key}.', f"Add {key}.")
    for key, there in given.items():
        if there and key not in needed and not (key == "to" and check.git == "between"):
            yield Complaint((*path, key), f'git = "{check.git}" does not look at {key}.', "Take it out.")
