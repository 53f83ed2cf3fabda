from __future__ import annotations

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Refusal
from cockpit.core.rules import allowed, decide
from cockpit.view import detail
from cockpit.view.checklist import rows
from cockpit.view.offers import ENDINGS, RUN, Offer, command, offers
from tests.view import runs
from tests.view.runs import (
    MOMENTS,
    Run,
    asked,
    at_gate,
    closed,
    deployed,
    every_part,
    fresh,
    gone,
    plan,
    proved,
    rolled_back,
    signed,
    signing,
)


def offer(run: Run, row: str, action: str) -> Offer:
    return next(each for each in offers(run.scene(), row) if each.action == action)


def text_for(each: Offer) -> str:
    """What a person would type or choose."""
    if each.needs == "typed":
        return each.options[0]
    if each.action == "item.answer":
        return "0e6b1c52-0000-4000-8000-000000000000"
    if each.needs == "choice":
        return f"{(each.options or ENDINGS)[0]}: because"
    return "\n".join(["because"] * max(1, len(each.options)))


@pytest.mark.parametrize("name", MOMENTS)
def test_what_is_offered_without_a_refusal_is_done_and_what_is_refused_is_not(name):
    run = MOMENTS[name]()
    scene = run.scene()
    for row in (RUN, *(row.id for row in rows(scene, 80, unfolded=every_part(scene.state)))):
        for each in offers(scene, row):
            refusal = allowed(scene.state, command(each, row, text_for(each)), scene.now)
            assert (refusal is None) is (each.refusal is None), (row, each, refusal)


def test_the_likeliest_offer_comes_first():
    assert offers(fresh().scene(), "before/record:by_status")[0].action == "item.record"
    assert offers(fresh().scene(), "before/see:functions")[0].action == "item.yes"
    assert offers(asked().scene(), "go-no-go")[0].action == "gate.go"
    assert offers(asked("fail", "7").scene(), "go-no-go")[0].action == "gate.no_go"
    assert offers(at_gate().scene(), "go-no-go")[0].action == "gate.open"
    assert offers(proved().scene(), "level-1-variables-only")[0].action == "rollback.start"


def test_a_dangerous_action_names_what_it_does_and_the_word_to_type():
    deploy = offer(gone().act("deploy/do:set_grace"), "deploy/do:deploy_web", "item.do")
    assert (deploy.needs, deploy.options) == ("typed", ("production",))
    assert deploy.prompt == "Deploy web: a new build with today's variables."
    assert command(deploy, "deploy/do:deploy_web", " production ") == wanted.Do(
        "deploy/do:deploy_web", typed="production", summary=deploy.prompt
    )


def test_in_a_rehearsal_the_word_is_rehearsal():
    run = Run(rehearsal=True).open("before")
    assert offer(run, "level-1-variables-only", "rollback.start").options == ("REHEARSAL",)


def test_an_action_confirmed_by_yes_needs_a_yes():
    setting = offer(gone(), "deploy/do:set_grace", "item.do")
    assert setting.needs == "yes"
    made = command(setting, "deploy/do:set_grace")
    assert isinstance(made, wanted.Do)
    assert made.typed == "yes"
    assert "do-not-show-me" not in setting.prompt


def test_the_reason_of_a_refusal_stands_in_the_offer():
    assert offer(gone(), "deploy/do:deploy_web", "item.do").refusal == "First: Set the grace periods."
    assert "Open the gate" in (offer(at_gate(), "go-no-go/check:stuck", "item.check").refusal or "")


def test_a_go_against_the_recommendation_wants_a_reason_for_each_condition():
    run = at_gate().tell(happened.GateAsked(phase="go-no-go")).after(seconds=1)
    run.judge("go-no-go/check:stuck", "fail", "7 > 0").judge("go-no-go/check:health", "blind", "a cache")
    go = offer(run, "go-no-go", "gate.go")
    failing = ("go-no-go/check:stuck", "go-no-go/check:health", "go-no-go/tick:backup-taken")
    assert (go.needs, go.options) == ("reason", failing)
    full = command(go, "go-no-go", "known since May\nchecked by hand\ntaken at noon")
    decided = decide(run.state, full, run.now)
    assert not isinstance(decided, Refusal)
    assert isinstance(decided[0], happened.GateDecided)
    reasons = ("known since May", "checked by hand", "taken at noon")
    assert decided[0].overrides == dict(zip(failing, reasons, strict=True))


