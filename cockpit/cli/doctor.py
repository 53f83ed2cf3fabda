"""`doctor`: does each connection work, how fast; which checks its role could not judge, which actions would fail.

Checks are not asked and actions not done: their source looks at them as far as it can without (`ports.Foresight`).
What a plan makes itself is not there before the deploy: a name that one of its actions speaks of is told, and counts
for nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cockpit.adapters.secrets import Vault
from cockpit.cli import foresight, structured
from cockpit.cli.alerting import webhook
from cockpit.cli.foresight import Foreseen
from cockpit.cli.links import Made, made
from cockpit.cli.plans import planned
from cockpit.core.plan import Plan
from cockpit.core.plan.window import clock_in
from cockpit.core.text.inert import inert
from cockpit.core.watch.alerts import PLAN
from cockpit.errors import CockpitError
from cockpit.ports import Link
from cockpit.runner.herald import LINKS
from cockpit.view.fit import wrap
from cockpit.view.words import count

WORK, FAIL, UNTOLD = 0, 1, 3

_PATIENCE = 20.0
"""Machine seconds a connection has to answer."""
_LEAST = 20
"""Cells of a terminal below which words are not wrapped under each other."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was looked at, and what came of it."""

    links: Sequence[Link]
    checks: Sequence[Foreseen]
    actions: Sequence[Foreseen]
    told: Sequence[Link]
    """Where the plan has alerts told."""
    unseen: tuple[str, ...]
    """Actions that nothing was looked at of: those of Railway, and of connections that do not work."""

    @property
    def broken(self) -> list[str]:
        """Connections that do not work."""
        return [link.connection for link in self.links if not link.ok]

    @property
    def code(self) -> int:
        """The exit status."""
        is_told = all(link.ok for link in self.told)
        if self.broken or not is_told or not all(each.holds for each in (*self.checks, *self.actions)):
            return FAIL
        return WORK if self.links or self.actions else UNTOLD


def doctor(arguments: argparse.Namespace) -> int:
    """A paragraph a connection, a line for what is in doubt. 0 when all work and nothing speaks against the rest."""
    plan = planned(arguments)
    vault = arguments.vault = Vault()
    found = asyncio.run(_examined(plan, vault, Path(arguments.plan)))
    if arguments.json:
        print(vault.redact(_document(plan, arguments.plan, found)))
        return found.code
    width = max((len(link.connection) for link in (*found.links, *found.told)), default=0)
    doubts = _in_doubt((*found.checks, *found.actions), arguments.plan)
    links = (line for link in (*found.links, *found.told) for line in _lines(link, width))
    for head, words in (*links, *_zones(plan), *doubts):
        print(_shown((inert(vault.redact(head)), inert(vault.redact(words)))))
    for line in (_summary(len(found.links), found.broken), *_alerts(found), *_judged(found.checks), *_done(found)):
        print(_shown(("", inert(line))))
    return found.code


async def _examined(plan: Plan, vault: Vault, file: Path) -> Findings:
    connections = made(plan, plan.connections, vault)
    try:
        links = await asyncio.gather(*(_examine(name, connections) for name in plan.connections))
        working = [link.connection for link in links if link.ok]
        checks = await foresight.checks(plan, working, connections, file)
        actions = await foresight.actions(plan, working, connections, file)
        told = await _told(plan, vault)
    finally:
        await connections.links.close()
    seen = {each.name for each in actions}
    return Findings(links, checks, actions, told, tuple(name for name in plan.actions if name not in seen))


async def _told(plan: Plan, vault: Vault) -> list[Link]:
    """The place of the plan where alerts are told: whether it could be. Nothing is posted."""
    if plan.notifications is None:
        return []
    try:
        place = webhook(vault.resolve(plan.notifications.webhook), LINKS[PLAN])
    except CockpitError as error:
        return [Link(LINKS[PLAN], ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)]
    try:
        return [await place.examine()]
    finally:
        await place.close()


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


Said = tuple[str, str]
"""What stands at the left, and what is said there."""


def _shown(said: Said) -> str:
    """On a terminal what is too long goes on under itself; in a pipe a line stays one."""
    head, words = said
    width = shutil.get_terminal_size().columns - len(head) if sys.stdout.isatty() else 0
    lines = wrap(words, width) if width >= _LEAST else (words,)
    return "\n".join((f"{head}{lines[0]}", *(f"{'':{len(head)}}{line}" for line in lines[1:])))


def _lines(link: Link, width: int) -> Iterator[Said]:
    took = f", {link.milliseconds} ms" if link.ok and link.milliseconds and " ms" not in link.summary else ""
    yield f"{'ok  ' if link.ok else 'FAIL'}  {link.connection:{width}}  ", f"{link.summary}{took}"
    for line in (*link.details, *link.warnings, link.remedy):
        if line:
            yield " " * (width + 8), line


