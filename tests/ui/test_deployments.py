"""The page of deployments: opened by one key, asked then and on another, read at 80x24."""

from __future__ import annotations

from datetime import timedelta

from cockpit.telemetry import Glance, Listing
from tests.ui.pilot import Operator, at_the_keys
from tests.view.runs import OPENED, deployed, deployment, proved

ASKED, CAME = Glance("deployments"), Glance("deployments", lines=())


def comes(op: Operator, *names: str, trouble: str = "") -> None:
    """What the runner would bring."""
    told = op.stage.told
    found = [deployment("new-deployment", created=OPENED + timedelta(minutes=2))]
    found += [deployment(name, "REMOVED", created=OPENED - timedelta(hours=3)) for name in names]
    told.live.listings["railway", "web"] = Listing(told.now, tuple(found), trouble)
    told.live.glance = CAME


async def test_it_is_asked_when_it_is_opened_and_when_one_says_so_and_at_no_other_time() -> None:
    async with at_the_keys(deployed()) as op:
        await op.presses("D")
        await op.sees("Deployments", "web  Railway is asked...", "ask again")
        assert op.stage.told.live.glance == ASKED
        comes(op, "old-deployment")
        await op.sees("✓ new-depl SUCCESS   serves ours", "old-depl REMOVED   target", "unknown")
        await op.presses("j", "k", "]")
        op.stage.passes(minutes=3)
        await op.sees("3m ago")
        assert op.stage.told.live.glance == CAME
        await op.presses("c")
        assert op.stage.told.live.glance == ASKED
        await op.sees("Railway is asked...", "new-depl")
        await op.presses("escape")
        await op.sees("Checklist")


async def test_it_is_whole_at_80x24_and_scrolls() -> None:
    async with at_the_keys(deployed()) as op:
        await op.presses("3", "D")
        comes(op, "old-deployment", *(f"{number:08d}" for number in range(18)))
        await op.sees("Deployments  1-18 of", "the newest 20 deployments, asked")
        assert all(len(line) <= 80 for line in op.lines)
        await op.presses("G")
        await op.sees("00000017", "where a rollback leads")


async def test_trouble_is_read_in_two_sentences_above_the_list_there_was() -> None:
    async with at_the_keys(proved()) as op:
        await op.presses("D")
        comes(op, trouble="Railway did not answer. Ask again.")
        await op.sees("! Railway did not answer. Ask again.", "new-depl")


async def test_the_palette_has_it() -> None:
    async with at_the_keys(proved()) as op:
        await op.presses("ctrl+p")
        await op.types("deployments")
        await op.presses("enter")
        await op.sees("web  Railway is asked...")
