"""What may be done now, and what it means.

The only place that says no. It reads the folded state and an instant, never the clock or the
network, so every refusal can be shown before the key is pressed. A decision returns the
events of a command, or a `Refusal` with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.action_rules import ACTION_RULES, expected_word, word_to_type
from cockpit.core.answers import value_of
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Body
from cockpit.core.gate import Condition, Recommendation, recommend
from cockpit.core.plan import Item, Phase, Verb
from cockpit.core.progress import (
    active_phases,
    blockers,
    gate_expires,
    gate_holds,
    next_gate,
    next_item,
    phase_due,
    phase_finished,
    unopened,
    waits_for,
    watch_ends,
    watch_running,
)
from cockpit.core.state import State, Status

__all__ = [
    "Condition", "Decision", "Recommendation", "active_phases", "allowed", "blockers", "decide", "expected_word",
    "gate_expires", "gate_holds", "next_gate", "next_item", "phase_due", "phase_finished", "recommend",
    "unopened", "waits_for", "watch_ends", "watch_running", "word_to_type",
]  # fmt: skip

Decision = tuple[Body, ...] | Refusal

ASKING = (Verb.RECORD, Verb.COMPARE, Verb.CHECK)


def decide(state: State, command: Command, now: datetime) -> Decision:
    """The events a command leads to, or why it does not."""
    if state.unknown_kinds and not isinstance(command, wanted.Attach):
        kinds = ", ".join(dict.fromkeys(state.unknown_kinds))
        return Refusal(f"This run holds events a newer version wrote ({kinds}). Use that version.")
    if state.is_closed and not isinstance(command, wanted.Note):
        return Refusal(f"The run is closed: {state.ending}. Only notes can be added.")
    return _RULES[type(command)](state, command, now)


def allowed(state: State, command: Command, now: datetime) -> Refusal | None:
    """Why a command would be refused, or None."""
    decision = decide(state, command, now)
    return decision if isinstance(decision, Refusal) else None


def _open_item(state: State, item_id: str, now: datetime, *verbs: Verb) -> Item | Refusal:
    """The item, if it can be worked on: it exists, fits, its phase is open."""
    item = state.plan.item(item_id)
    if item is None:
        return Refusal("There is no such item in this plan.")
    root = state.plan.root(item)
    if verbs and root.verb not in verbs:
        return Refusal(f"That does not fit an item that says {root.verb.value}.")
    if (refusal := _phase_open(state, item, now)) is not None:
        return refusal
    return item


def _phase_open(state: State, item: Item, now: datetime) -> Refusal | None:
    if state.level is not None and item.phase != state.level:
        return Refusal("A rollback is under way. Finish it, or reopen the phases.")
    if state.opened_at(item.phase) is not None:
        return None
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase):
        return Refusal(waits_for(state, phase, now) or f"{phase.title} opens in a moment.")
    return Refusal("That belongs to the rollback. Start it first.")


def _attach(_: State, command: wanted.Attach, __: datetime) -> Decision:
    return (happened.Attached(operator="", resumed=command.resumed, pid=command.pid),)


def _advance(state: State, _: wanted.Advance, now: datetime) -> Decision:
    if state.level is not None:
        return ()
    phase = unopened(state)
    if phase is None or waits_for(state, phase, now) is not None:
        return ()
    return (happened.PhaseOpened(phase=phase.id),)


def _prove(state: State, command: wanted.Prove, _: datetime) -> Decision:
    if state.proved.get(command.connection) == command.summary:
        return ()
    return (happened.EnvironmentProved(connection=command.connection, summary=command.summary),)


def _see_target(state: State, command: wanted.SeeTarget, _: datetime) -> Decision:
    if command.service in state.targets:
        return ()
    return (
        happened.TargetSeen(
            service=command.service, deployment=command.deployment, variables=command.variables
        ),
    )


def _change_pace(_: State, command: wanted.ChangePace, __: datetime) -> Decision:
    plan = datetime.fromisoformat(command.plan)
    return (happened.PaceChanged(plan=plan, machine=command.machine, factor=command.factor),)


def _enquire(state: State, command: wanted.Enquire, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, *ASKING)
    if isinstance(item, Refusal):
        return item
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase) and phase.is_gate and state.gate(phase.id).asked is None:
        return Refusal("Open the gate: it asks everything again.")
    if state.item(item.id).status is Status.RUNNING:
        return Refusal("It is being asked already.")
    root = state.plan.root(item)
    check = state.plan.checks[root.target]
    if root.verb is Verb.COMPARE and root.target not in state.baselines:
        return Refusal(f"There is no baseline of {check.title or root.target}. Record it first.")
    return (happened.Enquired(item=item.id),)


def _observe(state: State, command: wanted.Observe, _: datetime) -> Decision:
    """Each item that waits takes the reading, if it was asked after the item's phase opened."""
    found: list[Body] = []
    reading = command.reading
    for item_id, (verdict, because) in zip(command.items, command.verdicts, strict=True):
        item, known = state.plan.item(item_id), state.item(item_id)
        if item is None or known.status is not Status.RUNNING:
            continue
        if known.since is not None and reading.asked < known.since:
            continue
        blank = verdict in ("error", "blind")
        if state.plan.root(item).verb is Verb.RECORD and not blank:
            found.append(happened.BaselineRecorded(item=item_id, check=reading.check, reading=reading.id))
            continue
        found.append(
            happened.ReadingJudged(
                item=item_id, check=reading.check, reading=reading.id, verdict=verdict, because=because
            )
        )
    return tuple(found)


