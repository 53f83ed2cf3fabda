"""The answer for a tired operator, in two lines: what is next and which key does it; what blocks, how long, is it safe.

Each line ends in its keys, which are never cut away; the words before them are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from cockpit.core.agenda import services_changed, watching
from cockpit.core.plan import Phase
from cockpit.core.progress import action_of, active_phases, blockers, gate_expires, phase_due, watch_running
from cockpit.core.rollout.deployment import STATUSES, Rollout
from cockpit.core.rollout.meaning import starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rollout.replicas import sentence
from cockpit.core.rollout.stopping import is_stopped, stopped
from cockpit.core.span import clock_face
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view import trouble
from cockpit.view.advice import ESTIMATE, Advice, advise, left
from cockpit.view.alarms import BETWEEN, alarms, for_how_long, rings
from cockpit.view.fit import cells, cut_line, foreign, join, line_cells, spread
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.offers import Offer, offers
from cockpit.view.rollback import whole_span
from cockpit.view.rollouts import answers
from cockpit.view.serves import deploy_is_unknown
from cockpit.view.standing import waiting_since
from cockpit.view.strip import shows_light
from cockpit.view.times import until
from cockpit.view.waiting import machine_works
from cockpit.view.words import name, press, reason

_NEWS_FOR = timedelta(minutes=10)
"""So long a change of replicas is worth a word; then the page of rollouts and the report keep it."""

_THEN = "seen last:"
"""Before what served when Railway last showed it; who answers now is said before that."""

_ONLY_TIME = ("Working", "Asking", "Watching", "Waits")
"""Advice with nothing to press, that a connection in trouble delays. What a person does next says it by itself."""

_SAID_ALREADY = ("Failed", "Unknown", "Waits", "Decide", "NO-GO", "Expired")
"""Advice that tells its own blocker."""


def guide(scene: Scene, width: int, *, keys_work: bool = True) -> tuple[Line, ...]:
    """Two lines, each at most `width` cells; without the first one's keys where they would mean something else."""
    advice = advise(scene)
    keys = join((_press(scene, offer) for offer in advice.offers if keys_work), "  ")
    words = _next(scene, advice, width - (line_cells(keys) + 3 if keys.spans else 0))
    way_back = _way_back(scene)
    room = width - line_cells(way_back) - 4
    told = _that_fit(facts(scene, advice, room), room)
    return (_with_keys(words, keys, width), _with_keys(line(" ", *told.spans), way_back, width))


def facts(scene: Scene, advice: Advice, room: int) -> Iterator[Span]:
    """Trouble first, then what blocks, then which version serves, then the clocks; alarms folded for `room` cells."""
    state = scene.state
    if state.is_closed:
        yield Span(f"cockpit report {foreign(state.run, limit=20)} writes the record", Tone.DIM)
        return
    serves, answering = _stranger(scene) or _serving(scene), tuple(_answering(scene))
    unrecorded = _unrecorded(scene)
    others = [*unrecorded, *([serves] if serves.tone is Tone.BAD else [])]
    yield from unrecorded
    yield from alarms(scene, room - sum(cells(each.text) + BETWEEN for each in others))
    yield from _blocks(scene, advice)
    yield from (*answering, serves) if serves.text.startswith(_THEN) else (serves, *answering)
    yield from _blind(scene)
    yield from oncoming(state)
    yield from _moved(scene)
    yield from _clocks(scene, advice)


def _that_fit(found: Iterable[Span], room: int) -> Line:
    """As many facts as fit whole, trouble whatever its length: half a clock is worse than none."""
    told = Line()
    for fact in found:
        longer = join((told, fact))
        if told.spans and line_cells(longer) > room and fact.tone is not Tone.BAD:
            continue
        told = longer
    return told


