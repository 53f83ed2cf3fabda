"""Where an item, a phase or a monitor stands: one glyph, one word, one tone.

The one place that turns statuses and verdicts into what people read. Nothing is *ok* here that
is unknown, stale or merely observed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.core.agenda import ASKING
from cockpit.core.gate import Condition, recommend
from cockpit.core.plan import Item, Level, Phase, Verb
from cockpit.core.progress import (
    action_of,
    active_phases,
    gate_expires,
    gate_holds,
    held_by,
    phase_due,
    watch_ends,
    watch_running,
)
from cockpit.core.span import clock_face
from cockpit.core.state import SETTLED, ItemState, State, Status
from cockpit.core.watch.criterion import Criterion
from cockpit.core.watch.criterion import told as told_of
from cockpit.telemetry import Scene
from cockpit.view.line import Tone
from cockpit.view.times import until

DONE, ACTIVE, OPEN, RUNNING, FAILED, UNSURE, LEFT_OUT, WAIVED = "✓", "▸", "○", "◐", "✗", "!", "–", "~"  # noqa: RUF001  (a dash is meant)
"""One cell each: done, active or next, open, running, failed, unknown or trouble, not applicable, waived."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Glyph, word and tone: each alone tells the state."""

    glyph: str
    word: str
    tone: Tone


_VERDICTS = {
    "pass": Standing(DONE, "ok", Tone.OK),
    "observed": Standing(DONE, "observed", Tone.PLAIN),
    "fail": Standing(FAILED, "failed", Tone.BAD),
    "error": Standing(UNSURE, "error", Tone.BAD),
    "blind": Standing(UNSURE, "blind", Tone.BAD),
}

_CONDITIONS = {
    "ok": Standing(DONE, "ok", Tone.OK),
    "failed": Standing(FAILED, "failed", Tone.BAD),
    "error": Standing(UNSURE, "error", Tone.BAD),
    "blind": Standing(UNSURE, "blind", Tone.BAD),
    "stale": Standing(UNSURE, "stale", Tone.WARN),
    "unknown": Standing(UNSURE, "unknown", Tone.BAD),
    "observed": Standing(UNSURE, "observed", Tone.WARN),
    "asking": Standing(RUNNING, "asking", Tone.BUSY),
    "not asked": Standing(OPEN, "not asked", Tone.PLAIN),
    "unanswered": Standing(OPEN, "unanswered", Tone.PLAIN),
    "waived": Standing(WAIVED, "waived", Tone.WARN),
    "overridden": Standing(WAIVED, "overridden", Tone.WARN),
    "not applicable": Standing(LEFT_OUT, "n/a", Tone.DIM),
    "done": Standing(DONE, "done", Tone.OK),
    "not done": Standing(OPEN, "not done", Tone.PLAIN),
    "running": Standing(RUNNING, "under way", Tone.BUSY),
    "ready": Standing(DONE, "ready", Tone.OK),
    "not ready": Standing(FAILED, "not ready", Tone.BAD),
    "taken back": Standing(FAILED, "taken back", Tone.BAD),
}

_MONITORS = {
    "ok": Standing(DONE, "ok", Tone.OK),
    "pending": Standing(RUNNING, "pending", Tone.WARN),
    "firing": Standing(FAILED, "firing", Tone.BAD),
    "unknown": Standing(UNSURE, "unknown", Tone.WARN),
}

_TRIGGERS = {
    "clear": Standing(OPEN, "clear", Tone.PLAIN),
    "tripped": Standing(FAILED, "tripped", Tone.BAD),
    "unknown": Standing(UNSURE, "unknown", Tone.WARN),
}

_AGAINST = {
    "clear": Standing(OPEN, "does not hold", Tone.DIM),
    "tripped": Standing(ACTIVE, "holds", Tone.STRONG),
    "unknown": Standing(UNSURE, "unknown", Tone.WARN),
}

_DONE_WORDS = {
    Verb.RECORD: "recorded",
    Verb.DO: "done",
    Verb.ASK: "answered",
    Verb.TICK: "done",
    Verb.SEE: "yes",
    Verb.SIGN: "signed",
}


def of_verdict(verdict: str) -> Standing:
    """A verdict in its words; one that is not known is shown as it is, and as trouble."""
    return _VERDICTS.get(verdict, Standing(UNSURE, verdict or "not asked", Tone.WARN))


def of_condition(condition: Condition) -> Standing:
    """A gate's condition."""
    fallback = Standing(DONE if condition.ok else UNSURE, condition.word, Tone.OK if condition.ok else Tone.WARN)
    return _CONDITIONS.get(condition.word, fallback)


def of_monitor(state: State, name: str) -> Standing:
    """A monitor; one that has said nothing yet is not ok."""
    told = state.monitors.get(name)
    return _MONITORS.get(told.state, _MONITORS["unknown"]) if told else Standing(OPEN, "not asked", Tone.DIM)


