"""Every scenario is driven to its ending by keys in a real terminal of 80x24, as a person would."""

from __future__ import annotations

import pytest

from cockpit.rehearsal.judge import judge
from tests.terminal.person import Person
from tests.terminal.tmux import Tmux
from tests.terminal.world import World, evidence

pytestmark = pytest.mark.tmux

ENDINGS = {
    "drain-overruns": "signed off",
    "stuck-reports": "stopped at gate",
    "calm": "signed off",
    "health-fails": "rolled back",
    "regression": "rolled back",
}
"""In an order in which two workers get one of the long ones each."""

WATCH_SPEED = {"calm": "9600", "drain-overruns": "9600"}
"""A day takes 36 s at the usual 2400: once, by script, is enough."""


@pytest.mark.parametrize("scenario", ENDINGS)
def test_a_person_at_the_keys_brings_a_scenario_to_its_ending(terminal: Tmux, scenario: str) -> None:
    terminal.starts("demo", "--scenario", scenario, "--speed", "60", "--watch-speed", WATCH_SPEED.get(scenario, "2400"))
    person = Person(terminal)

    closing = person.drives()
    world = World.of(terminal)
    look = world.looks()
    person.leaves()

    assert f"Closed  {ENDINGS[scenario]}" in closing.screen.text
    assert terminal.ends() == 0
    assert f"ended: {ENDINGS[scenario]}" in terminal.last_words
    assert judge(scenario, evidence(terminal, look)).faults == ()
    assert world.ledger
    assert not (world.folder / "postgres").exists()  # its 40 MB are of no more use
    assert len(person.seen) > 10  # each of these showed title, next item, blocker or clock, and keys
