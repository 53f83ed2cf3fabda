"""What an open run waits for: a machine, a person, or nothing but time. Decides the pace of a rehearsal."""

from __future__ import annotations

from cockpit.core.agenda import anything_but_timers, asks_itself
from cockpit.core.plan import Item, Level, Phase, Verb
from cockpit.core.progress import active_phases, next_gate, unopened
from cockpit.core.state import Look, State, Status
from cockpit.telemetry import Scene

_BY_PERSON = (Verb.TICK, Verb.SEE, Verb.ASK, Verb.SIGN)


def waits_for_person(scene: Scene) -> bool:
    """Whether nothing goes on until somebody presses a key: no action, rollout or asking is under way."""
    state = scene.state
    if state.is_closed or machine_works(scene):
        return False
    active = active_phases(state, scene.now)
    if state.level is not None or next_gate(state, scene.now) is not None:
        return True
    if any(not state.item(item.id).is_settled for phase in active for item in phase.lines()):
        return True
    return not active and unopened(state) is None


def only_timers(scene: Scene) -> bool:
    """Whether every open thing is a due time, a watch or a monitor."""
    state = scene.state
    if state.is_closed or anything_but_timers(state, scene.now) or next_gate(state, scene.now) is not None:
        return False
    return bool(active_phases(state, scene.now)) or unopened(state) is not None


def machine_works(scene: Scene) -> bool:
    """Whether something goes on by itself: an action, its look, an asking, a rollout, a rollback's next step."""
    state = scene.state
    if any(not rollout.is_over for rollout in state.rollouts.values()):
        return True
    active = active_phases(state, scene.now)
    return any(_goes_on(state, phase, item) for phase in active for item in phase.lines())


def _goes_on(state: State, phase: Phase | Level, item: Item) -> bool:
    match state.item(item.id).status:
        case Status.RUNNING:
            return True
        case Status.UNKNOWN:
            intent = state.intent_of(item.id)
            return intent is None or not looks_agree(intent.looks)
        case Status.OPEN:
            return _begins(state, phase, item)
    return False


def _begins(state: State, phase: Phase | Level, item: Item) -> bool:
    """Whether an open item is begun without a key: a check of a phase, or a rollback's next step."""
    if isinstance(phase, Phase):
        return not phase.is_gate and asks_itself(state, item)
    before = phase.lines()[: phase.lines().index(item)]
    is_next = all(state.item(each.id).is_settled for each in before)
    return is_next and state.plan.root(item).verb not in _BY_PERSON


def looks_agree(looks: tuple[Look, ...]) -> bool:
    """Whether the last two looks at an unknown outcome found the same, and something."""
    return len(looks) > 1 and looks[-1].found == looks[-2].found != "inconclusive"
