from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.plan import Plan
from cockpit.core.reading import Table
from cockpit.core.reading.origin import Origin
from cockpit.core.rules import allowed
from cockpit.core.watch.criterion import Measure, Weighed
from cockpit.view import criteria, deed, detail, gate, rollback
from cockpit.view.advice import advise
from cockpit.view.checklist import ROLLBACK
from cockpit.view.guide import guide
from cockpit.view.line import Tone
from cockpit.view.offers import offers
from cockpit.view.status import one_line, record
from tests.view import runs
from tests.view.runs import (
    MOMENTS,
    Run,
    asked,
    at_gate,
    deployed,
    fresh,
    gone,
    plan,
    proved,
    tripped,
    verified,
    watching,
)


def shown(run: Run, row: str, width: int = 100) -> str:
    return "\n".join(line.text.rstrip() for line in detail.lines(run.scene(), row, width))


def test_a_comparison_shows_before_now_change_and_the_verdict_of_each_cell():
    assert """
reports      before  now  change
completed        50   53      +3 ✓ only grows
in_progress       3    1      -2 ✓ any
failed            2    4      +2 ✗ equal
    it was 2 and is 4, but must stay equal
""" in shown(runs.failed_check(), "after/compare:by_status")


def test_a_comparison_fits_half_a_screen_by_cutting_names():
    text = shown(runs.failed_check(), "after/compare:by_status", 32)
    assert "\ncomple…      50   53      +3 ✓ …\n" in text


def test_rows_stand_as_they_are_before_there_is_anything_to_compare():
    run = fresh()
    table = Table(("status", "reports"), (("done", Decimal("1.50")), (None, 3)))
    run.reading("by_status", "observed", scalar="2 rows", table=table)
    assert "\nstatus  reports\ndone       1.50\nnull          3\n" in shown(run, "before/record:by_status")


def test_more_rows_than_fit_are_counted():
    run = fresh()
    rows = tuple((number,) for number in range(99))
    run.reading("by_status", "observed", table=Table(("n",), rows, capped=True))
    assert "40 shown, 99 rows kept, there were more" in shown(run, "before/record:by_status")


def test_tables_that_cannot_be_compared_say_why():
    run = runs.failed_check()
    run.reading("by_status", "fail", table=Table(("state",), (("completed",),)))
    assert "✗ not comparable: the columns were" in shown(run, "after/compare:by_status")


def test_a_check_tells_value_expectation_control_reason_age_and_cadence():
    run = tripped().after(seconds=8)
    text = shown(run, "after/check:stuck")
    for words in (
        "newest reading: 9, failed",
        "value is 9",
        "20s ago, asked 12:13:38 UTC by runner, took 12 ms",
        "expects   value == 0",
        "control   select exists (select from reports)",
        "fresh     counts for 1m, answers within 10s",
        "monitor   ✗ stuck: firing, every 5m, fires when value > 0 for 15m without a break",
        "          since 20s ago: value is 9",
    ):
        assert words in text
    assert detail.heading(run.scene(), "after/check:stuck").text == "Stuck reports  20s ago · every 5m"


def test_an_old_reading_is_never_called_ok():
    run = at_gate()
    run.reading("health")
    assert "✓ newest reading: 0, ok" in shown(run, "go-no-go/check:health")
    aged = shown(run.after(minutes=6), "go-no-go/check:health")
    assert "! newest reading: 0, stale (it was ok)" in aged
    assert "6m ago, stale" in aged
    assert ", ok" not in aged


def test_a_check_nobody_asked_says_so():
    assert "not asked" in shown(fresh(), "after/check:stuck")
    assert detail.heading(fresh().scene(), "after/check:stuck").text == "Stuck reports  not asked · every 5m"


def test_a_check_being_asked_says_so():
    run = fresh()
    run.live.asking["stuck"] = run.now - timedelta(seconds=4)
    assert "asking since 4s ago" in detail.heading(run.scene(), "after/check:stuck").text


