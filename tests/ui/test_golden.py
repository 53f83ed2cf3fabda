"""Whole screens as text, compared with what was once looked at and found right.

`COCKPIT_GOLDEN=write pytest tests/ui/test_golden.py` writes them anew; then look at the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ui.pilot import Operator, at_the_keys
from tests.view.runs import MOMENTS

FOLDER = Path(__file__).parent / "golden"

SCREENS = {
    "gate-80x24": ("asked", (80, 24), ("o",)),
    "overlap-80x24": ("overlapping", (80, 24), ()),
    "overlap-120x40": ("overlapping", (120, 40), ()),
    "log-80x24": ("overlapping", (80, 24), ("3",)),
    "detail-80x24": ("failed_check", (80, 24), ("2",)),
    "tripped-120x40": ("tripped", (120, 40), ()),
    "rollback-80x24": ("health_failed", (80, 24), ("ctrl+r", "down")),
    "confirm-80x24": ("gone", (80, 24), ("enter",)),
    "small-60x15": ("tripped", (60, 15), ()),
    "keys-80x24": ("fresh", (80, 24), ("?",)),
}


def agrees(name: str, op: Operator) -> None:
    path, width = FOLDER / f"{name}.txt", op.app.size.width
    assert all(len(line) <= width for line in op.lines)
    if os.environ.get("COCKPIT_GOLDEN") == "write":
        path.write_text(op.text + "\n", "utf-8")
    assert op.text + "\n" == path.read_text("utf-8")


@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_the_one_that_was_found_right(name: str) -> None:
    moment, size, keys = SCREENS[name]
    async with at_the_keys(MOMENTS[moment](), size=size) as op:
        op.stage.logs("SIGTERM received, finishing 3 requests", deployment="old-deployment")
        op.stage.logs("GET /api/health 200 4 ms", 'warn: "[/bold]" \x1b[31mred', level="warn")
        await op.presses(*keys)
        await op.waits_for(lambda: "received" in op.text or "3 Logs" not in op.text or size == (80, 24))
        await op.presses()
        agrees(name, op)
