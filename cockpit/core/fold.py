"""State from events: one small step a kind, nothing else changes a state.

`fold(events)` is the definition of a run's state. Everything live is the same steps applied
one by one, and a property test holds them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.plan import Plan
from cockpit.core.rollout import advance
from cockpit.core.state import (
    Answered,
    Baseline,
    GateState,
    Intent,
    ItemState,
    Look,
    NoteLine,
    Signature,
    State,
    Status,
    Told,
)

K = TypeVar("K")
V = TypeVar("V")


def fold(events: Iterable[Event]) -> State:
    """The state a run's events add up to. The first must be `RunOpened`; raises ValueError otherwise."""
    stream = iter(events)
    first = next(stream, None)
    if first is None or not isinstance(first.body, happened.RunOpened):
        raise ValueError("A run begins with RunOpened. This record does not.")
    state = _opened(first, first.body)
    for event in stream:
        state = apply(state, event)
    return state


def apply(state: State, event: Event) -> State:
    """The state after one more event."""
    step = _STEPS.get(type(event.body))
    after = step(state, event, event.body) if step else state
    return replace(after, seq=event.seq, at=event.at)


def _opened(event: Event, body: happened.RunOpened) -> State:
    return State(
        run=event.run,
        plan=Plan.model_validate(body.plan),
        plan_file=body.plan_file,
        environment=body.environment,
        rehearsal=body.rehearsal,
        auto=body.auto,
        simulator=body.simulator,
        opened=event.at,
        seq=event.seq,
        at=event.at,
        operator=event.actor.name,
        host=event.host,
        session=event.session,
    )


