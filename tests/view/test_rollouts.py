"""Rollouts on strip, guide, page and in status: whose they are, how they go, what they mean."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from cockpit.core import events as happened
from cockpit.core.commands import CountAnswers
from cockpit.core.rollout import begin, countdown
from cockpit.core.rollout.deployment import Observation
from cockpit.core.rollout.forecast import Expected
from cockpit.core.rollout.tally import Tally
from cockpit.core.rollout.traffic import Probe
from cockpit.core.rules import decide
from cockpit.errors import Throttled
from cockpit.telemetry import Scene
from cockpit.view import detail, rollback, rollouts
from cockpit.view.fit import line_cells
from cockpit.view.guide import guide, serving
from cockpit.view.offers import offers
from cockpit.view.status import one_line, record
from cockpit.view.strip import strip

from .runs import Run, deployed, deploying, deployment, draining, overlapping, proved, rolled_back


def theirs(run: Run, status: str = "BUILDING", *, previous: str = "new-deployment", name: str = "9f31ab20") -> Run:
    """Somebody else's deployment of web, looked at once."""
    rollout = begin(name, "web", previous, started=run.now, overlap=300, drain=600, creator="release bot")
    seen = Observation(
        at=run.now, new=deployment(name, status, run.now, created=run.now, commit="aa11bb22"), latest=name
    )
    run.tell(happened.RolloutBegan(item=None, rollout=rollout))
    return run.tell(happened.RolloutObserved(deployment=name, observation=seen)).after(seconds=20)


def page(scene: Scene, width: int = 80) -> str:
    return "\n".join(line.text for line in rollouts.lines(scene, width))


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_strangers_deploy_is_said_not_to_be_ours(width: int):
    line = strip(theirs(deployed()).scene(), width)
    assert "! not ours, release bot: web 2/2: build" in line.text
    assert "build" in line.text
    assert line_cells(line) <= width


def test_the_name_of_who_made_it_stands_where_there_is_room():
    assert "! not ours, release bot: web 2/2:" in strip(theirs(deployed()).scene(), 160).text
    assert "replaces ours" in strip(theirs(deployed()).scene(), 120).text


def test_one_line_of_status_tells_it_too():
    line = one_line(theirs(deployed()).scene())
    assert "! not ours: release bot deploys web" in line
    assert "the new version serves" in line
    assert "! not ours: release bot's version serves web" in one_line(theirs(deployed(), "SUCCESS").scene())


def test_before_anything_of_ours_a_stranger_that_came_up_is_no_nothing_changed():
    assert serving(theirs(proved(), previous="old-deployment").state).text == "nothing changed yet"
    up = theirs(proved(), "SUCCESS", previous="old-deployment")
    assert serving(up.state).text == "! not ours: release bot's version serves web"


def test_a_strangers_that_failed_leaves_the_strip_as_it_was():
    run = theirs(deployed(), "FAILED")
    assert strip(run.scene(), 80).text == strip(replace_last(deployed(), run), 80).text


def replace_last(calm: Run, run: Run) -> Scene:
    return replace(calm.scene(), now=run.now)


def test_the_record_has_every_rollout_and_whose_it_is():
    told = record(theirs(deployed()).scene())["rollouts"]
    assert isinstance(told, list)
    assert [(one["ours"], one["started_by"]) for one in told] == [(True, "this run"), (False, "release bot")]
    assert told[1]["meaning"][0].startswith("Once up, it replaces ours")


def test_a_rollout_that_was_chosen_is_on_the_strip_with_its_number():
    scene = theirs(deployed()).scene()
    assert rollouts.after(scene) == "new-deployment"
    chosen = replace(scene, rollout="new-deployment")
    assert strip(chosen, 120).text.startswith(" web 1/2: build ✓")
    assert rollouts.after(chosen) == "9f31ab20"
    assert rollouts.after(proved().scene()) == ""


def test_the_page_lists_all_of_them_the_shown_one_first():
    text = page(theirs(deployed()).scene())
    assert text.index("9f31ab20: in flight") < text.index("new-depl: done")
    assert "! started by release bot, not by this run" in text
    assert "started   by this run: Deploy web" in text
    assert "T3 gone" in text


def test_an_empty_page_says_so():
    assert page(proved().scene()).startswith("Nothing has been rolled out")


def test_earlier_runs_stand_beside_what_is_configured():
    run = deploying()
    run.live.forecasts["deploy_web"] = {"build": Expected(62, 58, 70, 4), "overlap": Expected(6, 5, 9, 4)}
    line = strip(run.scene(), 120).text
    assert "/~1:02" in line
    contradiction = "! The overlap is configured as 5:00; earlier it took 0:06 (0:05 to 0:09 in 4)"
    assert contradiction in strip(run.scene(), 200).text
    assert "1:02 (0:58 to 1:10 in 4)" in page(run.scene())
    assert "overlap ○ 5:00" in strip(run.scene(), 200).text


def test_what_takes_longer_than_ever_is_over_and_what_does_not_move_stalls():
    run = deploying()
    run.live.forecasts["deploy_web"] = {"build": Expected(20, 18, 25, 4)}
    run.after(seconds=40)
    assert "! Over: build takes" in strip(run.scene(), 140).text
    run.after(minutes=5)
    assert "! Stalled: nothing moved" in strip(run.scene(), 80).text
    assert ", ! Stalled: nothing moved for 6:10 in build" in one_line(run.scene())


