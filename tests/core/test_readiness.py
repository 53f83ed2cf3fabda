"""Whether the way back is open: every thing it needs, and what a gate makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core.finding import Finding
from cockpit.core.gate import recommend
from cockpit.core.lint.references import complaints
from cockpit.core.plan import Level, Plan
from cockpit.core.readiness import (
    Looks,
    ProgramLook,
    TargetLook,
    Trial,
    findings,
    is_fresh,
    is_news,
    light,
    programs_of,
    tried_together,
)
from cockpit.core.rollout import begin
from cockpit.core.rollout.deployment import Instant
from cockpit.core.rollout.drift import Drift
from tests.core.story import PLAN, START, Story, deployment

SQL = {"on": "db", "proof": "check stuck", "undo": "none", "why": "x", "confirm": "yes"}
ACTIONS: dict[str, Any] = {
    **PLAN["actions"],
    "drop": {**SQL, "sql": "drop table a", "tried_on": "staging_db"},
    "forget": {**SQL, "sql": "delete from b", "tried_on": "staging_db"},
    "mark": {**SQL, "sql": "update c set n = $1", "with": ["report"], "tried_on": "staging_db"},
    "purge": {"argv": ["purge-cache", "--all"], "rehearse": ["true"], "undo": "none", "why": "x"},
}
CONNECTIONS: dict[str, Any] = {
    "db": {"kind": "postgres", "url": "env:DATABASE_URL"},
    "staging_db": {"kind": "postgres", "url": "env:STAGING_DATABASE_URL"},
    "railway": {"kind": "railway", "token": "env:RAILWAY_TOKEN", "environment": "production", "tier": "pro"},
}
LOOKED = START - timedelta(minutes=2)


def plan(*items: str, **changes: Any) -> dict[str, Any]:
    level = {"title": "Back", "items": list(items) or ["do back"]}
    return {**PLAN, "actions": ACTIONS, "connections": CONNECTIONS, "rollback": [level], **changes}


def begun(*items: str, rehearsal: bool = False, **changes: Any) -> Story:
    story = Story(plan(*items, **changes), rehearsal=rehearsal).advance()
    for connection in CONNECTIONS:
        story.do(wanted.Prove(connection, "reports"))
    return story.do(wanted.SeeTarget("web", offered(), ("A",)))


def offered(**changes: Any) -> Any:
    return deployment("0123456789").model_copy(update={"can_rollback": True, **changes})


def look(found: Any = None, *, gone: bool = False, minutes: float = 5, **more: Any) -> dict[str, TargetLook]:
    until = START + timedelta(minutes=minutes)
    return {"web": TargetLook(None if gone else found or offered(), until, at=LOOKED, **more)}


NOTHING = Looks()


def told(story: Story, looks: Looks = NOTHING) -> dict[str, tuple[bool | None, str]]:
    level = story.state.plan.rollback[0]
    return {each.kind: (each.ready, each.words) for each in findings(story.state, level, looks, story.now)}


REMOVED = {"status": "REMOVED", "status_at": START - timedelta(hours=49)}


@pytest.mark.parametrize(
    ("looks", "ready", "words"),
    [
        ({}, True, "web goes back to 01234567: it still serves"),
        (look(), True, "web goes back to 01234567: it still serves"),
        (look(gone=True), False, "Railway has no deployment 01234567 any more"),
        (look(trouble="no answer"), None, "whether Railway still has 01234567 could not be seen lately"),
        (look(minutes=-1), None, "whether Railway still has 01234567 could not be seen lately"),
    ],
)
def test_where_it_leads_back_to(looks: Any, ready: bool | None, words: str) -> None:  # noqa: FBT001  (a row of the table)
    assert told(begun(), Looks(targets=looks))["target"] == (ready, words)


def replaced(**changes: Any) -> tuple[Story, dict[str, TargetLook]]:
    """Another deployment serves: the one from before is removed."""
    story = begun()
    rollout = begin("new", "web", "0123456789", started=START, overlap=0, drain=0)
    rollout = rollout.model_copy(update={"t2": Instant(at=START, source="status")})
    story.state = replace(story.state, rollouts={"new": rollout})
    return story, look(offered(**{**REMOVED, **changes}))


@pytest.mark.parametrize(
    ("changes", "ready", "words"),
    [
        ({}, True, "web goes back to 01234567: image for 71 h more"),
        ({"status": "SUCCESS"}, True, "web goes back to 01234567: kept while it is not removed"),
        ({"can_rollback": False}, None, "Railway did not offer 01234567 for a rollback when it was last seen"),
        ({"status_at": START - timedelta(hours=121)}, None, "the image of 01234567 should be gone"),
    ],
)
def test_for_how_many_more_hours(changes: Any, ready: bool | None, words: str) -> None:  # noqa: FBT001  (the same)
    story, looks = replaced(**changes)
    found = told(story, Looks(targets=looks))["target"]
    assert found[0] is ready
    assert found[1].startswith(words)


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (None, "with which variables web was built could not be seen"),
        (Drift(), "the variables of web are those it was built with"),
        (Drift(added=("A", "B"), changed=("C",), unknown=("S",)),
         ("the variables of web differ from those it was built with: added A, B; changed C; 1 sealed, which nobody can "
         "compare")),
        (Drift(removed=tuple("ABCDEFG")),
         "the variables of web differ from those it was built with: removed A, B, C, D, E and 2 more"),
    ],
)  # fmt: skip
def test_how_the_variables_differ_is_a_remark_that_decides_nothing(drift: Drift | None, words: str) -> None:
    story = begun()
    level = story.state.plan.rollback[0]
    found = findings(story.state, level, Looks(targets=look(drift=drift)), story.now)
    (remark,) = [each for each in found if each.kind == "variables"]
    assert (remark.remark, remark.words, remark.at) == (True, words, LOOKED)
    assert light(found) == (True, "")


@pytest.mark.parametrize(
    ("seen", "ready", "words"),
    [
        (None, None, "purge-cache was not looked for lately"),
        (ProgramLook(LOOKED, "/usr/bin/purge-cache"), True, "purge-cache is /usr/bin/purge-cache"),
        (ProgramLook(LOOKED, None), False, "purge-cache is not on this machine, or may not be run"),
        (ProgramLook(START - timedelta(hours=1), "/bin/purge"), None, "purge-cache was not looked for lately"),
    ],
)
def test_a_command_is_on_this_machine(seen: ProgramLook | None, ready: bool | None, words: str) -> None:  # noqa: FBT001  (the same)
    looks = Looks(programs={"purge-cache": seen} if seen is not None else {})
    assert told(begun("do purge"), looks)["command"] == (ready, words)
    assert programs_of(begun("do purge").state) == ("purge-cache",)


def test_in_a_rehearsal_the_stand_in_of_a_command_is_looked_for() -> None:
    story = begun("do purge", rehearsal=True)
    assert programs_of(story.state) == ("true",)
    assert told(story, Looks(programs={"true": ProgramLook(LOOKED, "/bin/true")}))["command"][0] is True


@pytest.mark.parametrize(
    ("trial", "ready", "words"),
    [
        (None, None, "Drop: not tried on staging_db lately"),
        (Trial(LOOKED, "staging_db", ok=True, words="tried on staging_db"), True, "Drop: tried on staging_db"),
        (Trial(LOOKED, "staging_db", ok=False, words="does not go"), False, "Drop: does not go"),
        (Trial(START - timedelta(hours=3), "x", ok=True, words="x"), None, "Drop: not tried on staging_db lately"),
    ],
)
def test_sql_is_tried_before_it_is_needed(trial: Trial | None, ready: bool | None, words: str) -> None:  # noqa: FBT001  (the same)
    looks = Looks(trials={("drop",): trial} if trial is not None else {})
    assert told(begun("do drop"), looks)["sql"] == (ready, words)


def test_sql_that_cannot_be_tried_says_that_its_database_is_in_trouble() -> None:
    looks = Looks(links={"staging_db": "is down"})
    assert told(begun("do drop"), looks)["sql"] == (None, "Drop: not tried, for staging_db is down now")


def test_sql_that_nothing_tries_is_a_remark() -> None:
    several: tuple[dict[str, Any], ...] = (
        {"actions": ACTIONS | {"drop": {**SQL, "sql": "drop table a"}}},
        {"connections": CONNECTIONS | {"staging_db": CONNECTIONS["db"]}},
    )
    for changes in several:
        story = begun("do drop", **changes)
        found = findings(story.state, story.state.plan.rollback[0], Looks(), story.now)
        assert [each.remark for each in found if each.kind == "sql"] == [True]
        assert light(found) == (True, "")


def test_steps_of_one_database_are_tried_together_in_their_order_whatever_they_bind() -> None:
    made = Plan.model_validate(plan("do drop", "do forget", "do back", "do mark"))
    assert tried_together(made, made.rollback[0]) == (("drop", "forget", "mark"),)


def test_steps_of_another_database_are_tried_by_themselves() -> None:
    elsewhere = {
        "connections": CONNECTIONS | {"other": CONNECTIONS["db"]},
        "actions": ACTIONS | {"mark": {**ACTIONS["mark"], "on": "other"}},
    }
    made = Plan.model_validate(plan("do drop", "do mark", **elsewhere))
    assert tried_together(made, made.rollback[0]) == (("drop",), ("mark",))


def test_an_answer_it_binds_and_a_baseline_it_compares_with_are_named() -> None:
    found = told(begun("do mark", "compare by_status"))
    assert found["answer"] == (None, "Mark wants an answer to report")
    assert found["baseline"] == (None, "By status has no baseline yet")
    assert "answer" not in told(begun("ask report", "do mark"))


def test_what_must_come_first_and_has_not_is_not_ready_unless_a_step_does_it() -> None:
    actions = ACTIONS | {"drop": ACTIONS["drop"] | {"after": ["do back"]}}
    phases = [{"title": "Before", "items": ["do clear_grace", "do back"]}]
    story = begun("do drop", actions=actions, phases=phases)
    words = "Drop: Back comes first: not done"
    assert told(story)["order"] == (True, words)  # nothing was changed: it may come yet
    story.act("before/do:clear_grace", "production")
    assert told(story)["order"] == (False, words)
    assert "order" not in told(begun("do back", "do drop", actions=actions))


def test_the_light_is_the_worst_of_them() -> None:
    assert light((THERE, UNSEEN, GONE)) == (False, GONE.words)
    assert light((THERE, UNSEEN)) == (None, UNSEEN.words)
    assert light((THERE,)) == light(()) == (True, "")


def test_findings_are_news_when_they_change_or_a_gate_waits_for_them() -> None:
    story = begun()
    level = story.state.plan.rollback[0]
    found = findings(story.state, level, Looks(), story.now)
    assert is_news(story.state, level.id, found, fresh=False)
    story.do(wanted.SeeWayBack(level.id, found))
    assert not is_news(story.state, level.id, found, fresh=True)
    story.before().later(seconds=5).do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
    assert not is_news(story.state, level.id, found, fresh=False)
    assert is_news(story.state, level.id, found, fresh=True)
    assert story.decide(wanted.SeeWayBack("nowhere", found)) == ()


def test_findings_are_fresh_once_every_look_was_made_since() -> None:
    story = begun("do back", "do purge", "do drop")
    level = story.state.plan.rollback[0]
    looks = Looks(
        targets=look(),
        programs={"purge-cache": ProgramLook(START, "/bin/purge-cache")},
        trials={("drop",): Trial(START, "staging_db", ok=True, words="x")},
    )
    assert is_fresh(story.state, level, looks, LOOKED)
    assert not is_fresh(story.state, level, looks, START)
    assert not is_fresh(story.state, level, replace(looks, programs={}), LOOKED)
    assert not is_fresh(story.state, level, replace(looks, trials={}), LOOKED)


def at_gate(found: tuple[Finding, ...]) -> Story:
    story = begun()
    level = story.state.plan.rollback[0]
    assert isinstance(level, Level)
    story.do(wanted.SeeWayBack(level.id, found)).before().later(seconds=5)
    story.do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate")).answer("gate/check:stuck")
    return story


GONE = Finding(kind="target", subject="web", ready=False, words="Railway has no deployment x any more")
UNSEEN = Finding(kind="answer", subject="report", ready=None, words="Mark wants an answer to report")
THERE = Finding(kind="connection", subject="db", ready=True, words="db answers")


def test_a_gate_waits_until_the_way_back_was_looked_at_since_it_was_opened() -> None:
    story = at_gate((THERE,))
    advice = recommend(story.state, "gate", story.now)
    assert advice.asking
    assert "still coming" in story.refused(wanted.DecideGate("gate", go=True))
    story.do(wanted.SeeWayBack("back", (THERE,)))
    advice = recommend(story.state, "gate", story.now)
    assert advice.go
    assert [(one.id, one.word) for one in advice.conditions][-1] == ("way-back/back", "ready")


def test_a_way_back_that_is_not_ready_stands_among_the_reasons_and_is_passed_over_with_one() -> None:
    story = at_gate((THERE,)).do(wanted.SeeWayBack("back", (THERE, UNSEEN, GONE)))
    advice = recommend(story.state, "gate", story.now)
    assert not advice.go
    because = "Railway has no deployment x any more; Mark wants an answer to report"
    assert advice.reasons == (f"Way back, Back: not ready, {because}",)
    assert "Not met: Way back, Back (not ready)" in story.refused(wanted.DecideGate("gate", go=True))
    story.do(wanted.DecideGate("gate", go=True, overrides={"way-back/back": "we can redeploy by hand"}))
    assert story.state.gate("gate").overrides == {"way-back/back": "we can redeploy by hand"}


def test_a_gate_behind_which_nothing_is_changed_wants_no_way_back() -> None:
    phases = [*PLAN["phases"][:2], {"title": "After", "items": ["tick Looked"]}]
    story = Story(plan(phases=phases)).do(wanted.SeeWayBack("back", (GONE,))).before()
    assert [one.id for one in recommend(story.state, "gate", story.now).conditions] == [
        "gate/check:stuck", "gate/tick:backup-taken",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"drop": {**ACTIONS["drop"], "tried_on": "stagng_db"}},
         "There is no connection 'stagng_db'. Did you mean 'staging_db'?"),
        ({"drop": {**ACTIONS["drop"], "tried_on": "railway"}}, "'railway' is railway, and SQL is tried on postgres."),
        ({"drop": {**ACTIONS["drop"], "tried_on": "db"}}, "It would be tried where it acts, with its locks."),
        ({"purge": {**ACTIONS["purge"], "tried_on": "staging_db"}}, "tried_on belongs to sql."),
    ],
)  # fmt: skip
def test_where_sql_is_tried_is_another_database(changes: dict[str, Any], complaint: str) -> None:
    found = complaints(Plan.model_validate(plan(actions=ACTIONS | changes)))
    assert any(f"{one.what} {one.remedy}".startswith(complaint) for one in found), found