def _with(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return {**mapping, key: value}


def _set(state: State, event: Event, item: str, status: Status, **fields: Any) -> State:
    """The item with a new status; its work began when it left *open*, unless it never did."""
    before = state.item(item)
    root = _root(state, item)
    since = before.since if before.status is Status.RUNNING else event.at
    fresh = ItemState(
        status=status, at=event.at, since=since, by=event.actor.name, intent=before.intent, note=before.note
    )
    return replace(
        state, items=_with(state.items, (root, state.attempt), replace(fresh, **fields))
    )


def _root(state: State, item_id: str) -> str:
    item = state.plan.item(item_id)
    return state.plan.root(item).id if item else item_id


def _amended(state: State, event: Event, body: happened.PlanAmended) -> State:
    """Items whose definition changed are open again; the rest keep their state."""
    plan = Plan.model_validate(body.plan)
    kept = {
        key: value
        for key, value in state.items.items()
        if _definition(state.plan, key[0]) == _definition(plan, key[0]) is not None
    }
    text = "Plan amended: " + "; ".join(body.diff)
    notes = (*state.notes, NoteLine(event.at, event.actor.name, text, None, deviation=True))
    return replace(state, plan=plan, items=kept, notes=notes)


def _definition(plan: Plan, item_id: str) -> object:
    item = plan.item(item_id)
    if item is None:
        return None
    tables = (plan.checks, plan.actions, plan.asks, plan.sees)
    return (item, tuple(table[item.target] for table in tables if item.target in table))


def _attached(state: State, event: Event, body: happened.Attached) -> State:
    asks = {
        name: answer for name, answer in state.asks.items() if not (body.resumed and answer.secret)
    }
    forgotten = [name for name in state.asks if name not in asks]
    items = {
        key: ItemState()
        if key[1] == state.attempt and any(key[0].endswith(f"/ask:{name}") for name in forgotten)
        else value
        for key, value in state.items.items()
    }
    return replace(
        state, asks=asks, items=items, operator=body.operator, host=event.host, session=event.session
    )


def _proved(state: State, _: Event, body: happened.EnvironmentProved) -> State:
    return replace(state, proved=_with(state.proved, body.connection, body.summary))


def _target(state: State, _: Event, body: happened.TargetSeen) -> State:
    return replace(
        state,
        targets=_with(state.targets, body.service, body.deployment),
        target_variables=_with(state.target_variables, body.service, body.variables),
    )


def _pace(state: State, _: Event, body: happened.PaceChanged) -> State:
    return replace(state, factor=body.factor)


def _phase_opened(state: State, event: Event, body: happened.PhaseOpened) -> State:
    return replace(state, phases=_with(state.phases, (body.phase, state.attempt), event.at))


def _enquired(state: State, event: Event, body: happened.Enquired) -> State:
    return _set(state, event, body.item, Status.RUNNING)


def _recorded(state: State, event: Event, body: happened.BaselineRecorded) -> State:
    after = _set(state, event, body.item, Status.DONE, reading=body.reading, verdict="observed")
    baseline = Baseline(body.reading, event.at, event.actor.name)
    return replace(after, baselines=_with(state.baselines, body.check, baseline))


def _judged(state: State, event: Event, body: happened.ReadingJudged) -> State:
    good = body.verdict in ("pass", "observed")
    return _set(
        state,
        event,
        body.item,
        Status.DONE if good else Status.FAILED,
        reading=body.reading,
        verdict=body.verdict.value,
        because=body.because,
    )


def _ticked(state: State, event: Event, body: happened.Ticked) -> State:
    return _set(state, event, body.item, Status.DONE)


def _unticked(state: State, event: Event, body: happened.Unticked) -> State:
    return _set(state, event, body.item, Status.OPEN)


def _seen(state: State, event: Event, body: happened.SeeAnswered) -> State:
    status = Status.DONE if body.answer == "yes" else Status.FAILED
    return _set(state, event, body.item, status, because=body.note, note=body.note)


def _answered(state: State, event: Event, body: happened.Answered) -> State:
    after = _set(state, event, body.item, Status.DONE)
    answer = Answered(body.value, event.at, event.actor.name, body.secret)
    return replace(after, asks=_with(state.asks, body.ask, answer))


def _waived(state: State, event: Event, body: happened.Waived) -> State:
    after = _set(state, event, body.item, Status.WAIVED, because=body.reason)
    line = NoteLine(event.at, event.actor.name, f"Waived: {body.reason}", body.item, deviation=True)
    return replace(after, notes=(*state.notes, line))


def _not_applicable(state: State, event: Event, body: happened.MarkedNotApplicable) -> State:
    return _set(state, event, body.item, Status.NOT_APPLICABLE, because=body.reason)


def _signed(state: State, event: Event, body: happened.Signed) -> State:
    after = _set(state, event, body.item, Status.DONE, by=body.name)
    return replace(after, signatures=_with(state.signatures, body.role, Signature(body.name, event.at)))


def _noted(state: State, event: Event, body: happened.Noted) -> State:
    return replace(
        state, notes=(*state.notes, NoteLine(event.at, event.actor.name, body.text, body.item))
    )


def _deviated(state: State, event: Event, body: happened.DeviationNoted) -> State:
    line = NoteLine(event.at, event.actor.name, body.text, body.item, deviation=True)
    return replace(state, notes=(*state.notes, line))


def _gate_asked(state: State, event: Event, body: happened.GateAsked) -> State:
    """Checks in the gate are open again: only readings asked from now on count."""
    phase = state.plan.phase(body.phase)
    after = replace(
        state, gates=_with(state.gates, (body.phase, state.attempt), GateState(asked=event.at))
    )
    for item in phase.lines() if phase else ():
        if state.plan.root(item).verb in ("check", "compare", "record"):
            after = _set(after, event, item.id, Status.RUNNING, since=event.at)
    return after


def _gate_decided(state: State, event: Event, body: happened.GateDecided) -> State:
    gate = replace(
        state.gate(body.phase),
        decided=event.at,
        go=body.go,
        recommended=body.recommended,
        reasons=body.reasons,
        overrides=body.overrides,
    )
    after = replace(state, gates=_with(state.gates, (body.phase, state.attempt), gate))
    for item, reason in body.overrides.items():
        line = NoteLine(event.at, event.actor.name, f"Gate overridden: {reason}", item, deviation=True)
        after = replace(after, notes=(*after.notes, line))
    if body.go and "gate" not in state.anchors:
        after = replace(after, anchors=_with(state.anchors, "gate", event.at))
    return after


def _intended(state: State, event: Event, body: happened.ActionIntended) -> State:
    root = _root(state, body.item)
    intent = Intent(event.seq, root, body.action, event.at, event.session, body.before)
    after = _set(state, event, body.item, Status.RUNNING, since=event.at, intent=event.seq)
    gates = {
        key: replace(gate, used=True) if gate.go and key[1] == state.attempt else gate
        for key, gate in state.gates.items()
    }
    return replace(after, intents=_with(state.intents, event.seq, intent), gates=gates)


def _intent(state: State, seq: int, **fields: Any) -> State:
    known = state.intents.get(seq)
    if known is None:
        return state
    return replace(state, intents=_with(state.intents, seq, replace(known, **fields)))


def _accepted(state: State, _: Event, body: happened.ActionAccepted) -> State:
    return _intent(state, body.intent, accepted=True, deployment=body.deployment)


def _done(state: State, event: Event, body: happened.ActionDone) -> State:
    after = _set(state, event, body.item, Status.DONE, because=body.proof)
    after = _intent(after, body.intent, outcome="done", ended=event.at)
    intent = state.intents.get(body.intent)
    item = state.plan.item(body.item)
    among_phases = item is not None and any(phase.id == item.phase for phase in state.plan.phases)
    if intent and among_phases and intent.action not in state.anchors:
        after = replace(after, anchors=_with(after.anchors, intent.action, event.at))
    return after


def _failed(state: State, event: Event, body: happened.ActionFailed) -> State:
    after = _set(state, event, body.item, Status.FAILED, because=body.because)
    return _intent(after, body.intent, outcome="failed", ended=event.at)


def _lost(state: State, event: Event, body: happened.ActionLost) -> State:
    after = _set(state, event, body.item, Status.UNKNOWN, because=body.because)
    return _intent(after, body.intent, outcome="lost")


def _looked(state: State, event: Event, body: happened.ActionLooked) -> State:
    known = state.intents.get(body.intent)
    looks = (*(known.looks if known else ()), Look(event.at, body.found, body.because, body.deployment))
    after = _intent(state, body.intent, looks=looks)
    return _set(after, event, body.item, Status.UNKNOWN, because=body.because)


def _settled(state: State, event: Event, body: happened.ActionSettled) -> State:
    """Happened: it goes on as accepted, and is proved like any other. Not happened: it may be done again."""
    if body.happened:
        after = _intent(state, body.intent, accepted=True, outcome=None, deployment=body.deployment)
        return _set(after, event, body.item, Status.RUNNING)
    after = _intent(state, body.intent, outcome="not happened", ended=event.at)
    return _set(after, event, body.item, Status.OPEN, because="It did not happen.")


def _rollout_began(state: State, _: Event, body: happened.RolloutBegan) -> State:
    rollout = body.rollout
    after = replace(state, rollouts=_with(state.rollouts, rollout.deployment, rollout))
    if body.item:
        owners = _with(state.rollout_items, rollout.deployment, _root(state, body.item))
        after = replace(after, rollout_items=owners)
    return after


def _rollout_seen(state: State, _: Event, body: happened.RolloutObserved) -> State:
    known = state.rollouts.get(body.deployment)
    if known is None:
        return state
    rollout = advance(known, body.observation)
    after = replace(state, rollouts=_with(state.rollouts, body.deployment, rollout))
    return _clock_anchors(after, body.deployment)


def _clock_anchors(state: State, deployment: str) -> State:
    item = state.plan.item(state.rollout_items.get(deployment, ""))
    if item is None or not any(phase.id == item.phase for phase in state.plan.phases):
        return state
    rollout, anchors = state.rollouts[deployment], dict(state.anchors)
    for clock, instant in (("T1", rollout.t1), ("T2", rollout.t2), ("T3", rollout.t3)):
        if instant is not None:
            anchors.setdefault(f"{clock} of {item.target}", instant.at)
    return replace(state, anchors=anchors)


def _monitor(state: State, event: Event, body: happened.MonitorMoved) -> State:
    told = Told(body.state, event.at, body.because)
    return replace(state, monitors=_with(state.monitors, body.monitor, told))


def _trigger(state: State, event: Event, body: happened.TriggerMoved) -> State:
    told = Told(body.state, event.at, body.because)
    return replace(state, triggers=_with(state.triggers, body.trigger, told))


def _rollback(state: State, event: Event, body: happened.RollbackStarted) -> State:
    """The level opens like a phase; items of an earlier try of the same level begin anew."""
    level = state.plan.phase(body.level)
    ids = {item.id for item in level.lines()} if level else set()
    items = {key: value for key, value in state.items.items() if key[0] not in ids}
    return replace(
        state,
        level=body.level,
        rollback_started=event.at,
        items=items,
        phases=_with(state.phases, (body.level, state.attempt), event.at),
    )


def _reopened(state: State, event: Event, body: happened.PhasesReopened) -> State:
    line = NoteLine(event.at, event.actor.name, f"Phases begin again: {body.reason}", None)
    return replace(
        state,
        attempt=state.attempt + 1,
        level=None,
        rollback_started=None,
        anchors={},
        monitors={},
        triggers={},
        notes=(*state.notes, line),
    )


def _closed(state: State, event: Event, body: happened.RunClosed) -> State:
    return replace(state, ending=body.ending, closed=event.at, closing_note=body.note)


def _unknown(state: State, _: Event, body: happened.Unknown) -> State:
    return replace(state, unknown_kinds=(*state.unknown_kinds, body.name))


Step = Callable[[State, Event, Any], State]

_STEPS: Mapping[type[happened.Body], Step] = {
    happened.PlanAmended: _amended,
    happened.Attached: _attached,
    happened.EnvironmentProved: _proved,
    happened.TargetSeen: _target,
    happened.PaceChanged: _pace,
    happened.PhaseOpened: _phase_opened,
    happened.Enquired: _enquired,
    happened.BaselineRecorded: _recorded,
    happened.ReadingJudged: _judged,
    happened.Ticked: _ticked,
    happened.Unticked: _unticked,
    happened.SeeAnswered: _seen,
    happened.Answered: _answered,
    happened.Waived: _waived,
    happened.MarkedNotApplicable: _not_applicable,
    happened.Signed: _signed,
    happened.Noted: _noted,
    happened.DeviationNoted: _deviated,
    happened.GateAsked: _gate_asked,
    happened.GateDecided: _gate_decided,
    happened.ActionIntended: _intended,
    happened.ActionAccepted: _accepted,
    happened.ActionDone: _done,
    happened.ActionFailed: _failed,
    happened.ActionLost: _lost,
    happened.ActionLooked: _looked,
    happened.ActionSettled: _settled,
    happened.RolloutBegan: _rollout_began,
    happened.RolloutObserved: _rollout_seen,
    happened.MonitorMoved: _monitor,
    happened.TriggerMoved: _trigger,
    happened.RollbackStarted: _rollback,
    happened.PhasesReopened: _reopened,
    happened.RunClosed: _closed,
    happened.Unknown: _unknown,
}