def _tick(state: State, command: wanted.Tick, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.TICK)
    if isinstance(item, Refusal):
        return item
    if state.item(item.id).is_settled:
        return Refusal("It is ticked already. Take it back with u.")
    return (happened.Ticked(item=item.id),)


def _untick(state: State, command: wanted.Untick, now: datetime) -> Decision:
    item = _open_item(state, command.item, now)
    if isinstance(item, Refusal):
        return item
    known, verb = state.item(item.id), state.plan.root(item).verb
    if known.status in (Status.OPEN, Status.RUNNING):
        return Refusal("There is nothing to take back.")
    if verb is Verb.DO and known.status not in (Status.WAIVED, Status.NOT_APPLICABLE):
        return Refusal("What was done cannot be unticked. Take the way back with ctrl+r.")
    if verb is Verb.RECORD and known.status is Status.DONE:
        return Refusal("A baseline stays in the record. Record it again with b.")
    return (happened.Unticked(item=item.id),)


def _see(state: State, command: wanted.AnswerSee, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.SEE)
    if isinstance(item, Refusal):
        return item
    if command.answer == "no" and not command.note.strip():
        return Refusal("A no needs a note. Say what you saw.")
    return (happened.SeeAnswered(item=item.id, answer=command.answer, note=command.note.strip()),)


def _answer(state: State, command: wanted.AnswerAsk, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.ASK)
    if isinstance(item, Refusal):
        return item
    name = state.plan.root(item).target
    ask = state.plan.asks[name]
    try:
        value_of(ask, command.value)
    except ValueError as error:
        return Refusal(str(error))
    value = None if ask.secret else command.value.strip()
    answered = happened.Answered(item=item.id, ask=name, value=value, secret=ask.secret)
    return (answered, *_outdated(state, name))


def _outdated(state: State, ask: str) -> list[Body]:
    """Answering again outdates the readings that used the old answer."""
    if ask not in state.asks:
        return []
    return [
        happened.Unticked(item=item.id)
        for item in state.plan.lines()
        if item.verb in ASKING
        and ask in getattr(state.plan.checks[item.target], "with_", ())
        and state.item(item.id).status in (Status.DONE, Status.FAILED)
    ]