def test_a_check_names_the_answer_it_waits_for():
    assert "waits for test_report" in shown(deployed(), "after/check:steps")


def test_a_check_without_expectation_or_control_says_what_that_means():
    checks = {"health": {"on": "app", "get": "/health"}}
    run = Run(replace_checks(checks))
    text = shown(run, "go-no-go/check:health")
    assert "expects   nothing: what it shows is only observed" in text
    assert "control   none: it could be blind and not know it" in text


def replace_checks(checks: Mapping[str, object]) -> Plan:
    content = plan().model_dump(by_alias=True, exclude_none=True, mode="json")
    return plan(checks=content["checks"] | checks)


def test_secrets_among_variables_are_hidden_in_rows_and_in_comparisons():
    checks = {"by_status": {"on": "railway", "ask": "variables", "service": "web", "rows_by": "name"}}
    run = Run(replace_checks(checks)).open("before")
    columns = ("name", "value")
    rows = (("API_TOKEN", "abcdef"), ("URL", "postgres://me:pw@h/d"), ("MODE", "prod"))
    run.reading("by_status", table=Table(columns, rows))
    text = shown(run, "before/record:by_status")
    assert "prod" in text
    assert "abcdef" not in text
    assert "pw@h" not in text
    run.live.baselines["by_status"] = run.live.readings["by_status"]
    rows = (("API_TOKEN", "uvwxyz"), ("URL", "postgres://me:no@h/d"), ("MODE", "prod"))
    run.reading("by_status", table=Table(columns, rows))
    compared = shown(run, "before/record:by_status")
    assert "it is another one" in compared
    assert not [secret for secret in ("abcdef", "uvwxyz", "pw@h", "no@h") if secret in compared]


def test_an_action_tells_what_it_does_with_secrets_hidden_and_how_it_is_undone():
    text = shown(gone(), "deploy/do:set_grace")
    for words in (
        "does      Set RAILWAY_DEPLOYMENT_OVERLAP_SECONDS, API_TOKEN of web, without a deploy.",
        "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS = 300",
        "API_TOKEN = (hidden)",
        "undo      Delete RAILWAY_DEPLOYMENT_OVERLAP_SECONDS of web, without a deploy.",
        "confirm   yes",
        "on        railway: production, read only",
    ):
        assert words in text
    assert "do-not-show-me" not in text


def test_an_action_tells_its_intent_its_looks_and_that_its_outcome_is_unknown():
    text = shown(runs.looked_at(), "deploy/do:deploy_web")
    assert "accepted  not known" in text
    assert "look 1    12:02:37 UTC happened: A deployment is there" in text
    assert "look 2    12:03:37 UTC happened: A deployment is there" in text
    assert "outcome   unknown: it is looked at, never sent twice" in text


def test_a_deploy_tells_its_three_clocks_and_where_they_come_from():
    text = shown(deployed(), "deploy/do:deploy_web")
    assert "T1 up     12:03:17 UTC, known by status" in text
    assert "T2 stop   12:08:17 UTC, known by status" in text
    assert "T3 gone   12:13:17 UTC, known by status" in text
    assert "outcome   done at 12:13:17 UTC" in text


def test_an_action_without_a_way_back_says_why():
    text = shown(proved(), "level-2-the-image-before/do:roll_back_web")
    assert "undo      none: it is the way back" in text
    assert "confirm   by the start of the rollback" in text


def test_a_see_shows_its_words_and_its_link_on_a_line_of_its_own():
    assert "https://functions.example/list" in shown(fresh(), "before/see:functions").splitlines()


def test_a_no_shows_what_was_seen_instead():
    run = fresh().tell(happened.SeeAnswered(item="before/see:functions", answer="no", note="12 errors"))
    assert "Function Interrupted errors did not increase: no" in shown(run, "before/see:functions")
    assert "12 errors" in shown(run, "before/see:functions")