def test_who_answers_stands_beside_what_serves():
    run = overlapping()
    names = ["new-deployment"] * 12 + ["old-deployment"] * 7 + [None]
    run.live.probes["health"] = deque(Probe(run.now + timedelta(seconds=n), name) for n, name in enumerate(names))
    assert "both versions serve · answers: 12 new 7 old 1 unknown" in guide(run.scene(), 120)[1].text
    assert "answers" not in guide(run.scene(), 60)[1].text, "whole or not at all"
    run.live.fails("railway", Throttled("Railway asks for a pause."), run.now)
    words = " answers: 12 new 7 old 1 unknown · seen last: both versions serve"
    assert guide(run.scene(), 120)[1].text.startswith(words)
    assert guide(run.scene(), 80)[1].text.startswith(" answers: 12 new 7 old 1 unknown ")
    text = page(run.scene())
    assert "answers to Health, the last 20 probes" in text
    assert "12 by the new one (new-depl)" in text
    assert "7 by the old one (old-depl)" in text
    assert "1 by nobody" in text


def test_old_and_new_are_ours_in_who_answers_as_they_are_in_the_log():
    run = theirs(overlapping(), "SUCCESS")
    run.live.probes["health"] = deque(Probe(run.now, name) for name in ["9f31ab20"] * 3 + ["new-deployment"] * 2)
    assert "answers: 3 theirs 2 ours" in guide(run.scene(), 120)[1].text


def test_a_status_that_nobody_knows_weighs_more_than_a_countdown():
    run = overlapping()
    assert "SIGTERM in" in strip(run.scene(), 100).text
    run.look("TELEPORTING")
    assert "! Railway says TELEPORTING" in strip(run.scene(), 100).text


def test_while_railway_does_not_show_it_the_page_says_since_when_and_why():
    run = overlapping()
    run.live.fails("railway", Throttled("Railway asks for a pause.", "Wait."), run.now)
    text = page(run.scene())
    assert "! not seen for 3:12, since 12:03:17 UTC: Railway asks for a pause. Wait." in text
    assert "as it was then" in text


def test_the_detail_of_a_deploy_that_railway_does_not_show_says_so_too():
    run = overlapping()
    run.live.fails("railway", Throttled("Railway asks for a pause.", "Wait."), run.now)
    text = "\n".join(line.text for line in detail.lines(run.scene(), "deploy/do:deploy_web", 80))
    assert "on call\n! not seen for 3:12, since 12:03:17 UTC: Railway asks for a pause. Wait.\n\ndoes" in text


def test_a_clock_of_railway_that_runs_ahead_delays_no_countdown():
    run = overlapping()
    rollout = run.state.rollouts["new-deployment"]
    ahead = rollout.model_copy(update={"clock_lead": 90})
    assert countdown(rollout, run.now) is not None
    assert countdown(ahead, run.now)[1] == countdown(rollout, run.now)[1] - timedelta(seconds=90)  # type: ignore[index]
    assert ahead.railways(run.now) == run.now + timedelta(seconds=90)


def test_what_the_probes_of_a_rollout_counted_is_on_record_and_outlives_the_process():
    run = overlapping()
    for counts in ({"new-deployment": 12, "old-deployment": 7}, {"new-deployment": 20, "": 1}):
        tally = Tally(run.now, run.after(minutes=1).now, counts)
        decision = decide(run.state, CountAnswers("health", tally), run.now)
        assert isinstance(decision, tuple)
        run.tell(*decision)
    text = page(run.scene())
    assert "answers to Health, 12:06:29 to 12:08:29 UTC, on record" in text
    assert "32 by the new one (new-depl)" in text
    assert "7 by the old one (old-depl)" in text
    told = record(run.scene())["rollouts"][0]["answers"]  # type: ignore[index]
    assert told[0]["counts"] == {"new-deployment": 32, "old-deployment": 7, "": 1}


def test_probes_before_any_rollout_are_not_for_the_record():
    run = proved()
    assert decide(run.state, CountAnswers("health", Tally(run.now, run.now, {"x": 1})), run.now) == ()


def test_where_no_check_tells_who_answers_that_is_said():
    assert "which deployment answers is not known" in page(draining().scene())


def test_the_way_back_says_what_it_would_do_to_a_strangers():
    text = "\n".join(line.text for line in rollback.lines(theirs(deployed()).scene(), "level-2-the-image-before", 200))
    assert "! web 9f31ab20 of release bot is not of this run. A rollback to old-depl takes its place" in text


def test_a_deploy_over_a_strangers_says_so_before_it_is_confirmed():
    run = theirs(proved(), previous="old-deployment")
    prompt = next(offer.prompt for offer in offers(run.scene(), "deploy/do:deploy_web") if offer.action == "item.do")
    assert "9f31ab20 of release bot is on its way: Railway drops it for a newer one." in prompt


def test_a_rollout_after_a_rollback_is_the_second_of_two():
    run = rolled_back()
    assert rollouts.shown(run.scene()) is not None
    assert rollouts.place(run.scene(), run.state.rollouts["new-deployment"]) == ""
