"""Due times and watches whose anchor never comes."""

from __future__ import annotations

from datetime import timedelta

from cockpit.core import commands as wanted
from cockpit.core.plan import Phase
from cockpit.core.progress import phase_due, watch_ends
from cockpit.core.rollout import begin
from cockpit.core.rollout.deployment import Observation
from tests.core.story import PLAN, Story, deployment

DEPLOY = "deploy/do:deploy_web"


def phase_of(story: Story, title: str) -> Phase:
    found = story.state.plan.phase(title)
    assert isinstance(found, Phase)
    return found


def test_a_due_time_hangs_on_the_moment_its_action_was_passed_over_and_stays_there() -> None:
    story = Story().go().act("deploy/do:set_grace", "yes").do(wanted.Waive(DEPLOY, "deployed by the pipeline"))
    passed = story.now
    for _ in range(3):
        story.later(minutes=50).do(wanted.Note("still here"))
        assert phase_due(story.state, phase_of(story, "later")) == passed + timedelta(hours=4)
        assert watch_ends(story.state, phase_of(story, "watch")) == passed + timedelta(hours=24)


def clocked(clock: str) -> Story:
    """A first deployment, and a phase that is due after one of its clocks."""
    phases = [{**phase} for phase in PLAN["phases"]]
    phases[5]["due"] = f"4h after {clock} of deploy_web"
    phases[4]["lasts"] = f"24h from {clock} of deploy_web"
    story = Story({**PLAN, "phases": phases}).go().act("deploy/do:set_grace", "yes")
    story.do(wanted.Do(DEPLOY, "production"))
    story.do(wanted.Accept(DEPLOY, story.seq(DEPLOY), "new"))
    rollout = begin("new", "web", None, started=story.now, overlap=None, drain=None)
    return story.do(wanted.BeginRollout(rollout, DEPLOY)).later(minutes=3)


def test_a_clock_that_a_first_deployment_never_shows_gives_way_to_its_end() -> None:
    story = clocked("T3")
    assert phase_due(story.state, phase_of(story, "later")) is None
    story.do(wanted.ObserveRollout("new", Observation(at=story.now, new=deployment("new"), latest="new")))
    assert phase_due(story.state, phase_of(story, "later")) is None
    story.later(minutes=1).do(wanted.Finish(DEPLOY, story.seq(DEPLOY), "up"))
    done = story.now
    story.later(hours=1).do(wanted.Note("still here"))
    assert phase_due(story.state, phase_of(story, "later")) == done + timedelta(hours=4)
    assert watch_ends(story.state, phase_of(story, "watch")) == done + timedelta(hours=24)


def test_a_clock_that_came_counts_itself() -> None:
    story = clocked("T1")
    story.do(wanted.ObserveRollout("new", Observation(at=story.now, new=deployment("new"), latest="new")))
    up = story.now
    story.later(minutes=1).do(wanted.Finish(DEPLOY, story.seq(DEPLOY), "up"))
    assert phase_due(story.state, phase_of(story, "later")) == up + timedelta(hours=4)


def test_a_clock_is_waited_for_while_its_rollout_is_under_way() -> None:
    story = clocked("T3")
    story.do(wanted.Finish(DEPLOY, story.seq(DEPLOY), "up"))
    assert phase_due(story.state, phase_of(story, "later")) is None
