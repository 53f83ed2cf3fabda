"""Checkpoints: the phases that come at a time, or last; when each is due, and what is open in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cockpit.core.plan import Item, Phase
from cockpit.core.progress import phase_due, watch_ends, watch_running
from cockpit.core.state import State


class Mark(StrEnum):
    """Where a checkpoint stands."""

    WAITS = "waits"
    """For its moment, of which nobody knows yet when it comes."""
    AHEAD = "ahead"
    DUE = "due"
    """Its time has come, and something in it is open."""
    OVERDUE = "overdue"
    """Its deadline has passed, and something in it is open."""
    RUNNING = "running"
    """A watch that has begun and is not over."""
    DONE = "done"
    LEFT = "left open"
    """The run ended before it was done."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One phase with `due` or `lasts`."""

    phase: Phase
    mark: Mark
    at: datetime | None
    """When it opens, should be finished, or ends; None before its moment is known."""
    open: tuple[Item, ...]
    """What is not settled in it."""


def checkpoints(state: State, now: datetime) -> tuple[Checkpoint, ...]:
    """Every checkpoint of the plan, in the plan's order, as it stands in this attempt."""
    return tuple(_of(state, phase, now) for phase in state.plan.phases if phase.due_at or phase.watch)


def _of(state: State, phase: Phase, now: datetime) -> Checkpoint:
    left = tuple(item for item in phase.lines() if not state.item(item.id).is_settled)
    if phase.watch is not None:
        return Checkpoint(phase, _of_watch(state, phase, now, is_settled=not left), watch_ends(state, phase), left)
    at = phase_due(state, phase)
    return Checkpoint(phase, _of_due(state, phase, at, now, is_settled=not left), at, left)


def _of_watch(state: State, phase: Phase, now: datetime, *, is_settled: bool) -> Mark:
    if state.opened_at(phase.id) is None:
        return Mark.LEFT if state.is_closed else Mark.WAITS
    if watch_running(state, phase, now):
        return Mark.LEFT if state.is_closed else Mark.RUNNING
    return Mark.DONE if is_settled else Mark.LEFT if state.is_closed else Mark.DUE


def _of_due(state: State, phase: Phase, at: datetime | None, now: datetime, *, is_settled: bool) -> Mark:
    if is_settled and state.opened_at(phase.id) is not None:
        return Mark.DONE
    if state.is_closed:
        return Mark.LEFT
    if at is None:
        return Mark.WAITS
    if now < at:
        return Mark.AHEAD
    return Mark.DUE if phase.due_at is not None and phase.due_at.opens else Mark.OVERDUE
