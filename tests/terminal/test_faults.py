"""Whatever Railway answers in the middle of a deploy: the header says so, keys work at once, and it passes."""

from __future__ import annotations

from time import monotonic
from typing import Any

import pytest

from tests.terminal.person import Person
from tests.terminal.tmux import Tmux
from tests.terminal.world import World

pytestmark = pytest.mark.tmux

OVERLAP = r"overlap (?:[▓░]+|◐) \d+:\d\d/5:00"
DOWN = r"! railway down"
AT_ONCE = 2.0
"""Seconds until a key shows, on a machine that has other things to do; the program's own share is some milliseconds."""

TROUBLES: list[dict[str, Any]] = [
    {"fault": "status", "status": 503},
    {"fault": "cloudflare", "retry_after": 0.2},
    {"fault": "html"},
    {"fault": "unauthorized"},
    {"fault": "drop_before"},
]
"""One of each kind; the others are told apart where no terminal is needed (`tests/runner/test_trouble.py`)."""



def test_the_screen_is_truthful_and_answers_keys_through_each_fault(terminal: Tmux) -> None:
    terminal.starts("demo", "--scenario", "calm", "--speed", "8")
    Person(terminal).drives(until=OVERLAP)
    world = World.of(terminal)
    effects = world.effects
    for trouble in TROUBLES:
        world.misbehaves(trouble)
        terminal.sees(DOWN)
        assert terminal.screen.finds(r"^ (?!Done)\S"), "the guide still says where it stands"
        began = monotonic()
        terminal.presses("?")
        terminal.sees(r"─ Keys", timeout=AT_ONCE)
        assert monotonic() - began < AT_ONCE
        terminal.presses("esc")
        terminal.sees_no(r"─ Keys", timeout=AT_ONCE)
        world.misbehaves()
        terminal.sees_no(DOWN)
    assert world.effects == effects
    world.misbehaves({"fault": "unknown_status", "text": "TELEPORTING", "operation": "Rollout"})
    terminal.sees("whether the new version is up is unknown")
    world.misbehaves()
    terminal.sees_no("whether the new version is up is unknown")
