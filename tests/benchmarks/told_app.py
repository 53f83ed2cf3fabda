"""The screen over a told moment and nothing else, to be measured."""

from __future__ import annotations

from pathlib import Path

from cockpit.ui import terminal
from tests.ui.stage import Stage
from tests.view.runs import overlapping

if __name__ == "__main__":
    terminal.prepare()
    from cockpit.ui.app import Cockpit

    app = Cockpit(Stage(overlapping()), theme_folders=())
    terminal.run(app, crashes=Path("/nonexistent"), redact=str)
