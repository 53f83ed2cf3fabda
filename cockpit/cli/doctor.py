"""`doctor`: does each connection work, with which rights, how fast; and which checks its role could not judge.

Checks are not asked: their source looks at them as far as it can without (`ports.Foresight`). What a plan makes
itself is not there before the deploy: a name that one of its actions speaks of is told, and counts for nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cockpit import planfile
from cockpit.adapters.secrets import Vault
from cockpit.cli import structured
from cockpit.cli.links import Made, made
from cockpit.cli.plans import planned
from cockpit.core.answers import samples
from cockpit.core.complaint import KeyPath
from cockpit.core.plan import Ask, Plan, PostgresCheck, Question
from cockpit.core.text.inert import inert
from cockpit.errors import PlanError
from cockpit.ports import Doubt, Foresight, Link
from cockpit.view.words import count

WORK, FAIL, UNTOLD = 0, 1, 3

_PATIENCE = 20.0
"""Machine seconds a connection has to answer, and a check to be looked at."""
_SLOW = Doubt(f"It could not be looked at within {_PATIENCE:.0f} s.", "See whether the database is busy.")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A check that was looked at, and what speaks against it."""

    check: str
    on: str
    line: int | None
    """Of the plan file, where that is known."""
    doubts: tuple[Doubt, ...]

    @property
    def can_be_judged(self) -> bool:
        """Whether nothing is known that keeps the role from judging it."""
        return not any(doubt.sure for doubt in self.doubts)


def doctor(arguments: argparse.Namespace) -> int:
    """A paragraph a connection, a line a check that is in doubt. 0 when all work and all checks can be judged."""
    plan = planned(arguments)
    vault = arguments.vault = Vault()
    links, checks = asyncio.run(_examined(plan, vault, Path(arguments.plan)))
    broken = [link.connection for link in links if not link.ok]
    unjudged = [each.check for each in checks if not each.can_be_judged]
    code = FAIL if broken or unjudged else WORK if links else UNTOLD
    if arguments.json:
        print(vault.redact(_document(plan, arguments.plan, links, checks, code)))
        return code
    width = max((len(link.connection) for link in links), default=0)
    for link in links:
        for line in _lines(link, width):
            print(inert(vault.redact(line)))
    for line in _in_doubt(checks, arguments.plan):
        print(inert(vault.redact(line)))
    print(_summary(len(links), broken))
    if checks:
        print(_judged(checks, unjudged))
    return code


async def _examined(plan: Plan, vault: Vault, file: Path) -> tuple[list[Link], list[Foreseen]]:
    connections = made(plan, plan.connections, vault)
    try:
        links = await asyncio.gather(*(_examine(name, connections) for name in plan.connections))
        work = [link.connection for link in links if link.ok]
        foreseen = await asyncio.gather(*(_foresee(plan, name, connections, file) for name in work))
        order = list(plan.checks)
        return links, sorted((each for some in foreseen for each in some), key=lambda each: order.index(each.check))
    finally:
        await connections.links.close()


