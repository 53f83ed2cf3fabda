"""Steps of what changes the world: intents, outcomes, rollouts, the way back."""

from __future__ import annotations

from dataclasses import replace

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.fold.change import entry, intent_with, root_of, settled_as
from cockpit.core.rollout import advance
from cockpit.core.rollout.tally import Tally
from cockpit.core.state import Intent, Look, ReplicaChange, State, Status


def intended(state: State, event: Event, body: happened.ActionIntended) -> State:
    root = root_of(state, body.item)
    intent = Intent(event.seq, root, body.action, event.at, event.session, body.before, attempt=state.attempt)
    after = settled_as(state, event, body.item, Status.RUNNING, since=event.at, intent=event.seq)
    gates = {
        key: replace(gate, used=True) if gate.go and key[1] == state.attempt else gate
        for key, gate in state.gates.items()
    }
    return replace(after, intents=entry(state.intents, event.seq, intent), gates=gates)


def accepted(state: State, _: Event, body: happened.ActionAccepted) -> State:
    return intent_with(state, body.intent, accepted=True, deployment=body.deployment)


def done(state: State, event: Event, body: happened.ActionDone) -> State:
    after = _item(state, event, body, Status.DONE, because=body.proof)
    after = intent_with(after, body.intent, outcome="done", ended=event.at)
    intent = state.intents.get(body.intent)
    item = state.plan.item(body.item)
    among_phases = item is not None and any(phase.id == item.phase for phase in state.plan.phases)
    is_of_now = intent is not None and intent.attempt == state.attempt
    if intent and is_of_now and among_phases and intent.action not in state.anchors:
        after = replace(after, anchors=entry(after.anchors, intent.action, event.at))
    return after


def failed(state: State, event: Event, body: happened.ActionFailed) -> State:
    after = _item(state, event, body, Status.FAILED, because=body.because)
    return intent_with(after, body.intent, outcome="failed", ended=event.at)


def lost(state: State, event: Event, body: happened.ActionLost) -> State:
    after = _item(state, event, body, Status.UNKNOWN, because=body.because)
    return intent_with(after, body.intent, outcome="lost")


def looked(state: State, event: Event, body: happened.ActionLooked) -> State:
    known = state.intents.get(body.intent)
    looks = (*(known.looks if known else ()), Look(event.at, body.found, body.because, body.deployment))
    after = intent_with(state, body.intent, looks=looks)
    return _item(after, event, body, Status.UNKNOWN, because=body.because)


def settled(state: State, event: Event, body: happened.ActionSettled) -> State:
    """Happened: it goes on as accepted, and is proved like any other. Not happened: it may be done again."""
    if body.happened:
        known = state.intents.get(body.intent)
        deployment = body.deployment or (known.deployment if known else None)
        after = intent_with(state, body.intent, accepted=True, outcome=None, deployment=deployment)
        return _item(after, event, body, Status.RUNNING)
    after = intent_with(state, body.intent, outcome="not happened", ended=event.at)
    return _item(after, event, body, Status.OPEN, because="It did not happen.")


def _item(state: State, event: Event, body: happened.OfIntent, status: Status, because: str = "") -> State:
    """The item of an intent in the attempt it was sent in, unless it has begun anew there since."""
    intent = state.intents.get(body.intent)
    attempt = intent.attempt if intent else state.attempt
    if state.item(body.item, attempt).intent != body.intent:
        return state
    return settled_as(state, event, body.item, status, attempt=attempt, because=because)


def rollout_began(state: State, _: Event, body: happened.RolloutBegan) -> State:
    rollout = body.rollout
    after = replace(state, rollouts=entry(state.rollouts, rollout.deployment, rollout))
    if body.item:
        root = root_of(state, body.item)
        sent = [intent.attempt for intent in state.intents.values() if intent.item == root]
        attempt = sent[-1] if sent else state.attempt
        after = replace(
            after,
            rollout_items=entry(state.rollout_items, rollout.deployment, root),
            rollout_attempts=entry(state.rollout_attempts, rollout.deployment, attempt),
        )
    return clock_anchors(after, rollout.deployment)


def rollout_seen(state: State, _: Event, body: happened.RolloutObserved) -> State:
    known = state.rollouts.get(body.deployment)
    if known is None:
        return state
    rollout = advance(known, body.observation)
    after = replace(state, rollouts=entry(state.rollouts, body.deployment, rollout))
    if rollout.replicas:
        after = replace(after, replicas=entry(after.replicas, body.deployment, rollout.replicas))
    return clock_anchors(after, body.deployment)


def versions_answered(state: State, _: Event, body: happened.VersionsAnswered) -> State:
    key, tally = (body.rollout, body.check), Tally(body.since, body.until, body.counts)
    known = state.answers.get(key)
    return replace(state, answers=entry(state.answers, key, known.plus(tally) if known is not None else tally))


def replicas_changed(state: State, event: Event, body: happened.ReplicasChanged) -> State:
    change = ReplicaChange(event.at, body.service, body.deployment, body.before, body.after, body.started, body.item)
    return replace(
        state,
        replicas=entry(state.replicas, body.deployment, body.after),
        replica_changes=(*state.replica_changes, change),
    )


def clock_anchors(state: State, deployment: str) -> State:
    """The clocks of a rollout of this attempt as anchors; the ones of an earlier attempt are moments of that one."""
    if state.rollout_attempts.get(deployment) != state.attempt:
        return state
    item = state.plan.item(state.rollout_items.get(deployment, ""))
    if item is None or not any(phase.id == item.phase for phase in state.plan.phases):
        return state
    rollout, anchors = state.rollouts[deployment], dict(state.anchors)
    for clock, instant in (("T1", rollout.t1), ("T2", rollout.t2), ("T3", rollout.t3)):
        if instant is not None:
            anchors.setdefault(f"{clock} of {item.target}", instant.at)
    return replace(state, anchors=anchors)


def rollback(state: State, event: Event, body: happened.RollbackStarted) -> State:
    """The level opens like a phase; items of an earlier try of the same level begin anew."""
    level = state.plan.phase(body.level)
    ids = {item.id for item in level.lines()} if level else set()
    items = {key: value for key, value in state.items.items() if key[0] not in ids or key[1] != state.attempt}
    return replace(
        state,
        level=body.level,
        rollback_started=event.at,
        items=items,
        phases=entry(state.phases, (body.level, state.attempt), event.at),
    )
