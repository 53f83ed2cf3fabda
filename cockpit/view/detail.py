"""All about the row under the cursor: a check and its readings, an action and its fate, a gate, a watch, a way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from cockpit.core.plan import Item, Level, Phase, Verb
from cockpit.core.progress import phase_due, watch_ends, watch_running
from cockpit.core.span import clock_face, show_span
from cockpit.core.state import Intent, Status
from cockpit.telemetry import Scene
from cockpit.view import criteria, deed, evidence, gate, preview, rollback, thrift, trouble
from cockpit.view.checklist import ROLLBACK
from cockpit.view.fit import cut_line, foreign, pad, wrap, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import of_item, of_monitor, of_phase, overrun
from cockpit.view.times import ago, moment, until, utc
from cockpit.view.words import name, reason, title

_ASKING = (Verb.RECORD, Verb.COMPARE, Verb.CHECK)
_LABEL = 10


def lines(scene: Scene, row_id: str, width: int) -> tuple[Line, ...]:
    """Lines of at most `width` cells; nothing for a row that is not there."""
    return tuple(cut_line(each, width) for each in _of_row(scene, row_id, width))


def heading(scene: Scene, row_id: str) -> Line:
    """The pane's title: the row's words, and for a check how old its reading is and how often it is asked."""
    item, part = scene.state.plan.item(row_id), scene.state.plan.phase(row_id)
    if item is None:
        return (
            line(Span(name(part), Tone.STRONG)) if part is not None else line("Rollback" if row_id == ROLLBACK else "")
        )
    root = scene.state.plan.root(item)
    words = Span(title(scene.state, item), Tone.STRONG)
    if root.verb not in _ASKING:
        return line(words)
    cadences = [f" · every {show_span(monitor.every)}" for monitor in evidence.monitors_of(scene, root.target).values()]
    return line(words, "  ", evidence.age(scene, root.target), Span("".join(cadences[:1]), Tone.DIM))


def _of_row(scene: Scene, row_id: str, width: int) -> Iterable[Line]:
    item, part = scene.state.plan.item(row_id), scene.state.plan.phase(row_id)
    if item is not None:
        return _of_item(scene, item, width)
    if isinstance(part, Level):
        return rollback.lines(scene, part.id, width)
    if isinstance(part, Phase):
        return gate.lines(scene, part.id, width) if part.is_gate else _of_phase(scene, part, width)
    if row_id == ROLLBACK:
        mark = rollback.whole_span(scene)
        return (*wrapped(mark.text, width, mark.tone), Line(), *criteria.lines(scene, width))
    return ()


def _of_item(scene: Scene, item: Item, width: int) -> Iterator[Line]:
    state, root = scene.state, scene.state.plan.root(item)
    standing, known = of_item(scene, item), state.item(item.id)
    yield from wrapped(f"{title(state, item)}: {standing.word}", width, standing.tone, indent=f"{standing.glyph} ")
    if item.verb is Verb.SAME:
        yield from wrapped(f"the same as {foreign(root.id)}, asked once", width, Tone.DIM)
    if known.at is not None and known.status is not Status.OPEN:
        when = f"{known.status.value} since {utc(known.at)} UTC, {ago(known.at, scene.now)}"
        yield line(Span(f"{when}, by {foreign(known.by) or '?'}", Tone.DIM))
    match root.verb:
        case Verb.DO:
            yield from _of_action(scene, item, width)
        case Verb.SEE:
            yield from _of_see(scene, root, width)
        case Verb.ASK:
            yield from _of_ask(scene, root, width)
        case Verb.SIGN:
            yield from _of_sign(scene, root)
        case Verb.TICK:
            pass
        case _:
            yield from evidence.lines(scene, item, width)
    if known.because and root.verb not in (*_ASKING, Verb.DO):
        yield from wrapped(reason(known.because), width, Tone.WARN)
    yield from _notes(scene, item, width)


def _of_action(scene: Scene, item: Item, width: int) -> Iterator[Line]:
    known, over = scene.state.item(item.id), overrun(scene, item)
    intent = scene.state.intent_of(item.id)
    rollout = scene.state.rollouts.get(intent.deployment or "") if intent is not None else None
    if rollout is not None and known.status is Status.RUNNING and trouble.is_unseen(scene, rollout):
        yield from wrapped(trouble.in_full(scene, rollout), width, Tone.BAD, indent="! ")
    yield Line()
    yield from _facts((*deed.facts(scene.state, item), *preview.facts(scene, item)), width)
    if over > timedelta():
        yield line(Span(f"! {clock_face(over)} over its estimate", Tone.WARN))
    if known.because:
        yield from wrapped(reason(known.because), width, of_item(scene, item).tone, indent=pad("result", _LABEL))
    if intent is not None:
        yield Line()
        yield from _of_intent(scene, intent, width)


def _of_intent(scene: Scene, intent: Intent, width: int) -> Iterator[Line]:
    yield line(f"intent    {moment(intent.at, scene.now)} UTC, event {intent.seq}")
    yield line(f"accepted  {_accepted(intent)}")
    if intent.deployment:
        yield line(f"deployed  {foreign(intent.deployment, limit=60)}")
    for number, look in enumerate(intent.looks, start=1):
        tone = Tone.WARN if look.found == "inconclusive" else Tone.PLAIN
        words = f"{utc(look.at)} UTC {foreign(look.found)}: {reason(look.because)}"
        yield from wrapped(words, width, tone, indent=f"look {number}    ")
    ended = f" at {utc(intent.ended)} UTC" if intent.ended else ""
    outcome = {None: "under way", "lost": "unknown: it is looked at, never sent twice"}.get(
        intent.outcome, intent.outcome or ""
    )
    rollout = scene.state.rollouts.get(intent.deployment or "")
    yield line(f"outcome   {foreign(outcome)}{ended}")
    for label, instant in (("T1 up", rollout.t1), ("T2 stop", rollout.t2), ("T3 gone", rollout.t3)) if rollout else ():
        if instant is not None:
            yield line(f"{pad(label, _LABEL)}{moment(instant.at, scene.now)} UTC, known by {foreign(instant.source)}")
    for deviation in rollout.deviations if rollout else ():
        yield from wrapped(reason(deviation), width, Tone.WARN, indent="! ")


def _accepted(intent: Intent) -> str:
    if intent.accepted:
        return "yes"
    return {None: "not yet", "lost": "not known"}.get(intent.outcome, "no")


def _of_see(scene: Scene, root: Item, width: int) -> Iterator[Line]:
    see = scene.state.plan.sees.get(root.target)
    if see is None:
        return
    yield from wrapped(foreign(see.text), width)
    if see.link:
        # One link, one line each: what is cut in two cannot be clicked.
        yield from (line(part) for part in wrap(foreign(see.link), width))


def _of_ask(scene: Scene, root: Item, width: int) -> Iterator[Line]:
    ask, known = scene.state.plan.asks.get(root.target), scene.state.asks.get(root.target)
    if ask is None:
        return
    yield from wrapped(foreign(ask.text), width)
    kind = f"type {ask.type}" + (f", one of {', '.join(ask.options)}" if ask.options else "")
    yield from wrapped(foreign(kind), width, Tone.DIM)
    if known is None:
        default = f", {foreign(ask.default)} is proposed and must be accepted" if ask.default and not ask.secret else ""
        yield from wrapped(f"not answered{default}", width, Tone.WARN)
    else:
        value = "given, not recorded (secret)" if known.secret else foreign(known.value or "")
        yield from wrapped(f"{value}, by {foreign(known.by)}, {ago(known.at, scene.now)}", width)


def _of_sign(scene: Scene, root: Item) -> Iterator[Line]:
    signature = scene.state.signatures.get(root.target)
    if signature is None:
        yield line(f"{foreign(root.target)} has not signed")
    else:
        yield line(f"signed by {foreign(signature.name)} at {moment(signature.at, scene.now)} UTC")


def _of_phase(scene: Scene, phase: Phase, width: int) -> Iterator[Line]:
    state, standing = scene.state, of_phase(scene, phase)
    opened = state.opened_at(phase.id)
    yield line(Span(f"{standing.glyph} {name(phase)}", Tone.STRONG), "  ", Span(standing.word, standing.tone))
    yield line(Span(f"open since {moment(opened, scene.now)} UTC" if opened else "not open yet", Tone.DIM))
    if phase.due is not None:
        due = phase_due(state, phase)
        yield line(
            f"due {foreign(phase.due)}"
            + (f": {moment(due, scene.now)} UTC, {until(due, scene.now)}" if due else ", which has not come")
        )
    if phase.lasts is not None:
        ends = watch_ends(state, phase)
        over = "" if watch_running(state, phase, scene.now) or opened is None else ", over"
        yield line(f"lasts {foreign(phase.lasts)}{over}" + (f": until {moment(ends, scene.now)} UTC" if ends else ""))
    for item in phase.lines():
        each = of_item(scene, item)
        yield from wrapped(f"{title(state, item)}: {each.word}", width, each.tone, indent=f"{each.glyph} ")
    for monitor in phase.monitors:
        yield from _of_monitor(scene, monitor, width)


def _of_monitor(scene: Scene, key: str, width: int) -> Iterator[Line]:
    standing, told = of_monitor(scene.state, key), scene.state.monitors.get(key)
    monitor = scene.state.plan.monitors.get(key)
    if monitor is None:
        return
    check, reading = scene.state.plan.checks[monitor.check], scene.live.readings.get(monitor.check)
    value = f", {foreign(reading.scalar, limit=60)}" if reading is not None and reading.scalar else ""
    yield Line()
    yield line(
        Span(f"{standing.glyph} {key}: {standing.word}", standing.tone),
        f"{value}  ",
        evidence.age(scene, monitor.check),
    )
    if told is not None:
        yield from wrapped(
            f"{reason(told.because)}, since {ago(told.since, scene.now)}", width, Tone.DIM, indent="    "
        )
    rule = f"{thrift.of_monitor(scene, check, monitor)}, {evidence.alarm(monitor)}"
    yield from wrapped(foreign(rule), width, Tone.DIM, indent="    ")


def _notes(scene: Scene, item: Item, width: int) -> Iterator[Line]:
    """Notes on the item, and on what it repeats."""
    ids = {item.id, scene.state.plan.root(item).id}
    for note in scene.state.notes:
        if note.item in ids:
            tone = Tone.WARN if note.deviation else Tone.PLAIN
            yield from wrapped(f"{utc(note.at)} {foreign(note.by)}: {foreign(note.text)}", width, tone, indent="note  ")


def _facts(facts: Iterable[tuple[str, str]], width: int) -> Iterator[Line]:
    for label, text in facts:
        first, *rest = wrap(text, max(8, width - _LABEL))
        yield line(Span(pad(label, _LABEL), Tone.DIM), first)
        yield from (line(" " * _LABEL, more) for more in rest)