def _pass_over(state: State, item_id: str, reason: str, now: datetime) -> Item | Refusal:
    item = _open_item(state, item_id, now)
    if isinstance(item, Refusal):
        return item
    if not reason.strip():
        return Refusal("A reason is needed. Say why in a few words.")
    known = state.item(item.id)
    if known.is_settled:
        return Refusal("It is settled already. Take it back with u first.")
    if state.plan.root(item).verb is Verb.SIGN:
        return Refusal("A signature cannot be passed over. Close the run as partial instead.")
    if state.plan.root(item).verb is Verb.DO and known.status in (Status.RUNNING, Status.UNKNOWN):
        return Refusal("Its outcome is open. Wait for it, or settle it.")
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase) and phase.is_gate:
        return Refusal("A gate's condition is overridden at the decision, with its reason.")
    return item


def _waive(state: State, command: wanted.Waive, now: datetime) -> Decision:
    item = _pass_over(state, command.item, command.reason, now)
    return item if isinstance(item, Refusal) else (happened.Waived(item=item.id, reason=command.reason.strip()),)


def _not_applicable(state: State, command: wanted.MarkNotApplicable, now: datetime) -> Decision:
    item = _pass_over(state, command.item, command.reason, now)
    if isinstance(item, Refusal):
        return item
    return (happened.MarkedNotApplicable(item=item.id, reason=command.reason.strip()),)


def _sign(state: State, command: wanted.Sign, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.SIGN)
    if isinstance(item, Refusal):
        return item
    if not command.name.strip():
        return Refusal("A signature is a name. Type yours.")
    if state.item(item.id).is_settled:
        return Refusal("This role has signed.")
    role = state.plan.root(item).target
    return (happened.Signed(item=item.id, role=role, name=command.name.strip()),)


def _note(_: State, command: wanted.Note, __: datetime) -> Decision:
    if not command.text.strip():
        return Refusal("An empty note says nothing. Type a few words.")
    return (happened.Noted(text=command.text.strip(), item=command.item),)


def _gate_phase(state: State, phase_id: str, now: datetime) -> Phase | Refusal:
    phase = state.plan.phase(phase_id)
    if not isinstance(phase, Phase) or not phase.is_gate:
        return Refusal("That is no gate.")
    if state.level is not None:
        return Refusal("A rollback is under way. The gate comes again with the next attempt.")
    if state.opened_at(phase.id) is None:
        return Refusal(waits_for(state, phase, now) or "The gate opens in a moment.")
    if gate_holds(state, phase.id, now):
        return Refusal("GO was given, and holds.")
    return phase


def _open_gate(state: State, command: wanted.OpenGate, now: datetime) -> Decision:
    phase = _gate_phase(state, command.phase, now)
    if isinstance(phase, Refusal):
        return phase
    if recommend(state, phase.id, now).asking:
        return Refusal("The gate is being asked. Wait for the answers.")
    return (happened.GateAsked(phase=phase.id),)


def _decide_gate(state: State, command: wanted.DecideGate, now: datetime) -> Decision:
    phase = _gate_phase(state, command.phase, now)
    if isinstance(phase, Refusal):
        return phase
    gate, advice = state.gate(phase.id), recommend(state, phase.id, now)
    if gate.asked is None or (gate.decided is not None and gate.go is True):
        return Refusal("Open the gate first: everything in it is asked again.")
    if command.go and advice.asking:
        return Refusal("Answers are still coming. Wait for them.")
    failing = [condition for condition in advice.conditions if not condition.ok]
    overrides = {item: reason.strip() for item, reason in command.overrides.items() if reason.strip()}
    missing = [condition for condition in failing if condition.item.id not in overrides]
    if command.go and missing:
        titles = "; ".join(f"{state.plan.title_of(one.item)} ({one.word})" for one in missing)
        return Refusal(f"Not met: {titles}. Override each with a reason, or decide no-go.")
    inputs = tuple(
        reading for one in advice.conditions if (reading := state.item(one.item.id).reading) is not None
    )
    kept = {one.item.id: overrides[one.item.id] for one in failing if one.item.id in overrides}
    return (
        happened.GateDecided(
            phase=phase.id,
            go=command.go,
            recommended=advice.go,
            reasons=advice.reasons,
            overrides=kept if command.go else {},
            inputs=inputs,
        ),
    )


