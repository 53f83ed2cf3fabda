"""How a run ends, and what keeps it open."""

from __future__ import annotations

import pytest

from cockpit.core import commands as wanted
from cockpit.core.commands import Close, Refusal
from cockpit.core.state import Status
from tests.core.story import Story

GRACE, BACK = "deploy/do:set_grace", "level-2/do:back"
HAPPENED, NOT = "happened", "not happened"
ENDINGS = ("signed off", "rolled back", "stopped at gate", "partial", "abandoned")


def under_way() -> Story:
    return Story().go().do(wanted.Do(GRACE, "yes"))


def unknown() -> Story:
    story = under_way()
    return story.do(wanted.Lose(GRACE, story.seq(GRACE), "gone"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_ending_is_told_while_an_action_is_under_way(ending: str) -> None:
    story = under_way()
    command = Close(ending, "home")  # type: ignore[arg-type]  # (each of them is an ending)
    assert story.refused(command) == "Set grace is not finished. Wait for its outcome."
    story.do(wanted.Accept(GRACE, story.seq(GRACE)))
    assert story.refused(command) == "Set grace is not finished. Wait for its outcome."


@pytest.mark.parametrize("ending", ["signed off", "rolled back", "stopped at gate"])
def test_with_an_unknown_outcome_a_run_does_not_end_well(ending: str) -> None:
    command = Close(ending)  # type: ignore[arg-type]  # (each of them is an ending)
    assert unknown().refused(command) == "Set grace: its outcome is unknown. Look, then settle it."


@pytest.mark.parametrize("ending", ["partial", "abandoned"])
def test_an_operator_may_leave_with_an_unknown_outcome_and_a_note(ending: str) -> None:
    story = unknown()
    command = Close(ending, "somebody else looks")  # type: ignore[arg-type]  # (each of them is an ending)
    assert "Say why" in story.refused(Close(command.ending))
    story.do(command)
    assert story.state.ending == ending
    assert [intent.item for intent in story.state.open_intents()] == [GRACE]


def test_an_outcome_left_unknown_going_forward_keeps_a_rollback_from_being_the_end() -> None:
    story = unknown()
    seq = story.seq(GRACE)
    story.do(wanted.StartRollback("level-2", "production")).act(BACK).read("level-2/check:stuck")
    assert "outcome is unknown" in story.refused(Close("rolled back"))
    assert "still being looked at" in story.refused(wanted.Waive(GRACE, "seen in the dashboard"))
    story.do(wanted.Look(GRACE, seq, "inconclusive", "1 of 2"), wanted.Look(GRACE, seq, "inconclusive", "1 of 2"))
    story.do(wanted.Waive(GRACE, "seen in the dashboard"), Close("rolled back"))


def test_rolled_back_means_that_something_was_taken_back() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production"))
    story.do(wanted.Waive(BACK, "no need"), wanted.Waive("level-2/check:stuck", "no need"))
    assert story.refused(Close("rolled back")) == "No step of the rollback was done. Close the run as partial."
    story.do(Close("partial", "left as it is"))


def test_a_way_back_of_ticks_alone_is_taken_by_ticking() -> None:
    plan = Story().state.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["rollback"] = [{"title": "By hand", "items": ["tick Rolled back in the dashboard"]}]
    story = Story(plan).deployed().do(wanted.StartRollback("by-hand", "production"))
    story.do(wanted.Tick("by-hand/tick:rolled-back-in-the-dashboard"), Close("rolled back"))


@pytest.mark.parametrize("status", [Status.RUNNING, Status.UNKNOWN])
@pytest.mark.parametrize("meanwhile", [None, "level-1"])
def test_a_level_with_a_step_in_the_world_is_not_started_anew(status: Status, meanwhile: str | None) -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production"), wanted.Do(BACK))
    if status is Status.UNKNOWN:
        story.do(wanted.Lose(BACK, story.seq(BACK), "gone"))
    if meanwhile is not None:
        story.do(wanted.StartRollback(meanwhile, "production"))
    words = "under way" if status is Status.RUNNING else "never sent twice"
    assert words in story.refused(wanted.StartRollback("level-2", "production"))


def test_a_level_that_failed_can_be_started_anew() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production"), wanted.Do(BACK))
    story.do(wanted.Fail(BACK, story.seq(BACK), "no"), wanted.StartRollback("level-2", "production"))
    assert story.state.item(BACK).status is Status.OPEN


def test_a_step_of_a_rollback_that_failed_is_tried_again_with_a_yes_only() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production"), wanted.Do(BACK))
    story.do(wanted.Fail(BACK, story.seq(BACK), "no"))
    assert "typing yes" in story.refused(wanted.Do(BACK))
    story.do(wanted.Do(BACK, "yes"))


def looked(*found: str) -> Story:
    story = unknown()
    for word in found:
        story.do(wanted.Look(GRACE, story.seq(GRACE), word, "so it is"))  # type: ignore[arg-type]  # (words of looks)
    return story


@pytest.mark.parametrize("found", [("inconclusive",) * 2, (HAPPENED, "inconclusive"), (NOT, "inconclusive")])
def test_where_looks_cannot_tell_a_reason_settles_it_as_happened_and_nothing_as_not(found: tuple[str, ...]) -> None:
    story = looked(*found)
    assert story.refused(wanted.Settle(GRACE, happened=True, reason=" ")).startswith("The looks cannot tell.")
    assert "cannot be settled" in story.refused(wanted.Settle(GRACE, happened=False, reason="I am sure"))
    bodies = story.decide(wanted.Settle(GRACE, happened=True, reason="seen in the dashboard"))
    assert not isinstance(bodies, Refusal)
    assert [type(body).__name__ for body in bodies] == ["ActionSettled", "DeviationNoted"]
    story.do(wanted.Settle(GRACE, happened=True, reason="seen in the dashboard"))
    assert story.state.item(GRACE).status is Status.RUNNING
    assert story.state.notes[-1].deviation
    assert "seen in the dashboard" in story.state.notes[-1].text


@pytest.mark.parametrize("found", [(NOT,) * 2, ("inconclusive", NOT), ("inconclusive", HAPPENED)])
def test_no_reason_stands_against_a_look_that_told_something(found: tuple[str, ...]) -> None:
    story = looked(*found)
    assert "cannot be settled as happened" in story.refused(wanted.Settle(GRACE, happened=True, reason="I am sure"))


def test_one_look_is_not_enough_even_with_a_reason() -> None:
    refusal = looked("inconclusive").refused(wanted.Settle(GRACE, happened=True, reason="I am sure"))
    assert "second look" in refusal


def test_looks_that_agree_need_no_reason_and_are_no_deviation() -> None:
    story = looked("happened", "happened").do(wanted.Settle(GRACE, happened=True))
    assert not any(note.deviation for note in story.state.notes)


def test_settling_keeps_the_deployment_that_was_accepted() -> None:
    story = under_way()
    seq = story.seq(GRACE)
    story.do(wanted.Accept(GRACE, seq, "d1"), wanted.Lose(GRACE, seq, "its proof could not tell"))
    story.do(wanted.Look(GRACE, seq, "inconclusive", "x"), wanted.Look(GRACE, seq, "inconclusive", "x"))
    story.do(wanted.Settle(GRACE, happened=True, reason="it runs"))
    assert story.state.intents[seq].deployment == "d1"


def to_the_end(told: str | None) -> Story:
    """Everything done and signed; the monitor of the watch last said this, or nothing."""
    story = Story().deployed().read("after/compare:by_status")
    story.do(wanted.AnswerAsk("after/ask:report", "6f9619ff-8b86-d011-b42d-00c04fc964ff")).read("after/check:steps")
    story.advance()
    if told is not None:
        story.do(wanted.MoveMonitor("stuck", told, "so it is", None))
    story.later(hours=25).advance().read("later/check:stuck").advance()
    return story.do(wanted.Sign("sign-off/sign:engineer", "the engineer"))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "stuck was never asked"),
        ("unknown", "stuck was unknown at the end"),
        ("firing", "stuck was firing at the end"),
    ],
)
def test_a_watch_that_verified_nothing_is_signed_off_with_a_reason_only(told: str | None, words: str) -> None:
    story = to_the_end(told)
    assert story.refused(Close("signed off")) == f"{words}. Say why the run is signed off all the same."
    story.do(Close("signed off", "the dashboard was watched by hand"))
    assert story.state.ending == "signed off"


@pytest.mark.parametrize("told", ["ok", "pending"])
def test_a_watch_that_ended_well_needs_no_words(told: str) -> None:
    to_the_end(told).do(Close("signed off"))
