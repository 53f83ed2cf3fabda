"""The checklist: phases and their items, then the ways back, one row each.

What is worked on stands open, the rest is folded to its progress. Rows carry ids, so that a
cursor stays where it is while states change around it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.plan import Item, Level, Phase
from cockpit.core.watch.criterion import criteria as criteria_of
from cockpit.telemetry import Scene
from cockpit.view import criteria
from cockpit.view.advice import advise
from cockpit.view.fit import cells, cut_line, spread
from cockpit.view.line import Line, Row, Span, Tone, line
from cockpit.view.rollback import light
from cockpit.view.standing import ACTIVE, FAILED, OPEN, UNSURE, Standing, active_ids, of_item, of_level, of_phase
from cockpit.view.words import count, name, title

ROLLBACK = "@rollback"
"""The id of the row above the levels; no phase can have it, ids have no `@`."""

_WORDS_FROM = 40
"""Cells from which a settled item says its word beside its glyph."""


def rows(scene: Scene, width: int, *, unfolded: frozenset[str] | None = None) -> tuple[Row, ...]:
    """All rows, each at most `width` cells. Open are the active phases, and those in `unfolded`."""
    open_ids = active_ids(scene) | (unfolded or frozenset())
    chosen = advise(scene).row
    found: list[Row] = []
    for phase in scene.state.plan.phases:
        found.append(Row(phase.id, _phase_line(scene, phase, width), "phase"))
        if phase.id in open_ids:
            found += _item_rows(scene, phase, chosen, width)
    if scene.state.plan.rollback:
        found.append(Row(ROLLBACK, _rollback_line(scene, width), "text"))
    for level in scene.state.plan.rollback:
        found.append(Row(level.id, _level_line(scene, level, width), "level"))
        if level.id in open_ids:
            found += _item_rows(scene, level, chosen, width)
    return tuple(found)


def _phase_line(scene: Scene, phase: Phase, width: int) -> Line:
    standing = of_phase(scene, phase)
    tone = Tone.DIM if standing.tone is Tone.DIM else Tone.STRONG if standing.glyph == ACTIVE else Tone.PLAIN
    return _line("", standing, name(phase), tone, width)


def _item_rows(scene: Scene, part: Phase | Level, chosen: str, width: int) -> Iterator[Row]:
    for item in part.lines():
        yield Row(item.id, _item_line(scene, item, is_next=item.id == chosen, width=width), "item")


def _item_line(scene: Scene, item: Item, *, is_next: bool, width: int) -> Line:
    standing = of_item(scene, item, is_next=is_next)
    plain = standing.tone is Tone.OK or standing.word == "open"
    word = "" if plain and width < _WORDS_FROM else standing.word
    tone = Tone.STRONG if is_next else Tone.PLAIN
    return _line("  ", Standing(standing.glyph, word, standing.tone), title(scene.state, item), tone, width)


def _rollback_line(scene: Scene, width: int) -> Line:
    pro = [each for each in criteria_of(scene.state.plan) if not each.against and each.when is not None]
    numbers = criteria.tripped(scene.state)
    unsure = [each for each in pro if criteria.standing(scene, each).word in ("unknown", "stale")]
    watched = sum(criteria.is_watched(scene, each) for each in unsure)
    asked = len(scene.state.triggers) == len(pro)
    if numbers:
        standing = Standing(FAILED, f"{count(len(numbers), 'trigger')} tripped", Tone.BAD)
    elif watched:
        standing = Standing(UNSURE, f"{count(watched, 'trigger')} unknown", Tone.WARN)
    elif unsure:
        standing = Standing(OPEN, f"{count(len(unsure), 'trigger')} not watched", Tone.DIM)
    else:
        standing = Standing(OPEN, "no trigger tripped" if asked else "triggers not asked", Tone.DIM)
    return _line("", standing, "Rollback", Tone.PLAIN, width)


def _level_line(scene: Scene, level: Level, width: int) -> Line:
    under_way = of_level(scene, level)
    if under_way is not None:
        return _line(" ", under_way, name(level), Tone.STRONG, width)
    ready, why = light(scene, level)
    if scene.state.is_closed:
        return _line(" ", Standing(OPEN, "", Tone.DIM), name(level), Tone.DIM, width)
    if ready:
        return _line(" ", Standing(OPEN, "ready", Tone.OK), name(level), Tone.PLAIN, width)
    glyph, word, tone = (UNSURE, "unknown", Tone.WARN) if ready is None else (FAILED, "not ready", Tone.BAD)
    room = width - cells(name(level)) - cells(word) - 6
    words = f"{word}: {why}" if room > cells(why) else word
    return _line(" ", Standing(glyph, words, tone), name(level), Tone.PLAIN, width)


def _line(indent: str, standing: Standing, words: str, tone: Tone, width: int) -> Line:
    left = line(f" {indent}", Span(standing.glyph, standing.tone), " ", Span(words, tone))
    right = line(Span(standing.word, standing.tone), " ") if standing.word else Line()
    return cut_line(spread(left, right, width), width)
