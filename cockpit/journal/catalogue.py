"""Every run there is a file of, and the one that is meant.

Looks without leaving a trace: files are opened for reading only, and one that is damaged, held
or foreign is listed with its trouble instead of hiding the others.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cockpit.core.plan.names import slug
from cockpit.errors import JournalError
from cockpit.journal import file
from cockpit.journal.rows import instant
from cockpit.journal.trouble import damaged, told

_PATIENCE = 0.5
"""Machine seconds to wait for one locked file; the list should not hang on it."""
_LAST = "select body from events where kind in ({}) order by seq desc limit 1"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of `cockpit runs`."""

    id: str
    path: Path
    plan: str = ""
    environment: str = ""
    opened: datetime | None = None
    """Plan time of the first event; None when nothing happened in it yet, or it cannot be read."""
    last: datetime | None = None
    """Plan time of the last event."""
    ending: str | None = None
    phase: str = ""
    """The title of the phase or rollback level that opened last."""
    rehearsal: bool = False
    trouble: str = ""
    """Why it cannot be read, for a person; empty when it can."""

    @property
    def is_open(self) -> bool:
        """Whether it can be resumed."""
        return self.opened is not None and self.ending is None and not self.trouble


def runs(folder: Path) -> list[RunSummary]:
    """The runs with a file in `folder`, newest first; none when there is no such folder."""
    return sorted(map(_summary, folder.glob(f"*{file.SUFFIX}")), key=_age, reverse=True)


def find(folder: Path, name: str | None) -> Path:
    """The journal a person means: by short id, by a beginning only one has, or by file; None is the newest open run.

    Raises JournalError, with the nearest ids, when there is none or more than one.
    """
    if name is None:
        return _newest_open(folder)
    path = Path(name).expanduser()
    if path.suffix == file.SUFFIX or path.parent != Path():
        if path.is_file():
            return path
        raise JournalError(f"There is no journal at {name}.", "`cockpit runs` lists those there are.")
    return _named(folder, name)


def _newest_open(folder: Path) -> Path:
    for run in runs(folder):
        if run.is_open:
            return run.path
    raise JournalError("No run is open.", "Start one with `cockpit run PLAN`, or name one that `cockpit runs` lists.")


def _named(folder: Path, name: str) -> Path:
    paths = {_id(path): path for path in sorted(folder.glob(f"*{file.SUFFIX}"))}
    if name in paths:
        return paths[name]
    meant = [run for run, path in paths.items() if run.startswith(name) or path.name.startswith(name)]
    if len(meant) == 1:
        return paths[meant[0]]
    if meant:
        raise JournalError(f"{len(meant)} runs begin with {name}.", f"Name one of {', '.join(sorted(meant)[:8])}.")
    near = get_close_matches(name, paths, n=3, cutoff=0.4)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`cockpit runs` lists those there are."
    raise JournalError(f"No run is called {name}.", hint)


def _id(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _age(run: RunSummary) -> tuple[datetime, str]:
    """When it opened; for a file that does not tell, the date in its name, else when it was written."""
    if run.opened is not None:
        return run.opened, run.path.name
    dated = re.match(r"\d{4}-\d\d-\d\d", run.path.name)
    try:
        at = datetime.fromisoformat(dated.group()) if dated else datetime.fromtimestamp(run.path.stat().st_mtime, UTC)
        return at.replace(tzinfo=UTC), run.path.name
    except (OSError, ValueError):
        return datetime.min.replace(tzinfo=UTC), run.path.name


def _summary(path: Path) -> RunSummary:
    blank = RunSummary(_id(path), path)
    try:
        opened = file.connect(path, patience=_PATIENCE, to_write=False)
        with closing(opened.db) as db, told(path):
            return _told_by(db, blank)
    except (KeyError, TypeError, ValueError, AttributeError):
        return replace(blank, trouble=str(damaged(path, "its events make no sense")))
    except JournalError as error:
        return replace(blank, trouble=str(error))


def _told_by(db: sqlite3.Connection, blank: RunSummary) -> RunSummary:
    """What a few events say; the rest of the journal is not read."""
    run, plan_name = db.execute("select id, plan from run").fetchone()
    known = replace(blank, id=run, plan=plan_name)
    first = db.execute("select at, body from events where seq = 1").fetchone()
    if first is None:
        return known
    (last,) = db.execute("select at from events order by seq desc limit 1").fetchone()
    begun = json.loads(first[1])
    closed = _body(db, "RunClosed")
    return replace(
        known,
        environment=begun["environment"],
        rehearsal=begun["rehearsal"],
        opened=instant(first[0]),
        last=instant(last),
        ending=closed["ending"] if closed else None,
        phase=_phase(db, begun["plan"]),
    )


def _phase(db: sqlite3.Connection, plan: dict[str, Any]) -> str:
    opened = _body(db, "PhaseOpened", "RollbackStarted")
    if opened is None:
        return ""
    phase = opened.get("phase") or opened["level"]
    amended = _body(db, "PlanAmended")
    titles = _titles(amended["plan"] if amended else plan)
    return next((title for title in titles if slug(title) == phase), phase)


def _titles(plan: dict[str, Any]) -> Iterator[str]:
    for part in (*plan.get("phases", ()), *plan.get("rollback", ())):
        yield part["title"]


def _body(db: sqlite3.Connection, *kinds: str) -> dict[str, Any] | None:
    """The body of the last event of these kinds."""
    row = db.execute(_LAST.format(", ".join("?" * len(kinds))), kinds).fetchone()
    body: dict[str, Any] | None = json.loads(row[0]) if row else None
    return body
