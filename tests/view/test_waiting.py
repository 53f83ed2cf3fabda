from __future__ import annotations

import pytest

from cockpit.core import events as happened
from cockpit.core.rollout import begin
from cockpit.view.guide import guide
from cockpit.view.waiting import machine_works, only_timers, waits_for_person
from tests.view.runs import MOMENTS, Run, deployed, plan, watching

PERSON = {"fresh", "proved", "at_gate", "asked", "gone", "looked_at", "health_failed", "rolled_back", "signing",
          "signed", "no_go", "expired", "failed_check"}  # fmt: skip
TIMERS = {"verified", "watching"}


@pytest.mark.parametrize("name", MOMENTS)
def test_a_moment_waits_for_a_person_for_time_or_for_neither(name):
    scene = MOMENTS[name]().scene()
    assert only_timers(scene) is (name in TIMERS)
    if name not in ("failed_check", "blind", "tripped", "unwritable", "newer"):
        assert waits_for_person(scene) is (name in PERSON)


def test_nothing_waits_for_a_person_while_a_machine_works():
    for name in ("deploying", "overlapping", "draining", "unknown", "rolling_back"):
        scene = MOMENTS[name]().scene()
        assert machine_works(scene)
        assert not waits_for_person(scene)


def test_a_check_that_is_asked_by_itself_waits_for_nobody():
    assert machine_works(deployed().scene())


def test_a_failed_item_waits_for_a_person_once_nothing_runs():
    run = deployed()
    for item in ("after/compare:by_status", "after/check:stuck"):
        run.judge(item, "fail", "no")
    assert waits_for_person(run.scene())


def test_a_check_without_its_answer_waits_for_the_person_who_has_it():
    run = deployed().judge("after/compare:by_status").judge("after/check:stuck")
    assert not machine_works(run.scene())
    assert waits_for_person(run.scene())


def test_a_check_below_an_action_to_come_waits_for_the_person_who_begins_the_action():
    run = Run(plan(phases=[{"title": "Deploy", "items": ["do set_grace", "check stuck"]}])).open("deploy")
    run.tell(happened.EnvironmentProved(connection="railway", summary="production"))
    assert not machine_works(run.scene())
    assert waits_for_person(run.after(minutes=2).scene())
    assert "waits for you 2:00" in guide(run.scene(), 80)[1].text


def test_a_trial_waits_for_the_person_who_begins_it():
    trial = plan().model_dump(by_alias=True, exclude_none=True, mode="json")["checks"]
    trial["stuck"] = {"on": "db", "sql": "select charge(1)", "mutates": True, "pass": "value == 7"}
    run = Run(plan(checks=trial, phases=[{"title": "Before", "items": ["check stuck"]}])).open("before")
    assert not machine_works(run.scene())
    assert waits_for_person(run.scene())


def test_inconclusive_looks_go_on():
    run = MOMENTS["unknown"]()
    intent = max(run.state.intents)
    for _ in range(3):
        run.after(seconds=60).tell(
            happened.ActionLooked(item="deploy/do:deploy_web", intent=intent, found="inconclusive", because="?")
        )
    assert machine_works(run.scene())
    assert not waits_for_person(run.scene())


def test_a_closed_run_waits_for_nothing():
    scene = MOMENTS["closed"]().scene()
    assert not waits_for_person(scene)
    assert not only_timers(scene)


def test_a_rollout_in_flight_is_more_than_a_timer():
    other = begin("other", "web", "new-deployment", started=watching().now, overlap=None, drain=None)
    assert only_timers(watching().scene())
    assert not only_timers(watching().tell(happened.RolloutBegan(item=None, rollout=other)).scene())
