from __future__ import annotations

from cockpit.ports import Budget
from cockpit.view import rollouts, thrift
from cockpit.view.header import title
from cockpit.view.line import Tone
from tests.view import runs
from tests.view.runs import Run


def short_of(used: int) -> Run:
    run = runs.overlapping()
    run.live.budget = Budget(used, 1000, 50)
    return run


def test_nothing_is_said_while_nothing_is_stretched():
    scene = short_of(475).scene()
    assert thrift.of_rollouts(scene) == ""
    assert thrift.in_header(scene) is not None
    assert "api 475/1000" in title(scene, 120).text
    assert "slower" not in title(scene, 120).text


def test_the_header_says_that_railway_is_asked_less_often():
    assert "api 712/1000, asked 7.0x slower" in title(short_of(712).scene(), 120).text


def test_the_rollouts_page_says_what_is_stretched_to_what_and_why():
    scene = short_of(712).scene()
    assert thrift.of_rollouts(scene) == (
        "Railway is asked less often: this run's rollouts every 16s instead of 4s, all else 7.0x slower. "
        "712 of the hour's 950 free requests are spent, 50 more are kept for a rollback"
    )
    assert "asked less often" in " ".join(line.text for line in rollouts.lines(scene, 80))


def test_what_is_spent_is_trouble_whatever_the_width():
    found = thrift.in_header(short_of(960).scene())
    assert found is not None
    assert (found[0], found[1].text, found[1].tone) == (0, "! api 960/1000", Tone.BAD)


def test_what_was_not_counted_here_is_told_where_requests_are():
    run = short_of(0)
    run.live.budget = Budget(used=712, per_hour=1000, held_back=50, uncounted=200, planned=1000)
    scene = run.scene()
    assert "api 712/1000 (200 uncounted), asked 7.0x slower" in title(scene, 140).text
    assert "712 of the hour's 950 free requests are spent (200 of them not counted here)" in thrift.of_rollouts(scene)
    assert thrift.of_limits(scene) == (
        "Railway leaves 200 requests less than were counted here: "
        "other programs, or an earlier start, spend with the same token"
    )


def test_a_plan_that_says_more_than_railway_allows_is_told():
    run = short_of(0)
    run.live.budget = Budget(used=10, per_hour=100, held_back=20, planned=1000, observed=100)
    scene = run.scene()
    assert thrift.of_limits(scene) == "Railway allows 100 requests an hour, the plan says 1000"
    assert " ".join(line.text for line in rollouts.lines(scene, 80)).count("the plan says 1000") == 1
    assert thrift.of_limits(short_of(10).scene()) == ""
