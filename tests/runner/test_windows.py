"""Monitors by windows: asked within one only, more often within one, and never called silent for it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from cockpit.core.events import MonitorMoved
from cockpit.core.plan import Plan
from cockpit.runner.cadences import Cadences
from tests.runner.conftest import Bench, Bring, Ticking
from tests.runner.test_watches import Dial, standing, watched

NINE_TO_FIVE = {"days": "mon-fri", "from": "09:00", "to": "17:00"}


def at(clock: Ticking, *parts: int) -> None:
    clock.at = clock.at.replace(month=3, day=parts[0], hour=parts[1], minute=parts[2])


def planned(**monitor: Any) -> Plan:
    document = watched(times=2, within="10m", **monitor).model_dump(mode="json", by_alias=True, exclude_none=True)
    return Plan.model_validate({**document, "windows": {"peak": NINE_TO_FIVE}})


async def test_outside_its_window_a_monitor_rests_and_is_not_called_silent(bench: Bring, clock: Ticking) -> None:
    at(clock, 2, 16, 59)  # a Monday
    dial = Dial()
    plan = planned(during="peak")
    phases = [plan.phases[0].model_copy(update={"lasts": "72h from gate"}), *plan.phases[1:]]
    made: Bench = await bench(plan.model_copy(update={"phases": tuple(phases)}), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "ok", "ok")
    at(clock, 2, 17, 0)
    await made.until(lambda: not made.session.telemetry.asking, "the last asking")
    asked = dial.asked
    for _ in range(20):
        clock.pass_by(minutes=10)
        await asyncio.sleep(0.02)
    assert dial.asked == asked
    assert standing(made) == "ok"
    at(clock, 3, 9, 0)
    await made.until(lambda: dial.asked > asked, "asked again in the morning")
    assert [event.body.state for event in made.events if isinstance(event.body, MonitorMoved)] == ["ok"]


async def test_within_a_window_a_monitor_is_asked_more_often(bench: Bring, clock: Ticking) -> None:
    at(clock, 2, 8, 50)
    made: Bench = await bench(planned(every_during={"peak": "2s"}), sources={"app": Dial()}, clock=clock)
    cadences = Cadences(made.session)
    assert cadences.now().asking("dial").every == timedelta(seconds=10)
    patience = cadences.patient("dial")
    at(clock, 2, 9, 0)
    assert cadences.now().asking("dial").every == timedelta(seconds=2)
    assert cadences.patient("dial") == patience
    at(clock, 2, 17, 0)
    assert cadences.now().asking("dial").every == timedelta(seconds=10)


async def test_a_monitor_that_has_just_come_into_its_window_has_not_been_silent(bench: Bring, clock: Ticking) -> None:
    at(clock, 2, 12, 0)
    made: Bench = await bench(planned(during="peak"), sources={"app": Dial()}, clock=clock)
    cadences, nine = Cadences(made.session).now(), datetime(2026, 3, 2, 9, tzinfo=clock.at.tzinfo)
    two = 2 * cadences.patient("dial").every
    assert not cadences.has_begun("dial", nine + two)
    assert cadences.has_begun("dial", nine + two + timedelta(seconds=1))


async def test_a_rehearsal_that_slows_down_calls_no_silence_what_was_its_pace(
    bench: Bring, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Bench = await bench(planned(), sources={"app": Dial()}, clock=clock)
    now, factor = 100.0, 9600.0
    monkeypatch.setattr(type(clock), "machine", lambda _, span: span.total_seconds() / factor)
    cadences = Cadences(made.session, lambda: now)
    assert cadences.now().has_begun("dial", clock.now())
    factor = 60.0
    clock.pass_by(minutes=4)  # the world's clock went on at its old pace for some milliseconds
    assert not cadences.now().has_begun("dial", clock.now())
    now += 4.0
    assert cadences.now().has_begun("dial", clock.now())