def test_an_ask_shows_its_type_and_its_answer():
    assert "type uuid\nnot answered" in shown(deployed(), "after/ask:test_report")
    answer = "0e6b1c52-0000-4000-8000-000000000000, by engineer on call, 1m ago"
    assert answer in shown(verified(), "after/ask:test_report")


def test_a_secret_answer_is_not_shown():
    run = deployed().tell(happened.Answered(item="after/ask:test_report", ask="test_report", value=None, secret=True))
    assert "given, not recorded (secret)" in shown(run, "after/ask:test_report")


def test_notes_stand_at_the_item_they_are_about():
    run = fresh().tell(happened.Noted(text="looks odd", item="before/see:functions"), happened.Noted(text="elsewhere"))
    assert "note  12:00:41 engineer on call: looks odd" in shown(run, "before/see:functions")
    assert "elsewhere" not in shown(run, "before/see:functions")


def test_a_repeated_item_shows_what_it_repeats():
    assert "the same as after/check:stuck, asked once" in shown(deployed(), "after/same:after/check:stuck")


def test_a_watch_shows_its_monitors_with_value_age_and_rule():
    text = shown(watching(), "watch")
    assert "lasts 24h from deploy_web: until 2026-02-01 12:13:17 UTC" in text
    assert "✓ stuck: ok, 0  31m ago, stale" in text
    assert "every 5m, fires when value > 0 for 15m without a break" in text


def test_a_row_that_is_not_there_has_no_detail():
    assert detail.lines(fresh().scene(), "nowhere", 80) == ()
    assert detail.heading(fresh().scene(), "nowhere").text == ""


def test_the_gate_shows_each_condition_with_word_and_reason():
    run = at_gate().tell(happened.GateAsked(phase="go-no-go")).after(seconds=2)
    run.judge("go-no-go/check:stuck", "blind", "The control did not hold: no rows.")
    text = "\n".join(line.text for line in gate.lines(run.scene(), "go-no-go", 80))
    assert "! Stuck reports: blind\n    The control did not hold: no rows" in text
    assert "◐ Health: asking" in text
    assert "○ Backup taken: unanswered" in text
    assert "◐ answers are still coming" in text
    assert "a GO holds for 30m" in text


def test_a_gate_that_only_lacks_answers_is_not_called_a_no_go():
    run = at_gate().tell(happened.GateAsked(phase="go-no-go")).after(seconds=1)
    for check in ("stuck", "health"):
        run.judge(f"go-no-go/check:{check}")
    text = "\n".join(line.text for line in gate.lines(run.scene(), "go-no-go", 80))
    assert "no GO yet: 1 answer missing" in text
    assert "NO-GO" not in text
    text = "\n".join(line.text for line in gate.lines(run.after(minutes=30).scene(), "go-no-go", 80))
    assert "no GO yet: 1 answer missing, 2 too old, ask again" in text
    run.judge("go-no-go/check:stuck", "fail", "value is 7")
    text = "\n".join(line.text for line in gate.lines(run.scene(), "go-no-go", 80))
    assert "✗ NO-GO is recommended" in text


def test_the_gate_recommends_and_keeps_apart_what_was_decided():
    run = gone(recommended=False, reasons=("Stuck reports: failed",), overrides={"go-no-go/check:stuck": "known"})
    text = "\n".join(line.text for line in gate.lines(run.scene(), "go-no-go", 80))
    assert "recommended at the decision: NO-GO\n  Stuck reports: failed" in text
    assert "  ~ overridden: known" in text
    assert "✓ GO decided at 12:01:13 UTC, 4s ago\nexpires in 29:56" in text


def test_a_decided_gate_does_not_call_stale_what_counted_then():
    text = "\n".join(line.text for line in gate.lines(deployed().scene(), "go-no-go", 80))
    assert "stale" not in text
    assert "it no longer expires" in text


def test_an_expired_go_says_what_to_do():
    text = "\n".join(line.text for line in gate.lines(runs.expired().scene(), "go-no-go", 80))
    assert "! expired 1m4s ago: open the gate again" in text
    assert "stale" in text


