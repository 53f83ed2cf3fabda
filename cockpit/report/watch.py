"""The record of the watch: what monitors saw and where nobody asked, and what became of the rollback criteria."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.plan import NotTrigger, Trigger
from cockpit.core.span import clock_face, show_span
from cockpit.core.state import State
from cockpit.core.watch.criterion import Criterion
from cockpit.core.watch.criterion import criteria as criteria_of
from cockpit.core.watch.criterion import told as told_of
from cockpit.report.findings import Kept, Watched, of_kind, watched
from cockpit.report.page import BLANK, md, table, when
from cockpit.view.standing import of_criterion, of_monitor, of_verdict
from cockpit.view.times import utc


def monitors(state: State, kept: Kept, events: Sequence[Event]) -> list[str]:
    """One block a monitor and watch; the moves between ok, pending, firing and unknown; who was told of what."""
    lines = [line for each in watched(state, kept) for line in _monitor(state, each)]
    moves = []
    for event in of_kind(events, happened.MonitorMoved):
        body = event.body
        assert isinstance(body, happened.MonitorMoved)
        moves.append([when(event.at), md(body.monitor), md(body.state), md(body.because)])
    return [*lines, *table(("At", "Monitor", "Became", "Because"), moves), *table(_ALERTS, _alerts(events))]


_ALERTS = ("Told at", "By whose webhook", "Alert", "Trouble")


def _alerts(events: Sequence[Event]) -> list[list[str]]:
    bodies = [(event.at, event.body) for event in events if isinstance(event.body, happened.AlertTold)]
    return [
        [when(at), f"the {md(body.place)}'s", md(body.words), f"NOT TOLD: {md(body.trouble)}" * bool(body.trouble)]
        for at, body in bodies
    ]


def criteria(state: State, events: Sequence[Event]) -> list[str]:
    """Every criterion with its last word and each time it moved: for a rollback, then against one."""
    lines = []
    for against, head in ((False, "Roll back if"), (True, "No reason to roll back")):
        rows = [_criterion(state, each) for each in criteria_of(state.plan) if each.against is against]
        lines += table((head, "Threshold", "At the end", "Because"), rows)
    for event in of_kind(events, happened.TriggerMoved):
        body = event.body
        assert isinstance(body, happened.TriggerMoved)
        listed: Sequence[Trigger | NotTrigger] = state.plan.not_triggers if body.against else state.plan.triggers
        text = listed[body.trigger].text if body.trigger < len(listed) else f"criterion {body.trigger}"
        word = _AGAINST.get(body.state, body.state) if body.against else body.state
        lines.append(f"- {utc(event.at)} UTC, {md(text)}: {word}, {md(body.because)}")
    return lines


_AGAINST = {"tripped": "holds", "clear": "does not hold"}


def _criterion(state: State, criterion: Criterion) -> list[str]:
    told = told_of(state, criterion)
    because = f"{md(told.because)}, since {utc(told.since)} UTC" if told is not None else ""
    word = of_criterion(state, criterion).word
    return [md(criterion.text), md(criterion.when or ""), word, because]


def _monitor(state: State, each: Watched) -> Iterator[str]:
    monitor = state.plan.monitors[each.monitor]
    yield f"### {md(each.monitor)}"
    yield ""
    word = of_monitor(state, each.monitor).word
    yield f"Every {show_span(monitor.every)}, from {when(each.since)} to {when(each.until)}. Last word: {word}."
    counted = ", ".join(f"{count} {of_verdict(verdict).word}" for verdict, count in each.counted.items())
    yield f"Samples: {each.samples}" + (f" ({counted})." if counted else ".")
    if not each.samples:
        yield f"Nobody asked: {BLANK}, and so not verified."
    yield ""
    for since, until in each.holes:
        yield f"- nobody asked from {when(since)} to {when(until)} ({clock_face(until - since)})"
    if each.holes:
        yield ""
