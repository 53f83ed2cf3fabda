"""Rollouts of earlier runs of a plan, read from their journals for a forecast.

Looks without leaving a trace, like the catalogue: files are opened for reading only, the newest few
of the plan's, and of each only the events that tell of rollouts. One that cannot be read is left out:
a forecast is a kindness, and no reason to hinder a run.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from cockpit.core.events import RolloutBegan, RolloutObserved
from cockpit.core.kinds import read_body
from cockpit.core.rollout.forecast import Story
from cockpit.errors import JournalError
from cockpit.journal import file
from cockpit.journal.trouble import told

FILES = 30
"""Journals that are opened; older runs tell of another time."""
_PATIENCE = 0.2
"""Machine seconds to wait for a locked file."""

_TOLD = "select kind, version, body from events where kind in ('RolloutBegan', 'RolloutObserved') order by seq"


def rollouts(folder: Path, plan: str, environment: str, *, rehearsal: bool, besides: str) -> Iterator[Story]:
    """Rollouts that actions began in earlier runs of the same plan and environment, newest run first.

    Rehearsals tell of rehearsals only, real runs of real ones. `besides` is the run that asks. Blocks: not for the
    event loop.
    """
    named = sorted(folder.glob(f"????-??-??-{file.called(plan)}-*{file.SUFFIX}"), reverse=True)
    for path in [one for one in named if not one.stem.endswith(f"-{besides}")][:FILES]:
        try:
            opened = file.connect(path, patience=_PATIENCE, to_write=False)
            with closing(opened.db) as db, told(path):
                yield from _of_run(db, plan, environment, rehearsal=rehearsal, besides=besides)
        except (JournalError, KeyError, TypeError, ValueError, AttributeError):
            continue


def _of_run(db: sqlite3.Connection, plan: str, environment: str, *, rehearsal: bool, besides: str) -> list[Story]:
    run, known_plan = db.execute("select id, plan from run").fetchone()
    first = db.execute("select body from events where seq = 1").fetchone()
    if first is None or run == besides or known_plan != plan:
        return []
    opened = json.loads(first[0])
    if opened["environment"] != environment or opened["rehearsal"] is not rehearsal:
        return []
    began: dict[str, RolloutBegan] = {}
    looks: dict[str, list[RolloutObserved]] = {}
    for kind, version, text in db.execute(_TOLD):
        match read_body(kind, version, json.loads(text)):
            case RolloutBegan() as body:
                began[body.rollout.deployment] = body
            case RolloutObserved() as body:
                looks.setdefault(body.deployment, []).append(body)
    return [(one, tuple(looks.get(name, ()))) for name, one in began.items() if one.item is not None]
