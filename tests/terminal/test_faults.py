"""Whatever Railway does in the middle of a deploy: the screen says what is not known, keys work, and it passes."""

from __future__ import annotations

import re
from functools import partial
from time import monotonic
from typing import Any

import pytest

from tests.terminal.person import Person
from tests.terminal.tmux import Screen, Tmux
from tests.terminal.world import World

pytestmark = pytest.mark.tmux

OVERLAP = r"overlap (?:[▓░]+|◐) \d+:\d\d/5:00"
SPAN = r"\d+:\d\d"
TROUBLED = r"! railway \w+"
AT_ONCE = 2.0
"""Seconds until a key shows, on a machine that has other things to do; the program's own share is some milliseconds."""

TROUBLES: dict[str, list[tuple[dict[str, Any], str]]] = {
    "stall": [
        ({"fault": "status", "status": 503}, "down"),
        ({"fault": "status", "status": 429, "retry_after": 0.2}, "throttles"),
        ({"fault": "truncated"}, "garbled"),
        ({"fault": "unauthorized"}, "refuses"),
        ({"fault": "drop_after"}, "down"),
    ],
    "deaf": [
        ({"fault": "cloudflare", "retry_after": 0.2}, "throttles"),
        ({"fault": "html"}, "garbled"),
        ({"fault": "drop_before"}, "down"),
        ({"fault": "hang"}, "silent"),
    ],
}
"""What happens to the log stream meanwhile; then what happens to answers, and how the header puts it."""

SILENCE = {"stall": rf"no sign of life for {SPAN}", "deaf": rf"live, quiet for {SPAN}"}
"""What the log's title says soon of a stream that gives no sign of life, and of one that only answers pings."""


@pytest.mark.parametrize("stream", TROUBLES)
def test_the_screen_is_truthful_and_answers_keys_through_each_fault(terminal: Tmux, stream: str) -> None:
    terminal.starts("demo", "--scenario", "calm", "--speed", "8")
    Person(terminal).drives(until=OVERLAP)
    world = World.of(terminal)
    effects = world.effects
    for trouble, word in TROUBLES[stream]:
        world.misbehaves(trouble, {"fault": stream})
        world.floods(2, 10)  # a stream falls silent at its next frame
        terminal.waits_until(partial(_says_what_is_not_seen, word), word)
        _answers_keys(terminal)
        world.misbehaves()
        terminal.sees_no(TROUBLED)
    assert world.effects == effects
    terminal.presses("3")
    world.misbehaves({"fault": stream})
    terminal.sees(SILENCE[stream], timeout=60)


def _says_what_is_not_seen(word: str, screen: Screen) -> bool:
    """How it fails, since when the rollout is not seen, who answers all the same, and that the way back is in doubt."""
    head = (rf"! railway {word}\b", rf"! not seen for {SPAN}", r"^ answers: \d+ new \d+ old", "! way back unknown")
    return all(screen.finds(each) for each in (*head, r"^ (?!Done)\S"))


def _answers_keys(terminal: Tmux) -> None:
    began = monotonic()
    terminal.presses("?")
    terminal.sees(r"─ Keys", timeout=AT_ONCE)
    assert monotonic() - began < AT_ONCE
    terminal.presses("esc")
    terminal.sees_no(r"─ Keys", timeout=AT_ONCE)


def test_late_answers_an_unknown_status_and_a_stream_in_disorder_are_told_as_what_they_are(terminal: Tmux) -> None:
    terminal.starts("demo", "--scenario", "calm", "--speed", "8")
    Person(terminal).drives(until=OVERLAP)
    world = World.of(terminal)
    world.misbehaves({"fault": "latency", "seconds": 1.5})
    terminal.sees(r"SIGTERM in \d:\d\d")
    _answers_keys(terminal)
    assert terminal.screen.finds(TROUBLED) is None, "an answer that is late is an answer"
    world.misbehaves({"fault": "unknown_status", "text": "TELEPORTING", "operation": "Rollout"})
    terminal.sees("! Railway says TELEPORTING")
    terminal.sees("! whether the new version is up is unknown")
    world.misbehaves()
    terminal.sees_no("TELEPORTING")
    terminal.presses("3")
    for fault in ({"fault": "duplicate"}, {"fault": "shuffle"}, {"fault": "late", "seconds": 0.5}):
        name = str(fault["fault"])
        world.misbehaves(fault)
        world.floods(40, 40, f"{name} {{n}}")
        terminal.sees(rf"{name} 40$")
        terminal.waits_until(partial(_in_order, name), f"the lines of {name} in order")
    world.misbehaves({"fault": "drop_sockets", "count": 1}, {"fault": "refuse_upgrade", "status": 502, "count": 1})
    world.floods(40, 10, "dropped {n}")
    terminal.sees(rf"reconnecting, heard {SPAN} ago")
    _answers_keys(terminal)
    terminal.sees(r"· live ·|─ live ·")
    terminal.sees(r"dropped 40$")
    assert _in_order("dropped", terminal.screen)
    assert terminal.screen.finds("may be missing") is None


def _in_order(name: str, screen: Screen) -> bool:
    """Each numbered line once; one that comes after newer ones says that it is late."""
    lines = re.findall(rf"(\(late\) )?{name} (\d+)$", screen.text, re.MULTILINE)
    found = [(bool(late), int(number)) for late, number in lines]
    numbers = [number for _, number in found]
    highest = [max(numbers[: place + 1]) for place in range(len(numbers))]
    told = all(late or number == most for (late, number), most in zip(found, highest, strict=True))
    return len(numbers) > 5 and len(numbers) == len(set(numbers)) and told


def test_a_lost_answer_a_clock_ahead_and_somebody_elses_deploy_are_told_as_what_they_are(terminal: Tmux) -> None:
    terminal.starts("demo", "--scenario", "calm", "--speed", "16")
    person = Person(terminal)
    person.drives(until="^ Next  Deploy web")
    world = World.of(terminal)
    world.skews(90)
    world.misbehaves({"fault": "drop_after", "operation": "Deploy", "count": 1})
    person.drives(until="^ Unknown  Deploy web: sent, no outcome came")
    terminal.sees("! which version serves is unknown")
    _answers_keys(terminal)
    person.drives(until="^ Unknown  Deploy web: looked 2 times, happened .* y settle")
    person.drives(until=OVERLAP)
    assert world.effects.count("serviceInstanceDeployV2") == 1, "sent once"
    left = terminal.sees(r"SIGTERM in (\d):(\d\d)")
    assert int(left[1]) * 60 + int(left[2]) <= 300, "by a clock that runs ahead it would be later"
    terminal.presses("[")
    terminal.sees("! Railway's clock runs 1:[0-3]\\d ahead of ours")
    terminal.presses("esc")
    world.deploys("web")
    terminal.sees("! not ours, release bot")
    terminal.sees("It supersedes ours")
    terminal.presses("3")
    terminal.sees(r"web·new")
    terminal.sees(r"web·other", timeout=60)