def test_one_reason_does_not_cover_two_conditions():
    run = at_gate().tell(happened.GateAsked(phase="go-no-go")).after(seconds=1)
    run.judge("go-no-go/check:stuck", "fail", "7 > 0").judge("go-no-go/check:health", "fail", "status is 503")
    partial = command(offer(run, "go-no-go", "gate.go"), "go-no-go", "only one reason")
    assert isinstance(decide(run.state, partial, run.now), Refusal)


def test_gate_offers_stand_at_its_items_too():
    actions = {each.action for each in offers(asked().scene(), "go-no-go/check:stuck")}
    assert {"gate.open", "gate.go", "gate.no_go"} <= actions
    assert command(offer(asked(), "go-no-go/check:stuck", "gate.no_go"), "go-no-go/check:stuck") == wanted.DecideGate(
        "go-no-go", go=False
    )


def test_a_rollback_takes_its_word_and_a_reason_on_the_next_line():
    start = offer(deployed(), "level-2-the-image-before", "rollback.start")
    made = command(start, "level-2-the-image-before", "production\nreports are stuck")
    assert made == wanted.StartRollback("level-2-the-image-before", "production", "reports are stuck")
    assert "Nothing was changed" in (offer(proved(), "level-2-the-image-before", "rollback.start").refusal or "")


@pytest.mark.parametrize(
    ("moment", "best", "options"),
    [
        ("signed", "signed off", ("signed off", "partial", "abandoned")),
        ("rolled_back", "rolled back", ("rolled back", "partial", "abandoned")),
        ("no_go", "stopped at gate", ("stopped at gate", "partial", "abandoned")),
        ("deployed", "", ("partial", "abandoned")),
    ],
)
def test_a_run_may_end_as_its_state_allows(moment, best, options):
    close = offer(MOMENTS[moment](), RUN, "run.close")
    assert (close.default, close.options) == (best, options)


def test_partial_and_abandoned_want_a_reason_after_a_colon_and_so_does_what_nobody_watched():
    assert offer(signing(), RUN, "run.close").with_reason == {"partial", "abandoned"}
    close = offer(deployed(), RUN, "run.close")
    assert close.with_reason == {"partial", "abandoned", "signed off"}
    assert command(close, RUN, "partial: the watch: cut short") == wanted.Close("partial", "the watch: cut short")
    assert isinstance(allowed(deployed().state, command(close, RUN, "partial"), deployed().now), Refusal)


def test_whoever_closes_a_run_is_told_what_its_watch_leaves_open():
    assert offer(signed(), RUN, "run.close").prompt == "How did it end?"
    left = signed().tell(happened.MonitorMoved(monitor="stuck", state="unknown", because="nothing heard"))
    assert offer(left, RUN, "run.close").prompt == "How did it end? Stuck reports was unknown at the end."
    assert "unknown" not in offer(deployed(), RUN, "run.close").prompt


def test_what_is_no_ending_is_named_with_those_that_are():
    with pytest.raises(ValueError, match=f"Choose one of {', '.join(ENDINGS)}"):
        command(Offer("run.close", "close"), RUN, "won")


def test_what_is_no_offer_makes_no_command():
    with pytest.raises(ValueError, match="no offer"):
        command(Offer("item.explode", "explode"), "before/see:functions")


def test_notes_belong_to_the_item_under_the_cursor_or_to_the_run():
    note = offer(fresh(), "before/see:functions", "run.note")
    assert command(note, "before/see:functions", "odd") == wanted.Note("odd", "before/see:functions")
    assert command(note, "before", "odd") == wanted.Note("odd", None)
    assert command(note, RUN, "odd") == wanted.Note("odd", None)


def test_a_closed_run_takes_notes_and_nothing_else():
    refused = {each.action: each.refusal for each in offers(closed().scene(), "after/check:stuck")}
    assert refused.pop("run.note") is None
    assert all(refused.values())


def test_an_unknown_outcome_is_settled_only_as_the_looks_say():
    assert "second look" in (offer(runs.unknown(), "deploy/do:deploy_web", "item.settle_happened").refusal or "")
    looked = runs.looked_at()
    assert offer(looked, "deploy/do:deploy_web", "item.settle_happened").refusal is None
    assert "The looks say: happened" in (offer(looked, "deploy/do:deploy_web", "item.settle_not").refusal or "")
    assert all(each.action != "item.do" for each in offers(looked.scene(), "deploy/do:deploy_web"))


