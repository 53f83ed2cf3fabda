"""Log checks: a pattern counted, or patterns met one after the other, over a window that is read whole.

Patterns are of the kind that cannot hang (`core/expression/pattern.py`), lines are looked at up to a length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cockpit.adapters.railway import logs, shapes
from cockpit.adapters.railway.client import Client
from cockpit.adapters.railway.stamps import nanoseconds, stamped, written
from cockpit.core.expression.pattern import Pattern
from cockpit.core.plan.check import LogCheck
from cockpit.core.reading import Answer
from cockpit.core.text.logline import LogLine
from cockpit.errors import ExpressionError, Missing, Refused
from cockpit.ports import Asking, Scope

_LONGEST = 65_536
"""Characters of a line that are looked at; a longer one is a gap, for its rest may hold what is looked for."""
_SHOWN = 4000
"""Characters of a line that are kept as evidence."""
_EVIDENCE = 5
_TURN = 0.02
"""Machine seconds of looking, then a deadline and the screen get their turn: by time, as patterns differ in cost."""


class _Turns:
    """Gives the others their turn while many lines are looked through."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def give(self) -> None:
        if time.perf_counter() - self._since > _TURN:
            await asyncio.sleep(0)
            self._since = time.perf_counter()


@dataclass(frozen=True, slots=True)
class _Met:
    """How far the patterns came in one instance's lines."""

    lines: tuple[LogLine, ...]
    missing: str | None


async def ask(client: Client, scope: Scope, check: LogCheck, asking: Asking) -> Answer:
    """Facts `count lines found missing`; a window that could not be read whole is a gap. Raises SourceError."""
    if asking.since is None:
        raise Refused(f"The window of this log check begins at '{check.since}', which has not come.", "Ask it later.")
    if check.from_ != "any" and asking.deployment is None:
        raise Missing(f"Nobody knows yet which deployment is the {check.from_} one.", "Ask after a deploy has begun.")
    patterns = [_pattern(source) for source in check.ordered or (check.match or "",)]
    since = stamped(nanoseconds(written(asking.since)) - 1)
    window = await logs.window(client, scope, [scope.services[check.logs]], since, urgent=asking.urgent)
    lines = [line for line in window.lines if asking.deployment in {None, line.deployment}]
    gap = not window.whole or any(shapes.dropped(line) or len(line.text) > _LONGEST for line in lines)
    if check.ordered:
        return await _ordered(check, patterns, lines, gap=gap)
    matching = await _matching(patterns[0], lines)
    return Answer(
        facts=_facts(lines, matching, None if matching else check.match), evidence=_evidence(matching), gap=gap
    )


async def _ordered(check: LogCheck, patterns: Sequence[Pattern], lines: Sequence[LogLine], *, gap: bool) -> Answer:
    """Of one deployment every instance must meet them all; of any, one is enough."""
    by_instance = [await _met(patterns, part) for part in _by_instance(lines)]
    complete = [met for met in by_instance if met.missing is None]
    broken = [met for met in by_instance if met.missing is not None]
    found = bool(complete) and (check.from_ == "any" or not broken)
    furthest = max(broken, key=lambda met: len(met.lines), default=_Met((), check.ordered[0]))
    shown = complete[-1] if found else furthest
    facts = _facts(lines, shown.lines, None if found else furthest.missing)
    return Answer(facts=facts, evidence=_evidence(shown.lines), gap=gap)


async def _met(patterns: Sequence[Pattern], lines: Sequence[LogLine]) -> _Met:
    met: list[LogLine] = []
    turns = _Turns()
    for line in lines:
        if len(met) == len(patterns):
            break
        await turns.give()
        if _is_in(patterns[len(met)], line):
            met.append(line)
    return _Met(tuple(met), None if len(met) == len(patterns) else patterns[len(met)].source)


async def _matching(pattern: Pattern, lines: Sequence[LogLine]) -> list[LogLine]:
    found: list[LogLine] = []
    turns = _Turns()
    for line in lines:
        await turns.give()
        if _is_in(pattern, line):
            found.append(line)
    return found


def _by_instance(lines: Iterable[LogLine]) -> list[list[LogLine]]:
    """Each instance's lines in order; lines of a deployment that name no instance belong to all of its own."""
    instances: dict[tuple[str, str], list[LogLine]] = {}
    shared: dict[str, list[LogLine]] = {}
    for line in lines:
        if line.instance:
            instances.setdefault((line.deployment, line.instance), []).append(line)
        else:
            shared.setdefault(line.deployment, []).append(line)
    for deployment in shared.keys() - {deployment for deployment, _ in instances}:
        instances[deployment, ""] = []
    return [
        sorted([*own, *shared.get(deployment, ())], key=lambda line: nanoseconds(line.stamp))
        for (deployment, _), own in instances.items()
    ]


def _facts(lines: Sequence[LogLine], matching: Sequence[LogLine], missing: str | None) -> Mapping[str, object]:
    return {"count": len(matching), "lines": len(lines), "found": missing is None, "missing": missing}


def _evidence(lines: Sequence[LogLine]) -> tuple[str, ...]:
    return tuple(f"{line.stamp} {line.text[:_SHOWN]}" for line in lines[-_EVIDENCE:])


def _is_in(pattern: Pattern, line: LogLine) -> bool:
    return pattern.is_in(line.text[:_LONGEST], lambda _: None)


def _pattern(source: str) -> Pattern:
    try:
        return Pattern(source)
    except ExpressionError as error:
        raise Refused(f"The pattern {source!r} cannot be used: {error.what}", error.remedy) from error
