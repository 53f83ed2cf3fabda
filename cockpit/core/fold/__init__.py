"""State from events: one small step a kind, nothing else changes a state.

`fold(events)` is the definition of a run's state. Everything live is the same steps applied
one by one, and a property test holds them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.fold import actions, items, run
from cockpit.core.state import State


def fold(events: Iterable[Event]) -> State:
    """The state a run's events add up to. The first must be `RunOpened`; raises ValueError otherwise."""
    stream = iter(events)
    first = next(stream, None)
    if first is None or not isinstance(first.body, happened.RunOpened):
        raise ValueError("A run begins with RunOpened. This record does not.")
    state = run.opened(first, first.body)
    for event in stream:
        state = apply(state, event)
    return state


def apply(state: State, event: Event) -> State:
    """The state after one more event."""
    step = _STEPS.get(type(event.body))
    after = step(state, event, event.body) if step else state
    return replace(after, seq=event.seq, at=event.at)


Step = Callable[[State, Event, Any], State]

_STEPS: Mapping[type[happened.Body], Step] = {
    happened.PlanAmended: run.amended,
    happened.Attached: run.attached,
    happened.EnvironmentProved: run.proved,
    happened.TargetSeen: run.target,
    happened.PaceChanged: run.pace,
    happened.PhaseOpened: run.phase_opened,
    happened.Enquired: items.enquired,
    happened.BaselineRecorded: items.recorded,
    happened.ReadingJudged: items.judged,
    happened.Ticked: items.ticked,
    happened.Unticked: items.unticked,
    happened.SeeAnswered: items.seen,
    happened.Answered: items.answered,
    happened.Waived: items.waived,
    happened.MarkedNotApplicable: items.not_applicable,
    happened.Signed: items.signed,
    happened.Noted: run.noted,
    happened.LinePinned: run.pinned,
    happened.DeviationNoted: run.deviated,
    happened.GateAsked: items.gate_asked,
    happened.GateDecided: items.gate_decided,
    happened.ActionIntended: actions.intended,
    happened.ActionAccepted: actions.accepted,
    happened.ActionDone: actions.done,
    happened.ActionFailed: actions.failed,
    happened.ActionLost: actions.lost,
    happened.ActionLooked: actions.looked,
    happened.ActionSettled: actions.settled,
    happened.RolloutBegan: actions.rollout_began,
    happened.RolloutObserved: actions.rollout_seen,
    happened.VersionsAnswered: actions.versions_answered,
    happened.ReplicasChanged: actions.replicas_changed,
    happened.MonitorMoved: run.monitor,
    happened.TriggerMoved: run.trigger,
    happened.AlertTold: run.alerted,
    happened.WayBackSeen: run.way_back,
    happened.RollbackStarted: actions.rollback,
    happened.PhasesReopened: run.reopened,
    happened.RunClosed: run.closed,
    happened.Unknown: run.unknown,
}
