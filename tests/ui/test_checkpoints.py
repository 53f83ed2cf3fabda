"""The page of checkpoints: opened by one key, live, read at 80x24."""

from __future__ import annotations

from tests.ui.pilot import at_the_keys
from tests.view.runs import deployed


async def test_one_key_shows_what_is_ahead_and_time_makes_it_overdue() -> None:
    async with at_the_keys(deployed()) as op:
        await op.presses("C")
        await op.sees("Checkpoints", "○ After", "within 5m of deploy_web", "○ Four hours on")
        op.stage.passes(minutes=10)
        await op.sees("! After", "overdue by")
        assert all(len(line) <= 80 for line in op.lines)
        await op.presses("escape")
        await op.sees("Checklist")


async def test_keys_that_turn_pages_are_offered_where_there_is_more_than_one() -> None:
    async with at_the_keys(deployed()) as op:
        await op.presses("?")
        await op.sees("Keys  1-18 of", "pgdn page down")
        await op.presses("escape", "C")
        await op.sees("─ Checkpoints ─")
        assert "pgdn" not in op.lines[-1]
