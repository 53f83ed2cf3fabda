"""What is asked and begun without a key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cockpit.core import agenda
from cockpit.core import commands as wanted
from cockpit.core.plan import LogCheck
from cockpit.core.progress import next_item
from cockpit.core.state import Baseline
from tests.core.story import PLAN, START, Story, deployment

UUID = "00000000-0000-4000-8000-000000000001"


def test_a_check_of_an_open_phase_is_asked_once_a_baseline_only_by_a_person() -> None:
    story = Story().advance()
    assert agenda.to_enquire(story.state, story.now) is None
    story = Story().deployed()
    item = agenda.to_enquire(story.state, story.now)
    assert item is not None
    assert item.id == "after/compare:by_status"
    story.read(item.id, "fail", "3 rows differ")
    assert agenda.to_enquire(story.state, story.now) is None


def test_a_question_with_an_unanswered_ask_waits_for_it() -> None:
    story = Story().deployed().read("after/compare:by_status")
    assert agenda.unbound(story.state, "steps") == ("report",)
    assert agenda.to_enquire(story.state, story.now) is None
    story.do(wanted.AnswerAsk("after/ask:report", UUID))
    item = agenda.to_enquire(story.state, story.now)
    assert item is not None
    assert item.id == "after/check:steps"


def test_checks_of_a_gate_are_asked_by_opening_it_only() -> None:
    story = Story().before()
    assert agenda.to_enquire(story.state, story.now) is None
    story.do(wanted.OpenGate("gate"))
    assert [item.id for item in agenda.waiting_items(story.state)["stuck"]] == ["gate/check:stuck"]


def test_monitors_run_while_their_watch_does() -> None:
    story = Story().deployed().read("after/compare:by_status").do(wanted.AnswerAsk("after/ask:report", UUID))
    story.read("after/check:steps", "observed")
    assert agenda.watching(story.state, story.now) == ()
    story.advance()
    assert agenda.watching(story.state, story.now) == ("stuck",)
    assert agenda.watching(story.state, story.now + timedelta(hours=25)) == ()


def test_only_timers_are_left_once_the_watch_waits_for_its_checkpoint() -> None:
    story = Story().deployed()
    assert agenda.anything_but_timers(story.state, story.now)
    story.read("after/compare:by_status").do(wanted.AnswerAsk("after/ask:report", UUID))
    story.read("after/check:steps", "observed").advance()
    assert not agenda.anything_but_timers(story.state, story.now)


def test_the_steps_of_a_rollback_follow_each_other_until_one_fails() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production"))
    step = agenda.next_step(story.state)
    assert step is not None
    assert step.id == "level-2/do:back"
    story.do(wanted.Do("level-2/do:back"))
    assert agenda.next_step(story.state) is None
    seq = story.seq("level-2/do:back")
    story.do(wanted.Accept("level-2/do:back", seq), wanted.Finish("level-2/do:back", seq, "proved"))
    item = agenda.to_enquire(story.state, story.now)
    assert item is not None
    assert item.id == "level-2/check:stuck"


def test_an_intent_of_a_process_that_is_gone_is_lost() -> None:
    story = Story().go().do(wanted.Do("deploy/do:set_grace", "yes"))
    assert agenda.lost_intents(story.state, "1-aa") == ()
    lost = agenda.lost_intents(story.state, "2-bb")
    assert [intent.item for intent in lost] == ["deploy/do:set_grace"]
    story.do(wanted.Accept("deploy/do:set_grace", lost[0].seq))
    assert agenda.lost_intents(story.state, "2-bb") == ()
    assert [intent.seq for intent in agenda.to_follow(story.state)] == [lost[0].seq]


def test_an_unknown_outcome_is_looked_at_after_a_minute_and_until_two_looks_agree() -> None:
    item = "deploy/do:set_grace"
    story = Story().go().do(wanted.Do(item, "yes"))
    seq = story.seq(item)
    story.do(wanted.Lose(item, seq, "gone"))
    assert agenda.to_look_at(story.state, story.now + timedelta(seconds=59)) is None
    story.later(seconds=60)
    for found in ("inconclusive", "not happened"):
        assert agenda.to_look_at(story.state, story.now) is not None
        story.do(wanted.Look(item, seq, found, "x"))
        assert agenda.to_look_at(story.state, story.now) is None
        story.later(seconds=15)
    story.do(wanted.Look(item, seq, "not happened", "x")).later(hours=1)
    assert agenda.to_look_at(story.state, story.now) is None


def test_a_log_window_opens_with_the_intent_of_its_action() -> None:
    story = Story().go().act("deploy/do:set_grace", "yes").later(minutes=1)
    begun = story.now
    story.do(wanted.Do("deploy/do:deploy_web", "production")).later(minutes=20)
    check = LogCheck.model_validate({"on": "railway", "logs": "web", "since": "deploy_web", "match": "x"})
    assert agenda.window_since(story.state, check, story.now, None) == begun
    assert agenda.window_since(story.state, check, story.now, timedelta(minutes=5)) == story.now - timedelta(minutes=5)
    assert begun > START


def test_services_are_those_that_actions_and_logs_touch() -> None:
    plan = Story().state.plan
    assert agenda.services_of(plan) == ("web",)
    assert agenda.services_changed(plan) == ("web",)


def test_new_issues_are_counted_from_a_moment_that_has_to_come_first() -> None:
    keys = {"on": "errors", "issues": "", "project": "api"}
    connection = {"kind": "sentry", "token": "env:T", "organization": "acme"}
    story = Story(
        {
            "name": "x",
            "connections": {"errors": connection},
            "checks": {"new": {**keys, "since": "gate"}, "late": {**keys, "since": "15m"}},
            "phases": [{"title": "Go", "gate": ["tick Ready"]}],
        }
    )
    assert agenda.unbound(story.state, "new") == ("time of gate",)
    assert agenda.unbound(story.state, "late") == ()


def below_an_action() -> Story:
    """A phase whose check stands below an action."""
    plan = {**PLAN, "phases": [{"title": "Deploy", "items": ["check stuck", "do deploy_web", "compare by_status"]}]}
    story = Story(plan | {"monitors": {}}).advance()
    story.do(wanted.Prove("railway", "reports"), wanted.SeeTarget("web", deployment("old"), ("A",)))
    return story.read("deploy/check:stuck")


def test_what_stands_below_an_action_is_asked_only_once_that_is_settled() -> None:
    story = below_an_action()
    story.state = replace(story.state, baselines={"by_status": Baseline(7, START, "op")})
    assert agenda.to_enquire(story.state, story.now) is None
    assert story.refused(wanted.Enquire("deploy/compare:by_status")).startswith("First: Deploy web.")
    story.do(wanted.Do("deploy/do:deploy_web", "production"))
    assert agenda.to_enquire(story.state, story.now) is None
    found = next_item(story.state, story.now)
    assert found is not None
    assert found.id == "deploy/do:deploy_web"
    seq = story.seq("deploy/do:deploy_web")
    story.do(wanted.Accept("deploy/do:deploy_web", seq), wanted.Finish("deploy/do:deploy_web", seq, "read back"))
    item = agenda.to_enquire(story.state, story.now)
    assert item is not None
    assert item.id == "deploy/compare:by_status"


def trials() -> Story:
    trial = {"on": "db", "sql": "select charge()", "mutates": True, "pass": "value"}
    before = {"title": "Before", "items": ["record by_status", "check charge", "tick Team knows", "see panel"]}
    levels = [{"title": "Level", "items": ["check charge"]}]
    changes = {"checks": {**PLAN["checks"], "charge": trial}, "phases": [before, *PLAN["phases"][1:]]}
    return Story({**PLAN, **changes, "rollback": levels}).advance()


def test_a_trial_is_begun_by_a_person_and_in_a_rollback_by_its_turn() -> None:
    story = trials()
    assert agenda.to_enquire(story.state, story.now) is None
    story.do(wanted.Enquire("before/check:charge"))
    assert [item.id for item in agenda.waiting_items(story.state)["charge"]] == ["before/check:charge"]
    story.answer("before/check:charge").deployed().do(wanted.StartRollback("level", "production"))
    item = agenda.to_enquire(story.state, story.now)
    assert item is not None
    assert item.id == "level/check:charge"


def test_a_question_about_one_event_waits_for_its_id() -> None:
    checks = {**PLAN["checks"], "runs": {"on": "jobs", "inngest": "event", "of": "report", "pass": "count > 0"}}
    jobs = {"kind": "inngest", "export": "https://jobs.example/metrics", "key": "env:KEY"}
    story = Story({**PLAN, "checks": checks, "connections": {**PLAN["connections"], "jobs": jobs}})
    assert agenda.unbound(story.state, "runs") == ("report",)
