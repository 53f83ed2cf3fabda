"""What should be asked or begun now, from state and an instant. Pure; the runner carries it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cockpit.core.plan import Action, Item, LogCheck, Phase, Plan, Verb
from cockpit.core.plan.check import IssuesCheck
from cockpit.core.plan.window import is_open
from cockpit.core.progress import (
    active_phases,
    held_by,
    next_gate,
    phase_due,
    unopened,
    waits_for,
    watch_ends,
    watch_running,
)
from cockpit.core.state import Intent, State, Status

ASKING = (Verb.RECORD, Verb.COMPARE, Verb.CHECK)

FIRST_LOOK = timedelta(seconds=60)
"""An unknown outcome is looked at no sooner than this after its intent: the world may still be taking it in."""

NEXT_LOOK = timedelta(seconds=15)
"""Between two looks."""

LAST_LINES = timedelta(seconds=30)
"""A build's last lines may come so long after it is up or has failed, by clocks that differ a little."""


def waiting_items(state: State) -> dict[str, list[Item]]:
    """Check to the items that wait for a reading of it."""
    found: dict[str, list[Item]] = {}
    for item in state.plan.lines():
        if item.verb in ASKING and state.item(item.id).status is Status.RUNNING:
            found.setdefault(item.target, []).append(item)
    return found


def unattended(state: State, waiting: Mapping[str, list[Item]]) -> dict[str, list[Item]]:
    """Of the waiting ones those that are asked while nobody drives: gates and ways back are left to a driver."""
    asked = {item.id for phase in state.plan.phases if not phase.is_gate for item in phase.lines()}
    kept = {check: [item for item in items if item.id in asked] for check, items in waiting.items()}
    return {check: items for check, items in kept.items() if items and state.level is None}


def watching(state: State, now: datetime) -> tuple[str, ...]:
    """Monitors whose watch is running and whose window is open; all stop while the run is closed, none on the way back.

    A window whose time zone this machine does not know hides nothing: its monitors are asked.
    """
    if state.is_closed:
        return ()
    names: dict[str, None] = {}
    for phase in state.plan.phases:
        if phase.monitors and watch_running(state, phase, now):
            names.update(dict.fromkeys(phase.monitors))
    return tuple(names) if not state.plan.windows else tuple(name for name in names if _is_in_season(state, name, now))


def _is_in_season(state: State, monitor: str, now: datetime) -> bool:
    window = state.plan.windows.get(state.plan.monitors[monitor].during or "")
    return window is None or is_open(window, now) is not False


def to_enquire(state: State, now: datetime) -> Item | None:
    """A check or comparison of an open phase that nobody has asked yet and a machine can.

    What a machine can know is asked without a key; recording a baseline stays a person's act. What stands below
    an action waits until that is settled: before, it would speak of the world as it was. A trial, which writes and
    is rolled back, is begun by a person too. In a rollback the steps run in order, all of these included.
    """
    if state.level is not None:
        item = next_step(state)
        return item if item and state.plan.root(item).verb in ASKING and is_bound(state, item) else None
    for phase in active_phases(state, now):
        if isinstance(phase, Phase) and phase.is_gate:
            continue
        for item in phase.lines():
            if state.item(item.id).status is Status.OPEN and asks_itself(state, item):
                return item
    return None


def asks_itself(state: State, item: Item) -> bool:
    """Whether a phase's item is asked without a key, as things stand: no trial, nothing below an action to come."""
    if item.verb not in (Verb.CHECK, Verb.COMPARE) or state.plan.checks[item.target].is_trial:
        return False
    has_baseline = item.verb is not Verb.COMPARE or item.target in state.baselines
    return has_baseline and is_bound(state, item) and held_by(state, item) is None


def next_step(state: State) -> Item | None:
    """The rollback's next step that has not begun; None when one is under way, failed, or all are settled."""
    level = state.plan.phase(state.level) if state.level else None
    if level is None or state.is_closed:
        return None
    for item in level.lines():
        known = state.item(item.id)
        if known.is_settled:
            continue
        return item if known.status is Status.OPEN else None
    return None


def is_bound(state: State, item: Item) -> bool:
    """Whether everything the check's question needs is known."""
    return not unbound(state, state.plan.root(item).target)


def to_preview(state: State, now: datetime) -> tuple[Item, ...]:
    """Actions at Railway that are open to be started: what they change is read before they are confirmed."""
    found: list[Item] = []
    for phase in active_phases(state, now):
        for item in phase.lines():
            root = state.plan.root(item)
            action = state.plan.actions.get(root.target) if root.verb is Verb.DO else None
            if action is None or (action.target is None and not action.shared):
                continue
            if action.kind != "rollback" and state.item(item.id).status in (Status.OPEN, Status.FAILED):
                found.append(item)
    return tuple(found)


def unbound(state: State, check: str) -> tuple[str, ...]:
    """Asks and anchors a check needs that have no value yet."""
    question = state.plan.checks[check]
    missing = [name for name in question.bound if not _known(state, name)]
    if isinstance(question, LogCheck | IssuesCheck) and not _is_span(question.since):
        known = question.since in state.anchors or _started(state, question.since)
        missing += [] if known else [f"time of {question.since}"]
    return tuple(missing)


