"""Dialogs: closed by esc and by q, nothing typed is lost, no key alone does what is dangerous."""

from __future__ import annotations

import asyncio

import pytest

from cockpit.core import commands as wanted
from cockpit.core.commands import Command, Refusal
from cockpit.core.state import Status
from cockpit.ui.actions import ACTIONS
from cockpit.ui.keymap import remap
from cockpit.ui.screens.dialogs import Confirm, Words
from cockpit.ui.screens.frame import Frame
from cockpit.ui.screens.rollback import RollbackScreen
from cockpit.ui.screens.run import RunScreen
from cockpit.ui.widgets.field import Field
from tests.ui.pilot import Operator, at_the_keys
from tests.ui.stage import Stage
from tests.view.runs import MOMENTS, Run, plan, proved

TICK = "before/tick:team-knows-that-deploys-take-15-minutes"
SEE = "before/see:functions"


async def goes_to(op: Operator, row: str) -> None:
    screen = op.app.screen
    assert isinstance(screen, RunScreen)
    screen.go_to(row)
    await op.presses()


async def test_a_reason_is_typed_and_the_title_stays_in_sight() -> None:
    async with at_the_keys(MOMENTS["proved"]()) as op:
        await goes_to(op, TICK)
        await op.presses("w")
        await op.sees(
            "Why is 'Team knows that deploys take 15 minutes' passed over?", "Reports: graceful", "^R roll back"
        )
        await op.types("they were told yesterday")
        await op.presses("enter")
        assert op.stage.commands == [wanted.Waive(TICK, "they were told yesterday")]
        await op.sees("[1 Checklist]")


async def test_what_was_typed_into_a_dialog_that_was_left_is_there_again() -> None:
    async with at_the_keys(MOMENTS["proved"]()) as op:
        await goes_to(op, TICK)
        await op.presses("w")
        await op.types("they q were")
        await op.presses("escape")
        assert isinstance(op.app.screen, RunScreen)
        await op.presses("n")
        await op.sees("not apply?")
        assert "they q were" not in op.text
        await op.presses("escape", "w")
        await op.sees("they q were")
        await op.types(" told")
        await op.presses("enter")
        assert op.stage.commands == [wanted.Waive(TICK, "they q were told")]
        assert op.app.drafts == {}


async def test_a_refusal_is_said_in_the_dialog_and_the_words_stay() -> None:
    async with at_the_keys(MOMENTS["proved"]()) as op:
        await goes_to(op, TICK)
        await op.presses("w", "enter")
        await op.sees("A reason is needed. Say why in a few words.")
        await op.types("because")
        await op.presses("enter")
        await op.sees("[1 Checklist]")
        assert op.stage.state.item(TICK).status is Status.WAIVED


async def test_yes_is_one_key_and_no_needs_a_note() -> None:
    async with at_the_keys(MOMENTS["proved"]()) as op:
        await goes_to(op, SEE)
        await op.presses("N")
        await op.sees("What did you see instead?")
        await op.types("three more")
        await op.presses("enter")
        assert op.stage.commands == [wanted.AnswerSee(SEE, "no", "three more")]
        await op.presses("y")
        assert op.stage.commands[-1] == wanted.AnswerSee(SEE, "yes", "")


async def test_a_note_goes_to_the_row_and_from_the_log_to_the_run() -> None:
    async with at_the_keys(MOMENTS["proved"]()) as op:
        await goes_to(op, TICK)
        await op.presses("a")
        await op.types("told at nine")
        await op.presses("enter")
        await op.presses("3", "a")
        await op.types("slow today")
        await op.presses("enter")
        assert op.stage.commands == [wanted.Note("told at nine", TICK), wanted.Note("slow today", None)]


async def test_pasted_lines_become_one() -> None:
    from textual import events

    async with at_the_keys(MOMENTS["proved"]()) as op:
        await op.presses("a")
        op.app.post_message(events.Paste("first\nsecond\n\n  third"))
        await op.sees("first second third")


async def test_something_pasted_without_a_field_presses_no_keys() -> None:
    from textual import events

    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        op.app.post_message(events.Paste(" yyx"))
        await op.presses()
        assert op.stage.commands == []
        assert isinstance(op.app.screen, RunScreen)


async def test_enter_confirms_nothing_where_yes_is_asked() -> None:
    async with at_the_keys(MOMENTS["gone"]()) as op:
        await op.presses("enter")
        assert isinstance(op.app.screen, Confirm)
        await op.sees("RAILWAY_DEPLOYMENT_OVERLAP_SECONDS = 300", "(hidden)", "y yes")
        await op.presses("enter")
        assert op.toast.startswith("Enter decides nothing here.")
        assert op.stage.commands == []
        await op.presses("y")
        assert [type(command) for command in op.stage.commands] == [wanted.Do]
        assert "do-not-show-me" not in op.text


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_a_confirmation_closes_without_effect(key: str) -> None:
    async with at_the_keys(MOMENTS["gone"]()) as op:
        await op.presses("enter", key)
        assert isinstance(op.app.screen, RunScreen)
        assert op.stage.commands == []


