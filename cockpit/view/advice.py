"""What is next, and which offers do it: the first half of the guide, unpainted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.core.agenda import look_due, unbound
from cockpit.core.gate import recommend
from cockpit.core.order import lacking
from cockpit.core.plan import Item, Level, Phase, Verb
from cockpit.core.progress import (
    action_of,
    next_gate,
    next_item,
    phase_due,
    unopened,
    waits_for,
    watch_ends,
    watch_running,
)
from cockpit.core.span import clock_face, show_span
from cockpit.core.state import State, Status
from cockpit.telemetry import Scene
from cockpit.view.fit import foreign
from cockpit.view.line import Tone
from cockpit.view.offers import RUN, Offer, offers
from cockpit.view.standing import overrun
from cockpit.view.times import moment, until
from cockpit.view.waiting import looks_agree
from cockpit.view.words import count, name, reason, title

ESTIMATE = " of about "
"""Between how long something has taken and how long it should."""

_SHOWN = 2
"""Offers that are named beside the words."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What is next, and the offers that do it."""

    label: str
    words: str
    tone: Tone = Tone.PLAIN
    offers: tuple[Offer, ...] = ()
    row: str = ""
    """The row it is about, for a screen that goes there."""


def advise(scene: Scene) -> Advice:
    """What is next at this instant."""
    state = scene.state
    if state.unknown_kinds:
        kinds = foreign(", ".join(dict.fromkeys(state.unknown_kinds)), limit=80)
        return Advice("Read only", f"a newer version wrote {kinds}; use that version", Tone.BAD)
    if state.is_closed:
        return _closed(scene)
    if scene.live.journal_trouble:
        return Advice("Not recorded", reason(scene.live.journal_trouble), Tone.BAD)
    item, gate = _next(scene), next_gate(state, scene.now)
    if gate is not None and (item is None or _comes_first(state, gate, item)):
        return _at_gate(scene, gate)
    if item is not None:
        return _at_item(scene, item)
    return _between(scene)


def _next(scene: Scene) -> Item | None:
    """The item to work on; in a rollback strictly the first that is not settled."""
    level = scene.state.plan.phase(scene.state.level) if scene.state.level else None
    if level is None:
        return next_item(scene.state, scene.now)
    return next((item for item in level.lines() if not scene.state.item(item.id).is_settled), None)


def _comes_first(state: State, gate: Phase, item: Item) -> bool:
    order = [phase.id for phase in state.plan.phases]
    return item.phase in order and order.index(gate.id) < order.index(item.phase)


def _closed(scene: Scene) -> Advice:
    state = scene.state
    at = f" at {moment(state.closed, scene.now)} UTC" if state.closed else ""
    note = f": {reason(state.closing_note)}" if state.closing_note else ""
    return Advice(
        "Closed", f"{foreign(state.ending or '')}{at}{note}", Tone.STRONG, _open(offers(scene, RUN), "run.note")
    )


def _at_gate(scene: Scene, phase: Phase) -> Advice:
    state = scene.state
    gate, advice = state.gate(phase.id), recommend(state, phase.id, scene.now)
    found = offers(scene, phase.id)
    if gate.go is True:
        return Advice(
            "Expired",
            f"{name(phase)}: the GO is too old, open the gate again",
            Tone.WARN,
            _open(found, "gate.open"),
            phase.id,
        )
    if gate.go is False:
        words = f"{name(phase)}: close the run, or open the gate again"
        return Advice("NO-GO", words, Tone.BAD, _open(found, "run.close", "gate.open"), phase.id)
    if gate.asked is None:
        return Advice(
            "Next",
            f"{name(phase)}: open the gate, it asks all again",
            Tone.ACCENT,
            _open(found, "gate.open"),
            phase.id,
        )
    if advice.asking:
        return Advice("Asking", f"{name(phase)}: answers are still coming", Tone.BUSY, (), phase.id)
    if advice.go:
        return Advice("Decide", f"{name(phase)}: GO is recommended", Tone.OK, _open(found, "gate.go"), phase.id)
    if advice.lacking:
        titles = ", ".join(foreign(condition.title, limit=200) for condition in advice.lacking)
        words = f"{name(phase)}: ask again, not told lately: {titles}"
        return Advice("Decide", words, Tone.WARN, _open(found, "gate.open"), phase.id)
    words = f"{name(phase)}: NO-GO is recommended. {reason(advice.reasons[0]) if advice.reasons else ''}"
    return Advice("Decide", words, Tone.BAD, _open(found, "gate.no_go"), phase.id)


