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
    "gate-80x24": ("asked", (80, 24), ("o",), "GO is recommended"),
    "overlap-80x24": ("overlapping", (80, 24), (), "Level 2"),
    "overlap-120x40": ("overlapping", (120, 40), (), "SIGTERM received"),
    "log-80x24": ("overlapping", (80, 24), ("3",), "SIGTERM received"),
    "detail-80x24": ("failed_check", (80, 24), ("2",), "compares"),
    "tripped-120x40": ("tripped", (120, 40), (), "SIGTERM received"),
    "rollback-80x24": ("health_failed", (80, 24), ("ctrl+r", "down"), "start Level 2"),
    "confirm-80x24": ("gone", (80, 24), ("enter",), "About it"),
    "small-60x15": ("tripped", (60, 15), (), "This terminal"),
    "keys-80x24": ("fresh", (80, 24), ("?",), "Anywhere"),
}
"""Name to moment, size, keys to press, and words that are there once it is painted."""


def agrees(name: str, op: Operator) -> None:
    path, width = FOLDER / f"{name}.txt", op.app.size.width
    assert all(len(line) <= width for line in op.lines)
    if os.environ.get("COCKPIT_GOLDEN") == "write":
        path.write_text(op.text + "\n", "utf-8")
    assert op.text + "\n" == path.read_text("utf-8")


@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_the_one_that_was_found_right(name: str) -> None:
    moment, size, keys, words = SCREENS[name]
    async with at_the_keys(MOMENTS[moment](), size=size) as op:
        op.stage.logs("SIGTERM received, finishing 3 requests", deployment="old-deployment")
        op.stage.logs("GET /api/health 200 4 ms", 'warn: "[/bold]" \x1b[31mred', level="warn")
        await op.presses(*keys)
        await op.sees(words)
        await op.presses()
        agrees(name, op)
