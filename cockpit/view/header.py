"""The first line: which plan, where, how long, who drives, whether it is recorded, what the API has left."""

from __future__ import annotations

from cockpit.core.lease import Role
from cockpit.telemetry import Scene
from cockpit.view import thrift
from cockpit.view.fit import cells, cut, foreign, join, line_cells, pad_line, spread
from cockpit.view.line import Line, Span, Tone
from cockpit.view.words import short

_NAME_AT_LEAST = 10
"""Cells of the plan's name below which other words go first."""
_BETWEEN = 3
"""Cells between place and facts, at least; so few hold a separator, else "production run 4f2c" reads as one."""
_MARGINS = 2 + _BETWEEN + len(" · ")
"""Cells of the line that no words take: its two ends, and what stands before and behind the place."""


def title(scene: Scene, width: int) -> Line:
    """One line of at most `width` cells. The environment and trouble stay; the plan's name is cut before them."""
    place = _place(scene)
    name = foreign(scene.state.plan.name, limit=200)
    at_least = min(cells(name), _NAME_AT_LEAST) + line_cells(place) + _MARGINS
    right = _facts(scene)
    while len(right) > 1 and at_least + line_cells(_joined(right)) > width and _weakest(right) is not None:
        right.remove(_weakest(right) or right[-1])
    facts = _joined(right)
    room = width - line_cells(facts) - line_cells(place) - _MARGINS
    left = join([cut(name, max(room, 0)), place]) if room > 0 else place
    if 0 <= width - line_cells(left) - line_cells(facts) - 2 - _BETWEEN < 2:
        return pad_line(Line((Span(" "), *join((left, facts)).spans, Span(" "))), width)
    return spread(Line((Span(" "), *left.spans)), Line((*facts.spans, Span(" "))), width)


Fact = tuple[int, Span]
"""How long it is kept when room gets short (0 for ever), and the words."""


def _joined(facts: list[Fact]) -> Line:
    return join(span for _, span in facts)


def _weakest(facts: list[Fact]) -> Fact | None:
    """The fact that goes next, none of those that stay."""
    return max((fact for fact in facts if fact[0]), key=lambda fact: fact[0], default=None)


def _place(scene: Scene) -> Line:
    environment = foreign(scene.state.environment, limit=40)
    if scene.state.rehearsal:
        return join([Span("REHEARSAL", Tone.ACCENT), environment])
    return Line((Span(environment.upper(), Tone.STRONG),))


def _facts(scene: Scene) -> list[Fact]:
    state = scene.state
    facts: list[Fact] = [(3, Span(f"run {short(state.run)}", Tone.DIM))]
    if state.plan.risk == "high":
        facts.insert(0, (5, Span("high risk", Tone.WARN)))
    if state.attempt > 1:
        facts.append((2, Span(f"attempt {state.attempt}", Tone.WARN)))
    facts += [(1, _elapsed(scene)), (4, Span(_driver(scene)))]
    monitors = [one for one in scene.live.others if one.role is Role.MONITOR]
    if monitors:
        does = "asks" if any(one.asks for one in monitors) else "stands by"
        facts.append((7, Span(f"monitor {does}", Tone.DIM)))
    facts += _links(scene)
    if scene.live.journal_trouble:
        facts.append((0, Span("! NOT RECORDED", Tone.BAD)))
    else:
        facts.append(_journal(scene.live.journal_notice))
    requests = thrift.in_header(scene)
    return [*facts, requests] if requests else facts


def _journal(notice: str) -> Fact:
    if not notice:
        return (6, Span("journal ok", Tone.DIM))
    return (2, Span("journal read-only" if "read-only" in notice else "journal ok (no WAL)", Tone.WARN))


def _elapsed(scene: Scene) -> Span:
    state = scene.state
    if state.ending is not None:
        return Span(foreign(state.ending), Tone.STRONG)
    seconds = max(0, int((scene.now - state.opened).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return Span(f"{days}d {clock}" if days else clock)


def _driver(scene: Scene) -> str:
    driver = foreign(scene.state.operator, limit=20)
    if scene.state.auto:
        return "a script drives"
    return "you drive" if scene.operator == scene.state.operator else f"{driver or 'nobody'} drives"


def _links(scene: Scene) -> list[Fact]:
    links = scene.live.links
    if not links:
        return []
    words = " and ".join(f"{foreign(name, limit=20)} {trouble.word}" for name, trouble in links.items())
    words = words if len(links) == 1 else f"{len(links)} links in trouble"
    return [(0, Span(f"! {words}", Tone.BAD))]
