"""What speaks for a rollback and what does not, side by side, each with value, threshold, reason and age.

A criterion that could not be told lately says so: nothing here is quiet because nobody looked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cockpit.core.agenda import watching
from cockpit.core.state import State, Told
from cockpit.core.watch import criterion as core
from cockpit.core.watch.criterion import Criterion, Measure
from cockpit.telemetry import Scene
from cockpit.view.evidence import age
from cockpit.view.fit import cut_line, foreign, pad_line, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import UNSURE, Standing, of_criterion
from cockpit.view.times import ago
from cockpit.view.words import reason

SIDE_BY_SIDE = 100
"""From this width on the two columns stand beside each other."""

BOTH = "something speaks for a rollback, and something that is no reason for one holds too: weigh both"

_BETWEEN = " │ "
_NOTHING = line(Span("the plan names nothing", Tone.DIM))
_MARGIN = 2.0
"""Machine seconds that a look may be late, in plan time at a rehearsal's pace."""


def tripped(state: State) -> tuple[int, ...]:
    """The numbers of the triggers that hold now."""
    return tuple(each.number for each in core.holding(state, against=False))


def both_hold(state: State) -> bool:
    """Whether something speaks for a rollback while something holds that is no reason for one."""
    return bool(core.holding(state, against=False)) and bool(core.holding(state, against=True))


def standing(scene: Scene, criterion: Criterion) -> Standing:
    """What a criterion comes to; one that was clear when somebody looked last, and that is long ago, is stale."""
    told = core.told(scene.state, criterion)
    if told is not None and told.state == "clear" and _is_stale(scene, criterion):
        return Standing(UNSURE, "stale", Tone.WARN)
    return of_criterion(scene.state, criterion)


def is_watched(scene: Scene, criterion: Criterion) -> bool:
    """Whether a watch under way asks for it: else that nothing is known of it is no news, before and after."""
    plan = scene.state.plan
    asked = {plan.monitors[name].check for name in watching(scene.state, scene.now)}
    return not asked.isdisjoint(core.checks_of(plan, criterion.when))


def measured(scene: Scene, criterion: Criterion) -> tuple[Measure, ...]:
    """Its comparisons as they were answered last; nothing where nobody looked in this process."""
    weighed = scene.live.criteria.get((criterion.against, criterion.number))
    return weighed.measures if weighed is not None else ()


def lines(scene: Scene, width: int) -> tuple[Line, ...]:
    """Both columns under their heads, and before them that both hold, where they do."""
    beside = width >= SIDE_BY_SIDE
    half = (width - len(_BETWEEN)) // 2 if beside else width
    pro = [line(Span("Roll back if", Tone.STRONG)), *_column(scene, half, against=False)]
    contra = [line(Span("Do not roll back for", Tone.STRONG)), *_column(scene, half, against=True)]
    above = wrapped(BOTH, width, Tone.WARN, indent="! ") if both_hold(scene.state) else ()
    if not beside:
        return tuple(cut_line(each, width) for each in (*above, *pro, Line(), *contra))
    rows = max(len(pro), len(contra))
    left, right = (side + [Line()] * (rows - len(side)) for side in (pro, contra))
    return (
        *above,
        *(
            cut_line(Line((*pad_line(one, half).spans, Span(_BETWEEN, Tone.DIM), *other.spans)), width)
            for one, other in zip(left, right, strict=True)
        ),
    )


def _column(scene: Scene, width: int, *, against: bool) -> list[Line]:
    found = [each for each in core.criteria(scene.state.plan) if each.against is against]
    return [told for each in found for told in _criterion(scene, each, width)] or [_NOTHING]


def _criterion(scene: Scene, criterion: Criterion, width: int) -> Iterator[Line]:
    if criterion.when is None and criterion.against:
        yield from wrapped(reason(criterion.text), width, indent="– ")  # noqa: RUF001  (a dash is meant)
        return
    shown = standing(scene, criterion)
    yield from wrapped(f"{reason(criterion.text)}: {shown.word}", width, shown.tone, indent=f"{shown.glyph} ")
    if criterion.when is None:
        return
    if (told := core.told(scene.state, criterion)) is not None:
        yield from wrapped(_since(scene, criterion, told), width, Tone.DIM, indent="    ")
    for words in (*thresholds(scene, criterion), *values(scene, criterion.when)):
        yield from wrapped(words, width, Tone.DIM, indent="    ")


def _since(scene: Scene, criterion: Criterion, told: Told) -> str:
    """Why, where that is not told by the numbers below, and since when."""
    weighed = scene.live.criteria.get((criterion.against, criterion.number))
    because = weighed.because if weighed is not None and weighed.state == told.state == "unknown" else told.because
    is_told = told.state != "unknown" and bool(measured(scene, criterion))
    words = "" if is_told or not because else f": {reason(because)}"
    return f"since {ago(told.since, scene.now)}{words}"


def thresholds(scene: Scene, criterion: Criterion) -> Iterator[str]:
    """What is measured against which threshold; the condition itself where nobody has measured in this process."""
    found = measured(scene, criterion)
    for each in found:
        if each.is_known:
            limit = f"threshold {each.sign} {foreign(each.limit, limit=60)}"
            yield f"{foreign(each.what, limit=120)} is {foreign(each.value, limit=60)}, {limit}"
        else:
            yield f"{foreign(each.what, limit=120)} cannot be told: {reason(each.value)}"
    if not found and criterion.when is not None:
        yield f"threshold: {foreign(criterion.when, limit=200)}"


def values(scene: Scene, expression: str) -> Iterator[str]:
    """The last value of each check an expression speaks of, with its age; one too old says stale."""
    for name in core.checks_of(scene.state.plan, expression):
        reading = scene.live.readings.get(name)
        if reading is None:
            yield f"{name} not asked"
        else:
            yield f"{name} = {foreign(reading.scalar or '?', limit=60)}, {age(scene, name).text}"


def _is_stale(scene: Scene, criterion: Criterion) -> bool:
    plan, least = scene.state.plan, timedelta(seconds=_MARGIN * max(1.0, scene.state.factor))
    budget = scene.live.budget
    for check in core.checks_of(plan, criterion.when):
        reading = scene.live.readings.get(check)
        fresh = core.counts_for(plan, check, slower=budget.giving_way if budget is not None else 1.0, least=least)
        if reading is None or scene.now - reading.asked > max(fresh, plan.checks[check].fresh):
            return True
    return False
