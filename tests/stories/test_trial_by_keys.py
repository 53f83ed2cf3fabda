"""A trial by keys: marked where it stands, begun by a key, confirmed by another, and by nothing else."""

from __future__ import annotations

from cockpit.core import commands as wanted
from tests.ui.pilot import at_the_keys
from tests.view.runs import Run, plan

ITEM = "before/check:charge"
TRIAL = {
    "on": "db",
    "title": "An account is charged once",
    "sql": ["select charge(1)", "select charge(1)", "select used from accounts"],
    "mutates": True,
    "pass": "value == 7",
}


def before() -> Run:
    known = plan().model_dump(by_alias=True, exclude_none=True, mode="json")["checks"]
    phases = [{"title": "Before", "items": ["check charge", "tick Team knows"]}]
    return Run(plan(checks={**known, "charge": TRIAL}, phases=phases)).open("before")


async def test_it_is_begun_by_a_key_and_confirmed_by_another() -> None:
    async with at_the_keys(before()) as op:
        await op.sees("Next  Trial: An account is charged once", "c try it")
        await op.presses("c")
        await op.sees("This writes to db and is rolled back, whatever comes of it.", "3. select used from accounts")
        await op.presses("c")
        assert op.stage.commands == [], "the key that asked is no answer"
        await op.presses("y")
        assert op.stage.commands == [wanted.Enquire(ITEM)]


async def test_whoever_turns_back_has_tried_nothing() -> None:
    async with at_the_keys(before()) as op:
        await op.presses("c")
        await op.sees("Try it?")
        await op.presses("escape")
        await op.sees("Next  Trial: An account is charged once")
        assert op.stage.commands == []


async def test_what_came_of_it_still_says_what_it_was() -> None:
    async with at_the_keys(before()) as op:
        op.stage.judges(ITEM, "fail", "value is 14, and value == 7 is false")
        await op.sees("Failed  Trial: An account is charged once: value", "c try it again")