def deploy_is_next() -> Run:
    return MOMENTS["gone"]().act("deploy/do:set_grace").after(seconds=5)


async def test_a_deploy_is_confirmed_by_typing_the_environment() -> None:
    async with at_the_keys(deploy_is_next()) as op:
        await op.presses("enter")
        await op.sees("Deploy web: a new build", "Type production to confirm.")
        await op.types("productio")
        await op.presses("enter")
        await op.sees("Not started: it is confirmed by typing production.")
        await op.types("n")
        await op.presses("enter")
        await op.sees("[1 Checklist]", "Working  Deploy web")


async def test_in_a_rehearsal_the_word_is_rehearsal() -> None:
    run = deploy_is_next()
    run.events[0] = run.events[0].__class__(
        **{name: getattr(run.events[0], name) for name in ("run", "seq", "at", "actor", "session", "host", "cause")},
        body=run.events[0].body.model_copy(update={"rehearsal": True}),
    )
    async with at_the_keys(run) as op:
        await op.sees("REHEARSAL")
        await op.presses("enter")
        await op.sees("Type REHEARSAL to confirm.")


async def test_a_word_that_confirms_is_never_found_typed_already() -> None:
    async with at_the_keys(deploy_is_next()) as op:
        await op.presses("enter")
        await op.types("production")
        await op.presses("escape", "enter")
        field = op.app.screen.query_one(Field)
        assert field.value == ""
        await op.presses("escape", "ctrl+r")
        await op.types("production")
        await op.presses("escape", "ctrl+r")
        assert op.app.screen.query_one(Field).value == ""


async def test_a_secret_is_not_shown_and_not_kept() -> None:
    changed = plan(asks={"test_report": {"text": "Token of the day", "secret": True}})
    run = Run(changed)
    run.tell(*[event.body for event in MOMENTS["deployed"]().events[1:]]).after(minutes=20)
    async with at_the_keys(run) as op:
        await goes_to(op, "after/ask:test_report")
        await op.presses("enter")
        await op.sees("Token of the day")
        await op.types("hunter2")
        assert "hunter2" not in op.text
        await op.presses("escape", "enter")
        assert op.app.screen.query_one(Field).value == ""
        await op.types("hunter2")
        await op.presses("enter")
        assert op.stage.commands == [wanted.AnswerAsk("after/ask:test_report", "hunter2")]


async def test_an_answer_that_does_not_fit_is_refused_with_words() -> None:
    async with at_the_keys(MOMENTS["deployed"]()) as op:
        await goes_to(op, "after/ask:test_report")
        await op.presses("enter")
        await op.types("42")
        await op.presses("enter")
        assert isinstance(op.app.screen, Words)
        await op.waits_for(lambda: "uuid" in op.text.lower())
        assert not op.stage.state.item("after/ask:test_report").is_settled


async def test_one_of_several_is_chosen_by_moving_and_enter() -> None:
    changed = plan(asks={"test_report": {"text": "Which", "type": "choice", "options": ["red", "green", "blue"]}})
    run = Run(changed)
    run.tell(*[event.body for event in MOMENTS["deployed"]().events[1:]]).after(minutes=20)
    async with at_the_keys(run) as op:
        await goes_to(op, "after/ask:test_report")
        await op.presses("enter")
        await op.sees("red", "green", "blue")
        await op.presses("down", "down", "up", "enter")
        assert op.stage.commands == [wanted.AnswerAsk("after/ask:test_report", "green")]


async def test_closing_wants_an_ending_and_a_reason_where_the_ending_needs_one() -> None:
    async with at_the_keys(MOMENTS["deployed"]()) as op:
        await op.presses("x")
        await op.sees("How did it end?", "partial", "abandoned", "Why (needed):")
        await op.presses("down", "enter")
        await op.sees("'abandoned' needs its reason.")
        await op.types("fire alarm")
        await op.presses("escape", "x")
        await op.sees("fire alarm")
        await op.presses("down", "enter")
        assert op.stage.commands == [wanted.Close("abandoned", "fire alarm")]
        await op.sees("abandoned")


async def test_a_signature_is_offered_with_the_operators_own_name() -> None:
    async with at_the_keys(MOMENTS["signing"]()) as op:
        await op.presses("s", "enter")
        assert op.stage.commands == [wanted.Sign("sign-off/sign:engineer", "engineer on call")]


