"""The run screen at every size: what is next, what blocks, how long, and the keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.lease import Attachment, Role
from cockpit.core.text.logline import LogLine
from cockpit.telemetry import Glance
from cockpit.ui.screens.run import RunScreen
from cockpit.view import bulletin, guide, header
from tests.ui.pilot import Operator, at_the_keys
from tests.view.runs import MOMENTS, OPENED, Run, fresh, plan, proved

HOSTILE = "[/] [/bold] [red]x[/red] [b \x1b[31mred\x1b[0m \x07 \u202egnp.exe \u200b [link=x]"


def is_complete(op: Operator) -> None:
    """Title, next item, blocker or countdown, key row."""
    width, height = op.app.size
    scene = op.app.scene()
    assert len(op.lines) == height
    assert op.lines[0] == header.title(scene, width).text.rstrip()
    head = "\n".join(op.lines[:4])
    for line in guide.guide(scene, width):
        assert line.text.rstrip() in head
    assert op.lines[-1].endswith("? keys")
    assert "^R roll back" in op.lines[-1]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_every_moment_is_complete_at_80x24(moment: str) -> None:
    async with at_the_keys(MOMENTS[moment]()) as op:
        is_complete(op)


@pytest.mark.parametrize("size", [(80, 23), (95, 50), (110, 28), (120, 40), (132, 24), (200, 60), (80, 18)])
async def test_every_size_is_complete(size: tuple[int, int]) -> None:
    async with at_the_keys(MOMENTS["overlapping"](), size=size) as op:
        is_complete(op)
        await op.sees("Checklist", "Deploy web")


async def test_at_80x24_panes_are_tabs() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs("SIGTERM received")
        assert "[1 Checklist]─ 2 Detail ─ 3 Logs" in op.lines[4]
        await op.presses("3")
        await op.sees("SIGTERM received", "[3 Logs]")
        await op.presses("2")
        await op.sees("running since", "[2 Detail]")
        await op.presses("tab", "tab")
        await op.sees("[1 Checklist]", "Set the grace periods")
        await op.presses("shift+tab")
        await op.sees("[3 Logs]")


async def test_at_120x40_panes_stand_beside_each_other() -> None:
    async with at_the_keys(MOMENTS["overlapping"](), size=(120, 40)) as op:
        op.stage.logs("SIGTERM received")
        await op.sees("1 Checklist", "2 Deploy web", "running since", "3 Logs", "SIGTERM received")


async def test_at_200x60_the_way_back_and_the_notes_are_there_too() -> None:
    async with at_the_keys(MOMENTS["tripped"](), size=(200, 60)) as op:
        op.stage.happens(happened.Noted(text="the queue is long"))
        await op.sees("Way back", "Notes and deviations", "the queue is long", "Do not roll back for")


async def test_resizing_back_and_forth_loses_nothing() -> None:
    async with at_the_keys(MOMENTS["tripped"]()) as op:
        before = op.text
        for size in ((200, 60), (60, 15), (20, 5), (120, 40), (1, 1), (95, 50), (80, 24)):
            await op.resizes(*size)
        await op.waits_for(lambda: op.text == before, "the same screen")


async def test_a_terminal_that_is_too_small_says_what_is_needed_and_what_is_next() -> None:
    async with at_the_keys(MOMENTS["at_gate"](), size=(60, 15)) as op:
        await op.sees("This terminal is 60x15. Cockpit needs 80x24", "Backup taken")
        assert op.lines[-1].split("  ")[0] == " q leave"
        await op.presses("space")
        assert op.stage.commands == []
        assert "too small" in op.toast
        await op.presses("ctrl+r")
        await op.sees("The way back", "Level 2: the image before")


async def test_text_from_outside_is_shown_inert_everywhere() -> None:
    changed = plan(name=HOSTILE, phases=[{"title": HOSTILE, "items": [f"tick {HOSTILE}"]}])
    run = Run(changed).after(seconds=1)
    run.tell(happened.PhaseOpened(phase=changed.phases[0].id))
    async with at_the_keys(run, size=(200, 60)) as op:
        op.stage.logs(HOSTILE, HOSTILE * 20)
        op.stage.happens(happened.Noted(text=HOSTILE))
        await op.sees("[/] [/bold] [red]x[/red] [b red")
        op.app.say(HOSTILE)
        for key in ("3", "2", "1", "m", "q", "ctrl+p", "escape", "space", "u", "w"):
            await op.presses(key)
            assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(op.text)


async def test_a_tick_is_one_key_and_the_cursor_goes_on() -> None:
    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        row = "go-no-go/tick:backup-taken"
        assert op.app.screen.row_id == row  # type: ignore[attr-defined]  # the run screen's
        await op.presses("space")
        await op.waits_for(lambda: op.stage.state.item(row).is_settled)
        assert op.app.screen.row_id == "go-no-go"  # type: ignore[attr-defined]


async def test_enter_does_what_the_row_is_for() -> None:
    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        await op.presses("enter")
        assert op.stage.commands == [wanted.Tick("go-no-go/tick:backup-taken")]


async def test_a_key_that_does_nothing_says_why() -> None:
    async with at_the_keys(MOMENTS["fresh"]()) as op:
        await op.presses("z")
        assert op.toast == "z does nothing. ? lists the keys."
        await op.presses("s")
        assert op.toast.startswith("This row has nothing to sign. Here: b record the baseline")
        await op.presses("e")
        assert op.toast == "Phases begin again after a rollback only."
        await op.presses("3", "c")
        assert op.toast == "c (check now) acts on the checklist. 1 goes there."
        await op.presses("n")
        assert "Nothing is searched for" in op.toast
        await op.presses("escape")
        assert op.toast == ""


async def test_a_refusal_is_said_and_painted_without_markup() -> None:
    async with at_the_keys(proved()) as op:
        await op.presses("o")
        assert op.toast == "No gate is to be decided now."
        await op.sees("No gate is to be decided now.")
        assert op.lines[-1].endswith("? keys")
        op.app.say("[/] Not started [b")
        await op.sees("[/] Not started [b")


async def test_the_same_key_at_once_after_the_cursor_went_on_is_a_slip() -> None:
    async with at_the_keys(MOMENTS["fresh"]()) as op:
        op.stage.happens(happened.SeeAnswered(item="before/see:functions", answer="yes"))
        screen = op.app.screen
        assert isinstance(screen, RunScreen)
        screen.go_to("before/tick:team-knows-that-deploys-take-15-minutes")
        await op.presses()
        screen.bounce = 0.06
        assert not screen.is_slip("space", 10.0)
        screen.go_to("before/record:by_status")
        assert screen.is_slip("space", 10.03)
        await op.presses()
        assert "just moved on" in op.toast
        assert not screen.is_slip("space", 11.0)


async def test_phases_fold_and_unfold() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        assert "Reports by status" not in op.text
        await op.presses("g", "g", "right")
        await op.sees("Reports by status")
        await op.presses("enter")
        await op.sees_no("Reports by status")
        await op.presses("l", "j", "h")
        await op.sees_no("Reports by status")
        assert op.app.screen.row_id == "before"  # type: ignore[attr-defined]


async def test_find_brings_the_cursor_to_a_row() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        await op.presses("/")
        await op.types("level 2")
        await op.sees("level 2")
        await op.presses("enter")
        assert op.app.screen.row_id == "level-2-the-image-before"  # type: ignore[attr-defined]
        await op.presses("/")
        await op.types("nowhere")
        await op.presses("enter")
        assert op.toast == "No row has 'nowhere'. Folded phases are not searched."
        await op.presses(".")
        assert op.app.screen.row_id == "deploy/do:deploy_web"  # type: ignore[attr-defined]


async def test_what_is_typed_into_find_presses_no_keys() -> None:
    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        await op.presses("/")
        await op.types("x q R y ")
        assert isinstance(op.app.screen, RunScreen)
        await op.presses("escape")
        assert op.stage.commands == []


async def test_the_log_holds_still_counts_and_follows() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs(*(f"line {number}" for number in range(100)))
        await op.presses("3")
        await op.sees("line 99", "following")
        await op.presses("p")
        await op.sees("held still")
        op.stage.logs(*(f"line {number}" for number in range(100, 1400)))
        await op.sees("+1,300 new", "line 99")
        await op.presses("space")
        await op.sees("line 1399", "following")
        await op.presses("pageup")
        await op.sees("held still")
        await op.presses("G")
        await op.sees("following")


async def test_the_log_shows_from_a_level_up_and_hides_no_gap() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs("all is well")
        op.stage.logs("it broke", level="error")
        await op.presses("3")
        await op.sees("all is well", "it broke")
        await op.presses("v", "v")
        await op.sees("level≥warn", "it broke")
        await op.sees_no("all is well")
        await op.presses("v", "v")
        await op.sees("all levels", "all is well")


async def test_words_found_in_the_log_are_gone_through() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs(
            *(f"line {number}" for number in range(50)), "SIGTERM one", *("x" for _ in range(50)), "SIGTERM two"
        )
        await op.presses("3", "/")
        await op.types("sigterm")
        await op.presses("enter")
        await op.sees("SIGTERM two", "find sigterm")
        await op.presses("N")
        await op.sees("SIGTERM one")
        await op.presses("N")
        assert op.toast == "No older line has 'sigterm'."
        await op.presses("n")
        await op.sees("SIGTERM two")


async def test_how_many_old_lines_were_let_go_is_said() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs(*(str(number) for number in range(10_500)))
        await op.presses("3")
        await op.sees("10,000 of 10,500 lines kept")


async def test_a_filter_is_typed_told_when_wrong_and_taken_back() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs("from the old one", deployment="old-deployment")
        op.stage.logs("took 12 ms", "took 1234 ms", '{"level":"error","msg":"it broke","report":"4f"}')
        await op.presses("3", "f")
        await op.types("/took (/")
        await op.presses("enter")
        assert "pattern" in op.toast
        await op.sees("took 12 ms")
        await op.presses(*["backspace"] * 9)
        await op.types("/took \\d{4}/")
        await op.presses("enter")
        await op.sees("took 1234 ms", "filter /took", "1 shown of 4")
        await op.sees_no("took 12 ms")
        await op.presses("f", *["backspace"] * 30, "enter")
        await op.sees("took 12 ms", "it broke  report=4f")
        await op.presses("d")
        await op.sees("new only", "took 12 ms")
        await op.sees_no("from the old one")
        await op.presses("d")
        await op.sees("old only", "from the old one")
        await op.sees_no("took 12 ms")


async def test_errors_and_times_are_gone_to() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs(*(f"line {number}" for number in range(50)))
        op.stage.logs("it broke", level="error")
        op.stage.logs(*(f"line {number}" for number in range(51, 100)))
        await op.presses("3", "E")
        await op.sees("it broke", "held still")
        await op.presses("E")
        assert op.toast == "No older line is an error or a gap."
        await op.presses("e")
        assert op.toast == "No newer line is an error or a gap."
        await op.presses("t")
        await op.types("soon")
        await op.presses("enter")
        assert "'soon' is no time." in op.toast
        await op.presses(*["backspace"] * 4)
        await op.types("12:00")
        await op.presses("enter")
        await op.sees("line 0")


async def test_a_line_is_read_whole_and_pinned_at_the_row() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs("first", '{"message":"it broke","report":"4f","deep":{"a":1}}', level="error")
        await op.presses("3", "p", "enter")
        await op.sees("One log line", "it broke", "report", "new-deployment (new)")
        await op.presses("escape", "P")
        (command,) = op.stage.commands
        assert isinstance(command, wanted.PinLine)
        assert command.item == op.app._run_screen.row_id
        assert "Pinned at '" in op.toast
        await op.presses("m")
        await op.sees("Log line of web", "at Deploy web", 'broke","report')


async def test_the_build_log_and_the_requests_of_a_deployment_are_a_key_away() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        op.stage.logs("from the old one", deployment="old-deployment")
        await op.presses("3", "b")
        await op.sees("Build log · web·new", "Railway is asked")
        wish = op.stage.told.live.glance
        assert wish == Glance("build", "web", "new-deployment")
        line = LogLine(OPENED, "", "scheduling build", "info", "web", "new-deployment", "")
        op.stage.told.live.glance = replace(wish, lines=(line,), asked=OPENED)
        op.app.refresh_scene()
        await op.sees("scheduling build", f"asked {OPENED:%H:%M:%S} UTC")
        many = tuple(replace(line, text=f"step {number}") for number in range(100))
        op.stage.told.live.glance = replace(wish, lines=many, asked=OPENED)
        op.app.refresh_scene()
        await op.sees("step 99")
        await op.presses("pageup")
        op.stage.told.live.glance = replace(wish, lines=(*many, replace(line, text="step 100")), asked=OPENED)
        op.app.refresh_scene()
        await op.sees_no("step 100")
        await op.presses("escape")
        await op.waits_for(lambda: op.stage.told.live.glance is None, "nothing to be asked again")
        await op.presses("p", "r")
        await op.sees("Requests answered, newest last · web·old")
        op.stage.told.live.glance = Glance("http", "web", "old-deployment", trouble="Railway did not answer.")
        op.app.refresh_scene()
        await op.sees("Railway did not answer.")
        op.stage.told.live.glance = Glance("http", "web", "old-deployment", lines=(line,), asked=OPENED)
        op.app.refresh_scene()
        await op.sees("scheduling build", "again every 15s")


async def test_a_log_without_lines_says_what_a_key_cannot_do() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        await op.presses("3", "enter")
        assert op.toast == "There is no line to read."
        await op.presses("P")
        assert op.toast == "There is no line here to pin."
        await op.presses("w", "d", "E", "k", "pagedown", "g", "g", "G")
        assert op.stage.commands == []


async def test_a_terminal_that_lost_the_focus_means_the_same_by_every_key() -> None:
    from textual import events

    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        await op.presses("3")
        op.app.post_message(events.AppBlur())
        await op.presses()
        await op.sees("[3 Logs]")
        await op.presses("p")
        await op.sees("held still")


async def test_leaving_asks_once_and_says_that_the_run_goes_on() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        await op.presses("q")
        await op.sees("Leave the screen?", "cockpit resume 4f2c")
        await op.presses("q")
        await op.sees("[1 Checklist]")
        assert op.app.is_running
        await op.presses("q", "y")
        await op.waits_for(lambda: op.app._exit)
        assert op.app.return_code == 0


async def test_whoever_takes_a_run_up_reads_first_what_a_monitor_saw_meanwhile() -> None:
    run = MOMENTS["watching"]()
    before = run.state
    run.after(minutes=9).tell(happened.MonitorMoved(monitor="stuck", state="firing", because="value is 9"))
    seen = bulletin.of_event(before, run.events[-1], run.state)
    assert seen is not None
    async with at_the_keys(run, missed=(seen,)) as op:
        await op.sees("While nobody drove", "✗ firing     Stuck reports, after ok for 39m: value is 9")
        await op.presses("escape")
        await op.sees("[1 Checklist]")


async def test_leaving_says_that_a_monitor_asks_where_one_is_there() -> None:
    run = MOMENTS["watching"]()
    run.live.others = (Attachment("7-a", Role.MONITOR, "bastion", 7, "eve", 0, 0),)
    async with at_the_keys(run) as op:
        await op.presses("q")
        await op.sees("the monitor in process", "7 on bastion asks meanwhile")


async def test_a_closed_run_is_left_at_once() -> None:
    async with at_the_keys(MOMENTS["closed"]()) as op:
        await op.presses("q")
        assert op.app._exit


async def test_the_bell_rings_once_for_each_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    async with at_the_keys(MOMENTS["deployed"]()) as op:
        monkeypatch.setattr(op.app, "bell", lambda: rung.append(op.toast))
        op.stage.happens(happened.MonitorMoved(monitor="stuck", state="firing", because="value is 9"))
        await op.sees("Monitor stuck fires: value is 9")
        for _ in range(3):
            op.app.refresh_scene()
        assert len(rung) == 1
        op.stage.happens(happened.TriggerMoved(trigger=0, state="tripped", because="9 - 1 > 5"))
        await op.sees("Rollback trigger: Stuck reports")
        assert len(rung) == 2


async def test_no_bell_where_none_is_wanted_and_none_for_what_was_so_before(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr("cockpit.ui.app.Cockpit.bell", lambda _: rung.append(""))
    async with at_the_keys(MOMENTS["tripped"]()) as op:
        op.app.refresh_scene()
    async with at_the_keys(MOMENTS["deployed"](), bell=False) as op:
        op.stage.happens(happened.MonitorMoved(monitor="stuck", state="firing", because="value is 9"))
        await op.sees("Monitor stuck fires")
    assert rung == []


async def test_a_journal_that_cannot_be_written_is_red_on_every_screen() -> None:
    async with at_the_keys(MOMENTS["unwritable"]()) as op:
        await op.sees("! NOT RECORDED")
        await op.presses("?")
        await op.sees("! NOT RECORDED: The journal cannot be written")


async def test_wishes_for_keys_count_and_complaints_are_said() -> None:
    async with at_the_keys(MOMENTS["at_gate"](), keys={"item.tick": "t", "bogus": "b"}) as op:
        await op.waits_for(lambda: "There is no action 'bogus'" in op.toast)
        await op.sees("t tick")
        await op.presses("t")
        assert op.stage.commands == [wanted.Tick("go-no-go/tick:backup-taken")]


async def test_the_keys_and_the_notes_can_be_read() -> None:
    async with at_the_keys(MOMENTS["fresh"]()) as op:
        await op.presses("?")
        await op.sees("The way back. Shows what a rollback would do.")
        before = op.text
        await op.presses("pagedown")
        assert op.text != before
        await op.presses("escape", "m")
        await op.sees("Nothing has been noted.")
        await op.presses("q")
        await op.sees("[1 Checklist]")


async def test_the_palette_does_what_the_key_does_and_goes_to_rows() -> None:
    async with at_the_keys(fresh()) as op:
        await op.presses("ctrl+p")
        await op.types("sign-off engineer")
        await op.sees("Go to Sign-off: engineer")
        await op.presses("enter")
        await op.sees("Sign-off: engineer")
        assert op.app.screen.row_id == "sign-off/sign:engineer"  # type: ignore[attr-defined]
        await op.presses("ctrl+p")
        await op.types("close the run")
        await op.presses("enter")
        await op.sees("How did it end?")


async def test_time_that_passes_is_shown() -> None:
    async with at_the_keys(MOMENTS["overlapping"]()) as op:
        assert "SIGTERM in 1:48" in op.lines[1]
        op.stage.passes(seconds=8)
        await op.sees("SIGTERM in 1:40")


async def test_a_bug_in_the_screen_ends_it_and_is_kept() -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  (it comes out where the screen ends)
        async with at_the_keys(MOMENTS["fresh"]()) as op:
            op.app.act_help_open = lambda: 1 / 0  # type: ignore[assignment,method-assign]  # a screen that breaks
            await op.presses("?")
    assert isinstance(op.app.failure, ZeroDivisionError)
    assert op.app.return_code == 1