def test_nothing_is_recommended_before_the_gate_is_opened():
    text = "\n".join(line.text for line in gate.lines(at_gate().scene(), "go-no-go", 80))
    assert "nothing is recommended before the gate is opened" in text
    assert gate.lines(at_gate().scene(), "deploy", 80) == ()


def test_the_rollback_shows_its_steps_in_order_and_where_it_leads():
    text = "\n".join(line.text for line in rollback.lines(tripped().scene(), "level-2-the-image-before", 100))
    for words in (
        "✓ way back ready",
        "Starts when production is typed.",
        "✗ tripped: Stuck reports up by more than 5 in an hour (9 - 1 > 5, 12s ago)",
        "○ 1. Take web back: open\n     Take web back to deployment old-depl, commit 01234567, image and variables.",
        "\n○ 2. Health: open",
        "deployment old-depl, commit 01234567, made 2026-01-31 09:00:00 UTC, image old-depl",
        "Removed 33s ago. Railway keeps its image for 24h (Free), 72h (Hobby)",
        "built with 1 variable, 2 changed in this run",
        "~ API_TOKEN: set in this run; it was built without",
    ):
        assert words in text
    assert "do-not-show-me" not in text


def test_a_target_that_is_not_known_is_said_in_the_rollback():
    run = gone()
    scene = run.scene()
    blind = replace(scene, state=replace(run.state, targets={}, target_variables={}))
    text = "\n".join(line.text for line in rollback.lines(blind, "level-2-the-image-before", 100))
    assert "! way back unknown: which deployment of web served before is not known" in text
    assert "! not known: nobody has seen which deployment served before" in text


def test_the_best_level_gives_the_light():
    assert rollback.readiness(proved().scene()) == (True, "Level 1: variables only")
    assert rollback.readiness(fresh().scene())[0] is None
    assert rollback.readiness(Run(plan(rollback=[])).scene()) == (False, "the plan has none")


def test_a_command_without_a_stand_in_makes_a_rehearsed_way_back_not_ready():
    actions = {"undo_it": {"argv": ["true"], "proof": "check stuck", "undo": "none", "why": "last"}}
    content = plan().model_dump(by_alias=True, exclude_none=True, mode="json")
    level = [{"title": "Only level", "items": ["do undo_it"]}]
    run = Run(plan(actions=content["actions"] | actions, rollback=level), rehearsal=True)
    assert rollback.readiness(run.scene()) == (False, "Only level: a command of it has no stand-in in a rehearsal")
    assert "✗ no way back" in shown(run, ROLLBACK)


def test_an_image_railway_did_not_offer_is_in_doubt_once_it_is_replaced():
    run = deployed()
    target = run.state.targets["web"].model_copy(update={"can_rollback": False})
    doubtful = replace(run.scene(), state=replace(run.state, targets={"web": target}))
    level = doubtful.state.plan.rollback[1]
    why = "Railway did not offer old-depl for a rollback when it was last seen"
    assert rollback.light(doubtful, level) == (None, why)


def test_criteria_stand_side_by_side_with_value_and_age():
    wide = [line.text.rstrip() for line in criteria.lines(tripped().scene(), 110)]
    assert wide[0].split(" │ ")[1] == "Do not roll back for"
    assert wide[1].startswith("✗ Stuck reports up by more than 5 in an hour: tripped")
    assert "stuck = 9, 12s ago" in "\n".join(wide)
    narrow = [line.text.rstrip() for line in criteria.lines(tripped().scene(), 60)]
    assert narrow.index("Roll back if") < narrow.index("Do not roll back for")


def test_a_criterion_whose_check_nobody_asked_says_so():
    run = at_gate().after(seconds=1)
    assert "stuck not asked" in "\n".join(line.text for line in criteria.lines(run.scene(), 80))


KNOWS = "tick Team knows that deploys take 15 minutes"


