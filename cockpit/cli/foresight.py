"""What can be told of a plan's checks and actions before anything is asked or done, each with what speaks against it.

Where nothing is found, nothing more is said than that: what was not looked at is named.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cockpit import planfile
from cockpit.adapters.shell import Processes
from cockpit.cli.links import Made
from cockpit.core.answers import samples
from cockpit.core.complaint import KeyPath
from cockpit.core.plan import Action, Ask, Plan, PostgresCheck, Question
from cockpit.core.plan.statement import first_word
from cockpit.errors import PlanError
from cockpit.ports import Doubt, Foresight

PATIENCE = 20.0
"""Machine seconds a check or an action has to be looked at."""
_SLOW = Doubt(f"It could not be looked at within {PATIENCE:.0f} s.", "See whether the database is busy.")
_MAKING = ("create", "alter", "do", "call", "select", "with")
"""First words of statements that may make what another one lacks."""
_TIME = Ask(text="When was that?", type="time")
"""Of the type that `time of ANCHOR` has."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A check or an action that was looked at, and what speaks against it."""

    verb: str
    """`check` or `do`, as a phase would have it."""
    name: str
    on: str | None
    """The connection; None for a command of this machine."""
    line: int | None
    """Of the plan file, where that is known."""
    doubts: tuple[Doubt, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is known that keeps the role from judging it, or the action from being done."""
        return not any(doubt.sure for doubt in self.doubts)


async def checks(plan: Plan, working: Sequence[str], connections: Made, file: Path) -> list[Foreseen]:
    """The checks of the connections that work and whose source can tell; those of one, one after the other."""
    line_of = _line_of(file)

    async def of(connection: str, source: Foresight) -> list[Foreseen]:
        found = []
        for name, check in plan.checks.items():
            if check.on == connection:
                doubts = await _within(source.doubts(check, _samples(plan, _bound(check))))
                told = _with_what_is_to_come(doubts, lambda doubt: _made_by(plan, doubt))
                found.append(Foreseen("check", name, connection, line_of(("checks", name)), told))
        return found

    return await _gathered(of, working, connections, list(plan.checks))


async def actions(plan: Plan, working: Sequence[str], connections: Made, file: Path) -> list[Foreseen]:
    """The actions in SQL of the same, and those that are commands of this machine."""
    line_of, shell = _line_of(file), Processes()

    async def of(connection: str, source: Foresight) -> list[Foreseen]:
        found = []
        for name, action in plan.actions.items():
            if action.statements and action.on == connection:
                doubts = await _within(source.doubts_to_write(action.statements, _samples(plan, action.with_)))
                told = _with_what_is_to_come(doubts, lambda doubt, name=name: _made_before(plan, name, doubt))  # type: ignore[misc]
                found.append(Foreseen("do", name, connection, line_of(("actions", name)), told))
        return found

    commands = [
        Foreseen("do", name, None, line_of(("actions", name)), _of_command(action.argv[0], shell))
        for name, action in plan.actions.items()
        if action.argv
    ]
    return _in_order([*commands, *await _gathered(of, working, connections, list(plan.actions))], list(plan.actions))


async def _gathered(
    of: Callable[[str, Foresight], Awaitable[list[Foreseen]]],
    working: Sequence[str],
    connections: Made,
    order: Sequence[str],
) -> list[Foreseen]:
    sources = {name: connections.links.sources[name] for name in working}
    found = await asyncio.gather(*(of(name, one) for name, one in sources.items() if isinstance(one, Foresight)))
    return _in_order((each for some in found for each in some), order)


def _in_order(found: Iterable[Foreseen], order: Sequence[str]) -> list[Foreseen]:
    return sorted(found, key=lambda each: order.index(each.name))


async def _within(asking: Awaitable[tuple[Doubt, ...]]) -> tuple[Doubt, ...]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await asking
    except TimeoutError:
        return (_SLOW,)


def _of_command(program: str, shell: Processes) -> tuple[Doubt, ...]:
    if shell.find(program) is not None:
        return ()
    what = f"{program} is not on this machine, or may not be run."
    return (Doubt(what, "Install it, or see to its folder in PATH.", key="argv"),)


def _line_of(file: Path) -> Callable[[KeyPath], int | None]:
    try:
        return planfile.lines(file)
    except PlanError:  # gone since it was read
        return lambda _: None


def _bound(check: Question) -> tuple[str, ...]:
    return check.with_ if isinstance(check, PostgresCheck) else ()


def _samples(plan: Plan, names: Sequence[str]) -> tuple[tuple[object, ...], ...]:
    """Parameters to try a statement's types with: each option of a choice once, beside the first of the others."""
    values = [samples(plan.asks.get(name, _TIME)) for name in names]
    usual = tuple(each[0] for each in values)
    others = [(*usual[:at], value, *usual[at + 1 :]) for at, each in enumerate(values) for value in each[1:]]
    return (usual, *others)


def _with_what_is_to_come(doubts: Sequence[Doubt], maker: Callable[[Doubt], str | None]) -> tuple[Doubt, ...]:
    """The doubts; of what the plan is going to make itself, the first, which then counts for nothing."""
    told = [(doubt, _softened(doubt, maker(doubt) if doubt.lacks else None)) for doubt in doubts]
    made_later = [after for before, after in told if after is not before]
    return (*(after for before, after in told if after is before), *made_later[:1])


def _softened(doubt: Doubt, maker: str | None) -> Doubt:
    if maker is None:
        return doubt
    return replace(doubt, sure=False, remedy=f"'{maker}' speaks of it: it may be there after that.")


def _made_by(plan: Plan, doubt: Doubt) -> str | None:
    """The title of an action that speaks of what a check lacks."""
    spoken = (action.title or name for name, action in plan.actions.items() if _speaks(action, doubt))
    return next(spoken, None)


def _made_before(plan: Plan, name: str, doubt: Doubt) -> str | None:
    """The title of another action that may make what this one lacks; what only uses it does not."""
    makers = (
        other.title or key
        for key, other in plan.actions.items()
        if key != name and _speaks(other, doubt, by=_MAKING)
    )  # fmt: skip
    return next(makers, None)


def _speaks(action: Action, doubt: Doubt, *, by: Sequence[str] | None = None) -> bool:
    word = re.compile(rf"\b{re.escape(doubt.lacks)}\b", re.IGNORECASE)
    return any(word.search(sql) for sql in action.statements if by is None or first_word(sql) in by)