def serving(state: State) -> Span:
    """Which version serves, as far as it is known; nothing is called safe."""
    rollout = _telling(state)
    if rollout is not None and not is_ours(state, rollout.deployment):
        who, service = foreign(starter(state, rollout), limit=20), foreign(rollout.service, limit=20)
        does = f"version serves {service}" if rollout.is_up else f"is not up in {service}"
        return Span(f"! not ours: {who}'s {does}", Tone.BAD)
    if not state.intents:
        return Span("nothing changed yet", Tone.OK)
    if deploy_is_unknown(state):
        return Span("! which version serves is unknown", Tone.BAD)
    if rollout is None:
        off = [foreign(service, limit=20) for service in stopped(state)]
        changed = "changed, not deployed" if state.plan.railway() is not None else "changed"
        return Span(f"{', '.join(off)} stopped", Tone.WARN) if off else Span(changed)
    item = state.plan.item(state.rollout_items.get(rollout.deployment, ""))
    action = action_of(state, item) if item is not None else None
    goes_back = action is not None and action.rollback is not None
    what = foreign(rollout.service, limit=20) if len(services_changed(state.plan)) > 1 else "version"
    new, left = (f"the restored {what}", "the one left") if goes_back else (f"the new {what}", "the old one")
    if rollout.t1 is None:
        # In a rollback "the old version" would be read as the good one, and as if all were well already.
        old = Span("not back yet", Tone.WARN) if goes_back else Span(f"the old {what} serves", Tone.OK)
        if not rollout.old_is_up and is_stopped(state, rollout.service):
            return Span(f"{foreign(rollout.service, limit=20)} stopped until it is up", Tone.WARN)
        return old if rollout.old_is_up else Span("! which version serves is unknown", Tone.WARN)
    if rollout.is_over and rollout.outcome != "done":
        return Span(f"! {new} {foreign(rollout.outcome, limit=20)}", Tone.BAD)
    if rollout.status not in STATUSES:
        return Span(f"! whether {new} is up is unknown", Tone.WARN)
    if not rollout.is_up:
        return Span(f"! {new} is not up", Tone.BAD)
    if rollout.outcome == "done" or rollout.previous is None:
        return Span(f"{new} serves", Tone.OK)
    if rollout.t2 is None:
        return Span("both versions serve" if rollout.old_is_up else f"{new} serves", Tone.BUSY)
    return Span(f"{new} serves, {left} drains", Tone.BUSY)


def oncoming(state: State) -> Iterator[Span]:
    """Deployments on their way that nobody here started."""
    for rollout in state.rollouts.values():
        if not rollout.is_over and rollout.t1 is None and not is_ours(state, rollout.deployment):
            who, service = foreign(starter(state, rollout), limit=20), foreign(rollout.service, limit=20)
            yield Span(f"! not ours: {who} deploys {service}", Tone.WARN)


def _moved(scene: Scene) -> Iterator[Span]:
    """Replicas that changed a short while ago, by nothing of this run."""
    for change in scene.state.replica_changes[-1:]:
        if change.item is None and scene.now - change.at < _NEWS_FOR:
            yield Span(f"! {reason(sentence(change)).partition(';')[0]}", Tone.WARN)


def _telling(state: State) -> Rollout | None:
    """The rollout that tells what serves: the newest under way, else the newest, of ours and of those that came up."""
    told = [one for one in state.rollouts.values() if one.t1 is not None or is_ours(state, one.deployment)]
    return next((one for one in reversed(told) if not one.is_over), told[-1] if told else None)


def _serving(scene: Scene) -> Span:
    """Which version serves; while Railway does not show it, which one did when it was last seen."""
    words, rollout = serving(scene.state), _telling(scene.state)
    if rollout is None or not trouble.is_unseen(scene, rollout):
        return words
    return Span(f"{_THEN} {words.text}", Tone.WARN)


def _answering(scene: Scene) -> Iterator[Span]:
    """While two versions serve, who answered the last probes of those that can tell; `new` is never a stranger's."""
    rollout = _telling(scene.state)
    counted = answers(scene, rollout) if rollout is not None and not rollout.is_over and rollout.t1 else None
    if counted is not None:
        new, old, of = counted
        unknown = f" {of - new - old} unknown" if new + old < of else ""
        names = _sides(scene.state, rollout) if rollout is not None else ("new", "old")
        yield Span(f"answers: {new} {names[0]} {old} {names[1]}{unknown}", Tone.BUSY)


def _sides(state: State, rollout: Rollout) -> tuple[str, str]:
    """The two versions by the words the log has for them: new and old are this run's."""
    if is_ours(state, rollout.deployment):
        return "new", "old"
    return "theirs", "ours" if rollout.previous and is_ours(state, rollout.previous) else "before"


