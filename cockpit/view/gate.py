"""The go/no-go: every condition with its word and reason, what is recommended, what was decided."""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.gate import Condition, Recommendation, acts_behind, recommend
from cockpit.core.plan import Phase, Verb
from cockpit.core.progress import gate_expires, gate_holds
from cockpit.core.span import show_span
from cockpit.core.state import GateState
from cockpit.telemetry import Scene
from cockpit.view.fit import cut_line, foreign, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.readiness import lines as readiness_lines
from cockpit.view.standing import DONE, FAILED, OPEN, RUNNING, UNSURE, of_condition, of_status
from cockpit.view.times import ago, moment, until
from cockpit.view.words import TITLE_LIMIT, count, name, press, reason, title

_REASON_LIMIT = 600
"""Cells of why a condition is not met: a way back may lack several things, and this is the page to read them on."""


def lines(scene: Scene, phase_id: str, width: int) -> tuple[Line, ...]:
    """All about one gate; nothing for a phase that is none."""
    phase = scene.state.plan.phase(phase_id)
    if not isinstance(phase, Phase) or not phase.is_gate:
        return ()
    gate, advice = scene.state.gate(phase.id), recommend(scene.state, phase.id, scene.now)
    parts = (
        _head(scene, phase, gate),
        _recommendation(gate, advice, width),
        (Line(),),
        (each for condition in advice.conditions for each in _condition(scene, gate, condition, width)),
        _way_back(scene, phase, width),
        _to_do(scene, gate, phase.id),
        _decision(scene, phase, gate, width),
    )
    return tuple(cut_line(each, width) for part in parts for each in part)


def wants_asking(scene: Scene, phase_id: str) -> bool:
    """Whether a gate that is opened now has answers missing or too old for the decision that is to come."""
    known = scene.state.gate(phase_id)
    words = {condition.word for condition in recommend(scene.state, phase_id, scene.now).conditions}
    return known.asked is None or (known.decided is None and bool(words & {"not asked", "stale"}))


def to_tick(scene: Scene, phase_id: str) -> tuple[str, ...]:
    """The conditions of a gate that wait for a tick, by item id."""
    return tuple(
        condition.id
        for condition in recommend(scene.state, phase_id, scene.now).conditions
        if condition.item is not None and scene.state.plan.root(condition.item).verb is Verb.TICK and not condition.ok
    )


def recommended(advice: Recommendation, *, asked: bool) -> Span:
    """The recommendation in glyph, word and tone."""
    if not asked:
        return Span(f"{OPEN} nothing is recommended before the gate is opened")
    if advice.asking:
        return Span(f"{RUNNING} answers are still coming", Tone.BUSY)
    if advice.go:
        return Span(f"{DONE} GO is recommended", Tone.OK)
    if advice.lacking:
        old = sum(condition.word == "stale" for condition in advice.lacking)
        missing = len(advice.lacking) - old
        words = [f"{count(missing, 'answer')} missing"] * bool(missing) + [f"{old} too old, ask again"] * bool(old)
        return Span(f"{OPEN} no GO yet: {', '.join(words)}", Tone.WARN)
    return Span(f"{FAILED} NO-GO is recommended", Tone.BAD)


def _head(scene: Scene, phase: Phase, gate: GateState) -> Iterator[Line]:
    holds = f", a GO holds for {show_span(phase.expires)}" if phase.expires is not None else ""
    yield line(Span(name(phase), Tone.STRONG), Span(holds, Tone.DIM))
    if gate.asked is None:
        opened = scene.state.opened_at(phase.id)
        yield line(
            "! not opened yet: ",
            press(scene, "gate.open", "opens it and asks everything again").text if opened else "its turn has not come",
        )
    else:
        yield line(f"asked at {moment(gate.asked, scene.now)} UTC, {ago(gate.asked, scene.now)}")


def _recommendation(gate: GateState, advice: Recommendation, width: int) -> Iterator[Line]:
    if gate.decided is not None and gate.recommended is not None:
        was = "GO" if gate.recommended else "NO-GO"
        yield line(f"recommended at the decision: {was}")
        for each in gate.reasons:
            yield from wrapped(reason(each), width, Tone.WARN, indent="  ")
        if gate.go is True:
            return
    yield line(recommended(advice, asked=gate.asked is not None))


def _condition(scene: Scene, gate: GateState, condition: Condition, width: int) -> Iterator[Line]:
    standing, because = of_condition(condition), condition.because
    item = condition.item
    if item is not None and gate.go is True and gate_holds(scene.state, item.phase, scene.now):
        # Once decided, what counted then is shown: that it has grown old since is no trouble.
        known = scene.state.item(item.id)
        standing, because = of_status(scene.state, item, known), known.because
    words = f"{foreign(condition.title, limit=TITLE_LIMIT)}: {standing.word}"
    yield from wrapped(words, width, standing.tone, indent=f"{standing.glyph} ")
    if because:
        yield from wrapped(reason(because, limit=_REASON_LIMIT), width, Tone.DIM, indent="    ")
    for warning in condition.warnings:
        yield from wrapped(reason(warning), width, Tone.WARN, indent="  ! ")
    if condition.id in gate.overrides:
        yield from wrapped(f"overridden: {reason(gate.overrides[condition.id])}", width, Tone.WARN, indent="  ~ ")


def _way_back(scene: Scene, phase: Phase, width: int) -> Iterator[Line]:
    """What the ways back rest on, where anything behind this gate may want one."""
    levels = scene.state.plan.rollback
    if levels and acts_behind(scene.state, phase):
        yield Line()
        yield from readiness_lines(scene, levels, width)


def _to_do(scene: Scene, gate: GateState, phase_id: str) -> Iterator[Line]:
    for row in to_tick(scene, phase_id)[:1] if gate.asked is not None and gate.decided is None else ():
        item = scene.state.plan.item(row)
        assert item is not None
        yield Line()
        yield press(scene, "gate.tick_first", f"ticks {title(scene.state, item)}")


def _decision(scene: Scene, phase: Phase, gate: GateState, width: int) -> Iterator[Line]:
    if gate.decided is None:
        return
    yield Line()
    at = f"{moment(gate.decided, scene.now)} UTC, {ago(gate.decided, scene.now)}"
    if not gate.go:
        yield line(Span(f"{FAILED} NO-GO", Tone.BAD), f" decided at {at}")
        return
    yield line(Span(f"{DONE} GO", Tone.OK), f" decided at {at}")
    expires = gate_expires(scene.state, phase.id)
    if gate.used:
        yield line(Span("an action has begun under it: it no longer expires", Tone.DIM))
    elif expires is not None and scene.now < expires:
        yield line(f"expires {until(expires, scene.now)}")
    elif expires is not None:
        yield from wrapped(
            f"expired {ago(expires, scene.now)}: open the gate again", width, Tone.BAD, indent=f"{UNSURE} "
        )
