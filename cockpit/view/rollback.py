"""The way back: whether it is open, what it would do, where it leads.

The light is shown from the beginning to the end of the watch. It is *ready* only where everything
the level needs is known, *not ready* where something is known to be missing, else *unknown*.
"""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core import commands as wanted
from cockpit.core.plan import Level
from cockpit.core.progress import action_of
from cockpit.core.readiness import light as worst_of
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.meaning import for_the_way_back, starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rules import allowed, word_to_type
from cockpit.core.state import State
from cockpit.core.watch.criterion import Criterion, holding
from cockpit.core.watch.criterion import criteria as criteria_of
from cockpit.telemetry import Scene
from cockpit.view import criteria, deed, preview
from cockpit.view.fit import cut_line, foreign, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.readiness import findings
from cockpit.view.readiness import lines as readiness_lines
from cockpit.view.standing import of_item, of_level
from cockpit.view.times import ago, stamp
from cockpit.view.words import count, name, reason, short, title

Light = tuple[bool | None, str]
"""Ready, not ready or unknown, and why in words."""

RETENTION = "Railway keeps its image for 24h (Free), 72h (Hobby), 120h (Pro) or 360h (Enterprise) from then on."
"""https://docs.railway.com/pricing/plans. Which of them holds, the API does not say."""


def readiness(scene: Scene) -> Light:
    """The light over the whole way back: that of its best level."""
    levels = scene.state.plan.rollback
    lights = [(*light(scene, level), name(level)) for level in levels]
    for best in (True, None, False):
        for ready, why, level in lights:
            if ready is best:
                return (ready, level if ready else f"{level}: {why}")
    return (False, "the plan has none")


def whole_span(scene: Scene, *, why: bool = True) -> Span:
    """The light over the whole way back; where it is open by some levels only, by how many."""
    lights = [light(scene, level)[0] for level in scene.state.plan.rollback]
    if True in lights and not all(lights):
        glyph, tone = ("!", Tone.WARN) if False in lights else ("✓", Tone.OK)
        return Span(f"{glyph} {lights.count(True)} of {len(lights)} ways back ready", tone)
    return light_span(readiness(scene), why=why)


def light(scene: Scene, level: Level) -> Light:
    """Whether one level could be taken, if there were anything to take back."""
    ready, why = worst_of(findings(scene, level))
    return (ready, foreign(why, limit=300))


def light_span(light: Light, *, why: bool = True) -> Span:
    """The light in glyph, word and tone."""
    ready, words = light
    tail = f": {words}" if words and why and not ready else ""
    if ready:
        return Span("✓ way back ready", Tone.OK)
    if ready is None:
        return Span(f"! way back unknown{tail}", Tone.WARN)
    return Span(f"✗ no way back{tail}", Tone.BAD)


def level_span(scene: Scene, level: Level) -> Span:
    """What a level's row says: how far the one under way is, else whether it could be taken; nothing once closed."""
    standing = of_level(scene, level)
    if standing is not None and scene.state.level == level.id:
        return Span(f"{standing.glyph} {standing.word}", standing.tone)
    return Span("") if scene.state.is_closed else light_span(light(scene, level))


def lines(scene: Scene, level_id: str, width: int) -> tuple[Line, ...]:
    """All about one level: its light, what tripped, its steps in order, where it leads, both columns of criteria."""
    level = scene.state.plan.phase(level_id)
    if not isinstance(level, Level):
        return ()
    parts = (
        _head(scene, level, width),
        _steps(scene, level, width),
        _needs(scene, level, width),
        _destinations(scene, level, width),
        (Line(), *criteria.lines(scene, width)),
    )
    return tuple(cut_line(each, width) for part in parts for each in part)


def _head(scene: Scene, level: Level, width: int) -> Iterator[Line]:
    state = scene.state
    yield line(Span(name(level), Tone.STRONG))
    standing = of_level(scene, level)
    if standing is not None:
        yield line(Span(f"{standing.glyph} {standing.word}", standing.tone))
    yield from _start(scene, level, width)
    for sentence in _meanwhile(state, level):
        yield from wrapped(sentence, width, Tone.WARN, indent="! ")
    numbers = criteria.tripped(state)
    for number in numbers:
        told = state.triggers[number]
        text = f"{reason(state.plan.triggers[number].text)} ({reason(told.because)}, {ago(told.since, scene.now)})"
        yield from wrapped(text, width, Tone.BAD, indent="✗ tripped: ")
    for each in holding(state, against=True):
        yield from wrapped(reason(each.text), width, Tone.STRONG, indent="▸ holds, and is no reason: ")
    unsure = [each for each in criteria_of(state.plan) if not each.against and _cannot_be_told(scene, each)]
    if unsure:
        words = "; ".join(reason(each.text) for each in unsure)
        yield from wrapped(words, width, Tone.WARN, indent="! cannot be told: ")
    if not numbers and not unsure:
        yield line(Span("no trigger has tripped", Tone.DIM))