def of_criterion(state: State, criterion: Criterion) -> Standing:
    """A criterion for or against a rollback, by its last word; one that only people can tell says so."""
    if criterion.when is None:
        return Standing(OPEN, "people tell", Tone.PLAIN)
    words, told = _AGAINST if criterion.against else _TRIGGERS, told_of(state, criterion)
    return words.get(told.state, words["unknown"]) if told else Standing(OPEN, "not asked", Tone.DIM)


def of_item(scene: Scene, item: Item, *, is_next: bool = False) -> Standing:
    """An item; in an undecided gate, the condition it is."""
    state = scene.state
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase) and phase.is_gate and state.opened_at(phase.id):
        return _in_gate(scene, phase, item, is_next=is_next)
    known = state.item(item.id)
    standing = of_status(state, item, known)
    if known.status is Status.OPEN and _waits(state, item):
        return Standing(OPEN, "waits", Tone.DIM)
    if is_next and known.status is Status.OPEN:
        return Standing(ACTIVE, "next", Tone.ACCENT)
    if known.status is Status.RUNNING:
        over = overrun(scene, item)
        if over > timedelta():
            return Standing(RUNNING, f"{clock_face(over)} over", Tone.WARN)
        if known.since is not None:
            return Standing(RUNNING, clock_face(scene.now - known.since), Tone.BUSY)
    return standing


def _waits(state: State, item: Item) -> bool:
    """Whether it is asked only once an action above it is settled."""
    is_open = state.opened_at(item.phase) is not None
    return is_open and state.plan.root(item).verb in ASKING and held_by(state, item) is not None


def of_phase(scene: Scene, phase: Phase) -> Standing:
    """A phase: its progress, its clock, or its decision."""
    state = scene.state
    if state.opened_at(phase.id) is None:
        return Standing(OPEN, _before(scene, phase), Tone.DIM)
    if phase.is_gate:
        return _of_gate(scene, phase)
    worst = _worst(state, phase.lines())
    settled = sum(state.item(item.id).is_settled for item in phase.lines())
    count = f"{settled}/{len(phase.lines())}" if phase.lines() else ""
    watch = _watch(scene, phase)
    if watch is not None:
        words = " ".join(part for part in (count if settled < len(phase.lines()) else "", watch.word) if part)
        return Standing(worst.glyph if worst else watch.glyph, words, worst.tone if worst else watch.tone)
    if settled == len(phase.lines()):
        return Standing(DONE, count, Tone.OK)
    return _with_deadline(scene, phase, worst or Standing(ACTIVE, count, Tone.ACCENT), count)


def of_level(scene: Scene, level: Level) -> Standing | None:
    """A rollback level that is or was under way in this attempt; None for one nobody started."""
    state = scene.state
    if state.opened_at(level.id) is None:
        return None
    settled = sum(state.item(item.id).is_settled for item in level.lines())
    count = f"{settled}/{len(level.lines())}"
    if settled == len(level.lines()):
        return Standing(DONE, "done", Tone.OK)
    if state.level != level.id:
        return Standing(LEFT_OUT, f"left at {count}", Tone.DIM)
    worst = _worst(state, level.lines())
    return Standing(worst.glyph if worst else ACTIVE, count, worst.tone if worst else Tone.ACCENT)


def of_status(state: State, item: Item, known: ItemState) -> Standing:
    """What a status, with its verdict, is called; no clock needed."""
    verb = state.plan.root(item).verb
    match known.status:
        case Status.DONE if verb in (Verb.CHECK, Verb.COMPARE):
            return of_verdict(known.verdict)
        case Status.DONE:
            return Standing(DONE, _DONE_WORDS.get(verb, "done"), Tone.OK)
        case Status.FAILED if known.verdict:
            return of_verdict(known.verdict)
        case Status.FAILED:
            return Standing(FAILED, "no" if verb is Verb.SEE else "failed", Tone.BAD)
        case Status.UNKNOWN:
            return Standing(UNSURE, "unknown", Tone.BAD)
        case Status.NOT_APPLICABLE:
            return Standing(LEFT_OUT, "n/a", Tone.DIM)
        case Status.WAIVED:
            return Standing(WAIVED, "waived", Tone.WARN)
        case Status.RUNNING:
            return Standing(RUNNING, "working" if verb is Verb.DO else "asking", Tone.BUSY)
        case _:
            return Standing(OPEN, "open", Tone.PLAIN)


def overrun(scene: Scene, item: Item) -> timedelta:
    """How far a running action is beyond its estimate; nothing where there is none."""
    known, action = scene.state.item(item.id), action_of(scene.state, item)
    if known.status is not Status.RUNNING or known.since is None or action is None or action.estimate is None:
        return timedelta()
    return max(timedelta(), scene.now - known.since - action.estimate)


def waiting_since(state: State, now: datetime) -> datetime:
    """When the run last moved by itself: since then it waits for a person."""
    instants = [state.opened]
    instants += [known.at for (_, attempt), known in state.items.items() if attempt == state.attempt and known.at]
    instants += [at for (_, attempt), at in state.phases.items() if attempt == state.attempt]
    instants += [
        gate.decided for (_, attempt), gate in state.gates.items() if attempt == state.attempt and gate.decided
    ]
    return min(now, max(instants))


