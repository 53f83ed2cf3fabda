"""A whole operation told by keys at 80x24: baseline, gate, deploy, verification, watch, sign-off, close."""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.state import Status
from tests.ui.pilot import Operator, at_the_keys
from tests.view.runs import proved


def is_readable(op: Operator) -> None:
    """Title, what is next, and the keys, on every screen of the story."""
    assert op.lines[0].startswith(" Reports: ")
    assert op.lines[2].strip()
    assert op.lines[-1].endswith("^R roll back  ? keys")


async def test_from_the_first_tick_to_the_signed_off_end() -> None:
    async with at_the_keys(proved()) as op:
        for act in (prepares, passes_the_gate, deploys, verifies, watches, signs_and_closes):
            await act(op)
            is_readable(op)
        assert op.stage.state.ending == "signed off"


async def prepares(op: Operator) -> None:
    await op.sees("Next  Reports by status", "b record the baseline")
    await op.presses("b")
    reading = op.stage.told.reading("by_status", "observed")
    op.stage.happens(happened.BaselineRecorded(item="before/record:by_status", check="by_status", reading=reading.id))
    await op.sees("Look  Function Interrupted errors")
    await op.presses("y")
    await op.sees("Next  Team knows that deploys take 15 minutes", "space tick")
    await op.presses("space")
    await op.sees("Next  Backup taken")


async def passes_the_gate(op: Operator) -> None:
    await op.presses("space")
    await op.sees("open the gate")
    await op.presses("o")
    await op.sees("Go / no-go", "asking")
    is_readable(op)
    op.stage.judges("go-no-go/check:stuck")
    op.stage.judges("go-no-go/check:health")
    await op.sees("GO is recommended")
    await op.presses("y", "Y")
    await op.sees("Next  Set the grace periods")
    assert op.stage.state.gate("go-no-go").go is True


async def deploys(op: Operator) -> None:
    await op.presses("enter", "y")
    op.stage.finishes("deploy/do:set_grace")
    await op.sees("Next  Deploy web")
    await op.presses("enter")
    await op.types("production")
    is_readable(op)
    await op.presses("enter")
    await op.sees("Working  Deploy web")
    op.stage.finishes("deploy/do:deploy_web")


async def verifies(op: Operator) -> None:
    await op.sees("Next  Reports by status", "c compare")
    for item in ("after/compare:by_status", "after/check:stuck"):
        await op.presses("c")
        assert op.stage.state.item(item).status is Status.RUNNING
        op.stage.judges(item)
    await op.sees("Answer  Id of the test report")
    await op.presses("enter")
    await op.types("0e6b1c52-0000-4000-8000-000000000000")
    await op.presses("enter")
    await op.sees("Next  Steps of the test report")
    await op.presses("c")
    op.stage.judges("after/check:steps")
    await op.stage.dispatch(wanted.Advance())


async def watches(op: Operator) -> None:
    await op.sees("Four hours on opens at")
    is_readable(op)
    await op.stage.dispatch(wanted.MoveMonitor("stuck", "ok", "value is 0", None))
    op.stage.passes(hours=4)
    await op.stage.dispatch(wanted.Advance())
    await op.sees("Next  Stuck reports")
    await op.presses("c")
    op.stage.judges("four-hours-on/check:stuck")
    op.stage.passes(hours=21)
    await op.stage.dispatch(wanted.Advance())


async def signs_and_closes(op: Operator) -> None:
    await op.sees("Sign  Sign-off: engineer")
    await op.presses("s", "enter")
    await op.sees("Sign  Sign-off: tech lead")
    await op.presses("s", "enter")
    await op.sees("close the run")
    await op.presses("x", "enter")
    await op.sees("Closed  signed off")