def _move_monitor(state: State, command: wanted.MoveMonitor, _: datetime) -> Decision:
    known = state.monitors.get(command.monitor)
    if known is not None and known.state == command.state:
        return ()
    return (
        happened.MonitorMoved(
            monitor=command.monitor, state=command.state, because=command.because, reading=command.reading
        ),
    )


def _move_trigger(state: State, command: wanted.MoveTrigger, _: datetime) -> Decision:
    known = state.triggers.get(command.trigger)
    if known is not None and known.state == command.state:
        return ()
    return (
        happened.TriggerMoved(trigger=command.trigger, state=command.state, because=command.because),
    )


def _amend(_: State, command: wanted.Amend, __: datetime) -> Decision:
    if not command.diff:
        return Refusal("The plan has not changed.")
    plan = command.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    return (happened.PlanAmended(plan=plan, diff=command.diff),)


def _reopen(state: State, command: wanted.Reopen, _: datetime) -> Decision:
    level = state.plan.phase(state.level) if state.level else None
    if level is None:
        return Refusal("Phases begin again after a rollback only.")
    if not state.phase_settled(level):
        return Refusal("The rollback is not finished.")
    return (happened.PhasesReopened(reason=command.reason.strip() or "after a rollback"),)


def _close(state: State, command: wanted.Close, now: datetime) -> Decision:
    reason = _why_not_close(state, command, now)
    if reason:
        return Refusal(reason)
    return (happened.RunClosed(ending=command.ending, note=command.note.strip()),)


def _why_not_close(state: State, command: wanted.Close, now: datetime) -> str | None:
    phases = state.plan.phases
    match command.ending:
        case "signed off":
            if state.level is not None:
                return "The run was rolled back. Close it as rolled back."
            for phase in phases:
                if not state.phase_settled(phase) or state.opened_at(phase.id) is None:
                    return f"{phase.title} is not finished."
                if watch_running(state, phase, now):
                    return f"{phase.title} is not over."
            return None
        case "rolled back":
            level = state.plan.phase(state.level) if state.level else None
            if level is None:
                return "Nothing was rolled back."
            return None if state.phase_settled(level) else "The rollback is not finished."
        case "stopped at gate":
            if state.intents:
                return "Something was changed already. Close the run as partial, or roll back."
            stopped = any(state.gate(phase.id).go is False for phase in phases)
            return None if stopped else "No gate said no-go."
        case _:
            return None if command.note.strip() else "Say why, in a few words."


_RULES: Mapping[type[Any], Callable[[State, Any, datetime], Decision]] = {
    wanted.Attach: _attach,
    wanted.Advance: _advance,
    wanted.Prove: _prove,
    wanted.SeeTarget: _see_target,
    wanted.ChangePace: _change_pace,
    wanted.Enquire: _enquire,
    wanted.Observe: _observe,
    wanted.Tick: _tick,
    wanted.Untick: _untick,
    wanted.AnswerSee: _see,
    wanted.AnswerAsk: _answer,
    wanted.Waive: _waive,
    wanted.MarkNotApplicable: _not_applicable,
    wanted.Sign: _sign,
    wanted.Note: _note,
    wanted.OpenGate: _open_gate,
    wanted.DecideGate: _decide_gate,
    wanted.MoveMonitor: _move_monitor,
    wanted.MoveTrigger: _move_trigger,
    wanted.Amend: _amend,
    wanted.Reopen: _reopen,
    wanted.Close: _close,
    **ACTION_RULES,
}
