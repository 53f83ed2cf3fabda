"""The keys of rollouts: one that turns the strip to the next, one that lists them all."""

from __future__ import annotations

from cockpit.core import events as happened
from cockpit.core.rollout import begin
from tests.ui.pilot import at_the_keys
from tests.view.runs import deployed, proved
from tests.view.test_rollouts import theirs


async def test_a_key_goes_through_the_rollouts_and_a_new_one_takes_the_strip_back() -> None:
    async with at_the_keys(theirs(deployed())) as op:
        await op.sees("! not ours, release bot: web 2/2: build")
        await op.presses("]")
        await op.sees(" web 1/2: build ✓")
        await op.presses("]")
        await op.sees("! not ours, release bot: web 2/2: build")
        await op.presses("]")
        await op.sees(" web 1/2: build ✓")
        more = begin("77aa88bb", "web", "9f31ab20", started=op.stage.told.now, overlap=300, drain=600)
        op.stage.happens(happened.RolloutBegan(item=None, rollout=more))
        await op.sees("! not ours, somebody else: web 3/3: queue ◐")


async def test_the_page_of_rollouts_is_whole_at_80x24_and_goes_back() -> None:
    async with at_the_keys(theirs(deployed())) as op:
        await op.presses("[")
        await op.sees("Rollouts  1-18 of", "! started by release bot, not by this run", "earlier runs")
        await op.presses("]")
        await op.sees("web new-depl: done  1/2")
        assert all(len(line) <= 80 for line in op.lines)
        await op.presses("escape")
        await op.sees("Checklist")


async def test_with_nothing_to_turn_to_the_key_says_so() -> None:
    async with at_the_keys(proved()) as op:
        await op.presses("]")
        await op.waits_for(lambda: "Nothing was rolled out in this run" in op.toast)
    async with at_the_keys(deployed()) as op:
        await op.presses("]")
        await op.waits_for(lambda: "There is no other rollout" in op.toast)