def test_the_phases_begin_again_only_after_a_rollback():
    assert offer(rolled_back(), RUN, "run.reopen").refusal is None
    assert "not finished" in (offer(runs.rolling_back(), RUN, "run.reopen").refusal or "")
    assert all(each.action != "run.reopen" for each in offers(deployed().scene(), RUN))


def test_a_signature_proposes_the_operators_name():
    sign = offer(signing(), "sign-off/sign:engineer", "item.sign")
    assert (sign.needs, sign.default) == ("text", "engineer on call")


def test_an_answer_is_proposed_from_the_last_one_or_the_plan():
    run = runs.verified()
    assert offer(run, "after/ask:test_report", "item.answer").default == "0e6b1c52-0000-4000-8000-000000000000"


def test_a_secret_answer_is_never_proposed_and_is_marked_to_be_hidden():
    asks = {"test_report": {"text": "Password", "default": "hunter2", "secret": True}}
    run = Run(plan(asks=asks)).open("after")
    answer = offer(run, "after/ask:test_report", "item.answer")
    assert answer.secret
    assert answer.default == ""


def test_a_choice_shows_what_there_is_to_choose():
    asks = {"test_report": {"text": "Where", "type": "choice", "options": ["eu", "us"]}}
    answer = offer(Run(plan(asks=asks)).open("after"), "after/ask:test_report", "item.answer")
    assert (answer.needs, answer.options) == ("choice", ("eu", "us"))


def test_an_outcome_no_look_can_tell_is_settled_as_happened_with_a_reason_and_never_as_not():
    run = runs.unknown()
    for number in (1, 2):
        found = happened.ActionLooked(
            item="deploy/do:deploy_web", intent=runs._intent(run), found="inconclusive", number=number, because="Two."
        )
        run.after(seconds=60).tell(found)
    settle = offer(run, "deploy/do:deploy_web", "item.settle_happened")
    assert (settle.needs, settle.refusal) == ("reason", None)
    assert "how do you know" in settle.prompt
    wish = command(settle, "deploy/do:deploy_web", " seen in the dashboard ")
    assert wish == wanted.Settle("deploy/do:deploy_web", happened=True, reason="seen in the dashboard")
    assert "cannot be settled" in (offer(run, "deploy/do:deploy_web", "item.settle_not").refusal or "")
    plain = offer(runs.looked_at(), "deploy/do:deploy_web", "item.settle_happened")
    assert plain.needs == "yes"
    assert command(plain, "deploy/do:deploy_web") == wanted.Settle("deploy/do:deploy_web", happened=True)


TRIAL = {"on": "db", "title": "Charge twice", "sql": ["select charge(1)", "select charge(1)"], "mutates": True}


def trial() -> Run:
    known = plan().model_dump(by_alias=True, exclude_none=True, mode="json")["checks"]
    phases = [{"title": "Before", "items": ["check charge", "check stuck"]}]
    return Run(plan(checks={**known, "charge": TRIAL}, phases=phases)).open("before")


def test_a_trial_is_marked_and_confirmed_and_what_only_reads_is_not():
    run = trial()
    each = offer(run, "before/check:charge", "item.check")
    assert (each.needs, each.words) == ("yes", "try it")
    assert each.prompt == (
        "This writes to db and is rolled back, whatever comes of it. "
        "For 10s at most it holds its locks; sequences move on. Try it?"
    )
    assert command(each, "before/check:charge") == wanted.Enquire("before/check:charge")
    assert offer(run, "before/check:stuck", "item.check").needs == ""
    shown = {row.id: row.line.text for row in rows(run.scene(), 30)}
    assert "Trial: Charge twice" in shown["before/check:charge"]
    assert "Trial" not in shown["before/check:stuck"]


def test_the_detail_of_a_trial_says_that_it_writes_and_is_rolled_back():
    said = "\n".join(each.text for each in detail.lines(trial().scene(), "before/check:charge", 80))
    assert "tries     1. select charge(1)\n          2. select charge(1)" in said
    assert "writes    and is always rolled back" in said
