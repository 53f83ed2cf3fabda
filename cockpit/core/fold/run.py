"""Steps of the run itself: its opening, its people, its phases, its end."""

from __future__ import annotations

from dataclasses import replace

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.fold import amendment
from cockpit.core.fold.change import entry
from cockpit.core.plan import Plan
from cockpit.core.state import Alerted, ItemState, NoteLine, Readiness, State, Told


def opened(event: Event, body: happened.RunOpened) -> State:
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


def amended(state: State, event: Event, body: happened.PlanAmended) -> State:
    """What the change touches is forgotten, and its items open again; the rest keeps its state."""
    text = "Plan amended: " + "; ".join(body.diff)
    notes = (*state.notes, NoteLine(event.at, event.actor.name, text, None, deviation=True))
    return replace(amendment.kept(state, Plan.model_validate(body.plan)), notes=notes)


def attached(state: State, event: Event, body: happened.Attached) -> State:
    asks = {name: answer for name, answer in state.asks.items() if not (body.resumed and answer.secret)}
    forgotten = [name for name in state.asks if name not in asks]
    items = {
        key: ItemState()
        if key[1] == state.attempt and any(key[0].endswith(f"/ask:{name}") for name in forgotten)
        else value
        for key, value in state.items.items()
    }
    return replace(state, asks=asks, items=items, operator=body.operator, host=event.host, session=event.session)


def proved(state: State, _: Event, body: happened.EnvironmentProved) -> State:
    return replace(state, proved=entry(state.proved, body.connection, body.summary))


def target(state: State, _: Event, body: happened.TargetSeen) -> State:
    return replace(
        state,
        targets=entry(state.targets, body.service, body.deployment),
        target_variables=entry(state.target_variables, body.service, body.variables),
        replicas=entry(state.replicas, body.deployment.id, body.deployment.running),
    )


def pace(state: State, event: Event, body: happened.PaceChanged) -> State:
    return replace(state, factor=body.factor, paced=event.at)


def phase_opened(state: State, event: Event, body: happened.PhaseOpened) -> State:
    return replace(state, phases=entry(state.phases, (body.phase, state.attempt), event.at))


def noted(state: State, event: Event, body: happened.Noted) -> State:
    return replace(state, notes=(*state.notes, NoteLine(event.at, event.actor.name, body.text, body.item)))


def pinned(state: State, event: Event, body: happened.LinePinned) -> State:
    source = f"{body.service}, deployment {body.deployment[:8]}" if body.deployment else body.service
    text = f"Log line of {source}, {body.stamp}, {body.level}: {body.text}"
    return replace(state, notes=(*state.notes, NoteLine(event.at, event.actor.name, text, body.item)))


def deviated(state: State, event: Event, body: happened.DeviationNoted) -> State:
    line = NoteLine(event.at, event.actor.name, body.text, body.item, deviation=True)
    return replace(state, notes=(*state.notes, line))


def monitor(state: State, event: Event, body: happened.MonitorMoved) -> State:
    before = state.monitors.get(body.monitor)
    standing = body.state if body.state != "unknown" or before is None else before.standing
    told = Told(body.state, event.at, body.because, standing)
    return replace(state, monitors=entry(state.monitors, body.monitor, told))


def trigger(state: State, event: Event, body: happened.TriggerMoved) -> State:
    told = Told(body.state, event.at, body.because)
    if body.against:
        return replace(state, not_triggers=entry(state.not_triggers, body.trigger, told))
    return replace(state, triggers=entry(state.triggers, body.trigger, told))


def alerted(state: State, event: Event, body: happened.AlertTold) -> State:
    told = entry(state.told_at(body.place), body.subject, Alerted(body.word, event.at, body.trouble))
    return replace(state, alerted=entry(state.alerted, body.place, told))


def way_back(state: State, event: Event, body: happened.WayBackSeen) -> State:
    seen = Readiness(body.ready, event.at, body.findings)
    return replace(state, readiness=entry(state.readiness, body.level, seen))


def reopened(state: State, event: Event, body: happened.PhasesReopened) -> State:
    line = NoteLine(event.at, event.actor.name, f"Phases begin again: {body.reason}", None)
    return replace(
        state,
        attempt=state.attempt + 1,
        level=None,
        rollback_started=None,
        anchors={},
        monitors={},
        triggers={},
        not_triggers={},
        notes=(*state.notes, line),
    )


def closed(state: State, event: Event, body: happened.RunClosed) -> State:
    return replace(state, ending=body.ending, closed=event.at, closing_note=body.note)


def unknown(state: State, _: Event, body: happened.Unknown) -> State:
    return replace(state, unknown_kinds=(*state.unknown_kinds, body.name))
