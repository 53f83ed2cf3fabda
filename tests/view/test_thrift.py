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