def _at_item(scene: Scene, item: Item) -> Advice:
    state, words = scene.state, title(scene.state, item)
    known, found = state.item(item.id), offers(scene, item.id)
    because = f": {reason(known.because)}" if known.because else ""
    match known.status:
        case Status.RUNNING:
            return _working(scene, item)
        case Status.UNKNOWN:
            return _unknown(scene, item)
        case Status.FAILED:
            wanted = ("item.do",) if action_of(state, item) else ("item.check", "item.record", "item.yes", "item.waive")
            possible = _open(found, *wanted)
            return Advice("Failed", f"{words}{because}", Tone.BAD, possible, item.id)
    if lacks := lacking(state, item):
        possible = _open(found, "item.waive", "item.na")
        return Advice("Blocked", f"{words}: {reason(lacks[0].sentence)}", Tone.WARN, possible, item.id)
    label = {Verb.ASK: "Answer", Verb.SEE: "Look", Verb.SIGN: "Sign"}.get(state.plan.root(item).verb, "Next")
    return Advice(label, words + _aside(scene, item), Tone.ACCENT, _open(found, *_FORWARD), item.id)


_FORWARD = (
    "item.tick", "item.do", "item.record", "item.check", "item.yes", "item.no", "item.answer", "item.sign",
)  # fmt: skip


def _aside(scene: Scene, item: Item) -> str:
    """What is good to know before it is begun."""
    state, root = scene.state, scene.state.plan.root(item)
    action = action_of(state, item)
    if action is not None and action.estimate is not None:
        return f", about {show_span(action.estimate)}"
    if root.verb is Verb.SEE and root.target in state.plan.sees and (link := state.plan.sees[root.target].link):
        return f" {foreign(link, limit=120)}"
    if root.verb in (Verb.CHECK, Verb.COMPARE, Verb.RECORD) and (missing := unbound(state, root.target)):
        return f", waits for {foreign(', '.join(missing), limit=80)}"
    return ""


def _working(scene: Scene, item: Item) -> Advice:
    known, action = scene.state.item(item.id), action_of(scene.state, item)
    words, over = title(scene.state, item), overrun(scene, item)
    if known.since is not None:
        words += f", {clock_face(scene.now - known.since)}"
    if action is not None and action.estimate is not None:
        words += f"{ESTIMATE}{clock_face(action.estimate)}"
    if over > timedelta():
        words += f", {clock_face(over)} over its estimate"
    label = "Working" if action is not None else "Asking"
    return Advice(label, words, Tone.WARN if over > timedelta() else Tone.BUSY, (), item.id)


def _unknown(scene: Scene, item: Item) -> Advice:
    intent = scene.state.intent_of(item.id)
    looks = intent.looks if intent is not None else ()
    if looks_agree(looks):
        words = f"{title(scene.state, item)}: looked {count(len(looks), 'time')}, {looks[-1].found}"
        settling = _open(offers(scene, item.id), "item.settle_happened", "item.settle_not")
        return Advice("Unknown", words, Tone.BAD, settling, item.id)
    seen = f"found {looks[-1].found}, " if looks else ""
    when = f"looked at {until(look_due(intent), scene.now)}" if intent is not None else "looked at first"
    return Advice("Unknown", f"{title(scene.state, item)}: sent, no outcome came; {seen}{when}", Tone.BAD, (), item.id)


def _between(scene: Scene) -> Advice:
    """Nothing is to be done now: what time brings, or the end."""
    state, now = scene.state, scene.now
    level = state.plan.phase(state.level) if state.level else None
    if isinstance(level, Level):
        words = f"{name(level)} is done: close the run, or begin the phases again"
        return Advice("Rolled back", words, Tone.OK, _open(offers(scene, RUN), "run.close", "run.reopen"), level.id)
    coming = unopened(state)
    if coming is None:
        watches = [phase for phase in state.plan.phases if watch_running(state, phase, now)]
        if watches:
            return Advice(
                "Watching", f"{name(watches[0])} {left(state, watches[0], now)}", Tone.BUSY, (), watches[0].id
            )
        return Advice("Done", "everything is settled: close the run", Tone.OK, _open(offers(scene, RUN), "run.close"))
    due = phase_due(state, coming)
    if coming.due_at is not None and coming.due_at.opens and due is not None and now < due:
        return Advice(
            "Waits", f"{name(coming)} opens at {moment(due, now)} UTC, {until(due, now)}", Tone.BUSY, (), coming.id
        )
    return Advice(
        "Waits", reason(waits_for(state, coming, now) or f"{coming.title} opens in a moment"), Tone.BUSY, (), coming.id
    )


def _open(found: tuple[Offer, ...], *actions: str) -> tuple[Offer, ...]:
    """Those of the offers that would not be refused, in the order asked for; the first few."""
    possible = {offer.action: offer for offer in found if offer.refusal is None}
    return tuple(possible[action] for action in actions if action in possible)[:_SHOWN]


def left(state: State, watch: Phase, now: datetime) -> str:
    """When a watch ends, in words."""
    ends = watch_ends(state, watch)
    return f"ends {until(ends, now)}" if ends else "has no end yet"
