"""An hour of a rollout, its checks and its logs on a Hobby budget: what the stand-in Railway was asked.

The budget counts machine time, and here that is plan time, so that a minute of the machine is the whole hour.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit import planfile
from cockpit.adapters.railway import Railway
from cockpit.bootstrap import rehearse
from cockpit.clock import Pace, PacedClock
from cockpit.rehearsal.operator import ScriptedOperator
from cockpit.rehearsal.world import Launched
from cockpit.runner import follower
from cockpit.simulator.ledger import read
from cockpit.simulator.server import running

SPEED = 60.0
HOUR = timedelta(hours=1)
MOST, PER_HOUR, HELD_BACK = 950, 1000, 50
LONG = ('RAILWAY_DEPLOYMENT_OVERLAP_SECONDS = "300"', 'RAILWAY_DEPLOYMENT_OVERLAP_SECONDS = "3000"')
"""Both versions serve for fifty minutes: the rollout is looked at all the hour."""


@pytest.mark.timeout(3600)
async def test_an_hour_asks_less_than_a_hobby_plan_allows_and_leaves_what_a_rollback_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(follower, "FLOOR", 0.002)  # the floor of machine time is for rehearsals: here it would help
    text = (Path(__file__).parents[2] / "sample-config.toml").read_text("utf-8")
    assert text.count(LONG[0]) == 1
    (tmp_path / "plan.toml").write_text(text.replace(*LONG), "utf-8")
    plan = planfile.load(tmp_path / "plan.toml")
    async with running(tmp_path / "world", speed=SPEED, postgres=True) as (address, simulation):
        clock = PacedClock(Pace(simulation.clock.plan, simulation.clock.machine, simulation.clock.factor))
        launched = Launched(tmp_path / "world", address, None)
        assembly = rehearse(plan, launched, clock, plan_file="plan.toml", operator="script", auto=True)
        (railway,) = assembly.links.platforms.values()
        assert isinstance(railway, Railway)
        railway._allowance._now = lambda: clock.now().timestamp()
        await assembly.session.attach(resumed=False)
        begun = clock.now()
        tasks = [
            asyncio.create_task(assembly.runner.run()),
            asyncio.create_task(ScriptedOperator(assembly.session, lambda _: None).drive()),
        ]
        while clock.now() < begun + HOUR:
            await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                assert not task.done() or task.exception() is None
        budget = railway.budget
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await assembly.close()
        entries = read(tmp_path / "world")
    asked = [entry for entry in entries if entry.surface == "railway" and entry.kind != "subscribe"]
    with capsys.disabled():
        sys.stdout.write(f"\n{len(asked)} requests: {Counter(entry.operation for entry in asked).most_common(8)}\n")
    assert (budget.per_hour, budget.held_back) == (PER_HOUR, HELD_BACK)
    assert 300 < len(asked) <= MOST
    assert budget.used <= PER_HOUR - HELD_BACK
