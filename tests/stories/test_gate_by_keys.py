"""The go/no-go by keys: it asks again, it recommends, the operator decides, and the record has why."""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.finding import Finding
from cockpit.ui.screens.gate import GateScreen
from cockpit.ui.screens.run import RunScreen
from tests.ui.pilot import at_the_keys
from tests.view.runs import MOMENTS, asked


async def test_opening_the_gate_asks_everything_once() -> None:
    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        await op.presses("o")
        await op.sees("answers are still coming", "Backup taken: unanswered")
        await op.presses("escape", "o")
        assert op.stage.commands == [wanted.OpenGate("go-no-go")]


async def test_opening_it_again_asks_again_what_has_grown_old() -> None:
    async with at_the_keys(asked().after(minutes=30)) as op:
        await op.sees("Decide  Go / no-go: ask again, not told lately")
        await op.presses("o")
        await op.sees("answers are still coming")
        assert op.stage.commands == [wanted.OpenGate("go-no-go")]


async def test_a_go_that_nobody_recommends_needs_a_reason_for_each_condition() -> None:
    async with at_the_keys(asked("fail", "value is 7, not 0")) as op:
        op.stage.judges("go-no-go/check:health", "error", "no answer")
        await op.presses("o")
        await op.sees("NO-GO is recommended", "value is 7, not 0")
        await op.presses("y")
        await op.sees("Condition 1 of 2 is not met: Stuck reports")
        await op.presses("enter")
        await op.sees("A reason is needed.")
        await op.types("orphans of last week")
        await op.presses("enter")
        await op.sees("Condition 2 of 2 is not met: Health")
        await op.types("probe is down, app is not")
        await op.presses("enter")
        await op.sees("Next  Set the grace periods")
        reasons = {
            "go-no-go/check:stuck": "orphans of last week",
            "go-no-go/check:health": "probe is down, app is not",
        }
        assert op.stage.commands == [wanted.DecideGate("go-no-go", go=True, overrides=reasons)]
        assert isinstance(op.app.screen, RunScreen)


async def test_a_go_without_an_open_way_back_needs_a_reason_too() -> None:
    lost = Finding(kind="target", subject="web", ready=False, words="Railway has no deployment old-depl any more")
    run = asked().tell(happened.WayBackSeen(level="level-2-the-image-before", ready=False, findings=(lost,)))
    async with at_the_keys(run) as op:
        await op.presses("o")
        await op.sees("NO-GO is recommended", "Way back, Level 2: the image before: not ready", "old-depl any more")
        await op.presses("y")
        await op.sees("Condition 1 of 1 is not met: Way back, Level 2: the image before")
        await op.types("level 1 is enough today")
        await op.presses("enter")
        await op.sees("Next  Set the grace periods")
        reasons = {"way-back/level-2-the-image-before": "level 1 is enough today"}
        assert op.stage.commands == [wanted.DecideGate("go-no-go", go=True, overrides=reasons)]


async def test_a_gate_longer_than_the_screen_says_so_and_by_which_key_the_rest_is_read() -> None:
    lacks = [Finding(kind="sql", subject=str(n), ready=False, words=f"Statement {n} was refused") for n in range(9)]
    run = asked().tell(happened.WayBackSeen(level="level-2-the-image-before", ready=False, findings=tuple(lacks)))
    async with at_the_keys(run) as op:
        await op.presses("o")
        await op.sees("Go / no-go  1-18 of", "pgdn page down")
        await op.presses("pagedown")
        await op.sees("✗ Statement 8 was refused")


async def test_what_waits_for_a_tick_is_ticked_where_the_gate_is_looked_at() -> None:
    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        await op.presses("o")
        await op.sees("Backup taken: unanswered", "space ticks Backup taken")
        await op.presses("space")
        await op.sees("Backup taken: ok")
        await op.presses("space")
        assert op.toast.startswith("Nothing in this gate waits for a tick.")
        assert op.stage.commands == [wanted.OpenGate("go-no-go"), wanted.Tick("go-no-go/tick:backup-taken")]
        assert isinstance(op.app.screen, GateScreen)


async def test_a_no_go_is_asked_once_more_and_the_run_can_be_closed_with_it() -> None:
    async with at_the_keys(asked("fail", "value is 7, not 0")) as op:
        await op.presses("o", "N")
        await op.sees("Go / no-go: NO-GO", "y yes")
        await op.presses("y")
        await op.sees("NO-GO  Go", "x close the run")
        await op.presses("x")
        await op.sees("stopped at gate")
        await op.presses("enter")
        assert op.stage.commands[-1] == wanted.Close("stopped at gate", "")
        await op.sees("Closed  stopped at gate")


async def test_neither_enter_nor_a_stray_key_decides() -> None:
    async with at_the_keys(asked()) as op:
        await op.presses("o", "enter")
        assert op.toast.startswith("Enter decides nothing here. y is GO, N is NO-GO.")
        await op.presses("z", "space")
        assert isinstance(op.app.screen, GateScreen)
        assert op.stage.commands == []


async def test_the_guides_go_key_works_from_the_checklist_too() -> None:
    async with at_the_keys(asked()) as op:
        await op.sees("y GO")
        await op.presses("y", "y")
        assert op.stage.commands == []
        assert op.toast.startswith("y asked this, so it is no answer. Y is yes.")
        await op.presses("Y")
        assert op.stage.commands == [wanted.DecideGate("go-no-go", go=True)]


async def test_asking_again_after_a_go_that_expired() -> None:
    async with at_the_keys(MOMENTS["expired"]()) as op:
        await op.presses("o")
        await op.sees("GO")
        await op.presses("c")
        assert op.stage.commands == [wanted.OpenGate("go-no-go")]
        await op.sees("asking")
