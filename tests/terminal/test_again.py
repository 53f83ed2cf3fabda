"""Left, killed, taken up again: the same screen, and its clocks went on."""

from __future__ import annotations

import os
import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from tests.terminal.person import Person, View
from tests.terminal.tmux import Screen, Tmux
from tests.terminal.world import World

pytestmark = pytest.mark.tmux

SPEED = 20
OVERLAP = r"overlap (?:[▓░]+|◐) (\d+:\d\d)/5:00"
SIGTERM_IN = r"SIGTERM in (\d+:\d\d)"
ELAPSED = r"· (\d\d:\d\d:\d\d) · you drive"


def span(clock: str) -> timedelta:
    parts = [int(part) for part in clock.split(":")]
    hours, minutes, seconds = [0] * (3 - len(parts)) + parts
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def on(screen: Screen, pattern: str) -> timedelta:
    """A clock on the screen."""
    found = screen.finds(pattern)
    assert found is not None, f"no {pattern}:\n{screen.text}"
    return span(found[1])


def rows(screen: Screen) -> list[str]:
    """The checklist without its clocks."""
    return [re.sub(r"\d+:\d\d(:\d\d)?", "", line).rstrip() for line in screen.lines[5:-1]]


def ageless(row: str) -> str:
    """A row of the gate's, or of the criteria's, without what an answer's age changes."""
    return re.sub(r"[✓!] (.*?) +(ok|stale)$|\d/4$|[!○] (Rollback) +\d triggers? (?:unknown|not watched)$", r"\1\3", row)


def test_killed_in_mid_deploy_it_comes_back_as_it_was_and_the_clocks_went_on(terminal: Tmux) -> None:
    terminal.starts("demo", "--scenario", "calm", "--speed", str(SPEED))
    Person(terminal).drives(until=OVERLAP)
    before = terminal.screen
    effects = World.of(terminal).effects

    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.ends() == 137
    terminal.starts("resume", "--speed", str(SPEED))
    # While nobody asked, a sample may have grown too old for a trigger: once asked again it is as it was.
    after = terminal.waits_until(
        lambda screen: screen if screen.finds(SIGTERM_IN) and rows(screen) == rows(before) else None,
        f"the rows as they were, with a countdown:\n{before.text}\n",
    )

    assert View(after).guide[0] == View(before).guide[0] == "Working"
    assert View(after).keys == View(before).keys
    assert on(after, ELAPSED) > on(before, ELAPSED)
    # The same instant, told before and after: what has passed and what is left add up to it.
    ends_before, ends_after = (on(screen, ELAPSED) + on(screen, SIGTERM_IN) for screen in (before, after))
    assert abs(ends_after - ends_before) <= timedelta(seconds=2)
    began_before, began_after = (on(screen, ELAPSED) - on(screen, OVERLAP) for screen in (before, after))
    assert abs(began_after - began_before) <= timedelta(seconds=2)
    assert World.of(terminal).effects == effects


def test_left_at_the_gate_it_stands_still_and_comes_back_as_it_was(terminal: Tmux) -> None:
    terminal.starts("demo", "--scenario", "calm", "--speed", "60")
    person = Person(terminal)
    person.drives(until="^ Decide  .*GO is recommended")
    while not person.looks().is_run:
        terminal.presses("esc")
        terminal.sees("1 Checklist")
    before = person.looks().screen
    terminal.presses("q")
    terminal.sees("Leave the screen")
    terminal.presses("y")
    assert terminal.ends() == 0
    assert "Go on with: cockpit resume" in terminal.last_words

    terminal.starts("resume", "--speed", "60")
    after = terminal.waits_until(lambda screen: screen if screen.finds("^ Decide  ") else None, "the gate")
    # The start takes a minute of plan time on a busy machine, and an answer that counts for a minute is stale then.
    assert [ageless(row) for row in rows(after)] == [ageless(row) for row in rows(before)]
    assert View(after).guide[0] == View(before).guide[0] == "Decide"
    assert timedelta() <= on(after, ELAPSED) - on(before, ELAPSED) < timedelta(minutes=2)


def test_a_second_cockpit_on_a_run_is_refused_with_words(terminal: Tmux, tmp_path: Path, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    with Tmux(tmp_path) as second:
        second.starts("resume")
        assert second.ends() == 2
        refusal = r"Run \w+ is driven by process \d+ on this machine\. Leave it there first\."
        assert re.search(refusal, second.last_words)
    terminal.presses("space")
    terminal.sees("Next  Two")


def test_the_other_may_go_on_once_the_first_was_killed(terminal: Tmux, tmp_path: Path, plan: str) -> None:
    terminal.starts("run", plan)
    terminal.sees("Next  One")
    terminal.presses("space")
    terminal.sees("Next  Two")
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.ends() == 137
    with Tmux(tmp_path) as second:
        second.starts("resume")
        second.sees("✓ One +done")
        second.presses("space")
        second.sees("✓ Two +done")
