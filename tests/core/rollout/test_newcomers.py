"""Deployments that appear during a run: ours, in doubt, or nobody's here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.core import events as happened
from cockpit.core.rollout import begin
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.core.rollout.newcomers import (
    IN_TIME,
    SKEW,
    came_of,
    creators,
    is_ours,
    possible,
    predecessor,
    since,
    strangers,
)
from tests.view.runs import (
    OPENED,
    Run,
    deployed,
    deploying,
    deployment,
    gone,
    looked_at,
    overlapping,
    proved,
    rolling_back,
    unknown,
)


def theirs(run: Run, status: str = "BUILDING", *, ago: float = 5, name: str = "theirs-9f31") -> Deployment:
    made = run.now - timedelta(seconds=ago)
    one = deployment(name, status, made, created=made, commit="ddccbbaa0011")
    return one.model_copy(update={"creator": "release bot"})


def begun(run: Run, one: Deployment, previous: str | None = "new-deployment") -> Run:
    rollout = begin(one.id, "web", previous, started=one.created_at, overlap=300, drain=600, creator=one.creator)
    return run.tell(happened.RolloutBegan(item=None, rollout=rollout))


def test_what_nobody_here_started_is_a_strangers():
    run = deployed()
    one = theirs(run)
    assert strangers(run.state, "web", (one,)) == (one,)
    assert strangers(run.state, "worker", (one,)) == (one,)


def test_the_known_are_none():
    run = deployed()
    known = (deployment("old-deployment"), deployment("new-deployment", created=run.now))
    assert strangers(run.state, "web", known) == ()
    one = theirs(run)
    assert strangers(begun(run, one).state, "web", (one,)) == ()


FROM_BEFORE = [("FAILED", False), ("REMOVED", False), ("BUILDING", True), ("SUCCESS", True)]


@pytest.mark.parametrize(("status", "is_one"), FROM_BEFORE)
def test_of_those_from_before_the_run_only_what_lives_counts(status: str, *, is_one: bool):
    made = OPENED - timedelta(hours=1)
    one = deployment("yesterdays", status, made, created=made)
    assert bool(strangers(proved().state, "web", (one,))) is is_one


def test_one_that_came_and_failed_between_two_looks_is_told():
    run = deployed()
    one = theirs(run, "FAILED")
    assert strangers(run.state, "web", (one,)) == (one,)


def test_two_of_them_are_told_in_the_order_in_which_they_were_made():
    run = deployed()
    first, second = theirs(run, "REMOVED", ago=20, name="a"), theirs(run, ago=5, name="b")
    assert strangers(run.state, "web", (second, first)) == (first, second)


def test_while_an_answer_is_awaited_or_lost_what_appears_is_in_doubt():
    run = unknown()
    one = theirs(run)
    assert strangers(run.state, "web", (one,)) == ()
    asked = gone().tell(happened.ActionIntended(item="deploy/do:deploy_web", action="deploy_web", summary=""))
    assert strangers(asked.state, "web", (theirs(asked),)) == ()


def test_doubt_ends_with_the_time_in_which_a_request_can_have_an_effect():
    run = unknown().after(minutes=20)
    one = theirs(run)
    assert strangers(run.state, "web", (one,)) == (one,)


def test_an_intent_that_two_looks_say_had_no_effect_leaves_no_doubt():
    run = unknown()
    intent = max(run.state.intents)
    for number in (1, 2):
        run.after(seconds=60).tell(
            happened.ActionLooked(
                item="deploy/do:deploy_web", intent=intent, found="not happened", because="Nothing.", number=number
            )
        )
    one = theirs(run)
    assert strangers(run.state, "web", (one,)) == (one,)


def test_a_deployment_that_a_strangers_rollout_tells_of_is_not_what_a_lost_deploy_made():
    run = unknown()
    intent = run.state.intents[max(run.state.intents)]
    one = theirs(run)
    assert since(run.state, (one,), "web", intent) == [one]
    assert since(begun(run, one).state, (one,), "web", intent) == []


def test_who_makes_our_deployments_is_learnt_from_those_railway_told_us_of():
    assert creators(gone().state) == frozenset()
    assert creators(deployed().state) == {None}
    assert creators(looked_at().state) == frozenset()


def acted_on_theirs(kind: str) -> tuple[Run, Deployment]:
    """A run in which an action of ours went to a stranger's deployment."""
    run = deployed()
    plan = run.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["actions"]["handle"] = {"on": "railway", kind: "web", "undo": "none", "why": "a test"}
    run.tell(happened.PlanAmended(plan=plan, diff=("handle",)))
    one = theirs(run)
    rollout = begin(one.id, "web", None, started=one.created_at, overlap=0, drain=0, creator=one.creator)
    run.tell(happened.RolloutBegan(item=None, rollout=rollout.model_copy(update={"made": one.created_at})))
    asked = happened.ActionIntended(item="deploy/do:deploy_web", action="handle", summary="handle", before={})
    run.tell(asked)
    intent = max(run.state.intents)
    run.tell(happened.ActionAccepted(item="deploy/do:deploy_web", intent=intent, deployment=one.id))
    return run, one