def ordered(*done):
    """At an open gate; the deploy behind it comes only after something of the phase before."""
    actions = tomllib.loads(runs.TEXT)["actions"]
    run = Run(plan(actions=actions | {"deploy_web": actions["deploy_web"] | {"after": [KNOWS, "do set_grace"]}}))
    run.open("before").tell(*done).open("go-no-go").tell(happened.GateAsked(phase="go-no-go"))
    run.judge("go-no-go/check:stuck").judge("go-no-go/check:health")
    return run.tell(happened.Ticked(item="go-no-go/tick:backup-taken"))


def test_a_gate_shows_the_order_that_is_due_and_asks_why_it_is_passed_over():
    knows = "before/tick:team-knows-that-deploys-take-15-minutes"
    kept = shown(ordered(happened.Ticked(item=knows)), "go-no-go")
    assert "✓ Deploy web comes after Team knows that deploys take 15 minutes: done" in kept
    assert "GO is recommended" in kept
    run = ordered()
    assert "○ Deploy web comes after Team knows that deploys take 15 minutes: not done" in shown(run, "go-no-go")
    go = next(offer for offer in offers(run.scene(), "go-no-go") if offer.action == "gate.go")
    assert (go.needs, go.options) == ("reason", (f"order/deploy_web/{KNOWS}",))
    assert go.titles == ("Deploy web comes after Team knows that deploys take 15 minutes",)
    decided = run.tell(
        happened.GateDecided(
            phase="go-no-go", go=True, recommended=False, reasons=(), overrides={go.options[0]: "they were told"}
        )
    )
    assert "~ overridden: they were told" in shown(decided, "go-no-go")


def test_an_action_whose_turn_has_not_come_says_what_comes_first():
    run = ordered().open("deploy").tell(happened.Waived(item="deploy/do:set_grace", reason="set by hand"))
    assert "after     Team knows that deploys take 15 minutes: not done" in shown(run, "deploy/do:deploy_web")
    item = run.state.plan.item("deploy/do:deploy_web")
    assert item is not None
    assert deed.passed_over(run.state, item) == "Set the grace periods was passed over: set by hand."
    run.tell(happened.GateDecided(phase="go-no-go", go=True, recommended=False, reasons=()))
    refusal = allowed(run.state, wanted.Do(item.id, "production"), run.now)
    assert refusal is not None
    assert refusal.reason == "Team knows that deploys take 15 minutes comes first: not done."


READER = Origin(connection="db", role="reader", login="app", database="reports", server="10.0.0.5:5432")


def again(run, at, by, origin=None):
    run.after(minutes=at)
    reading = run.reading("by_status", "observed", scalar="3 rows")
    body = happened.BaselineRecorded(
        item="before/record:by_status", check="by_status", reading=reading.id, origin=origin
    )
    return run.tell(body, by=by)


def test_a_baseline_says_who_recorded_it_as_whom_and_how_often():
    once = again(proved(), 1, "ann", READER)
    assert "baseline of 12:01:41 UTC, by ann, from db as reader (login app), reports at" in shown(
        once, "before/record:by_status", 100
    )
    thrice = again(again(once, 1, "bob"), 1, "eve", READER)
    text = shown(thrice, "after/compare:by_status", 120)
    assert "recorded 3 times; the one compared with is of 12:03:41 UTC, by eve, from db as reader" in text
    assert "before it: 12:02:41 UTC, by bob\nbefore it: 12:01:41 UTC, by ann, from db" in text


def test_a_comparison_shows_what_it_warns_of():
    run = deployed()
    reading = run.reading("by_status", "pass", "all 3 values keep their relation")
    run.tell(
        happened.Enquired(item="after/compare:by_status"),
        happened.ReadingJudged(
            item="after/compare:by_status", check="by_status", reading=reading.id, verdict="pass",
            because="all 3 values keep their relation", warnings=("The baseline was recorded as owner",),
        ),
    )  # fmt: skip
    assert "! The baseline was recorded as owner" in shown(run, "after/compare:by_status")


