"""`amend`: a changed plan taken into a run, shown before and recorded."""

from __future__ import annotations

import argparse
import asyncio
import difflib
from collections.abc import Sequence
from pathlib import Path

from cockpit import planfile
from cockpit.bootstrap import find_run, operator_name, take_over
from cockpit.cli.records import opened
from cockpit.clock import Clock, FrozenClock, RealClock
from cockpit.core.commands import Amend, Refusal
from cockpit.core.events import Event
from cockpit.core.fold.amendment import definition
from cockpit.core.plan import Plan
from cockpit.core.rules import allowed
from cockpit.core.state import State, Status
from cockpit.core.text.inert import inert
from cockpit.errors import UsageError
from cockpit.process import is_gone
from cockpit.session import Session


def amend(arguments: argparse.Namespace) -> int:
    """Show what changed in the plan, ask, and take it into the run. Items that did not change keep their state."""
    with opened(find_run(arguments.run)) as (journal, events):
        operator = operator_name(arguments.operator)
        session = Session(journal, _clock(events), operator, events=events, is_gone=is_gone)
        state = session.state
        plan = _changed(state, Path(arguments.plan or state.plan_file), arguments.environment)
        command = Amend(plan, _diff(state.plan, plan))
        if not command.diff:
            print("The plan has not changed.")
            return 0
        _refuse(allowed(state, command, session.clock.now()))
        take_over(session)
        try:
            _show(state, command)
            if not (arguments.yes or _confirmed()):
                print("Nothing was changed.")
                return 2
            answer = asyncio.run(session.dispatch(command))
        finally:
            asyncio.run(session.presence.leave())
        _refuse(answer if isinstance(answer, Refusal) else None)
    print(f"Run {session.run} goes on with the changed plan: cockpit resume {session.run}")
    return 0


def _clock(events: Sequence[Event]) -> Clock:
    """Plan time. That of a rehearsal stands still while its world is down, so the amendment comes at its last event."""
    return FrozenClock(events[-1].at) if getattr(events[0].body, "rehearsal", False) else RealClock()


def _changed(state: State, file: Path, environment: str | None) -> Plan:
    """The changed plan for the run's own environment. Raises PlanError with every complaint, UsageError."""
    plan = planfile.load(file, environment=environment)
    if environment is None and state.environment in plan.environments:
        plan = planfile.load(file, environment=state.environment)
    if plan.environment != state.environment:
        raise UsageError(
            f"This run is about {inert(state.environment)}, and the changed plan about {inert(plan.environment)}.",
            "Say with -e which part of the plan is meant, or start a run of its own.",
        )
    return plan


def _diff(before: Plan, after: Plan) -> tuple[str, ...]:
    """Changed lines of the two plans as TOML, without context."""
    import tomli_w

    old, new = (
        tomli_w.dumps(plan.model_dump(mode="json", by_alias=True, exclude_none=True), multiline_strings=True)
        for plan in (before, after)
    )
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="", n=0)
    return tuple(line for line in list(lines)[2:] if not line.startswith("@@"))


def _show(state: State, command: Amend) -> None:
    for line in command.diff:
        print(inert(line))
    again = [
        f"{item.phase}: {command.plan.title_of(item)}"
        for item in command.plan.lines()
        if state.item(item.id).status is not Status.OPEN
        and definition(state.plan, item.id) != definition(command.plan, item.id)
    ]
    for line in again:
        print(f"Open again: {inert(line)}")


def _confirmed() -> bool:
    try:
        return input("Take this into the run? Type yes: ").strip() == "yes"
    except EOFError:
        print()
        return False


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise UsageError(refusal.reason)
