"""The screen over a told moment, for looking at it: `python -m tests.ui.demo deploying --lines 50`.

Not a test. Plan time goes on, lines come in, nothing else happens by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import monotonic

from cockpit.ui import terminal
from tests.ui.stage import Stage
from tests.view.runs import MOMENTS

_SAID = (
    "SIGTERM received, finishing 3 requests",
    "GET /api/health 200 4 ms",
    'POST /api/reports 201 87 ms user="[/bold]\x1b[31mred\x1b[0m" [/] [b',
    "worker: report 8812 done in 41 s, 12 steps, next in queue is 8813, nothing else is waiting for this worker now",
)


async def live(stage: Stage, lines: int, speed: float) -> None:
    """Move plan time, and say `lines` a second."""
    began, start, said = monotonic(), stage.told.now, 0
    while True:
        await asyncio.sleep(0.02)
        passed = monotonic() - began
        stage.told.now = start + timedelta(seconds=passed * speed)
        due = int(passed * lines)
        stage.logs(*(f"{number} {_SAID[number % len(_SAID)]}" for number in range(said, due)))
        said = due


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("moment", choices=sorted(MOMENTS), nargs="?", default="overlapping")
    parser.add_argument("--lines", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--theme", default="night")
    parser.add_argument("--calm", action="store_true")
    parser.add_argument("--broken", choices=("runner", "screen"), default="")
    arguments = parser.parse_args()
    terminal.prepare(calm=arguments.calm)
    from cockpit.ui.app import Cockpit

    stage = Stage(MOMENTS[arguments.moment]())

    async def background() -> None:
        if arguments.broken == "runner":
            raise ZeroDivisionError("secret-of-mine")
        await live(stage, arguments.lines, arguments.speed)

    app = Cockpit(stage, theme=arguments.theme, calm=arguments.calm, background=background, theme_folders=())
    if arguments.broken == "screen":
        app.act_help_open = lambda: 1 / 0  # type: ignore[method-assign,assignment]  # a screen that breaks
    folder = Path(tempfile.gettempdir()) / "cockpit-demo"
    return terminal.run(app, crashes=folder, redact=lambda text: text.replace("secret-of-mine", "(secret)"))


if __name__ == "__main__":
    sys.exit(main())
