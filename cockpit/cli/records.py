"""`runs`, `status`, `report`: runs as the journal holds them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cockpit import paths
from cockpit.bootstrap import earlier_rollouts, find_run
from cockpit.cli import structured
from cockpit.clock import FrozenClock, RealClock
from cockpit.core.events import Event
from cockpit.core.rollout.forecast import by_action
from cockpit.core.text.inert import inert
from cockpit.errors import JournalError, ReportError
from cockpit.journal import catalogue
from cockpit.journal.sqlite import SqliteJournal
from cockpit.process import is_gone
from cockpit.report.findings import Kept
from cockpit.session import Session
from cockpit.telemetry import Scene


def runs(_: argparse.Namespace) -> int:
    """The runs on this machine, newest first."""
    found = catalogue.runs(paths.runs_folder())
    for one in found:
        standing = one.ending or one.trouble or f"open, {one.phase or 'at the start'}"
        kind = "REHEARSAL " if one.rehearsal else ""
        opened = f"{one.opened:%Y-%m-%d %H:%M}" if one.opened else "?"
        where, plan = inert(one.environment or "?"), inert(one.plan or "?")
        print(f"{inert(one.id):6} {opened:16}  {kind}{where}  {plan}: {inert(standing)}")
    if not found:
        print("No runs yet. Start one with cockpit demo, or cockpit run PLAN.")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Where a run stands: the newest open one unless one is named, else the newest."""
    from cockpit.view import status as view

    with opened(_meant(arguments.run)) as (journal, events):
        scene = _scene(journal, events)
        scene.live.forecasts.update(by_action(earlier_rollouts(scene.state)))
        print(structured.text(view.record(scene)) if arguments.json else view.one_line(scene))
    return 0


def report(arguments: argparse.Namespace) -> int:
    """The record as Markdown or JSON; of the newest run unless one is named."""
    from cockpit.report.markdown import markdown
    from cockpit.report.record import record

    with opened(_meant(arguments.run, newest=True)) as (journal, events):
        state = Session(journal, FrozenClock(events[-1].at), "report", events=events).state
        kept = _kept(journal, events)
        if arguments.format == "md":
            page = markdown(state, kept, events)
        else:
            page = structured.text(record(state, kept, events)) + "\n"
    if arguments.output is None:
        print(page, end="" if page.endswith("\n") else "\n")
        return 0
    return _write(Path(arguments.output), page)


@contextmanager
def opened(path: Path) -> Iterator[tuple[SqliteJournal, list[Event]]]:
    """A journal and all its events; closed again. Raises JournalError, also where nothing has happened yet."""
    journal = SqliteJournal.open(path)
    try:
        events = journal.read()
        if not events:
            raise JournalError(f"Nothing has happened in run {journal.run}.", "It was killed as it began; start anew.")
        yield journal, events
    finally:
        journal.close()


def _meant(name: str | None, *, newest: bool = False) -> Path:
    """The run that is named; else the newest that is open, else, or with `newest`, the newest there is."""
    if name is None:
        found = catalogue.runs(paths.runs_folder())
        there = [run for run in found if run.opened is not None] or found  # one in trouble says so when it is opened
        wanted = there if newest else [run for run in there if run.is_open] or there
        if wanted:
            return wanted[0].path
    return find_run(name)


def _scene(journal: SqliteJournal, events: list[Event]) -> Scene:
    clock = RealClock()
    session = Session(journal, clock, "", events=events, is_gone=is_gone)
    session.telemetry.others = session.presence.attached()
    # The plan time of a rehearsal is not ours: it is told as it stood at the last event.
    now = events[-1].at if session.state.rehearsal or session.state.is_closed else clock.now()
    return Scene(session.state, session.telemetry, now)


def _kept(journal: SqliteJournal, events: list[Event]) -> Kept:
    numbers = {number for event in events if isinstance(number := getattr(event.body, "reading", None), int)}
    numbers |= {number for event in events for number in getattr(event.body, "inputs", ())}
    found = {number: journal.reading(number) for number in sorted(numbers)}
    cited = {number: reading for number, reading in found.items() if reading is not None}
    last = max((reading.asked for reading in journal.latest().values()), default=events[-1].at)
    return Kept(cited, journal.samples, max(last, events[-1].at))


def _write(path: Path, page: str) -> int:
    """Whole or not at all, readable by its owner only."""
    if not path.name:
        raise ReportError(f"{path} is no file.", "Give -o the name of one.")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(page)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise ReportError(f"{path} cannot be written: {error.strerror}.", "Choose another file with -o.") from error
    print(f"Written to {path}.")
    return 0
