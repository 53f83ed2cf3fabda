"""Steps of items and gates: readings, ticks, answers, waivers, signatures, go and no-go."""

from __future__ import annotations

from dataclasses import replace

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.fold.change import entry, settled_as
from cockpit.core.gate import condition_title
from cockpit.core.state import Answered, Baseline, GateState, NoteLine, Signature, State, Status


def enquired(state: State, event: Event, body: happened.Enquired) -> State:
    return settled_as(state, event, body.item, Status.RUNNING)


def recorded(state: State, event: Event, body: happened.BaselineRecorded) -> State:
    after = settled_as(state, event, body.item, Status.DONE, reading=body.reading, verdict="observed")
    baseline = Baseline(body.reading, event.at, event.actor.name, body.origin)
    after = replace(after, baselines=entry(state.baselines, body.check, baseline))
    if (before := state.baselines.get(body.check)) is None:
        return after
    earlier = (*state.earlier_baselines.get(body.check, ()), before)
    return replace(after, earlier_baselines=entry(state.earlier_baselines, body.check, earlier))


def judged(state: State, event: Event, body: happened.ReadingJudged) -> State:
    good = body.verdict in ("pass", "observed")
    return settled_as(
        state,
        event,
        body.item,
        Status.DONE if good else Status.FAILED,
        reading=body.reading,
        verdict=body.verdict.value,
        because=body.because,
        warnings=body.warnings,
    )


def ticked(state: State, event: Event, body: happened.Ticked) -> State:
    return settled_as(state, event, body.item, Status.DONE)


def unticked(state: State, event: Event, body: happened.Unticked) -> State:
    return settled_as(state, event, body.item, Status.OPEN)


def seen(state: State, event: Event, body: happened.SeeAnswered) -> State:
    status = Status.DONE if body.answer == "yes" else Status.FAILED
    return settled_as(state, event, body.item, status, because=body.note, note=body.note)


def answered(state: State, event: Event, body: happened.Answered) -> State:
    after = settled_as(state, event, body.item, Status.DONE)
    answer = Answered(body.value, event.at, event.actor.name, body.secret)
    return replace(after, asks=entry(state.asks, body.ask, answer))


def waived(state: State, event: Event, body: happened.Waived) -> State:
    after = settled_as(state, event, body.item, Status.WAIVED, because=body.reason)
    line = NoteLine(event.at, event.actor.name, f"Waived: {body.reason}", body.item, deviation=True)
    return replace(after, notes=(*state.notes, line))


def not_applicable(state: State, event: Event, body: happened.MarkedNotApplicable) -> State:
    return settled_as(state, event, body.item, Status.NOT_APPLICABLE, because=body.reason)


def signed(state: State, event: Event, body: happened.Signed) -> State:
    after = settled_as(state, event, body.item, Status.DONE, by=body.name)
    return replace(after, signatures=entry(state.signatures, body.role, Signature(body.name, event.at)))


def gate_asked(state: State, event: Event, body: happened.GateAsked) -> State:
    """Checks in the gate are open again: only readings asked from now on count."""
    phase = state.plan.phase(body.phase)
    after = replace(state, gates=entry(state.gates, (body.phase, state.attempt), GateState(asked=event.at)))
    for item in phase.lines() if phase else ():
        if state.plan.root(item).verb in ("check", "compare", "record"):
            after = settled_as(after, event, item.id, Status.RUNNING, since=event.at)
    return after


def gate_decided(state: State, event: Event, body: happened.GateDecided) -> State:
    gate = replace(
        state.gate(body.phase),
        decided=event.at,
        go=body.go,
        recommended=body.recommended,
        reasons=body.reasons,
        overrides=body.overrides,
    )
    after = replace(state, gates=entry(state.gates, (body.phase, state.attempt), gate))
    for item, reason in body.overrides.items():
        about = "" if state.plan.item(item) is not None else f" ({condition_title(state.plan, item)})"
        line = NoteLine(event.at, event.actor.name, f"Gate overridden{about}: {reason}", item, deviation=True)
        after = replace(after, notes=(*after.notes, line))
    if body.go and "gate" not in state.anchors:
        after = replace(after, anchors=entry(state.anchors, "gate", event.at))
    return after