def _zones(plan: Plan) -> Iterator[Said]:
    """What the windows go by: a zone that is not known here is a complaint of the plan, and nothing is looked at."""
    now = datetime.now(UTC)
    for zone in dict.fromkeys(window.zone for window in plan.windows.values()):
        shown = clock_in(zone, now)
        named = [name for name, window in plan.windows.items() if window.zone == zone]
        if shown is not None:
            yield "ok    ", f"{', '.join(named)}: in {zone} it is {shown:%a %H:%M} now (UTC{shown:%z})"


def _in_doubt(found: Sequence[Foreseen], file: str) -> Iterator[Said]:
    """By verb and name, as a phase would have it: a check of the same name as an action is another thing."""
    width = max((len(f"{each.verb} {each.name}") for each in found if each.doubts), default=0)
    for each in found:
        place = f"{file}:{each.line}: " if each.line is not None else ""
        for doubt in each.doubts:
            of = "" if doubt.key == "sql" else f"{doubt.key}: "
            name = f"{each.verb} {each.name}"
            yield f"{'FAIL' if doubt.sure else 'note'}  {name:{width}}  ", f"{place}{of}{doubt.what}"
            yield " " * (width + 8), doubt.remedy


def _summary(links: int, broken: list[str]) -> str:
    if not links:
        return "The plan has no connections."
    if not broken:
        return "The connection works." if links == 1 else f"All {links} connections work."
    return f"{len(broken)} of {links} connections {'does' if len(broken) == 1 else 'do'} not work: {', '.join(broken)}."


def _alerts(found: Findings) -> Iterator[str]:
    for link in found.told:
        if not link.ok:
            yield f"Alerts cannot be told by the {link.connection}."


def _judged(checks: Sequence[Foreseen]) -> Iterator[str]:
    if not checks:
        return
    unjudged = [each.name for each in checks if not each.holds]
    if unjudged:
        yield f"{len(unjudged)} of {count(len(checks), 'check')} in SQL cannot be judged: {', '.join(unjudged)}."
        return
    those = "the check" if len(checks) == 1 else f"any of the {len(checks)} checks"
    yield f"Nothing keeps its role from judging {those} in SQL{_notes(checks)}."


def _done(found: Findings) -> Iterator[str]:
    """Never more than was looked at: rights, names and types of SQL, and whether a command is there."""
    looked, against = found.actions, [each.name for each in found.actions if not each.holds]
    if against:
        some = f"{len(against)} of {count(len(looked), 'action')} that could be looked at"
        yield f"{some} would fail: {', '.join(against)}."
    elif looked:
        those = "the action" if len(looked) == 1 else f"the {len(looked)} actions"
        yield f"Nothing was found against {those} that could be looked at{_notes(looked)}."
    if any(each.on is not None for each in looked):
        yield "Of SQL its rights, names and types were looked at, not what functions and triggers do inside."
    if found.unseen:
        yield f"Not looked at: {', '.join(found.unseen)}."


def _notes(found: Sequence[Foreseen]) -> str:
    noted = sum(bool(each.doubts) for each in found)
    return f"; {noted} with a note" if noted else ""


def _document(plan: Plan, file: str, found: Findings) -> str:
    return structured.text({
        "plan": plan.name,
        "environment": plan.environment,
        "outcome": {WORK: "ok", FAIL: "fail", UNTOLD: "could not tell"}[found.code],
        "connections": [{"connection": link.connection, **_of_link(link)} for link in found.links],
        "alerts": [{"place": link.connection, **_of_link(link)} for link in found.told],
        "checks": [
            {"check": each.name, **_of_foreseen(each, file), "can_be_judged": each.holds} for each in found.checks
        ],
        "actions": [
            {"action": each.name, **_of_foreseen(each, file), "would_fail": not each.holds} for each in found.actions
        ],
        "not_looked_at": list(found.unseen),
    })  # fmt: skip


def _of_link(link: Link) -> dict[str, object]:
    return {
        "ok": link.ok,
        "summary": link.summary,
        "milliseconds": link.milliseconds,
        "remedy": link.remedy,
        "warnings": list(link.warnings),
        "details": list(link.details),
    }


def _of_foreseen(each: Foreseen, file: str) -> dict[str, object]:
    doubts = [{"key": one.key, "sure": one.sure, "what": one.what, "remedy": one.remedy} for one in each.doubts]
    return {"on": each.on, "file": file, "line": each.line, "doubts": doubts}