async def _examine(name: str, connections: Made) -> Link:
    error = connections.broken.get(name)
    if error is not None:
        return Link(name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await connections.links.sources[name].examine()
    except TimeoutError:
        what, remedy = f"It did not answer within {_PATIENCE:.0f} s.", "See whether it is up, and the way to it open."
        return Link(name, ok=False, summary=what, milliseconds=0, remedy=remedy)


async def _foresee(plan: Plan, connection: str, connections: Made, file: Path) -> list[Foreseen]:
    """The checks of one connection, one after the other; none where its source cannot tell without asking."""
    source = connections.links.sources[connection]
    if not isinstance(source, Foresight):
        return []
    line_of, found = _line_of(file), list[Foreseen]()
    for name, check in plan.checks.items():
        if check.on != connection:
            continue
        try:
            async with asyncio.timeout(_PATIENCE):
                doubts = await source.doubts(check, _samples(plan, check))
        except TimeoutError:
            doubts = (_SLOW,)
        found.append(Foreseen(name, connection, line_of(("checks", name)), _with_what_is_to_come(plan, doubts)))
    return found


def _line_of(file: Path) -> Callable[[KeyPath], int | None]:
    try:
        return planfile.lines(file)
    except PlanError:  # gone since it was read
        return lambda _: None


def _samples(plan: Plan, check: Question) -> tuple[tuple[object, ...], ...]:
    """Parameters to try a statement's types with: each option of a choice once, beside the first of the others."""
    names = check.with_ if isinstance(check, PostgresCheck) else ()
    values = [samples(plan.asks.get(name, _TIME)) for name in names]
    usual = tuple(each[0] for each in values)
    others = [(*usual[:at], value, *usual[at + 1 :]) for at, each in enumerate(values) for value in each[1:]]
    return (usual, *others)


_TIME = Ask(text="When was that?", type="time")
"""Of the type that `time of ANCHOR` has."""


def _with_what_is_to_come(plan: Plan, doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """The doubts about a check; of what its plan is going to make, the first."""
    told = [(doubt, _to_come(plan, doubt)) for doubt in doubts]
    made_later = [after for before, after in told if after is not before]
    return (*(after for before, after in told if after is before), *made_later[:1])


def _to_come(plan: Plan, doubt: Doubt) -> Doubt:
    """A doubt about what is not there, softened where an action of the plan speaks of it."""
    if not doubt.lacks:
        return doubt
    word = re.compile(rf"\b{re.escape(doubt.lacks)}\b", re.IGNORECASE)
    for name, action in plan.actions.items():
        if any(word.search(sql) for sql in action.statements):
            title = action.title or name
            return replace(doubt, sure=False, remedy=f"'{title}' speaks of it: it may be there after that.")
    return doubt


def _lines(link: Link, width: int) -> Iterator[str]:
    took = f", {link.milliseconds} ms" if link.ok and link.milliseconds and " ms" not in link.summary else ""
    yield f"{'ok  ' if link.ok else 'FAIL'}  {link.connection:{width}}  {link.summary}{took}"
    for line in (*link.details, *link.warnings, link.remedy):
        if line:
            yield f"{'':{width + 8}}{line}"


def _in_doubt(checks: Sequence[Foreseen], file: str) -> Iterator[str]:
    width = max((len(each.check) for each in checks if each.doubts), default=0)
    for each in checks:
        place = f"{file}:{each.line}: " if each.line is not None else ""
        for doubt in each.doubts:
            of = "" if doubt.key == "sql" else f"{doubt.key}: "
            yield f"{'FAIL' if doubt.sure else 'note'}  {each.check:{width}}  {place}{of}{doubt.what}"
            yield f"{'':{width + 8}}{doubt.remedy}"


def _summary(links: int, broken: list[str]) -> str:
    if not links:
        return "The plan has no connections."
    if not broken:
        return "The connection works." if links == 1 else f"All {links} connections work."
    return f"{len(broken)} of {links} connections {'does' if len(broken) == 1 else 'do'} not work: {', '.join(broken)}."


def _judged(checks: Sequence[Foreseen], unjudged: list[str]) -> str:
    if unjudged:
        return f"{len(unjudged)} of {count(len(checks), 'check')} in SQL cannot be judged: {', '.join(unjudged)}."
    those = "the check" if len(checks) == 1 else f"any of the {len(checks)} checks"
    noted = sum(bool(each.doubts) for each in checks)
    notes = f"; {noted} with a note" if noted else ""
    return f"Nothing keeps its role from judging {those} in SQL{notes}."


def _document(plan: Plan, file: str, links: Sequence[Link], checks: Sequence[Foreseen], code: int) -> str:
    return structured.text({
        "plan": plan.name,
        "environment": plan.environment,
        "outcome": {WORK: "ok", FAIL: "fail", UNTOLD: "could not tell"}[code],
        "connections": [
            {
                "connection": link.connection,
                "ok": link.ok,
                "summary": link.summary,
                "milliseconds": link.milliseconds,
                "remedy": link.remedy,
                "warnings": list(link.warnings),
                "details": list(link.details),
            }
            for link in links
        ],
        "checks": [
            {
                "check": each.check,
                "on": each.on,
                "file": file,
                "line": each.line,
                "can_be_judged": each.can_be_judged,
                "doubts": [
                    {"key": doubt.key, "sure": doubt.sure, "what": doubt.what, "remedy": doubt.remedy}
                    for doubt in each.doubts
                ],
            }
            for each in checks
        ],
    })  # fmt: skip
