"""What the commands say where the disk is full; `test_records.py` runs it inside a mount of its own.

The folder given is an empty file system of one megabyte. Prints one JSON object: exit status and words, by command.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from cockpit.cli import main
from cockpit.clock import FrozenClock
from cockpit.journal.sqlite import SqliteJournal
from cockpit.paths import private, runs_folder
from cockpit.planfile import load
from cockpit.session import Session
from cockpit.ui import terminal

AT = datetime(2026, 11, 22, 5, 16, tzinfo=UTC)
PLAN = 'name = "Full"\n[[phases]]\ntitle = "All"\nitems = ["tick Coffee"]\n'


def said(*arguments: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    return code, out.getvalue() + err.getvalue()


disk = Path(sys.argv[1])
vars(terminal)["is_there"] = lambda: True  # `run` gets as far as its journal
os.environ |= {"HOME": str(disk), "XDG_STATE_HOME": str(disk / "state")}
plan = disk / "plan.toml"
plan.write_text(PLAN)
journal = SqliteJournal.create(private(runs_folder()), "Full", AT)
Session.open(journal, FrozenClock(AT), "ada", load(plan), plan_file=str(plan)).close()
plan.write_text(PLAN.replace("Coffee", "x" * 9000))  # more than the room left in the journal's own pages
with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
    while file.write(b"x" * 512):
        pass
seen = {
    "amend": said("amend", journal.run, "--yes"),
    "run": said("run", str(plan)),
    "report": said("report", "-o", str(disk / "report.md")),
    "status": said("status", journal.run),
}
sys.stdout.write(json.dumps(seen))
