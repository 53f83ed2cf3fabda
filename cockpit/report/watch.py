"""The record of the watch: what monitors saw and where nobody asked, and what became of the rollback criteria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.reading import Reading
from cockpit.core.span import clock_face, show_span
from cockpit.core.state import State
from cockpit.report.findings import Watched, of_kind, watched
from cockpit.report.page import BLANK, md, table, when
from cockpit.view.standing import of_monitor, of_trigger, of_verdict
from cockpit.view.times import utc


def monitors(state: State, readings: Mapping[int, Reading], events: Sequence[Event]) -> list[str]:
    """One block a monitor and watch; the moves between ok, pending, firing and unknown."""
    lines = [line for each in watched(state, readings) for line in _monitor(state, each)]
    moves = []
    for event in of_kind(events, happened.MonitorMoved):
        body = event.body
        assert isinstance(body, happened.MonitorMoved)
        moves.append([when(event.at), md(body.monitor), md(body.state), md(body.because)])
    return [*lines, *table(("At", "Monitor", "Became", "Because"), moves)]


def criteria(state: State, events: Sequence[Event]) -> list[str]:
    """Every trigger with its last word and each time it moved; then what does not justify a rollback."""
    rows = []
    for number, trigger in enumerate(state.plan.triggers):
        told = state.triggers.get(number)
        because = md(told.because) if told is not None else ""
        rows.append([md(trigger.text), of_trigger(state, number).word, because])
    lines = table(("Roll back if", "At the end", "Because"), rows)
    for event in of_kind(events, happened.TriggerMoved):
        body = event.body
        assert isinstance(body, happened.TriggerMoved)
        known = body.trigger < len(state.plan.triggers)
        text = state.plan.triggers[body.trigger].text if known else f"trigger {body.trigger}"
        lines.append(f"- {utc(event.at)} UTC, {md(text)}: {body.state}, {md(body.because)}")
    against = [f"- {md(each.text)}" for each in state.plan.not_triggers]
    return [*lines, *(["", "Not a reason to roll back:", "", *against] if against else [])]


def _monitor(state: State, each: Watched) -> Iterator[str]:
    monitor = state.plan.monitors[each.monitor]
    yield f"### {md(each.monitor)}"
    yield ""
    word = of_monitor(state, each.monitor).word
    yield f"Every {show_span(monitor.every)}, from {when(each.since)} to {when(each.until)}. Last word: {word}."
    counted = ", ".join(f"{count} {of_verdict(verdict).word}" for verdict, count in each.counted().items())
    yield f"Samples: {len(each.samples)}" + (f" ({counted})." if counted else ".")
    if not each.samples:
        yield f"Nobody asked: {BLANK}, and so not verified."
    yield ""
    for since, until in each.holes:
        yield f"- nobody asked from {when(since)} to {when(until)} ({clock_face(until - since)})"
    if each.holes:
        yield ""
