"""The way back by keys: from everywhere, by its word, step by step in sight, with or without a journal."""

from __future__ import annotations

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.finding import Finding
from cockpit.ui.screens.rollback import RollbackScreen
from tests.ui.pilot import at_the_keys
from tests.view.runs import MOMENTS, health_failed

LEVEL = "level-2-the-image-before"


@pytest.mark.parametrize("keys", [(), ("2",), ("3",), ("?",), ("m",), ("ctrl+p",), ("a",), ("/",), ("x",), ("q",)])
async def test_it_opens_from_everywhere(keys: tuple[str, ...]) -> None:
    async with at_the_keys(MOMENTS["deployed"]()) as op:
        await op.presses(*keys, "ctrl+r")
        assert isinstance(op.app.screen, RollbackScreen)
        await op.sees(
            "Level 1: variables only", "Level 2: the image before", "In this order", "Type production to start"
        )


async def test_a_rollback_to_the_image_before() -> None:
    async with at_the_keys(health_failed()) as op:
        await op.presses("R", "down")
        await op.sees("Type production to start Level 2", "Take web back")
        await op.types("prodution")
        await op.presses("enter")
        await op.sees("Not started: it is confirmed by typing production.")
        for _ in range(len("prodution")):
            await op.presses("backspace")
        await op.types("production")
        await op.presses("enter")
        assert op.stage.state.level == LEVEL
        await op.sees("At this step: Take web back", "do")
        await op.presses("enter")
        await op.sees("◐ 1. Take web back")
        op.stage.finishes(f"{LEVEL}/do:roll_back_web", failed="Railway refused.")
        await op.sees("✗ 1. Take web back", "Railway refused", "do it again")
        await op.presses("enter")
        await op.sees("y yes")
        await op.presses("y")
        await op.sees("◐ 1. Take web back")
        op.stage.finishes(f"{LEVEL}/do:roll_back_web")
        await op.sees("At this step: Health")
        await op.presses("c")
        op.stage.judges(f"{LEVEL}/check:health")
        await op.sees("x close run")
        await op.presses("x")
        await op.sees("rolled back")
        await op.presses("enter")
        assert op.stage.state.ending == "rolled back"


async def test_the_phases_begin_again_after_it() -> None:
    async with at_the_keys(MOMENTS["rolled_back"]()) as op:
        await op.presses("e")
        await op.types("cause found")
        await op.presses("enter")
        assert op.stage.commands == [wanted.Reopen("cause found")]
        await op.sees("attempt 2")


async def test_nothing_to_take_back_says_so_and_shows_it_all_the_same() -> None:
    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        await op.presses("ctrl+r")
        await op.sees("Nothing was changed in this run", "Level 2: the image before", "In this order")


async def test_without_a_journal_it_goes_on_after_the_words_for_it() -> None:
    async with at_the_keys(MOMENTS["unwritable"]()) as op:
        await op.presses("ctrl+r")
        await op.sees("Type WITHOUT RECORD, then the word that starts it.")
        await op.types("WITHOUT RECORD")
        await op.presses("enter")
        await op.sees("From here on nothing is recorded in the journal.")
        await op.types("production")
        await op.presses("enter")
        assert op.stage.permitted == "production"
        assert op.stage.commands == [wanted.StartRollback("level-1-variables-only", "production")]


async def test_it_is_live_while_it_is_open() -> None:
    async with at_the_keys(MOMENTS["overlapping"](), size=(120, 40)) as op:
        await op.presses("ctrl+r")
        await op.sees("SIGTERM in 1:48")
        op.stage.passes(seconds=8)
        await op.sees("SIGTERM in 1:40")


async def test_the_row_of_a_level_opens_that_level() -> None:
    async with at_the_keys(MOMENTS["deployed"]()) as op:
        await op.presses("G", "enter")
        await op.sees("Type production to start Level 2: the image before")


async def test_why_a_level_is_shut_is_not_cut_silently_and_what_it_does_says_how_much_there_is() -> None:
    words = "purge-cache is not on this machine, or may not be run"
    lost = Finding(kind="command", subject="purge-cache", ready=False, words=words)
    run = health_failed().tell(happened.WayBackSeen(level=LEVEL, ready=False, findings=(lost,)))
    async with at_the_keys(run) as op:
        await op.presses("ctrl+r")
        await op.sees("✗ no way back: purge-cache is not on this machine, …", "What it does  1-", "pgdn page down")
