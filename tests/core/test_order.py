"""What comes only after what: in a plan as it is written, and in a run as it went."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core.gate import recommend
from cockpit.core.lint.references import complaints
from cockpit.core.order import lacking, precedences
from cockpit.core.plan import Plan
from tests.core.story import PLAN, Story, deployment

SQL = {"on": "db", "sql": "do $$ begin end $$", "proof": "check stuck", "confirm": "yes"}
ACTIONS: dict[str, Any] = {
    "migrate": {**SQL, "title": "Change the schema", "undo": "unmigrate"},
    "unmigrate": {**SQL, "title": "Drop the change", "undo": "none", "why": "x", "after": ["do back"]},
    "deploy_web": {
        "on": "railway", "deploy": "web", "undo": "back", "confirm": "yes",
        "after": ["do migrate", "check stuck", "tick Flag is off"],
    },
    "back": {"on": "railway", "rollback": "web", "undo": "none", "why": "it is the way back"},
}  # fmt: skip
PHASES: list[dict[str, Any]] = [
    {"title": "Schema", "items": ["do migrate", "check stuck", "tick Flag is off"]},
    {"title": "Gate", "gate": ["tick Backup taken"]},
    {"title": "Code", "items": ["do deploy_web"]},
]
ROLLBACK = [
    {"title": "Code", "items": ["do back"]},
    {"title": "Both", "items": ["do back", "do unmigrate"]},
    {"title": "Again", "items": ["do deploy_web"]},
]


def plan(**changes: Any) -> dict[str, Any]:
    tables = {"actions": ACTIONS, "phases": PHASES, "rollback": ROLLBACK, "monitors": {}, "triggers": []}
    return {**PLAN, **tables, **changes}


def said(**changes: Any) -> list[str]:
    found = complaints(Plan.model_validate(plan(**changes)))
    told = [f"{'.'.join(map(str, one.path))}: {one.what} {one.remedy}" for one in found]
    return [each for each in told if "after" in each]


def test_an_order_that_the_plan_keeps_is_no_matter() -> None:
    assert said(rollback=[{**level, "title": f"Level {i}"} for i, level in enumerate(ROLLBACK)]) == []


def with_after(action: str, *lines: str) -> dict[str, Any]:
    return ACTIONS | {action: ACTIONS[action] | {"after": list(lines)}}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"actions": with_after("deploy_web", "do migrat")},
         "actions.deploy_web.after.0: No phase and no level says 'do migrat'. Did you mean 'do migrate'?"),
        ({"actions": with_after("deploy_web", "do deploy_web")},
         "actions.deploy_web.after.0: An action does not come after itself. Take this out."),
        ({"actions": with_after("deploy_web", "sign engineer")},
         "actions.deploy_web.after.0: Nothing comes after a sign."),
        ({"phases": [PHASES[2], PHASES[0]]},
         ("phases.0.items.0: 'deploy_web' comes only after 'do migrate', which comes later here. "
         "Move 'do migrate' before it, or take it out of after.")),
        ({"phases": [PHASES[0], {"title": "Undo", "items": ["do back", "do unmigrate"]}, PHASES[2]]},
         ("phases.2.items.0: 'deploy_web' comes only after 'do migrate', which 'unmigrate' takes back before it. "
         "Do it again in between, or take this line out.")),
        ({"rollback": [{"title": "Both", "items": ["do unmigrate", "do back"]}]},
         "rollback.0.items.0: 'unmigrate' comes only after 'do back', which comes later here."),
        ({"rollback": [{"title": "Odd", "items": ["do back", "do unmigrate", "do deploy_web"]}]},
         "rollback.0.items.2: 'deploy_web' comes only after 'do migrate', which 'unmigrate' takes back before it."),
        ({"actions": with_after("migrate", "do back")},
         "phases.0.items.0: 'migrate' comes only after 'do back', which only a rollback does."),
    ],
)  # fmt: skip
def test_an_order_that_the_plan_itself_breaks_is_a_complaint(changes: dict[str, Any], complaint: str) -> None:
    assert any(each.startswith(complaint) for each in said(**changes)), said(**changes)


def begun(**changes: Any) -> Story:
    story = Story(plan(**changes)).advance()
    for connection in ("db", "railway"):
        story.do(wanted.Prove(connection, "reports"))
    return story.do(wanted.SeeTarget("web", deployment("old"), ("A",)))


def through_gate(story: Story, **overrides: str) -> Story:
    story.advance().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    return story.do(wanted.DecideGate("gate", go=True, overrides=overrides)).advance()


def migrated() -> Story:
    story = begun().act("schema/do:migrate", "yes").read("schema/check:stuck")
    return story.do(wanted.Tick("schema/tick:flag-is-off"))


def words(story: Story, item: str) -> list[tuple[str, bool, str]]:
    found = story.state.plan.item(item)
    assert found is not None
    return [(each.text, each.ok, each.word) for each in precedences(story.state, found)]


def test_what_was_done_in_order_goes_on() -> None:
    story = through_gate(migrated())
    assert [ok for _, ok, _ in words(story, "code/do:deploy_web")] == [True, True, True]
    story.do(wanted.Do("code/do:deploy_web", "yes"))


def test_what_was_passed_over_with_a_reason_counts_and_is_told() -> None:
    story = begun().do(
        wanted.Waive("schema/do:migrate", "applied by hand"),
        wanted.MarkNotApplicable("schema/check:stuck", "no such table"),
        wanted.Tick("schema/tick:flag-is-off"),
    )
    assert words(story, "code/do:deploy_web") == [
        ("do migrate", True, "waived"), ("check stuck", True, "not applicable"), ("tick Flag is off", True, "done"),
    ]  # fmt: skip
    through_gate(story).do(wanted.Do("code/do:deploy_web", "yes"))


def test_what_was_taken_back_since_counts_no_more_neither_in_the_rollback_nor_when_phases_begin_again() -> None:
    story = through_gate(migrated()).act("code/do:deploy_web", "yes")
    story.do(wanted.StartRollback("both", "production", "x"))
    assert story.refused(wanted.Do("both/do:unmigrate")).startswith("First: Back")
    story.act("both/do:back").act("both/do:unmigrate")
    assert words(story, "again/do:deploy_web")[0] == ("do migrate", False, "taken back")
    story.do(wanted.StartRollback("again", "production", "x"))
    refusal = "Change the schema comes first: taken back, Drop the change was done after it."
    assert story.refused(wanted.Do("again/do:deploy_web")) == refusal
    story.do(wanted.Waive("again/do:deploy_web", "the schema is gone"), wanted.Reopen("once more")).advance()
    assert words(story, "code/do:deploy_web")[0] == ("do migrate", False, "taken back")
    story.act("schema/do:migrate", "yes")
    assert words(story, "code/do:deploy_web")[0] == ("do migrate", True, "done")


def test_what_an_earlier_attempt_did_and_nothing_took_back_still_counts() -> None:
    story = through_gate(migrated()).act("code/do:deploy_web", "yes")
    story.do(wanted.StartRollback("both", "production", "x")).act("both/do:back")
    story.do(wanted.Waive("both/do:unmigrate", "it may stay"), wanted.Reopen("once more")).advance()
    assert words(story, "code/do:deploy_web") == [
        ("do migrate", True, "done"), ("check stuck", False, "not done"), ("tick Flag is off", False, "not done"),
    ]  # fmt: skip


def test_a_rollbacks_own_steps_count_first() -> None:
    story = through_gate(migrated()).act("code/do:deploy_web", "yes")
    story.do(wanted.StartRollback("both", "production", "x"))
    assert words(story, "both/do:unmigrate") == [("do back", False, "not done")]
    story.act("both/do:back")
    assert words(story, "both/do:unmigrate") == [("do back", True, "done")]


def test_a_gate_knows_the_order_of_what_stands_behind_it() -> None:
    story = migrated().advance()
    story.do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    advice = recommend(story.state, "gate", story.now)
    assert [(one.id, one.ok, one.word) for one in advice.conditions] == [
        ("gate/tick:backup-taken", True, "ok"),
        ("order/deploy_web/do migrate", True, "done"),
        ("order/deploy_web/check stuck", True, "done"),
        ("order/deploy_web/tick Flag is off", True, "done"),
    ]
    assert advice.go


def test_an_order_that_is_not_kept_stops_at_the_gate_and_is_passed_over_there_with_a_reason() -> None:
    actions = ACTIONS | {"deploy_web": ACTIONS["deploy_web"] | {"after": ["do migrate"]}}
    phases = [{"title": "Schema", "items": ["tick Begun", "do migrate"]}, *PHASES[1:]]
    story = begun(actions=actions, phases=phases).do(wanted.Tick("schema/tick:begun"))
    story.do(wanted.Waive("schema/do:migrate", "x")).advance()
    story.do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"), wanted.Untick("schema/do:migrate"))
    advice = recommend(story.state, "gate", story.now)
    assert advice.reasons == ("Deploy web comes after Change the schema: not done",)
    order = "order/deploy_web/do migrate"
    assert "Not met: Deploy web comes after" in story.refused(wanted.DecideGate("gate", go=True))
    story.do(wanted.DecideGate("gate", go=True, overrides={order: "the column is nullable"}))
    assert story.state.notes[-1].text == (
        "Gate overridden (Deploy web comes after 'do migrate'): the column is nullable"
    )
    item = story.state.plan.item("code/do:deploy_web")
    assert item is not None
    assert lacking(story.state, item) == ()