def weighed(run, word, *measures, against=False):
    run.live.criteria[against, 0] = Weighed(run.now, word, "", measures)
    return run.tell(happened.TriggerMoved(trigger=0, state=word, because="so it is", against=against))


def counted():
    """A run whose plan has a criterion against a rollback that can be measured."""
    against = [{"text": "A few are always stuck", "when": "stuck.value <= 2"}]
    run = Run(plan(not_triggers=against))
    run.reading("stuck", scalar="2")
    return run


def test_each_criterion_shows_its_value_its_threshold_and_its_age():
    run = weighed(counted(), "clear", Measure("stuck.value", "3", "<=", "2"), against=True).after(seconds=20)
    text = "\n".join(line.text for line in criteria.lines(run.scene(), 80))
    assert "○ A few are always stuck: does not hold\n    since 20s ago\n" in text
    assert "    stuck.value is 3, threshold <= 2\n    stuck = 2, 20s ago" in text
    assert "    threshold: stuck.value - stuck.ago('1h') > 5" in text


def test_where_both_directions_hold_both_are_said():
    run = weighed(weighed(counted(), "tripped"), "tripped", against=True)
    shown_here = "\n".join(line.text for line in criteria.lines(run.scene(), 110))
    assert shown_here.startswith(f"! {criteria.BOTH}"[:90])
    assert "▸ A few are always stuck: holds" in shown_here
    told_first = "! tripped, and what is no reason holds too: Stuck"
    assert told_first in guide(run.scene(), 80)[1].text, "where room is short, the name is cut"
    way_back = "\n".join(line.text for line in rollback.lines(run.scene(), run.state.plan.rollback[0].id, 100))
    assert "✗ tripped: Stuck reports up by more than 5 in an hour" in way_back
    assert "▸ holds, and is no reason: A few are always stuck" in way_back
    assert "1 trigger tripped, and what is no reason holds too" in one_line(run.scene())
    told: dict[str, Any] = record(run.scene())
    assert [one["word"] for one in told["not_triggers"]] == ["holds"]


@pytest.mark.parametrize("state", ["clear", "unknown"])
def test_a_criterion_that_nobody_could_judge_lately_is_never_quiet(state):
    run = weighed(counted(), state).after(hours=1)
    text = "\n".join(line.text for line in criteria.lines(run.scene(), 80))
    assert f"! Stuck reports up by more than 5 in an hour: {'stale' if state == 'clear' else 'unknown'}" in text
    way_back = "\n".join(line.text for line in rollback.lines(run.scene(), run.state.plan.rollback[0].id, 100))
    assert "! cannot be told: Stuck reports up by more than 5 in an hour" in way_back
    assert "no trigger has tripped" not in way_back
    told: dict[str, Any] = record(run.scene())
    assert told["triggers"][0]["word"] in ("stale", "unknown")


def test_a_trigger_only_people_can_tell_says_so():
    assert "○ The team says so: people tell" in "\n".join(line.text for line in criteria.lines(tripped().scene(), 80))


@pytest.mark.parametrize("name", ["tripped", "failed_check", "health_failed", "unknown"])
def test_trouble_is_told_in_words_and_not_in_tone_alone(name):
    scene = MOMENTS[name]().scene()
    for row in [item.id for item in scene.state.plan.lines()]:
        for line in detail.lines(scene, row, 100):
            bad = [span for span in line.spans if span.tone is Tone.BAD]
            assert all(any(letter.isalpha() for letter in span.text) or span.text.strip() in "✗!" for span in bad)


def test_answers_grown_old_are_asked_again_not_decided_against():
    old = advise(asked().after(minutes=30).scene())
    assert old.words == "Go / no-go: ask again, not told lately: Stuck reports, Health"
    assert [offer.action for offer in old.offers] == ["gate.open"]
    bad = advise(asked("fail", "value is 7").after(minutes=30).scene())
    assert bad.words.startswith("Go / no-go: NO-GO is recommended. Stuck reports: failed")
