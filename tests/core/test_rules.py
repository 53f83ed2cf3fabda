"""What may be done when, and what is refused with which words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Refusal
from cockpit.core.fold import apply, fold
from cockpit.core.kinds import read_body
from cockpit.core.rules import allowed, blockers, gate_expires, next_gate, next_item, recommend, watch_ends
from cockpit.core.state import Status
from cockpit.core.text.logline import LogLine
from tests.core.story import START, Story

UUID = "00000000-0000-4000-8000-000000000001"


def test_only_the_first_phase_opens_at_the_start() -> None:
    story = Story().advance()
    assert [phase for phase, _ in story.state.phases] == ["before"]


def test_an_item_of_a_closed_phase_says_what_it_waits_for() -> None:
    story = Story().advance()
    assert story.refused(wanted.Do("deploy/do:set_grace", "yes")) == "Before is not finished."
    assert story.refused(wanted.Do("level-1/do:clear_grace", "")) == "That belongs to the rollback. Start it first."


def test_a_tick_is_taken_once_and_can_be_taken_back() -> None:
    story = Story().advance().do(wanted.Tick("before/tick:team-knows"))
    assert "ticked already" in story.refused(wanted.Tick("before/tick:team-knows"))
    story.do(wanted.Untick("before/tick:team-knows"))
    assert story.state.item("before/tick:team-knows").status is Status.OPEN
    assert "nothing to take back" in story.refused(wanted.Untick("before/tick:team-knows"))


def test_a_no_wants_a_note_and_fails_the_item() -> None:
    story = Story().advance()
    assert "needs a note" in story.refused(wanted.AnswerSee("before/see:panel", "no"))
    story.do(wanted.AnswerSee("before/see:panel", "no", "it is red"))
    assert story.state.item("before/see:panel").status is Status.FAILED
    assert blockers(story.state, story.now) == ("The panel is green: it is red",)


def test_a_baseline_is_recorded_again_but_never_unticked() -> None:
    story = Story().advance().read("before/record:by_status", "observed")
    assert story.state.baselines["by_status"].reading == 1
    assert "Record it again" in story.refused(wanted.Untick("before/record:by_status"))
    story.read("before/record:by_status", "observed")
    assert story.state.baselines["by_status"].reading == 2


def test_a_reading_that_is_blind_is_no_baseline() -> None:
    story = Story().advance().read("before/record:by_status", "blind", "the role sees nothing")
    assert story.state.baselines == {}
    assert story.state.item("before/record:by_status").status is Status.FAILED


def test_a_reading_asked_before_the_item_was_is_not_taken() -> None:
    story = Story().advance().do(wanted.Enquire("before/record:by_status"))
    story.now = START - timedelta(microseconds=1)
    story.answer("before/record:by_status", "observed")
    assert story.state.item("before/record:by_status").status is Status.RUNNING


def test_the_gate_asks_everything_again_and_only_go_opens_the_next_phase() -> None:
    story = Story().before()
    assert next_gate(story.state, story.now) is not None
    assert "Open the gate" in story.refused(wanted.Enquire("gate/check:stuck"))
    assert "Open the gate first" in story.refused(wanted.DecideGate("gate", go=True))
    story.do(wanted.OpenGate("gate"))
    assert "being asked" in story.refused(wanted.OpenGate("gate"))
    assert "still coming" in story.refused(wanted.DecideGate("gate", go=True))
    story.answer("gate/check:stuck")
    assert recommend(story.state, "gate", story.now).reasons == ("Backup taken: unanswered",)
    story.do(wanted.Tick("gate/tick:backup-taken"))
    assert recommend(story.state, "gate", story.now).go
    assert story.advance().state.opened_at("deploy") is None
    assert story.do(wanted.DecideGate("gate", go=True)).advance().state.opened_at("deploy") == story.now


@pytest.mark.parametrize(
    ("verdict", "word"), [("fail", "failed"), ("error", "error"), ("blind", "blind"), ("observed", "observed")]
)
def test_anything_but_a_pass_is_a_no_with_its_word(verdict: str, word: str) -> None:
    story = Story().before().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    story.answer("gate/check:stuck", verdict)
    advice = recommend(story.state, "gate", story.now)
    assert not advice.go
    assert [one.word for one in advice.conditions] == [word, "ok"]


def test_a_stale_reading_does_not_count() -> None:
    story = Story().before().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    story.answer("gate/check:stuck").later(seconds=61)
    assert recommend(story.state, "gate", story.now).conditions[0].word == "stale"


def test_going_against_the_recommendation_wants_a_reason_for_each_condition() -> None:
    story = Story().before().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    story.answer("gate/check:stuck", "fail", "3 == 0 is false")
    assert "Not met: Stuck (failed)" in story.refused(wanted.DecideGate("gate", go=True))
    story.do(wanted.DecideGate("gate", go=True, overrides={"gate/check:stuck": "known and harmless"}))
    assert story.state.notes[-1].deviation
    assert not story.state.gate("gate").recommended


def test_an_unused_go_expires_and_then_nothing_starts() -> None:
    story = Story().go()
    assert gate_expires(story.state, "gate") == story.now + timedelta(minutes=30)
    story.later(minutes=31)
    assert "the GO has expired" in story.refused(wanted.Do("deploy/do:set_grace", "yes"))
    story.do(wanted.OpenGate("gate")).answer("gate/check:stuck").do(wanted.DecideGate("gate", go=True))
    story.do(wanted.Do("deploy/do:set_grace", "yes")).later(hours=2)
    assert gate_expires(story.state, "gate") is None


def test_a_no_go_ends_the_run_at_the_gate() -> None:
    story = Story().before().do(wanted.OpenGate("gate")).answer("gate/check:stuck", "fail")
    assert "No gate said no-go" in story.refused(wanted.Close("stopped at gate"))
    story.do(wanted.DecideGate("gate", go=False), wanted.Close("stopped at gate"))
    assert story.state.ending == "stopped at gate"
    assert "closed" in story.refused(wanted.Tick("gate/tick:backup-taken"))
    story.do(wanted.Note("afterwards"))


def test_a_log_line_is_pinned_at_a_row_or_for_the_run_and_after_the_end_too() -> None:
    line = LogLine(START, "2026-01-31T12:00:00.123456789Z", "x" * 5000, "error", "web", "1a2b3c4d-5", "i1")
    story = Story().before().do(wanted.PinLine(line, "before/tick:team-knows"))
    note = story.state.notes[-1]
    assert note.item == "before/tick:team-knows"
    assert note.text.startswith("Log line of web, deployment 1a2b3c4d, 2026-01-31T12:00:00.123456789Z, error: xxx")
    assert len(note.text) < 4200
    assert not note.deviation
    story.do(wanted.Close("abandoned", "why"), wanted.PinLine(line))
    assert story.state.notes[-1].item is None


def test_actions_run_in_order_one_at_a_time_and_confirmed() -> None:
    story = Story().go()
    assert story.refused(wanted.Do("deploy/do:deploy_web", "production")) == "First: Set grace."
    assert "confirmed by typing yes" in story.refused(wanted.Do("deploy/do:set_grace", "production"))
    story.do(wanted.Do("deploy/do:set_grace", "yes"))
    assert "under way" in story.refused(wanted.Do("deploy/do:set_grace", "yes"))
    assert "Set grace is not finished" in story.refused(wanted.Do("deploy/do:deploy_web", "production"))
    story.do(wanted.Accept("deploy/do:set_grace", story.seq("deploy/do:set_grace")))
    story.do(wanted.Finish("deploy/do:set_grace", story.seq("deploy/do:set_grace"), "read back"))
    assert "typing production" in story.refused(wanted.Do("deploy/do:deploy_web", "staging"))
    story.do(wanted.Do("deploy/do:deploy_web", "production"))


def test_in_a_rehearsal_the_word_is_rehearsal() -> None:
    story = Story(rehearsal=True).go().act("deploy/do:set_grace", "yes")
    assert "typing REHEARSAL" in story.refused(wanted.Do("deploy/do:deploy_web", "production"))
    story.do(wanted.Do("deploy/do:deploy_web", "REHEARSAL"))


def test_nothing_is_sent_before_the_environment_is_proved() -> None:
    story = Story().before().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    story.answer("gate/check:stuck").do(wanted.DecideGate("gate", go=True)).advance()
    assert "has not shown that it is production" in story.refused(wanted.Do("deploy/do:set_grace", "yes"))


def test_done_means_accepted_and_read_back() -> None:
    story = Story().go().do(wanted.Do("deploy/do:set_grace", "yes"))
    seq = story.seq("deploy/do:set_grace")
    assert "not accepted" in story.refused(wanted.Finish("deploy/do:set_grace", seq, "x"))
    assert "No such intent" in story.refused(wanted.Finish("deploy/do:set_grace", 999, "x"))


def test_an_unknown_outcome_is_never_sent_again_and_settled_only_as_two_looks_agree() -> None:
    item = "deploy/do:set_grace"
    story = Story().go().do(wanted.Do(item, "yes"))
    seq = story.seq(item)
    story.do(wanted.Lose(item, seq, "no answer came"))
    assert story.state.item(item).status is Status.UNKNOWN
    assert "never sent twice" in story.refused(wanted.Do(item, "yes"))
    assert "still being looked at" in story.refused(wanted.Settle(item, happened=True))
    story.do(wanted.Look(item, seq, "inconclusive", "1 of 2"))
    story.do(wanted.Look(item, seq, "not happened", "0 of 2"))
    assert "inconclusive, not happened" in story.refused(wanted.Settle(item, happened=False))
    story.do(wanted.Look(item, seq, "not happened", "0 of 2"))
    assert "cannot be settled as happened" in story.refused(wanted.Settle(item, happened=True))
    story.do(wanted.Settle(item, happened=False))
    assert story.state.item(item).status is Status.OPEN
    story.do(wanted.Do(item, "yes"))
    assert story.seq(item) != seq


def test_an_outcome_settled_as_happened_is_still_proved() -> None:
    item = "deploy/do:set_grace"
    story = Story().go().do(wanted.Do(item, "yes"))
    seq = story.seq(item)
    story.do(wanted.Lose(item, seq, "lost"))
    story.do(wanted.Look(item, seq, "happened", "all"), wanted.Look(item, seq, "happened", "all", "d9"))
    story.do(wanted.Settle(item, happened=True))
    intent = story.state.intent_of(item)
    assert intent is not None
    assert (intent.accepted, intent.deployment, story.state.item(item).status) == (True, "d9", Status.RUNNING)
    story.do(wanted.Finish(item, seq, "read back"))


def test_answering_again_outdates_the_readings_that_used_it() -> None:
    story = Story().deployed()
    assert "does not fit" in story.refused(wanted.AnswerAsk("after/ask:report", "seven"))
    story.do(wanted.AnswerAsk("after/ask:report", UUID)).read("after/check:steps", "observed")
    assert story.state.item("after/check:steps").status is Status.DONE
    story.do(wanted.AnswerAsk("after/ask:report", UUID.replace("1", "2")))
    assert story.state.item("after/check:steps").status is Status.OPEN


def test_same_is_never_asked_twice() -> None:
    story = Story().deployed().read("after/compare:by_status")
    repeated = story.state.item("after/same:after/compare:by_status")
    assert repeated.status is Status.DONE


def test_a_comparison_needs_its_baseline() -> None:
    plan = Story().state.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["phases"] = [{"title": "Only", "items": ["compare by_status"]}]
    story = Story(plan).advance()
    assert "no baseline" in story.refused(wanted.Enquire("only/compare:by_status"))


def test_a_waiver_wants_a_reason_and_is_a_deviation() -> None:
    story = Story().deployed()
    assert "reason is needed" in story.refused(wanted.Waive("after/check:steps", " "))
    story.do(wanted.Waive("after/check:steps", "no test report today"))
    assert story.state.notes[-1].deviation
    story.do(wanted.MarkNotApplicable("after/ask:report", "no test report today"))


def through_after(story: Story) -> Story:
    story.read("after/compare:by_status").do(wanted.AnswerAsk("after/ask:report", UUID))
    return story.read("after/check:steps", "observed").advance()


def test_a_watch_holds_up_only_the_signature() -> None:
    story = through_after(Story().deployed())
    watch = story.state.plan.phases[4]
    assert story.state.opened_at("watch") is not None
    assert story.state.opened_at("later") is None
    story.later(hours=4).advance().read("later/check:stuck")
    assert story.advance().state.opened_at("sign-off") is None
    assert "Watch is not over" in story.refused(wanted.Sign("sign-off/sign:engineer", "Ada"))
    ends = watch_ends(story.state, watch)
    assert ends is not None
    story.do(wanted.MoveMonitor("stuck", "ok", "value is 0", None))
    story.now = ends
    story.advance()
    assert "Watch" not in story.refused(wanted.Close("signed off"))
    story.do(wanted.Sign("sign-off/sign:engineer", "Ada"), wanted.Close("signed off"))
    assert story.state.signatures["engineer"].name == "Ada"
    assert story.state.ending == "signed off"


def test_a_due_time_hangs_on_the_anchor_and_passes_over_when_the_action_was() -> None:
    story = Story().go().act("deploy/do:set_grace", "yes")
    story.do(wanted.Waive("deploy/do:deploy_web", "deployed by the pipeline")).advance()
    assert story.state.opened_at("after") is not None


def test_rolling_back_is_open_whenever_something_was_changed() -> None:
    story = Story().go()
    assert "Nothing was changed" in story.refused(wanted.StartRollback("level-2", "production"))
    story.do(wanted.Do("deploy/do:set_grace", "yes"))
    assert "typing production" in story.refused(wanted.StartRollback("level-2", "yes"))
    story.do(wanted.StartRollback("level-2", "production", "it burns"))
    assert story.state.level == "level-2"
    assert "A rollback is under way" in story.refused(wanted.Do("deploy/do:deploy_web", "production"))


def test_the_steps_of_a_rollback_need_no_second_word() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production"))
    story.act("level-2/do:back", deployment="old").read("level-2/check:stuck")
    assert "not finished" in Story().deployed().do(wanted.StartRollback("level-2", "production")).refused(
        wanted.Close("rolled back")
    )
    assert "Close it as rolled back" in story.refused(wanted.Close("signed off"))
    story.do(wanted.Close("rolled back"))
    assert story.state.ending == "rolled back"


def test_after_a_rollback_the_phases_begin_again_and_the_first_attempt_stays() -> None:
    story = Story().deployed()
    assert "after a rollback only" in story.refused(wanted.Reopen("again"))
    story.do(wanted.StartRollback("level-2", "production")).act("level-2/do:back", deployment="old")
    story.read("level-2/check:stuck").do(wanted.Reopen("fixed it"))
    assert story.state.attempt == 2
    assert story.state.item("deploy/do:deploy_web").status is Status.OPEN
    assert story.state.item("deploy/do:deploy_web", 1).status is Status.DONE
    assert story.advance().state.opened_at("before") == story.now


def test_a_run_is_abandoned_with_a_reason_only() -> None:
    story = Story().advance()
    assert "Say why" in story.refused(wanted.Close("abandoned"))
    story.do(wanted.Close("abandoned", "wrong day"))


def test_an_event_of_a_newer_version_stops_acting() -> None:
    story = Story().advance()
    event = story.events[-1]
    unknown = read_body("Teleported", 1, {"to": "moon"})
    story.state = apply(story.state, type(event)("r1", 9, story.now, event.actor, "s", "h", unknown))
    assert "Teleported" in story.refused(wanted.Tick("before/tick:team-knows"))


def test_allowed_is_the_dry_run_of_decide() -> None:
    story = Story().advance()
    assert allowed(story.state, wanted.Tick("before/tick:team-knows"), story.now) is None
    assert isinstance(allowed(story.state, wanted.Tick("nope/tick:x"), story.now), Refusal)
    assert story.state.item("before/tick:team-knows").status is Status.OPEN


def test_the_state_is_the_fold_of_its_events() -> None:
    story = through_after(Story().deployed()).do(wanted.StartRollback("level-1", "production"))
    again = fold(story.events)
    for field in ("items", "phases", "gates", "anchors", "intents", "notes", "level", "seq", "baselines", "asks"):
        assert getattr(again, field) == getattr(story.state, field)


def test_a_record_that_does_not_begin_is_refused() -> None:
    story = Story()
    with pytest.raises(ValueError, match="begins with RunOpened"):
        fold(story.events[1:])


def test_the_next_item_is_one_that_waits_for_somebody() -> None:
    story = Story().advance()
    assert getattr(next_item(story.state, story.now), "id", None) == "before/record:by_status"
    story.do(wanted.Enquire("before/record:by_status"))
    assert getattr(next_item(story.state, story.now), "id", None) == "before/tick:team-knows"


def test_a_changed_plan_keeps_the_state_of_what_did_not_change() -> None:
    story = Story().deployed().read("after/compare:by_status")
    plan = story.state.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["checks"]["by_status"]["compare"] = "any"
    plan["phases"][0]["items"].append("tick One more")
    amended = happened.PlanAmended(plan=plan, diff=("compare: any",))
    event = story.events[-1]
    state = apply(story.state, type(event)("r1", 99, story.now, event.actor, "s", "h", amended))
    assert state.item("after/compare:by_status").status is Status.OPEN
    assert state.item("before/tick:team-knows").status is Status.DONE
    assert state.item("before/tick:one-more").status is Status.OPEN
