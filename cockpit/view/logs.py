"""Log lines as they are read: time, who, text; gaps as loud as errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.core import agenda, cadence
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.span import clock_face, show_span
from cockpit.core.state import State
from cockpit.core.text.logline import LogGap, LogLine
from cockpit.core.text.logrecord import record
from cockpit.telemetry import Glance, Scene
from cockpit.view.fit import cut, cut_line, foreign, join, pad, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.sieve import Roles, attributes
from cockpit.view.times import utc
from cockpit.view.words import reason

_LEVELS = {
    "debug": ("", Tone.DIM),
    "info": ("", Tone.PLAIN),
    "warn": ("! ", Tone.WARN),
    "warning": ("! ", Tone.WARN),
    "error": ("✗ ", Tone.BAD),
    "critical": ("✗ ", Tone.BAD),
    "platform": ("· ", Tone.ACCENT),
}
"""Level to the mark before the text, and its tone."""

_LINKS = {"live": Tone.OK, "polling": Tone.WARN, "reconnecting": Tone.WARN, "down": Tone.BAD}

_QUIET = timedelta(seconds=15)
"""A stream whose newest line is this much older than its last sign of life is called quiet."""
_SILENT = 15.0
"""Seconds of machine time without a sign of life after which a stream is not called live: it is asked for one after 10,
and given up after 20."""
_WHO = 12
"""Cells of `service·role`."""


@dataclass(frozen=True, slots=True)
class Position:
    """How the pane stands to its lines, for its title."""

    following: bool = True
    fresh: int = 0
    """Lines that came since it was held still."""
    level: str = "all"
    side: str = ""
    """`old` or `new` where only that deployment's lines are shown."""
    sieve: str = ""
    needle: str = ""
    shown: int = 0
    """Held lines that pass the filters."""
    unread: int = 0
    """Held lines that a slow filter has still to look at."""


def roles(state: State) -> Roles:
    """Which deployment of each service is the old one and which the new, by this run's newest rollout of it.

    What somebody else deployed is `other`: the rest of the screen, and the plan, mean ours by old and new.
    """
    strangers = (one.deployment for one in state.rollouts.values() if not is_ours(state, one.deployment))
    found = dict.fromkeys(strangers, "other")
    ours = {one.service: one for one in state.rollouts.values() if is_ours(state, one.deployment)}
    for service, target in state.targets.items():
        if service not in ours:
            found[target.id] = "old"
    for rollout in ours.values():
        found |= {rollout.previous: "old"} if rollout.previous else {}
    return found | {rollout.deployment: "new" for rollout in ours.values()}


def log_line(entry: LogLine | LogGap, width: int, *, roles: Roles) -> Line:
    """One line of at most `width` cells: `12:01:22 web·old  text`. Of a JSON line its message, then the rest, dim."""
    if isinstance(entry, LogGap):
        words = f"! lines may be missing from {utc(entry.since)} to {utc(entry.until)}: {foreign(entry.why, limit=200)}"
        return cut_line(line(Span(words, Tone.BAD)), width)
    mark, tone = _LEVELS.get(entry.level.lower(), ("", Tone.PLAIN))
    role = roles.get(entry.deployment, "")
    side = f"·{role}" if role else ""
    who = cut(foreign(entry.service, limit=40), _WHO - len(side)) + side  # a name may be cut, old or new never
    held = record(entry.text)
    text = (held.message if held else entry.text).strip()
    rest = " ".join(f"{name}={value}" for name, value in held.attributes) if held else ""
    return cut_line(
        line(
            Span(utc(entry.at), Tone.DIM),
            " ",
            Span(pad(who, _WHO), Tone.ACCENT if role == "new" else Tone.DIM),
            " ",
            *((Span("(late) ", Tone.DIM),) if entry.late else ()),
            Span(mark + foreign(text, limit=max(1, width)), tone),
            *((Span(f"  {foreign(rest, limit=max(1, width))}", Tone.DIM),) if rest else ()),
        ),
        width,
    )


def record_lines(entry: LogLine | LogGap, width: int, *, roles: Roles) -> Iterator[Line]:
    """Everything that is known of one line, on as many as it takes."""
    if isinstance(entry, LogGap):
        yield from wrapped(foreign(entry.why), width, Tone.BAD)
        yield line(Span("from       ", Tone.DIM), f"{utc(entry.since)} UTC")
        yield line(Span("to         ", Tone.DIM), f"{utc(entry.until)} UTC")
        return
    held = record(entry.text)
    role = roles.get(entry.deployment, "")
    yield from wrapped(foreign(held.message if held else entry.text, limit=20_000), width, Tone.STRONG)
    yield Line()
    facts = [
        ("time", entry.stamp or f"{utc(entry.at)} UTC"),
        ("level", entry.level),
        ("service", entry.service),
        ("deployment", f"{entry.deployment} ({role})" if role else entry.deployment),
        ("instance", entry.instance),
    ]
    if entry.late:
        facts.append(("late", "It came after newer lines of its instance."))
    yield from _facts(facts, width)
    if more := attributes(entry):
        yield Line()
        yield from _facts(more, width)
    if held:
        yield Line()
        yield from wrapped(foreign(entry.text, limit=20_000), width, Tone.DIM)