def _start(scene: Scene, level: Level, width: int) -> Iterator[Line]:
    """Whether it could be taken, and how; of one that has been, only that it is under way."""
    state, is_taken = scene.state, scene.state.level == level.id
    if is_taken and not state.is_closed:
        if not state.phase_settled(level):
            yield line(Span("This rollback is under way.", Tone.WARN))
        return
    if not state.is_closed:
        mark = light_span(light(scene, level))
        yield from wrapped(mark.text, width, mark.tone)
    refusal = allowed(state, wanted.StartRollback(level.id, word_to_type(state)), scene.now)
    if refusal is not None:
        yield from wrapped(foreign(refusal.reason), width, Tone.WARN)
    else:
        yield line("Starts when ", Span(foreign(word_to_type(state)), Tone.STRONG), " is typed.")


def _cannot_be_told(scene: Scene, criterion: Criterion) -> bool:
    return criteria.standing(scene, criterion).word in ("unknown", "stale", "not asked")


def _meanwhile(state: State, level: Level) -> Iterator[str]:
    """What somebody else's deployments mean for the image rollbacks of this level."""
    actions = [action_of(state, item) for item in level.lines()]
    services = {action.rollback for action in actions if action is not None and action.rollback}
    for rollout in state.rollouts.values():
        if rollout.service not in services or is_ours(state, rollout.deployment):
            continue
        if rollout.is_over and rollout.outcome != "done":
            continue
        who = f"{foreign(rollout.service, limit=40)} {short(rollout.deployment)} of {starter(state, rollout)}"
        yield f"{who} is not of this run. {' '.join(for_the_way_back(state, rollout))}".strip()


def _steps(scene: Scene, level: Level, width: int) -> Iterator[Line]:
    yield Line()
    yield line(Span("In this order", Tone.STRONG))
    for number, item in enumerate(level.lines(), start=1):
        standing = of_item(scene, item)
        head = f"{number}. {title(scene.state, item)}"
        yield from wrapped(f"{head}: {standing.word}", width, standing.tone, indent=f"{standing.glyph} ")
        known = scene.state.item(item.id)
        for text in (deed.summary(scene.state, item), foreign(known.because)):
            if text:
                yield from wrapped(text, width, Tone.DIM, indent="     ")


def _needs(scene: Scene, level: Level, width: int) -> Iterator[Line]:
    """What must be there before it is started; once it runs, its steps tell."""
    if scene.state.level != level.id:
        yield Line()
        yield from readiness_lines(scene, (level,), width)


def _destinations(scene: Scene, level: Level, width: int) -> Iterator[Line]:
    """Where image rollbacks of this level lead, and how that differs from today."""
    actions = [action_of(scene.state, item) for item in level.lines()]
    for service in dict.fromkeys(action.rollback for action in actions if action and action.rollback):
        yield Line()
        yield line(Span(f"Back to: {foreign(service)}", Tone.STRONG))
        target = scene.state.targets.get(service)
        if target is None:
            yield line(Span("! not known: nobody has seen which deployment served before", Tone.WARN))
            continue
        yield from wrapped(_description(target), width)
        yield from wrapped(_lifetime(scene, target), width, Tone.DIM)
        yield from _variables(scene.state, service, width)
        look = scene.live.targets.get(service)
        for words in preview.drifted(look.drift) if look is not None and look.drift is not None else ():
            yield from wrapped(f"configured now: {words}", width, indent="~ ")


def _description(target: Deployment) -> str:
    words = [f"deployment {short(target.id)}", f"commit {short(target.commit)}", f"made {stamp(target.created_at)}"]
    if target.digest:
        words.append(f"image {short(target.digest)}")
    return ", ".join(words)


def _lifetime(scene: Scene, target: Deployment) -> str:
    gone = [rollout.t3.at for rollout in scene.state.rollouts.values() if rollout.previous == target.id and rollout.t3]
    if not gone:
        return "It has not been removed as far as is known."
    return f"Removed {ago(max(gone), scene.now)}. {RETENTION}"


def _variables(state: State, service: str, width: int) -> Iterator[Line]:
    """Names the target was built with against those of today, as far as this run's own changes tell."""
    built = state.target_variables.get(service)
    if built is None:
        yield line(Span("! the variables it was built with are not known", Tone.WARN))
        return
    changes = _changed(state, service)
    yield from wrapped(f"built with {count(len(built), 'variable')}, {len(changes)} changed in this run", width)
    for variable, what in changes.items():
        held = "it has another or the same value" if variable in built else "it was built without"
        yield from wrapped(f"{foreign(variable)}: {what} in this run; {held}", width, Tone.WARN, indent="~ ")


def _changed(state: State, service: str) -> dict[str, str]:
    changes: dict[str, str] = {}
    for intent in state.intents.values():
        action = state.plan.actions.get(intent.action)
        if action is None or action.target != service or intent.outcome != "done":
            continue
        changes |= dict.fromkeys(action.set_variables or (), "set")
        changes |= dict.fromkeys(action.delete_variables or (), "deleted")
    return changes
