"""What a changed plan leaves of a run, and what no longer fits it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Refusal
from cockpit.core.fold import apply
from cockpit.core.plan import Plan
from cockpit.core.rules import recommend
from cockpit.core.state import State, Status
from tests.core.story import Story

UUID = "00000000-0000-4000-8000-000000000001"
Change = Callable[[dict[str, Any]], object]


def plan_of(story: Story, change: Change) -> Plan:
    content = story.state.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    change(content)
    return Plan.model_validate(content)


def amended(story: Story, change: Change) -> State:
    plan = plan_of(story, change)
    story.do(wanted.Amend(plan, ("changed",)))
    return story.state


def forced(story: Story, change: Change) -> State:
    """As an older version may have recorded it, past the rules."""
    content = plan_of(story, change).model_dump(mode="json", by_alias=True, exclude_none=True)
    story.state = apply(story.state, story._append(happened.PlanAmended(plan=content, diff=("changed",))))
    return story.state


def check(name: str, **keys: object) -> Change:
    return lambda plan: plan["checks"][name].update(keys)


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["phases"][1]["gate"].append("tick One more"),
        lambda plan: plan["phases"][1]["gate"].remove("tick Backup taken"),
        check("stuck", **{"pass": "value < 100"}),
    ],
)
def test_an_unused_go_is_void_once_its_gate_asks_something_else(change: Change) -> None:
    story = Story().go()
    state = amended(story, change)
    assert state.gate("gate").go is None
    assert "gate" not in state.anchors
    assert story.refused(wanted.Do("deploy/do:set_grace", "yes")) == "Gate: there is no GO. Open the gate again."
    story.do(wanted.OpenGate("gate"))


def test_a_go_whose_gate_did_not_change_holds() -> None:
    state = amended(Story().go(), lambda plan: plan["phases"][3]["items"].append("tick One more"))
    assert state.gate("gate").go is True
    assert "gate" in state.anchors


def test_a_go_that_was_used_stays() -> None:
    story = Story().go().act("deploy/do:set_grace", "yes")
    assert amended(story, check("stuck", **{"pass": "value < 100"})).gate("gate").go is True


def test_a_gate_of_an_earlier_attempt_stays() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production")).act("level-2/do:back")
    story.read("level-2/check:stuck").do(wanted.Reopen("again"))
    state = amended(story, check("stuck", **{"pass": "value < 100"}))
    assert state.gates["gate", 1].go is True
    assert state.item("gate/check:stuck", 1).status is Status.DONE


def test_an_answer_that_is_asked_again_is_recommended_against_until_then() -> None:
    story = Story().before().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    story.answer("gate/check:stuck")
    amended(story, check("stuck", **{"pass": "value < 100"}))
    assert not recommend(story.state, "gate", story.now).go


def test_a_baseline_stays_while_the_question_does_and_goes_with_it() -> None:
    story = Story().deployed()
    state = amended(story, check("by_status", compare="any", title="By status"))
    assert "by_status" in state.baselines
    assert state.item("before/record:by_status").status is Status.DONE
    state = amended(story, check("by_status", sql="select 2"))
    assert "by_status" not in state.baselines
    assert state.item("before/record:by_status").status is Status.OPEN
    assert "no baseline" in story.refused(wanted.Enquire("after/compare:by_status"))


@pytest.mark.parametrize(
    "change", [check("stuck", **{"pass": "value < 100"}), lambda plan: plan["monitors"]["stuck"].update({"for": "20m"})]
)
def test_what_a_monitor_said_is_forgotten_once_it_means_something_else(change: Change) -> None:
    story = Story().deployed().do(wanted.MoveMonitor("stuck", "firing", "3 are stuck"))
    assert amended(story, change).monitors == {}


def test_what_another_monitor_says_stays() -> None:
    story = Story().deployed().do(wanted.MoveMonitor("stuck", "firing", "3 are stuck"))
    assert amended(story, check("by_status", sql="select 2")).monitors["stuck"].state == "firing"


def test_a_trigger_keeps_its_word_when_another_is_put_before_it() -> None:
    story = Story().deployed().do(wanted.MoveTrigger(0, "tripped", "6 > 5"))
    new = {"text": "Far more stuck", "when": "stuck.value > 50"}
    state = amended(story, lambda plan: plan["triggers"].insert(0, new))
    assert {number: told.state for number, told in state.triggers.items()} == {1: "tripped"}
    assert amended(story, lambda plan: plan["triggers"][1].update(when="stuck.value > 7")).triggers == {}


def test_an_answer_goes_with_its_question_and_so_do_the_readings_that_used_it() -> None:
    story = Story().deployed().read("after/compare:by_status").do(wanted.AnswerAsk("after/ask:report", UUID))
    story.read("after/check:steps", "observed")
    state = amended(story, lambda plan: plan["asks"]["report"].update(text="Id of the second report"))
    assert state.asks == {}
    assert state.item("after/ask:report").status is Status.OPEN
    assert state.item("after/check:steps").status is Status.OPEN
    assert state.item("after/compare:by_status").status is Status.DONE


def test_a_connection_that_changed_is_to_be_proved_again() -> None:
    story = Story().go().do(wanted.Prove("db", "reports"))
    state = amended(story, lambda plan: plan["connections"]["railway"].update(token="env:OTHER"))
    assert set(state.proved) == {"db"}


def test_an_item_of_an_earlier_attempt_stays_whatever_becomes_of_it() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production")).act("level-2/do:back")
    story.read("level-2/check:stuck").do(wanted.Reopen("again"))
    state = amended(story, lambda plan: plan["phases"][0]["items"].remove("tick Team knows"))
    assert state.items["before/tick:team-knows", 1].status is Status.DONE


@pytest.mark.parametrize("status", [Status.RUNNING, Status.UNKNOWN])
def test_an_action_in_the_world_does_not_change_and_keeps_its_state_if_an_old_record_says_so(status: Status) -> None:
    item = "deploy/do:set_grace"
    story = Story().go().do(wanted.Do(item, "yes"))
    if status is Status.UNKNOWN:
        story.do(wanted.Lose(item, story.seq(item), "gone"))

    def change(plan: dict[str, Any]) -> None:
        plan["actions"]["set_grace"]["set_variables"] = {"A": "2"}

    assert isinstance(story.decide(wanted.Amend(plan_of(story, change), ("changed",))), Refusal)
    assert forced(story, change).item(item).status is status