def _in_gate(scene: Scene, phase: Phase, item: Item, *, is_next: bool) -> Standing:
    state = scene.state
    gate = state.gate(phase.id)
    if item.id in gate.overrides:
        return _CONDITIONS["overridden"]
    if gate.go is True:
        return of_status(state, item, state.item(item.id))
    condition = next(one for one in recommend(state, phase.id, scene.now).conditions if one.id == item.id)
    standing = of_condition(condition)
    if is_next and standing.glyph == OPEN:
        return Standing(ACTIVE, standing.word, Tone.ACCENT)
    return standing


def _of_gate(scene: Scene, phase: Phase) -> Standing:
    state, now = scene.state, scene.now
    gate = state.gate(phase.id)
    if gate.go is True and gate_holds(state, phase.id, now):
        overridden = f" {len(gate.overrides)} overridden" if gate.overrides else ""
        expires = gate_expires(state, phase.id)
        left = f" {clock_face(expires - now)} left" if expires else ""
        return Standing(DONE, f"GO{overridden}{left}", Tone.WARN if overridden else Tone.OK)
    if gate.go is True:
        return Standing(UNSURE, "GO expired", Tone.BAD)
    if gate.go is False:
        return Standing(FAILED, "NO-GO", Tone.BAD)
    advice = recommend(state, phase.id, now)
    items = [condition for condition in advice.conditions if condition.item is not None]
    besides = sum(not each.ok for each in advice.conditions if each.item is None and each.word != "asking")
    word = f"{sum(each.ok for each in items)}/{len(items)}" + (f" +{besides} not met" if besides else "")
    return Standing(RUNNING if advice.asking else ACTIVE, word, Tone.ACCENT)


def _before(scene: Scene, phase: Phase) -> str:
    """What is said of a phase that has not opened: when it does, else how much is in it."""
    due = phase_due(scene.state, phase)
    if due is not None and phase.due_at is not None and phase.due_at.opens and not scene.state.is_closed:
        return until(due, scene.now) if scene.now <= due else "due"
    return f"0/{len(phase.lines())}" if phase.lines() else "not begun"


def _watch(scene: Scene, phase: Phase) -> Standing | None:
    if phase.watch is None:
        return None
    state, now = scene.state, scene.now
    standings = [of_monitor(state, name) for name in phase.monitors]
    trouble = [
        (word, sum(standing.word == word for standing in standings)) for word in ("firing", "unknown", "pending")
    ]
    words = [f"{count} {word}" for word, count in trouble if count]
    if not watch_running(state, phase, now):
        return _watched(words, standings)
    if state.is_closed:
        return Standing(LEFT_OUT, "cut short", Tone.WARN)
    ends = watch_ends(state, phase)
    left = f"{clock_face(ends - now)} left" if ends else "waits for its start"
    if not words:
        return Standing(RUNNING, left, Tone.BUSY)
    is_firing = any(standing.word == "firing" for standing in standings)
    return Standing(FAILED if is_firing else UNSURE, " ".join((words[0], left)), Tone.BAD if is_firing else Tone.WARN)


def _watched(words: list[str], standings: list[Standing]) -> Standing:
    """A watch that is over: what stayed firing or could not be told is still said, for nothing verified it."""
    if any(standing.word == "not asked" for standing in standings):
        return Standing(UNSURE, "over, never asked", Tone.WARN)
    if words:
        return Standing(UNSURE, f"over, {words[0]}", Tone.BAD if "firing" in words[0] else Tone.WARN)
    return Standing(DONE, "over", Tone.OK)


def _with_deadline(scene: Scene, phase: Phase, standing: Standing, count: str) -> Standing:
    due = phase_due(scene.state, phase)
    if due is None or phase.due_at is None or phase.due_at.opens or scene.state.is_closed:
        return Standing(standing.glyph, count, standing.tone)
    late = scene.now > due
    words = f"{clock_face(scene.now - due)} late" if late else f"due {until(due, scene.now)}"
    return Standing(
        standing.glyph, f"{count} {words}", Tone.WARN if late and standing.tone is not Tone.BAD else standing.tone
    )


def _worst(state: State, items: Iterable[Item]) -> Standing | None:
    """Unknown before failed before running; None where nothing of that is."""
    statuses = {state.item(item.id).status for item in items if state.item(item.id).status not in SETTLED}
    for status, standing in (
        (Status.UNKNOWN, Standing(UNSURE, "unknown", Tone.BAD)),
        (Status.FAILED, Standing(FAILED, "failed", Tone.BAD)),
        (Status.RUNNING, Standing(RUNNING, "working", Tone.BUSY)),
    ):
        if status in statuses:
            return standing
    return None


def active_ids(scene: Scene) -> frozenset[str]:
    """Phases and levels that are open and not finished."""
    return frozenset(phase.id for phase in active_phases(scene.state, scene.now))
