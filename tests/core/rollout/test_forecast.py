"""What earlier rollouts say of the next: medians, ranges, and where they contradict what is configured."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.core.events import RolloutBegan, RolloutObserved
from cockpit.core.rollout.deployment import Observation, Rollout
from cockpit.core.rollout.forecast import ROLLOUTS, Expected, Forecast, by_action, contradictions, forecast
from cockpit.core.rollout.pace import LEAST, NO_FORECAST, pace, under_way

from .test_rollout import (
    BUILD,
    CALM,
    CREATE,
    OLD_GONE,
    OLD_SERVES,
    PUBLISH,
    START,
    UP,
    at,
    deployment,
    fold,
    fresh,
    look,
    step,
)

DONE = fold(fresh(), *CALM)


def lasting(stage: str, seconds: float) -> Rollout:
    """The calm rollout, one stage of it as long as this."""
    changed = {"ended": START + timedelta(seconds=seconds), "started": START}
    stages = tuple(one.model_copy(update=changed) if one.name == stage else one for one in DONE.stages)
    return DONE.model_copy(update={"stages": stages})


def test_median_and_range_of_each_stage():
    known = forecast([lasting("build", seconds) for seconds in (58, 62, 70)])
    assert known["build"] == Expected(62, 58, 70, 3)
    assert known["overlap"] == Expected(300, 300, 300, 3)
    assert "gone" not in known
    assert known["build"].words == "1:02 (0:58 to 1:10 in 3)"
    assert forecast([DONE])["deploy"].words == "0:38 (once)"


def test_only_what_was_seen_to_its_end_counts():
    assert forecast([fold(fresh(), *CALM[:7])]) == {}
    assert forecast([fold(fresh(), look(3, deployment("new", "FAILED", 2), OLD_SERVES))]) == {}


def test_a_length_that_only_we_saw_end_is_left_out():
    guessed = fold(fresh(), *CALM[:6], look(700, UP, OLD_GONE))
    assert guessed.outcome == "done"
    assert not {"overlap", "drain"} & forecast([guessed]).keys()


def story(item: str | None, deployed: str) -> tuple[RolloutBegan, tuple[RolloutObserved, ...]]:
    began = RolloutBegan(item=item, rollout=fresh())
    return began, tuple(RolloutObserved(deployment=deployed, observation=seen) for seen in CALM)


def test_each_action_has_its_own_and_the_newest_few_count():
    stories = [story("deploy/do:deploy_web", "new")] * (ROLLOUTS + 5) + [story("level-2/do:roll_back_web", "new")]
    known = by_action(stories)
    assert set(known) == {"deploy_web", "roll_back_web"}
    assert known["deploy_web"]["build"].count == ROLLOUTS
    assert known["roll_back_web"]["build"].count == 1


CONTRADICTIONS = [
    ("overlap", 6, "The overlap is configured as 5:00; earlier it took 0:06 (once)."),
    ("overlap", 304, ""),
    ("drain", 900, "The drain is configured as 10:00 at most; earlier it took 15:00 (once)."),
    ("drain", 20, ""),
]


@pytest.mark.parametrize(("stage", "took", "sentence"), CONTRADICTIONS)
def test_what_earlier_runs_took_is_held_against_what_is_configured(stage: str, took: float, sentence: str):
    found = contradictions(fresh(), {stage: Expected(took, took, took, 1)})
    assert found == ((sentence,) if sentence else ())


KNOWN: Forecast = {"build": Expected(62, 58, 70, 4), "deploy": Expected(40, 38, 45, 4)}
BUILDING = look(5, deployment("new", "BUILDING", 2), OLD_SERVES)
CHECKING = look(105, deployment("new", "DEPLOYING", 63, "RUNNING"), OLD_SERVES, BUILD, CREATE, step("HEALTHCHECK", 102))
STILL = 2 + NO_FORECAST.total_seconds() + 1
APPROVAL = look(4, deployment("new", "NEEDS_APPROVAL", 1), OLD_SERVES)

PACES = [
    ("in time", (BUILDING,), KNOWN, 60, ""),
    ("over the longest before", (BUILDING,), KNOWN, 100, "Over: build takes 1:40, earlier runs took 1:02"),
    ("nothing known, nothing over", (BUILDING,), {}, 800, ""),
    ("nothing known, and still", (BUILDING,), {}, STILL, "Stalled: nothing moved for 15:01"),
    ("three times as long as ever", (BUILDING,), KNOWN, 2 + 62 * 3 + 1, "Stalled: nothing moved for 3:07 in build"),
    ("a health check within its limit", (CHECKING,), {}, 390, ""),
    ("a health check that outlasts its limit", (CHECKING,), {}, 102 + 400, "Stalled: nothing moved for"),
    ("an overlap as configured", (CALM[5],), {}, 112 + 300, ""),
    ("an overlap that goes on", (CALM[5],), {}, 112 + 330, "Over: overlap takes 5:30, configured are 5:00"),
    ("an overlap that never ends", (CALM[5],), {}, 112 + 300 + LEAST.total_seconds() + 1, "Stalled"),
    ("one that waits for a person", (APPROVAL,), {}, 9000, "It waits until somebody approves it"),
    ("one that is over", CALM, {}, 90_000, ""),
]


@pytest.mark.parametrize(("looks", "known", "now", "sentence"), [row[1:] for row in PACES], ids=[x[0] for x in PACES])
def test_a_pace_is_told_as_what_it_is(looks: tuple[Observation, ...], known: Forecast, now: float, sentence: str):
    found = pace(fold(fresh(), *looks), known, at(now))
    assert found.sentence.startswith(sentence)
    assert bool(found.word) == bool(sentence)


def test_something_that_moves_has_not_stalled():
    rollout = fold(fresh(), look(70, deployment("new", "BUILDING", 2), OLD_SERVES, BUILD, PUBLISH, CREATE))
    stage = under_way(rollout)
    assert stage is not None
    assert stage.name == "deploy"
    assert pace(rollout, KNOWN, at(70 + LEAST.total_seconds() - 1)).word != "stalled"


def test_a_stamp_from_the_future_stalls_nothing():
    rollout = fold(fresh(), look(5, deployment("new", "BUILDING", 65), OLD_SERVES))
    assert pace(rollout, KNOWN, at(10)).word == ""
