"""`runs`, `status`, `report`, `amend`: runs as the journal holds them."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from pathlib import Path

from cockpit import paths
from cockpit.bootstrap import find_run, operator_name
from cockpit.clock import FrozenClock, RealClock
from cockpit.core.events import Event
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading
from cockpit.errors import ReportError
from cockpit.journal import catalogue
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from cockpit.telemetry import Scene


def runs(_: argparse.Namespace) -> int:
    """The runs on this machine, newest first."""
    from cockpit.core.inert import inert

    found = catalogue.runs(paths.runs_folder())
    for one in found:
        standing = one.ending or one.trouble or f"open, {one.phase or 'at the start'}"
        kind = "REHEARSAL " if one.rehearsal else ""
        opened = f"{one.opened:%Y-%m-%d %H:%M}" if one.opened else "?"
        where, plan = inert(one.environment or "?"), inert(one.plan or "?")
        print(f"{one.id:6} {opened}  {kind}{where}  {plan}: {inert(standing)}")
    if not found:
        print("No runs yet. Start one with cockpit demo, or cockpit run PLAN.")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Where a run stands."""
    from cockpit.view import status as view

    journal = SqliteJournal.open(find_run(arguments.run))
    scene = _scene(journal)
    print(json.dumps(view.record(scene), indent=2, ensure_ascii=False) if arguments.json else view.one_line(scene))
    journal.close()
    return 0


def report(arguments: argparse.Namespace) -> int:
    """The record as Markdown or JSON."""
    from cockpit import report as pages

    journal = SqliteJournal.open(_any_run(arguments.run))
    events = journal.read()
    state = Session(journal, FrozenClock(events[-1].at), "report").state
    readings = _cited(journal, events)
    if arguments.format == "md":
        text = pages.markdown(state, readings, events)
    else:
        text = json.dumps(pages.record(state, readings, events), indent=2, ensure_ascii=False) + "\n"
    journal.close()
    if arguments.output is None:
        print(text, end="" if text.endswith("\n") else "\n")
        return 0
    return _write(Path(arguments.output), text)


def amend(arguments: argparse.Namespace) -> int:
    """Show what changed in the plan, ask, and take it into the run."""
    import asyncio

    from cockpit import planfile
    from cockpit.core.commands import Amend, Refusal

    journal = SqliteJournal.open(find_run(arguments.run))
    session = Session(journal, RealClock(), operator_name(arguments.operator))
    plan = planfile.load(Path(arguments.plan or session.state.plan_file), environment=None)
    diff = _diff(session.state.plan, plan)
    print("\n".join(diff) or "The plan has not changed.")
    if diff and not arguments.yes and input("Take this into the run? Type yes: ").strip() != "yes":
        print("Nothing was changed.")
        return 1
    answer = asyncio.run(session.dispatch(Amend(plan, diff)))
    journal.close()
    if isinstance(answer, Refusal):
        print(answer.reason, file=sys.stderr)
        return 1
    print(f"Run {journal.run} goes on with the changed plan.")
    return 0


def _scene(journal: SqliteJournal) -> Scene:
    events = journal.read()
    clock = RealClock()
    session = Session(journal, clock, "")
    now = events[-1].at if session.state.rehearsal or session.state.is_closed else clock.now()
    return Scene(session.state, session.telemetry, now)


def _any_run(name: str | None) -> Path:
    """For a report the newest run will do, closed or not."""
    if name is not None:
        return find_run(name)
    found = catalogue.runs(paths.runs_folder())
    return find_run(found[0].id if found else None)


def _cited(journal: SqliteJournal, events: list[Event]) -> dict[int, Reading]:
    numbers = {number for event in events if isinstance(number := getattr(event.body, "reading", None), int)}
    numbers |= {number for event in events for number in getattr(event.body, "inputs", ())}
    found = {number: journal.reading(number) for number in sorted(numbers)}
    return {number: reading for number, reading in found.items() if reading is not None}


def _write(path: Path, text: str) -> int:
    """Whole or not at all, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ReportError(f"{path} cannot be written: {error.strerror}.", "Choose another file with -o.") from error
    print(f"Written to {path}.")
    return 0


def _diff(before: Plan, after: Plan) -> tuple[str, ...]:
    """Changed lines of the two plans as TOML, without context."""
    import tomli_w

    old, new = (
        tomli_w.dumps(plan.model_dump(mode="json", by_alias=True, exclude_none=True), multiline_strings=True)
        for plan in (before, after)
    )
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="", n=0)
    return tuple(line for line in list(lines)[2:] if not line.startswith("@@"))
