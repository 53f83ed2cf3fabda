"""Criteria that tripped and monitors that fire, folded into the room there is so that neither hides the other.

What tripped gives way first: its title is cut, then monitors are counted instead of named, then criteria too. How
many there are of each is told in the least of rooms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from cockpit.core.state import State
from cockpit.core.watch.criterion import holding
from cockpit.telemetry import Scene
from cockpit.view import criteria
from cockpit.view.fit import cells, cut, foreign
from cockpit.view.line import Span, Tone
from cockpit.view.times import rough
from cockpit.view.words import reason

BETWEEN = 3
"""Cells of what stands between two facts."""
_TITLE_AT_LEAST = 12
"""Cells of a criterion's text below which it tells nothing."""


def alarms(scene: Scene, room: int) -> tuple[Span, ...]:
    """What tripped and what fires, in `room` cells where that can be done at all."""
    told = next((words for words in _ever_shorter(scene, room) if _length(words) <= room), None)
    return tuple(Span(words, Tone.BAD) for words in told or _counted(scene))


def rings(state: State) -> bool:
    """Whether there is any alarm."""
    return bool(criteria.tripped(state) or _firing(state))


def for_how_long(scene: Scene, monitors: Sequence[str]) -> str:
    """`stuck for 12m3s, health for 40s`."""
    since = {name: scene.state.monitors[name].since for name in monitors}
    words = (f"{name} for {rough(max(timedelta(), scene.now - at))}" for name, at in since.items())
    return foreign(", ".join(words), limit=80)


def _ever_shorter(scene: Scene, room: int) -> Iterator[tuple[str, ...]]:
    state, firing = scene.state, _firing(scene.state)
    named = (f"! firing: {for_how_long(scene, firing)}",) if firing else ()
    if not criteria.tripped(state):
        yield named
        return
    yield (_tripped(state), *named)
    for head, fires in ((_long(state), named), (_short(state), named), (_short(state), _number(firing))):
        left = room - _length((head, *fires))
        if left >= _TITLE_AT_LEAST:
            yield (head + cut(_title(state), left), *fires)


def _counted(scene: Scene) -> tuple[str, ...]:
    numbers = criteria.tripped(scene.state)
    tripped = (f"! {len(numbers)} tripped{_against(scene.state)}",) if numbers else ()
    return (*tripped, *_number(_firing(scene.state)))


def _tripped(state: State) -> str:
    numbers = criteria.tripped(state)
    more = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
    return f"! tripped{_besides(state)}: {_title(state)}{more}"


def _long(state: State) -> str:
    """What a cut title stands behind: the others are counted before it, for behind it nobody would see them."""
    return f"! {_several(state)}tripped{_besides(state)}: "


def _short(state: State) -> str:
    return f"! {_several(state)}tripped{_against(state)}: "


def _several(state: State) -> str:
    numbers = criteria.tripped(state)
    return f"{len(numbers)} " if len(numbers) > 1 else ""


def _besides(state: State) -> str:
    return ", and what is no reason holds too" if criteria.both_hold(state) else ""


def _against(state: State) -> str:
    return f", {len(holding(state, against=True))} against" if criteria.both_hold(state) else ""


def _title(state: State) -> str:
    return reason(state.plan.triggers[criteria.tripped(state)[0]].text)


def _firing(state: State) -> list[str]:
    return [name for name, told in state.monitors.items() if told.state == "firing"]


def _number(firing: Sequence[str]) -> tuple[str, ...]:
    return (f"! {len(firing)} firing",) if firing else ()


def _length(facts: Sequence[str]) -> int:
    return sum(cells(each) for each in facts) + BETWEEN * max(0, len(facts) - 1)