def _known(state: State, name: str) -> bool:
    if name.startswith("time of "):
        return name.removeprefix("time of ") in state.anchors
    return name in state.asks


def _is_span(text: str) -> bool:
    return text[:1].isdigit()


def _started(state: State, action: str) -> bool:
    return any(intent.action == action for intent in state.intents.values())


def window_since(state: State, check: LogCheck | IssuesCheck, now: datetime, span: timedelta | None) -> datetime | None:
    """Where a window begins: a span before now, or the moment an action was *begun*, or an anchor.

    An action's window opens with its intent, not with its end: the lines of its own rollout are meant.
    """
    if span is not None:
        return now - span
    begun = [intent.at for intent in state.intents.values() if intent.action == check.since]
    return begun[-1] if begun else state.anchors.get(check.since)


def lost_intents(state: State, session: str) -> tuple[Intent, ...]:
    """Intents whose sender is gone before an answer came: their outcome is unknown."""
    return tuple(
        intent
        for intent in state.intents.values()
        if intent.outcome is None and not intent.accepted and intent.session != session
    )


def look_due(intent: Intent) -> datetime:
    """When an unknown outcome is looked at next."""
    return intent.looks[-1].at + NEXT_LOOK if intent.looks else intent.at + FIRST_LOOK


def to_look_at(state: State, now: datetime) -> Intent | None:
    """An unknown outcome whose next look is due; goes on while the last two do not agree, or until it is waived."""
    for intent in state.intents.values():
        known = state.item(intent.item)
        if intent.outcome != "lost" or intent.told is not None:
            continue
        if known.status is not Status.UNKNOWN or known.intent != intent.seq:
            continue
        due = look_due(intent)
        if now >= due:
            return intent
    return None


def to_follow(state: State) -> tuple[Intent, ...]:
    """Accepted actions whose proof is still to come."""
    return tuple(intent for intent in state.intents.values() if intent.accepted and intent.outcome is None)


def to_watch(state: State) -> tuple[str, ...]:
    """Deployments on their way whose rollout no open action of this run is followed by."""
    proving = {intent.deployment for intent in to_follow(state)}
    return tuple(name for name, rollout in state.rollouts.items() if not rollout.is_over and name not in proving)


def services_of(plan: Plan) -> tuple[str, ...]:
    """Services the plan's actions and log checks touch, in order of mention."""
    actions: Iterable[Action] = plan.actions.values()
    names = [action.target for action in actions if action.target is not None]
    names += [check.logs for check in plan.checks.values() if isinstance(check, LogCheck)]
    return tuple(dict.fromkeys(names))


def services_changed(plan: Plan) -> tuple[str, ...]:
    """Services whose deployment some item among the phases or levels replaces."""
    done = {plan.root(item).target for item in plan.lines() if plan.root(item).verb is Verb.DO}
    names = [action.target for name, action in plan.actions.items() if name in done and action.starts_rollout]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def services_listed(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Connection and service of every Railway action, in the plan's order: a name means nothing on another account."""
    pairs = [(action.on, action.target) for action in plan.actions.values()]
    kinds = {name: connection.kind for name, connection in plan.connections.items()}
    return tuple(dict.fromkeys((on, to) for on, to in pairs if on and to and kinds.get(on) == "railway"))


def grows(state: State, log: str, deployment: str, asked: datetime) -> bool:
    """Whether a deployment's `build` or `http` log may have more than when it was asked for.

    A build's last lines come about when it is up, or has failed.
    """
    rollout = state.rollouts.get(deployment)
    if log != "build" or rollout is None:
        return log == "http"
    ended = rollout.t1.at if rollout.t1 else rollout.last_seen if rollout.is_over else None
    return ended is None or asked < ended + LAST_LINES


def next_timer(state: State, now: datetime) -> datetime | None:
    """The nearest time to come at which the next phase opens by itself, or a watch is over."""
    times = [watch_ends(state, phase) for phase in state.plan.phases if watch_running(state, phase, now)]
    phase = unopened(state)
    if phase is not None and phase.due_at is not None and phase.due_at.opens:
        times.append(phase_due(state, phase))
    return min((time for time in times if time is not None and time > now), default=None)


def anything_but_timers(state: State, now: datetime) -> bool:
    """Whether something other than due times, watches and monitors is open: decides the pace of a rehearsal."""
    if state.is_closed:
        return False
    if state.level is not None:
        return True
    phase = unopened(state)
    if phase is not None and waits_for(state, phase, now) is None:
        return True
    if next_gate(state, now) is not None:
        return True
    rollouts = any(not rollout.is_over for rollout in state.rollouts.values())
    running = any(known.status is Status.RUNNING for key, known in state.items.items() if key[1] == state.attempt)
    open_work = any(not state.item(item.id).is_settled for phase in active_phases(state, now) for item in phase.lines())
    return rollouts or running or open_work
