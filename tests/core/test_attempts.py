"""What belongs to an attempt stays there: outcomes, looks, clocks."""

from __future__ import annotations

import pytest

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.events import Body
from cockpit.core.fold import apply
from cockpit.core.rollout import begin
from cockpit.core.rollout.deployment import Observation
from cockpit.core.state import State, Status
from tests.core.story import Story, deployment

DEPLOY, GRACE, BACK = "deploy/do:deploy_web", "deploy/do:set_grace", "level-2/do:back"


def told(story: Story, *bodies: Body) -> State:
    """Events that no rule would let through any more, as an old record may hold them."""
    for body in bodies:
        story.state = apply(story.state, story._append(body))
    return story.state


def sent_and_rolled_back() -> Story:
    """A deploy under way while the rollback is taken to its end."""
    story = Story().go().act(GRACE, "yes").do(wanted.Do(DEPLOY, "production"))
    story.do(wanted.StartRollback("level-2", "production")).act(BACK, deployment="old")
    return story.read("level-2/check:stuck")


def test_phases_do_not_begin_again_while_an_action_is_under_way() -> None:
    story = sent_and_rolled_back()
    seq = story.seq(DEPLOY)
    assert story.refused(wanted.Reopen("again")) == "Deploy web is not finished. Wait for its outcome."
    story.do(wanted.Accept(DEPLOY, seq, "new"))
    assert "not finished" in story.refused(wanted.Reopen("again"))
    story.do(wanted.Fail(DEPLOY, seq, "superseded"), wanted.Reopen("again"))
    assert story.state.attempt == 2


def test_phases_do_not_begin_again_while_an_outcome_is_unknown_but_do_once_it_is_passed_over() -> None:
    story = sent_and_rolled_back()
    seq = story.seq(DEPLOY)
    story.do(wanted.Lose(DEPLOY, seq, "gone"))
    assert story.refused(wanted.Reopen("again")) == "Deploy web: its outcome is unknown. Look, then settle it."
    story.do(wanted.Look(DEPLOY, seq, "inconclusive", "two"), wanted.Look(DEPLOY, seq, "inconclusive", "two"))
    story.do(wanted.Waive(DEPLOY, "both are gone now"), wanted.Reopen("again"))
    assert story.state.attempt == 2


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (lambda seq: happened.ActionDone(item=DEPLOY, intent=seq, proof="up"), Status.DONE),
        (lambda seq: happened.ActionFailed(item=DEPLOY, intent=seq, because="no"), Status.FAILED),
        (lambda seq: happened.ActionLost(item=DEPLOY, intent=seq, because="gone"), Status.UNKNOWN),
        (
            lambda seq: happened.ActionLooked(item=DEPLOY, intent=seq, found="happened", because="there"),
            Status.UNKNOWN,
        ),
    ],
)
def test_an_outcome_that_comes_late_belongs_to_the_attempt_it_was_sent_in(outcome: object, status: Status) -> None:
    story = sent_and_rolled_back()
    seq = story.seq(DEPLOY)
    assert callable(outcome)
    state = told(story, happened.PhasesReopened(reason="an older version let it"), outcome(seq))
    assert state.item(DEPLOY, 1).status is status
    assert state.item(DEPLOY).status is Status.OPEN
    assert state.anchors == {}


def test_an_outcome_touches_the_item_only_while_it_waits_for_that_intent() -> None:
    story = sent_and_rolled_back()
    old = story.seq(DEPLOY)
    told(story, happened.PhasesReopened(reason="an older version let it"))
    again = happened.ActionIntended(item=DEPLOY, action="deploy_web", summary="again")
    state = told(story, again, happened.ActionFailed(item=DEPLOY, intent=old, because="late"))
    assert (state.item(DEPLOY, 1).status, state.item(DEPLOY).status) == (Status.FAILED, Status.RUNNING)
    assert state.intents[story.seq(DEPLOY)].attempt == 2


def observed(story: Story, name: str) -> happened.RolloutObserved:
    seen = Observation(at=story.now, new=deployment(name), old=None, latest=name)
    return happened.RolloutObserved(deployment=name, observation=seen)


def began(story: Story, name: str) -> happened.RolloutBegan:
    rollout = begin(name, "web", "old", started=story.now, overlap=None, drain=None)
    return happened.RolloutBegan(item=DEPLOY, rollout=rollout)


def test_clocks_of_an_earlier_attempt_are_no_anchors_of_this_one() -> None:
    story = sent_and_rolled_back()
    state = told(story, began(story, "new"), observed(story, "new"))
    assert "T1 of deploy_web" in state.anchors
    told(story, happened.PhasesReopened(reason="an older version let it"))
    assert told(story, observed(story, "new")).anchors == {}
    assert told(story, began(story, "late"), observed(story, "late")).anchors == {}
    told(story, happened.ActionIntended(item=DEPLOY, action="deploy_web", summary="again"))
    assert "T1 of deploy_web" in told(story, began(story, "newer"), observed(story, "newer")).anchors


def test_starting_a_level_anew_leaves_the_items_of_earlier_attempts() -> None:
    story = Story().deployed().do(wanted.StartRollback("level-2", "production")).act(BACK)
    story.read("level-2/check:stuck").do(wanted.Reopen("again"))
    story.do(wanted.StartRollback("level-2", "production"))
    assert story.state.item(BACK, 1).status is Status.DONE
    assert story.state.item(BACK).status is Status.OPEN
