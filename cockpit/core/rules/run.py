"""The rules of the run itself: its phases, its watch, its notes, its end."""

from __future__ import annotations

from datetime import datetime

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Refusal
from cockpit.core.fold.amendment import definition
from cockpit.core.plan import Level, Phase, Verb
from cockpit.core.progress import unopened, unverified, waits_for, watch_running
from cockpit.core.readiness import is_news, light
from cockpit.core.rules.decision import Decision, Rules
from cockpit.core.state import Intent, State, Status

_LONGEST_LINE = 4000
"""Characters of a pinned line that are kept."""


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
    return (happened.TargetSeen(service=command.service, deployment=command.deployment, variables=command.variables),)


def _change_pace(_: State, command: wanted.ChangePace, __: datetime) -> Decision:
    plan = datetime.fromisoformat(command.plan)
    return (happened.PaceChanged(plan=plan, machine=command.machine, factor=command.factor),)


def _note(_: State, command: wanted.Note, __: datetime) -> Decision:
    if not command.text.strip():
        return Refusal("An empty note says nothing. Type a few words.")
    return (happened.Noted(text=command.text.strip(), item=command.item),)


def _pin_line(_: State, command: wanted.PinLine, __: datetime) -> Decision:
    line = command.line
    return (
        happened.LinePinned(
            service=line.service,
            deployment=line.deployment,
            instance=line.instance,
            stamp=line.stamp,
            level=line.level,
            text=line.text[:_LONGEST_LINE],
            item=command.item,
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
    known = (state.not_triggers if command.against else state.triggers).get(command.trigger)
    if known is not None and known.state == command.state:
        return ()
    return (
        happened.TriggerMoved(
            trigger=command.trigger, state=command.state, because=command.because, against=command.against
        ),
    )


def _tell_alert(state: State, command: wanted.TellAlert, _: datetime) -> Decision:
    known = state.told_at(command.place).get(command.subject)
    if known is not None and known.word == command.word:
        return ()
    return (
        happened.AlertTold(
            subject=command.subject,
            word=command.word,
            words=command.words,
            trouble=command.trouble,
            place=command.place,
        ),
    )


def _see_way_back(state: State, command: wanted.SeeWayBack, _: datetime) -> Decision:
    level = state.plan.phase(command.level)
    if not isinstance(level, Level) or not is_news(state, level.id, command.findings, fresh=command.fresh):
        return ()
    ready, _why = light(command.findings)
    return (happened.WayBackSeen(level=level.id, ready=ready, findings=command.findings),)


def _amend(state: State, command: wanted.Amend, _: datetime) -> Decision:
    if not command.diff:
        return Refusal("The plan has not changed.")
    for intent in state.intents.values():
        # Its item would be open again, and the action sent twice.
        if intent.outcome in (None, "lost") and definition(state.plan, intent.item) != definition(
            command.plan, intent.item
        ):
            return Refusal(f"{intent.action} is under way, or nobody knows how it ended. Settle it before it changes.")
    plan = command.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    return (happened.PlanAmended(plan=plan, diff=command.diff),)


def _reopen(state: State, command: wanted.Reopen, _: datetime) -> Decision:
    level = state.plan.phase(state.level) if state.level else None
    if level is None:
        return Refusal("Phases begin again after a rollback only.")
    if not state.phase_settled(level):
        return Refusal("The rollback is not finished.")
    for intent in state.open_intents():
        return Refusal(_open(state, intent))
    return (happened.PhasesReopened(reason=command.reason.strip() or "after a rollback"),)


def _close(state: State, command: wanted.Close, now: datetime) -> Decision:
    reason = _what_is_open(state, command.ending) or _why_not_close(state, command, now)
    if reason:
        return Refusal(reason)
    return (happened.RunClosed(ending=command.ending, note=command.note.strip()),)


def _open(state: State, intent: Intent) -> str:
    """What is open about an intent, and what to do."""
    item = state.plan.item(intent.item)
    title = state.plan.title_of(item) if item is not None else intent.action
    if intent.outcome == "lost":
        return f"{title}: its outcome is unknown. Look, then settle it."
    return f"{title} is not finished. Wait for its outcome."


def _what_is_open(state: State, ending: str) -> str | None:
    """An operator may leave with an unknown outcome, which stays so in the record; never with one under way."""
    may_be_unknown = ending in ("partial", "abandoned")
    for intent in state.open_intents():
        if intent.outcome is None or not may_be_unknown:
            return _open(state, intent)
    return None


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
            if (left := unverified(state)) and not command.note.strip():
                return f"{'; '.join(left)}. Say why the run is signed off all the same."
            return None
        case "rolled back":
            level = state.plan.phase(state.level) if state.level else None
            if level is None:
                return "Nothing was rolled back."
            if not state.phase_settled(level):
                return "The rollback is not finished."
            return None if _was_taken(state, level) else "No step of the rollback was done. Close the run as partial."
        case "stopped at gate":
            if state.intents:
                return "Something was changed already. Close the run as partial, or roll back."
            stopped = any(state.gate(phase.id).go is False for phase in phases)
            return None if stopped else "No gate said no-go."
        case _:
            return None if command.note.strip() else "Say why, in a few words."


def _was_taken(state: State, level: Phase | Level) -> bool:
    """Whether an action of a way back was done; of one that changes nothing itself, any line."""
    deeds = [item for item in level.lines() if state.plan.root(item).verb is Verb.DO] or level.lines()
    return any(state.item(item.id).status is Status.DONE for item in deeds)


RUN_RULES: Rules = {
    wanted.Attach: _attach,
    wanted.Advance: _advance,
    wanted.Prove: _prove,
    wanted.SeeTarget: _see_target,
    wanted.ChangePace: _change_pace,
    wanted.Note: _note,
    wanted.PinLine: _pin_line,
    wanted.MoveMonitor: _move_monitor,
    wanted.MoveTrigger: _move_trigger,
    wanted.TellAlert: _tell_alert,
    wanted.SeeWayBack: _see_way_back,
    wanted.Amend: _amend,
    wanted.Reopen: _reopen,
    wanted.Close: _close,
}
"""Command type to its rule."""
