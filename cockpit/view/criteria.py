"""What speaks for a rollback and what does not, side by side, with value, reason and age."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.view.evidence import age
from cockpit.view.fit import cut_line, foreign, pad_line, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import of_trigger
from cockpit.view.times import ago
from cockpit.view.words import reason

SIDE_BY_SIDE = 100
"""From this width on the two columns stand beside each other."""

_BETWEEN = " │ "
_NOTHING = line(Span("the plan names nothing", Tone.DIM))


def tripped(state: State) -> tuple[int, ...]:
    """The numbers of the triggers that hold now."""
    known = range(len(state.plan.triggers))
    return tuple(number for number in known if number in state.triggers and state.triggers[number].state == "tripped")


def lines(scene: Scene, width: int) -> tuple[Line, ...]:
    """Both columns under their heads."""
    beside = width >= SIDE_BY_SIDE
    half = (width - len(_BETWEEN)) // 2 if beside else width
    pro = [line(Span("Roll back if", Tone.STRONG)), *(list(_for(scene, half)) or [_NOTHING])]
    contra = [line(Span("Do not roll back for", Tone.STRONG)), *(list(_against(scene.state, half)) or [_NOTHING])]
    if not beside:
        return tuple(cut_line(each, width) for each in (*pro, Line(), *contra))
    rows = max(len(pro), len(contra))
    left, right = (side + [Line()] * (rows - len(side)) for side in (pro, contra))
    return tuple(
        cut_line(Line((*pad_line(one, half).spans, Span(_BETWEEN, Tone.DIM), *other.spans)), width)
        for one, other in zip(left, right, strict=True)
    )


def _for(scene: Scene, width: int) -> Iterator[Line]:
    for number, trigger in enumerate(scene.state.plan.triggers):
        standing, told = of_trigger(scene.state, number), scene.state.triggers.get(number)
        yield from wrapped(
            f"{reason(trigger.text)}: {standing.word}", width, standing.tone, indent=f"{standing.glyph} "
        )
        if told is not None:
            because = f"{reason(told.because)}, " if told.because else ""
            yield from wrapped(f"{because}since {ago(told.since, scene.now)}", width, Tone.DIM, indent="    ")
        for value in values(scene, trigger.when or ""):
            yield from wrapped(value, width, Tone.DIM, indent="    ")


def values(scene: Scene, expression: str) -> Iterator[str]:
    """The last value of each check an expression speaks of, with its age; one too old says stale."""
    plan = scene.state.plan
    for name in dict.fromkeys(re.findall(r"\b([a-z][a-z0-9_]*)\s*\.", expression)):
        if name not in plan.checks:
            continue
        reading = scene.live.readings.get(name)
        if reading is None:
            yield f"{name} not asked"
        else:
            yield f"{name} = {foreign(reading.scalar or '?', limit=60)}, {age(scene, name).text}"


def _against(state: State, width: int) -> Iterator[Line]:
    for each in state.plan.not_triggers:
        yield from wrapped(reason(each.text), width, indent="– ")  # noqa: RUF001  (a dash is meant)