async def test_an_unknown_outcome_is_settled_by_yes_and_another_yes_not_by_a_key_held_down() -> None:
    async with at_the_keys(MOMENTS["looked_at"]()) as op:
        await op.presses("y")
        await op.sees("it happened?")
        await op.presses("y", "y")  # held down
        assert op.stage.commands == []
        await op.presses("Y")
        assert op.stage.commands == [wanted.Settle("deploy/do:deploy_web", happened=True)]


async def test_the_way_back_opens_over_a_dialog_and_the_words_under_it_stay() -> None:
    async with at_the_keys(MOMENTS["deployed"]()) as op:
        await op.presses("a")
        await op.types("half a no")
        await op.presses("ctrl+r")
        assert isinstance(op.app.screen, RollbackScreen)
        await op.presses("ctrl+r")
        assert op.toast.startswith("You are at the way back")
        await op.presses("escape")
        await op.sees("half a no")
        await op.types("te")
        await op.presses("enter")
        assert [type(command) for command in op.stage.commands] == [wanted.Note]
        assert op.stage.commands[0] == wanted.Note("half a note", "after/compare:by_status")


async def test_a_capital_r_is_text_where_something_is_typed_and_the_way_back_elsewhere() -> None:
    async with at_the_keys(MOMENTS["gone"]()) as op:
        await op.presses("a")
        await op.types("R")
        assert isinstance(op.app.screen, Words)
        await op.presses("escape", "enter")
        assert isinstance(op.app.screen, Confirm)
        await op.presses("R")
        assert isinstance(op.app.screen, RollbackScreen)


class Slow(Stage):
    """Its journal takes its time."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.may_go_on = asyncio.Event()

    async def dispatch(self, command: Command, /) -> tuple[()] | Refusal:
        await self.may_go_on.wait()
        return await super().dispatch(command)


async def test_the_way_back_opens_while_the_journal_hangs_and_nothing_is_sent_twice() -> None:
    stage = Slow(proved())
    async with at_the_keys(proved(), stage=stage) as op:
        await goes_to(op, TICK)
        await op.presses("w")
        await op.types("told")
        await op.presses("enter", "enter", "ctrl+r")
        assert isinstance(op.app.screen, RollbackScreen)
        stage.may_go_on.set()
        await op.waits_for(lambda: stage.state.item(TICK).is_settled)
        assert stage.commands == [wanted.Waive(TICK, "told")]
        await op.presses("escape")
        await op.waits_for(lambda: isinstance(op.app.screen, RunScreen))


@pytest.mark.parametrize("before", ["in front", "blurred"])
async def test_keys_that_come_at_once_go_where_they_were_meant(before: str) -> None:
    """Over a slow line `a`, the words and enter come in one piece: none of the words is a command."""
    from textual import events

    async with at_the_keys(MOMENTS["at_gate"]()) as op:
        if before == "blurred":
            op.app.post_message(events.AppBlur())
        for key in ("a", *"backyNx", "enter"):
            op.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await op.waits_for(lambda: bool(op.stage.commands))
        await op.waits_for(lambda: isinstance(op.app.screen, RunScreen))
        assert op.stage.commands == [wanted.Note("backyNx", "go-no-go/tick:backup-taken")]


async def test_a_key_that_comes_at_once_with_the_one_that_closed_a_dialog_is_dropped() -> None:
    from textual import events

    async with at_the_keys(MOMENTS["gone"]()) as op:
        await op.presses("enter")
        for key in ("escape", "escape", "y", "y", "enter"):
            op.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await op.waits_for(lambda: isinstance(op.app.screen, RunScreen))
        assert op.stage.commands == []


@pytest.mark.parametrize("moment", ["asked", "looked_at"])
async def test_no_single_key_does_anything_dangerous(moment: str) -> None:
    keymap, _ = remap({})
    dangerous = (wanted.Do, wanted.Settle, wanted.DecideGate, wanted.StartRollback, wanted.Close, wanted.Reopen)
    async with at_the_keys(MOMENTS[moment]()) as op:
        run_screen = op.app.screen
        assert isinstance(run_screen, RunScreen)
        for action in ACTIONS:
            found = [] if not keymap.keys[action.id] else keymap.actions("checklist", keymap.keys[action.id][0])
            if found:
                run_screen.perform(found)
                await op.presses()
            while isinstance(screen := op.app.screen, Frame) and screen is not run_screen:
                screen.finish()
                await op.presses()
            run_screen.act_dialog_back()
        assert not [command for command in op.stage.commands if isinstance(command, dangerous)]