def _next(scene: Scene, advice: Advice, room: int) -> Line:
    """What is next; and why what only takes time may take longer, where a connection is in trouble.

    Where room is short, first what to do about that goes (it is asked again by itself), then estimates.
    """
    told, hinders = Line(), advice.label in _ONLY_TIME and bool(scene.live.links)
    full, brief = (trouble.sentence(scene), trouble.what(scene)) if hinders else ("", "")
    for words, why in ((advice.words, full), (advice.words, brief), (advice.words.partition(ESTIMATE)[0], brief)):
        because = Span(f" · {reason(why)}" if why else "", Tone.WARN)
        told = line(" ", Span(advice.label, Tone.STRONG), "  ", Span(words, advice.tone), because)
        if line_cells(told) <= room:
            break
    return cut_line(told, room, whole_words=True)


def _stranger(scene: Scene) -> Span | None:
    """What is known from looking weighs more than what this run did; a rollout of theirs tells more than that."""
    for service, serving_now in scene.live.strangers.items():
        if serving_now.id in scene.state.rollouts:
            continue
        return Span(f"! somebody else's deployment serves {foreign(service, limit=20)}", Tone.BAD)
    return None


def _unrecorded(scene: Scene) -> tuple[Span, ...]:
    if not scene.live.journal_trouble:
        return ()
    if rings(scene.state):
        return (Span("only the way back is open", Tone.BAD),)
    return (Span("nothing else is done until it can be written; the way back is open", Tone.BAD),)


def _blind(scene: Scene) -> Iterator[Span]:
    """Monitors of a watch under way that cannot tell: their silence is no good news."""
    told = scene.state.monitors
    blind = [name for name in watching(scene.state, scene.now) if name in told and told[name].state == "unknown"]
    if blind:
        yield Span(f"! unknown: {for_how_long(scene, blind)}", Tone.WARN)


def _blocks(scene: Scene, advice: Advice) -> Iterator[Span]:
    """What stops the next step: why it would be refused, else what the first line does not say already."""
    if advice.label in ("Next", "Answer", "Look", "Sign") and not advice.offers:
        first = next(iter(offers(scene, advice.row)), None)
        if first is not None and first.refusal:
            yield Span(f"blocked: {reason(first.refusal)}", Tone.WARN)
            return
    found = blockers(scene.state, scene.now)
    if found and advice.label not in _SAID_ALREADY:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield Span(f"blocked: {reason(found[0])}{more}", Tone.WARN)


def _clocks(scene: Scene, advice: Advice) -> Iterator[Span]:
    """What runs out soonest first: deadlines, the end of a GO; how long the run has waited for somebody; watches."""
    state, now = scene.state, scene.now
    open_phases = [phase for phase in active_phases(state, now) if isinstance(phase, Phase)]
    for phase in open_phases:
        yield from _deadline(scene, phase)
    for phase in state.plan.phases:
        expires = gate_expires(state, phase.id)
        if expires is not None and now < expires:
            yield Span(f"GO holds for {clock_face(expires - now)}")
    if advice.offers and not machine_works(scene):
        yield Span(f"waits for you {clock_face(now - waiting_since(state, now))}", Tone.DIM)
    for phase in open_phases:
        if watch_running(state, phase, now):
            yield Span(f"{name(phase)} {left(state, phase, now)}", Tone.DIM)


def _deadline(scene: Scene, phase: Phase) -> Iterator[Span]:
    state, now = scene.state, scene.now
    due = phase_due(state, phase)
    is_deadline = phase.due_at is not None and not phase.due_at.opens
    if is_deadline and due is not None and not state.phase_settled(phase):
        words = until(due, now) if now > due else f"due {until(due, now)}"
        yield Span(f"{name(phase)} {words}", Tone.WARN if now > due else Tone.PLAIN)


def _way_back(scene: Scene) -> Line:
    if scene.state.is_closed:
        return Line()
    light = Line() if shows_light(scene) else line(whole_span(scene, why=False))
    key = press(scene, "rollback.start", "roll back") if scene.state.intents else Line()
    return join((light, key), "  ")


def _press(scene: Scene, offer: Offer) -> Line:
    """A gate is decided on its own screen: its key only leads there."""
    return press(scene, offer.action, "decide" if offer.action in ("gate.go", "gate.no_go") else offer.words)


def _with_keys(words: Line, keys: Line, width: int) -> Line:
    return spread(words, line(*keys.spans, " ") if keys.spans else Line(), width, gap=2)
