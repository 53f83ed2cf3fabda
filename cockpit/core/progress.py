"""Where a run stands: what is open, what comes next, what it waits for.

Pure questions about a state and an instant; nothing here decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cockpit.core.anchor import Anchor
from cockpit.core.plan import Action, Item, Level, Phase, Verb
from cockpit.core.plan.window import opening
from cockpit.core.span import clock_face
from cockpit.core.state import SETTLED, State, Status


def anchored(state: State, anchor: Anchor, span: timedelta) -> datetime | None:
    """An anchor's instant plus a span. One that can no longer come is replaced by the moment that was certain."""
    at = state.anchor(anchor) or _passed_over(state, anchor) or _without_clock(state, anchor)
    return at + span if at is not None else None


def _passed_over(state: State, anchor: Anchor) -> datetime | None:
    """When the last item that does the anchor's action was passed over; None while one of them may still do it."""
    doing = [state.item(item.id) for item in _doing(state, anchor)]
    passed = [known.at for known in doing if known.status in (Status.WAIVED, Status.NOT_APPLICABLE)]
    moments = [at for at in passed if at is not None]
    return max(moments) if moments and len(moments) == len(doing) else None


def _without_clock(state: State, anchor: Anchor) -> datetime | None:
    """When an action was done whose rollouts are over without this clock: a first deployment replaces nothing."""
    if anchor.clock is None:
        return None
    doing = {item.id for item in _doing(state, anchor)}
    under_way = any(
        not rollout.is_over
        for name, rollout in state.rollouts.items()
        if state.rollout_items.get(name) in doing and state.rollout_attempts.get(name) == state.attempt
    )
    return None if under_way else state.anchors.get(anchor.action)


def _doing(state: State, anchor: Anchor) -> tuple[Item, ...]:
    """The items among the phases that do an anchor's action."""
    return tuple(
        item
        for phase in state.plan.phases
        for item in phase.lines()
        if item.verb is Verb.DO and item.target == anchor.action
    )


def phase_due(state: State, phase: Phase | Level) -> datetime | None:
    """When a phase opens (`after`) or should be finished (`within`); None without `due` or before its anchor.

    None too where it waits for a window of a time zone that this machine does not know.
    """
    if not isinstance(phase, Phase) or phase.due_at is None:
        return None
    at = anchored(state, phase.due_at.anchor, phase.due_at.span)
    window = state.plan.windows.get(phase.due_at.window or "")
    return at if at is None or window is None else opening(window, at)


def watch_ends(state: State, phase: Phase | Level) -> datetime | None:
    """When a watch is over; None without `lasts` or before its anchor."""
    if not isinstance(phase, Phase) or phase.watch is None:
        return None
    return anchored(state, phase.watch.anchor, phase.watch.span)


def watch_running(state: State, phase: Phase, now: datetime) -> bool:
    """Whether a watch has begun and is not over."""
    if phase.watch is None or state.opened_at(phase.id) is None:
        return False
    ends = watch_ends(state, phase)
    return ends is None or now < ends


def unverified(state: State) -> tuple[str, ...]:
    """What the watches leave open, a few words a monitor: never asked, unknown or still firing at their end.

    A watch in which nobody looked has verified nothing: who signs such a run off says why.
    """
    names = dict.fromkeys(name for phase in state.plan.phases if phase.watch is not None for name in phase.monitors)
    words = {None: "was never asked", "unknown": "was unknown at the end", "firing": "was firing at the end"}
    told = {name: state.monitors[name].state if name in state.monitors else None for name in names}
    return tuple(f"{_asks(state, name)} {words[word]}" for name, word in told.items() if word in words)


def _asks(state: State, monitor: str) -> str:
    check = state.plan.monitors[monitor].check
    return state.plan.checks[check].title or check


def gate_expires(state: State, phase_id: str) -> datetime | None:
    """When an unused GO becomes void; None where it does not expire, is used, or is not given."""
    phase, gate = state.plan.phase(phase_id), state.gate(phase_id)
    if not isinstance(phase, Phase) or phase.expires is None:
        return None
    if gate.go is not True or gate.used or gate.decided is None:
        return None
    return gate.decided + phase.expires


def gate_holds(state: State, phase_id: str, now: datetime) -> bool:
    """Whether there is a GO that still counts."""
    expires = gate_expires(state, phase_id)
    return state.gate(phase_id).go is True and (expires is None or now < expires)


def phase_finished(state: State, phase: Phase, now: datetime) -> bool:
    """Whether it holds up the next phase no longer."""
    return gate_holds(state, phase.id, now) if phase.is_gate else state.phase_settled(phase)


