"""Each scenario driven by script to its ending, and judged by every judge: only its own is content."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit import planfile
from cockpit.bootstrap import Assembly, rehearse
from cockpit.cli import SCENARIOS, rehearsal
from cockpit.clock import PacedClock
from cockpit.core.events import Event
from cockpit.core.fold import fold
from cockpit.core.rollout.clocks import overlap as reported
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import launch

ROOT = Path(__file__).parents[2]

SPEED = 60.0
"""As it is shown; a machine that cannot follow goes slower by itself (`pacer.Ease`)."""
OF_THE_SAMPLE = tuple(name for name in SCENARIOS if name not in ("reservations-leak", "worker-crash-loop"))
"""The two need what only the plans `migration` and `workers` have."""
WATCH = {"calm": 2400.0, "drain-overruns": 7200.0}
"""A day's watch takes 36 s at the speed that is shown; once is enough."""


class Played:
    """What a rehearsal left behind."""

    def __init__(self) -> None:
        self.exits: dict[str, int] = {}
        self.events: list[Event] = []


def play(
    scenario: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    file: str = "sample-config.toml",
    environment: str | None = None,
    watch_speed: float | None = None,
) -> Played:
    """The very command `cockpit rehearse PLAN --auto`, judged by each judge before the world ends."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    played, judged = Played(), rehearsal.judged

    def by_each(assembly: Assembly, own: str, look: dict[str, object]) -> int:
        played.exits = {name: judged(assembly, name, look) for name in SCENARIOS}
        played.events = assembly.session.events()
        return played.exits[own]

    monkeypatch.setattr(rehearsal, "judged", by_each)
    plan = planfile.load(ROOT / file, environment=environment)
    launched = launch(folder / "world", Stage.of(plan, scenario), SPEED)
    clock = PacedClock(launched.pace)
    assembly = rehearse(plan, launched, clock, plan_file=file, operator="script", auto=True)
    pace = rehearsal.Pace(SPEED, watch_speed or WATCH.get(scenario, 2400.0))
    code = asyncio.run(rehearsal.drive(assembly, clock, pace, scenario, resumed=False))
    assert code == played.exits[scenario]
    return played


@pytest.mark.parametrize("scenario", OF_THE_SAMPLE)
def test_a_scenario_ends_as_it_must_and_only_its_own_judge_says_so(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(scenario, tmp_path, monkeypatch)
    others = set(SCENARIOS) - {scenario}
    assert played.exits[scenario] == 0
    content = {name for name in others if played.exits[name] == 0}
    assert content == set()
    if scenario == "calm":
        assert overlap(played.events) == pytest.approx(timedelta(minutes=5), abs=timedelta(seconds=2))


@pytest.mark.parametrize("scenario", ["calm", "reservations-leak"])
def test_a_change_of_schema_is_signed_off_or_taken_back_whole(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(scenario, tmp_path, monkeypatch, file="plans/migration.toml", watch_speed=9600.0)
    assert {name for name, code in played.exits.items() if code == 0} == {scenario}


@pytest.mark.parametrize("scenario", ["calm", "worker-crash-loop"])
def test_workers_are_brought_to_three_and_signed_off_or_all_taken_back(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(scenario, tmp_path, monkeypatch, file="plans/workers.toml", watch_speed=9600.0)
    assert {name for name, code in played.exits.items() if code == 0} == {scenario}


def test_a_plan_is_rehearsed_in_the_environment_that_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play("calm", tmp_path, monkeypatch, file="plans/migration.toml", environment="staging", watch_speed=9600.0)
    assert {name for name, code in played.exits.items() if code == 0} == {"calm"}


def overlap(events: list[Event]) -> timedelta:
    """T2 - T1 as the cockpit reports it."""
    found = reported(next(iter(fold(events).rollouts.values())))
    assert found is not None
    return found