def test_whoever_made_what_was_only_approved_or_restarted_is_no_maker_of_ours():
    """Taken for one, a lost deploy was told as happened by the next deployment of the same stranger."""
    run, one = acted_on_theirs("approve")
    assert run.state.rollouts[one.id].creator == "release bot"
    assert creators(run.state) == {None}


ACTED_ON = [("approve", True), ("cancel", False), ("stop", False), ("remove", False), ("restart", False)]


@pytest.mark.parametrize(("kind", "becomes_ours"), ACTED_ON)
def test_a_strangers_deployment_is_ours_once_we_let_it_go_on_and_not_for_what_else_we_do(
    kind: str, *, becomes_ours: bool
):
    run, one = acted_on_theirs(kind)
    assert is_ours(run.state, one.id) is becomes_ours


OF_A_WAY_BACK: list[tuple[str, dict[str, object], bool]] = [
    ("the image of its target", {"digest": "sha256:old-deployment"}, True),
    ("no image told yet", {"digest": None}, True),
    ("another image", {"digest": "sha256:another"}, False),
    ("its image, and no maker of ours", {"digest": "sha256:old-deployment", "creator": "release bot"}, False),
]


@pytest.mark.parametrize(("what", "seen", "can_be"), OF_A_WAY_BACK, ids=[row[0] for row in OF_A_WAY_BACK])
def test_a_way_back_made_what_has_the_image_it_restores(what: str, seen: dict[str, object], *, can_be: bool):
    run = rolling_back()
    assert creators(run.state) == {None}, what
    intent = run.state.intents[max(run.state.intents)]
    one = deployment("back", "DEPLOYING", created=run.now).model_copy(update=seen)
    assert possible(run.state, "web", intent, [one]) == ([one] if can_be else [])


def test_of_several_those_are_possible_whose_maker_made_ours_before():
    run = deployed()
    intent = run.state.intents[max(run.state.intents)]
    ours, other = deployment("ours", "BUILDING", created=run.now), theirs(run)
    assert creators(run.state) == {None}
    assert possible(run.state, "web", intent, [other, ours]) == [ours]


def test_what_a_change_of_scale_makes_railway_deploy_is_ours():
    run = gone()
    plan = run.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["actions"]["more"] = {
        "on": "railway", "scale": {"service": "web", "to": 3}, "undo": "none", "why": "a test",
    }  # fmt: skip
    plan["phases"][2]["items"].append("do more")
    run.tell(happened.PlanAmended(plan=plan, diff=("more",)))
    run.act("deploy/do:more")
    near = theirs(run, ago=1)
    cause = came_of(run.state, "web", near)
    assert cause is not None
    assert cause.item == "deploy/do:more"
    late = run.after(seconds=(IN_TIME + SKEW).total_seconds())
    assert came_of(late.state, "web", theirs(late, ago=0)) is None


def test_each_replaces_the_newest_before_it_that_came_up():
    run = overlapping()
    assert predecessor(run.state, "web", run.now) == "new-deployment"
    assert predecessor(deploying().state, "web", run.now) == "old-deployment"
    live = theirs(run, "SUCCESS", ago=2)
    assert predecessor(run.state, "web", run.now, (live,)) == live.id
    assert predecessor(run.state, "web", live.created_at, (live,)) == "new-deployment"
    assert predecessor(run.state, "worker", run.now) is None


def test_a_strangers_rollout_says_who_made_it_and_what_it_means():
    run = deployed()
    one = theirs(run)
    state = begun(run, one).state
    rollout = state.rollouts[one.id]
    assert starter(state, rollout) == "release bot"
    assert starter(state, state.rollouts["new-deployment"]) == "this run"
    assert meaning(state, state.rollouts["new-deployment"]) == ()
    assert meaning(state, rollout) == (
        "Once up, it replaces ours (new-depl): readings then speak of its version.",
        "A rollback to old-depl takes its place while it is on its way.",
    )


def test_supersession_of_ours_says_that_its_clock_does_not_come():
    run = deploying()
    one = theirs(run)
    begun(run, one, previous="old-deployment")
    run.superseded(one.id, "release bot")
    state = run.state
    assert state.rollouts["new-deployment"].outcome == "superseded"
    assert state.rollouts["new-deployment"].because == (
        "A newer deployment took its place: theirs-9, made by release bot. It never came up."
    )
    assert meaning(state, state.rollouts[one.id])[0] == (
        "It superseded ours (new-depl): T1 of deploy_web does not come of that one any more."
    )


def test_before_anything_of_ours_a_strangers_build_is_what_a_deploy_would_supersede():
    run = proved()
    one = theirs(run)
    state = begun(run, one, previous="old-deployment").state
    assert meaning(state, state.rollouts[one.id])[0].startswith("A deploy of ours would supersede it.")