def unopened(state: State) -> Phase | None:
    """The first phase that has not opened in this attempt."""
    return next((phase for phase in state.plan.phases if state.opened_at(phase.id) is None), None)


def waits_for(state: State, phase: Phase, now: datetime) -> str | None:
    """What keeps an unopened phase shut, in words; None when it may open."""
    for before in state.plan.phases:
        if before.id == phase.id:
            break
        if state.opened_at(before.id) is None:
            return f"{before.title} has not begun."
        if not phase_finished(state, before, now):
            return f"{before.title} is not finished."
    if any(item.verb is Verb.SIGN for item in phase.lines()):
        for watch in state.plan.phases:
            if watch_running(state, watch, now):
                return f"{watch.title} is not over."
    due = phase_due(state, phase)
    if phase.due_at is not None and phase.due_at.opens and (due is None or now < due):
        wait = f" It opens in {clock_face(due - now)}." if due else ""
        return f"{phase.title} is due {phase.due}.{wait}"
    return None


def active_phases(state: State, now: datetime) -> tuple[Phase | Level, ...]:
    """Open and not finished: the rollback level when there is one, else phases, running watches included."""
    if state.is_closed:
        return ()
    if state.level is not None:
        level = state.plan.phase(state.level)
        return (level,) if level is not None and not state.phase_settled(level) else ()
    return tuple(
        phase
        for phase in state.plan.phases
        if state.opened_at(phase.id) is not None
        and (not phase_finished(state, phase, now) or watch_running(state, phase, now))
    )


def next_item(state: State, now: datetime) -> Item | None:
    """The first item to work on: one that waits for somebody before one that is under way.

    In a gate only what a person must answer; the rest is asked when the gate is opened. The steps
    of a rollback follow each other.
    """
    under_way: Item | None = None
    for phase in active_phases(state, now):
        for item in phase.lines():
            status = state.item(item.id).status
            if status in SETTLED:
                continue
            if isinstance(phase, Phase) and phase.is_gate and not _for_person(state, item):
                continue
            if isinstance(phase, Level):
                return item
            if status is Status.RUNNING:
                under_way = under_way or item
                continue
            if under_way is not None and (item.verb is Verb.DO or _waits(state, item)):
                continue
            return item
    return under_way


def _waits(state: State, item: Item) -> bool:
    return item.verb in (Verb.RECORD, Verb.COMPARE, Verb.CHECK) and held_by(state, item) is not None


def held_by(state: State, item: Item) -> Item | None:
    """The first action above an item in its phase that is not settled: a check below it would see the world before."""
    part = state.plan.phase(item.phase)
    for above in part.lines() if part is not None else ():
        if above.id == item.id:
            return None
        if above.verb is Verb.DO and not state.item(above.id).is_settled:
            return above
    return None


def next_gate(state: State, now: datetime) -> Phase | None:
    """The gate to be opened or decided now, once people have answered what is theirs."""
    if state.level is not None:
        return None
    for phase in active_phases(state, now):
        if isinstance(phase, Phase) and phase.is_gate and not gate_holds(state, phase.id, now):
            return phase
    return None


def _for_person(state: State, item: Item) -> bool:
    return state.plan.root(item).verb in (Verb.TICK, Verb.SEE, Verb.ASK, Verb.SIGN)


def acting(state: State) -> tuple[Item, ...]:
    """Items whose action is under way or of unknown outcome."""
    return tuple(
        item
        for item in state.plan.lines()
        if item.verb is Verb.DO and state.item(item.id).status in (Status.RUNNING, Status.UNKNOWN)
    )


def action_of(state: State, item: Item) -> Action | None:
    """The action an item does, `same` followed."""
    root = state.plan.root(item)
    return state.plan.actions.get(root.target) if root.verb is Verb.DO else None


def blockers(state: State, now: datetime) -> tuple[str, ...]:
    """What stops the next step, in words; the most important first."""
    found = [
        f"{state.plan.title_of(item)}: outcome unknown."
        for item in state.plan.lines()
        if state.item(item.id).status is Status.UNKNOWN
    ]
    found += [
        f"{state.plan.title_of(item)}: {state.item(item.id).because or 'failed'}"
        for phase in active_phases(state, now)
        for item in phase.lines()
        if state.item(item.id).status is Status.FAILED
    ]
    if not found and (phase_next := unopened(state)) is not None and state.level is None:
        reason = waits_for(state, phase_next, now)
        if reason and not active_without_watch(state, now):
            found.append(reason)
    return tuple(found)


def active_without_watch(state: State, now: datetime) -> tuple[Phase | Level, ...]:
    """Open phases with something left to do in them."""
    return tuple(
        phase
        for phase in active_phases(state, now)
        if isinstance(phase, Level) or not phase_finished(state, phase, now)
    )