def glance_lines(scene: Scene, width: int) -> Iterator[Line]:
    """The build or request log looked at last, newest last; at its end how old it is, and when it is asked again."""
    seen = scene.live.glance
    if seen is None:
        yield from wrapped("Nothing was asked for.", width, Tone.WARN)
        return
    if seen.lines:
        known = roles(scene.state)
        yield from (log_line(one, width, roles=known) for one in seen.lines)
    elif seen.lines is not None:
        yield line("None. Only services with a domain have requests." if seen.kind == "http" else "It is empty.")
    elif not seen.trouble:
        yield line(Span("Railway is asked...", Tone.DIM))
    if seen.trouble:
        yield from wrapped(foreign(seen.trouble, limit=400), width, Tone.WARN)
    if seen.asked is not None:
        yield line(Span(_asked(scene, seen, seen.asked), Tone.DIM))


def _asked(scene: Scene, seen: Glance, at: datetime) -> str:
    if not agenda.grows(scene.state, seen.kind, seen.deployment, at):
        return f"asked {utc(at)} UTC"
    budget = scene.live.budget
    every = (cadence.LOGS * (budget.giving_way if budget else 1.0)).total_seconds()
    return f"asked {utc(at)} UTC, again every {show_span(timedelta(seconds=round(every)))}"


def log_title(scene: Scene, at: Position) -> Line:
    """The pane's title, what matters most first: whether lines are new, filters, how lines come, how many are kept."""
    if scene.state.plan.railway() is None:
        return Line((Span("none: this plan follows no deployment", Tone.DIM),))
    live = scene.live.log_link
    why = reason(live.why, limit=60) if live.state != "live" else ""
    levels = f"level≥{foreign(at.level, limit=20)}" if at.level not in ("", "all") else ""
    kept = _kept(scene, at)
    return join(
        (
            Span(f"+{at.fresh:,} new" if at.fresh else "", Tone.ACCENT),
            Span(f"find {foreign(at.needle, limit=30)}" if at.needle else "", Tone.ACCENT),
            Span(f"filter {foreign(at.sieve, limit=30)}" if at.sieve else "", Tone.ACCENT),
            Span(f"{at.side} only" if at.side else "", Tone.ACCENT),
            levels,
            Span("" if at.following else "held still", Tone.WARN),
            _stream(scene),
            "following" if at.following else "",
            Span(f"{at.unread:,} still to look through" if at.unread else "", Tone.WARN),
            Span(kept, Tone.DIM),
            "" if levels or kept or why else "all levels",
            Span(why, Tone.WARN),
        )
    )


def _stream(scene: Scene) -> Span:
    """How lines come. A stream is called live only while it gives signs of life; a quiet one says since when."""
    ring, link = scene.live.logs, scene.live.log_link
    newest = ring.line(ring.total - 1)
    state, tone = foreign(link.state, limit=20), _LINKS.get(link.state, Tone.WARN)
    if link.heard is None:
        return Span(state, tone)
    heard = max(link.heard, _end(newest)) if newest is not None else link.heard
    silence = clock_face(max(timedelta(), scene.now - heard))
    # At another pace of a rehearsal the same silence was another length of plan time.
    since = max(heard, scene.state.paced or heard)
    if link.state != "live":
        return Span(f"{state}, heard {silence} ago", tone)
    if (scene.now - since).total_seconds() > _SILENT * max(1.0, scene.state.factor):
        return Span(f"no sign of life for {silence}", Tone.WARN)
    if newest is None:
        return Span("live, no line yet", tone)
    quiet = scene.now - _end(newest) if _end(newest) <= link.heard - _QUIET else timedelta()
    return Span(f"live, quiet for {clock_face(quiet)}" if quiet else state, tone)


def _end(entry: LogLine | LogGap) -> datetime:
    return entry.until if isinstance(entry, LogGap) else entry.at


def _kept(scene: Scene, at: Position) -> str:
    """How many lines are shown of those kept, and kept of those that came: none goes without a word."""
    ring = scene.live.logs
    is_sifted = at.sieve or at.side or at.level not in ("", "all")
    shown = f"{at.shown:,} shown of " if is_sifted else ""
    if ring.first:
        return f"{shown}{len(ring):,} of {ring.total:,} lines kept"
    return f"{shown}{ring.total:,}" if is_sifted else ""


def _facts(facts: Iterable[tuple[str, str]], width: int) -> Iterator[Line]:
    for name, value in facts:
        yield from wrapped(foreign(value, limit=4000), width, indent=pad(foreign(name, limit=24), 12) + " ")
