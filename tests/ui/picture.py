"""The picture in the README: `python -m tests.ui.picture docs/cockpit.svg`.

A rehearsal of the sample plan against the stand-in world, driven by script into the overlap of two
deployments, and the screen as it then stands at 120x40.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from cockpit.bootstrap import Assembly, rehearse
from cockpit.cli import sample
from cockpit.cli.rehearsal import Pace, leave_the_world, paced
from cockpit.clock import PacedClock
from cockpit.planfile import load
from cockpit.rehearsal.operator import ScriptedOperator
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import World, launch
from cockpit.ui import terminal

SPEED = 30.0
INTO_OVERLAP = timedelta(minutes=3, seconds=12)
PATIENCE = 60.0
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fetched from elsewhere by whoever looks at it; a page that forbids that shows its own fixed-width font anyway."""


async def drawn(folder: Path) -> str:
    """The screen as SVG."""
    launched = launch(folder, Stage("calm"), SPEED)
    clock = PacedClock(launched.pace)
    world = World(launched)
    assembly = rehearse(
        load(sample.path()), launched, clock, plan_file="sample-config.toml", operator="you", auto=False
    )
    from cockpit.ui.app import Cockpit  # after terminal.prepare

    async def background() -> None:
        world.hold()
        await assembly.session.attach(resumed=False)
        async with paced(assembly.session, clock, world, Pace(SPEED, SPEED), for_person=False):
            await assembly.runner.run()

    app = Cockpit(assembly.session, background=background, theme="night", theme_folders=())
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            operator = asyncio.create_task(ScriptedOperator(assembly.session).drive())
            async with asyncio.timeout(PATIENCE):
                while not _is_deep_in_overlap(assembly):  # noqa: ASYNC110  (plan time has no event to wait for)
                    await asyncio.sleep(0.01)
            await pilot.pause()
            operator.cancel()
            return _FONT.sub("", app.export_screenshot(title="cockpit", simplify=True))
    finally:
        await assembly.close()
        await world.close()


def _is_deep_in_overlap(assembly: Assembly) -> bool:
    rollout = assembly.session.state.current_rollout
    return rollout is not None and rollout.t1 is not None and assembly.clock.now() - rollout.t1.at >= INTO_OVERLAP


def main() -> int:
    leave_the_world()
    terminal.prepare()
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        picture = asyncio.run(drawn(Path(folder) / "world"))
    Path(sys.argv[1]).write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
