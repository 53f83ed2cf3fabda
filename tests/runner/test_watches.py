"""Monitors and triggers: what is due, what it makes of its window, and what a restart leaves of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cockpit.core import commands as wanted
from cockpit.core.events import MonitorMoved
from cockpit.core.plan import NotTrigger, Phase, Plan
from cockpit.core.reading import Answer
from cockpit.errors import Unreachable
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Asking, Budget, Link
from cockpit.runner.histories import Histories
from cockpit.runner.watches import Watches
from cockpit.session import Session

from .conftest import Bench, Bring, Ticking, plan_of


class Dial:
    """A source that shows what it is set to, and counts who looks."""

    def __init__(self, value: int | None = 0) -> None:
        self.value = value
        self.asked = 0
        self.hangs = False

    async def ask(self, check: object, asking: Asking) -> Answer:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.value is None:
            raise Unreachable("The dial cannot be reached.", "Wait.")
        return Answer({"value": self.value, "status": self.value, "text": "shown"})

    async def examine(self) -> Link:
        return Link("app", ok=True, summary="a dial", milliseconds=1)

    async def close(self) -> None:
        pass


def watched(**monitor: object) -> Plan:
    """A plan that watches a dial for an hour."""
    return plan_of(
        "tick Begun",
        connections={"app": {"kind": "http", "base_url": "https://reports.example"}},
        checks={"dial": {"on": "app", "get": "/"}},
        actions={},
        rollback=[],
        phases=[{"title": "Watch", "items": [], "lasts": "1h from gate", "monitors": ["dial"]},
                {"title": "Work", "items": ["tick Begun"]}],
        monitors={"dial": {"check": "dial", "every": "10s", "alert": "status > 5", **monitor}},
        triggers=[{"text": "Far too much", "when": "dial.value > 50"}],
    )  # fmt: skip


async def moved(made: Bench, clock: Ticking, dial: Dial, *, seconds: float = 10) -> None:
    """The next sample: plan time passes, and the dial is looked at once more."""
    seen = dial.asked
    clock.pass_by(seconds=seconds)
    await made.until(lambda: dial.asked > seen and not made.session.telemetry.asking, "asked")


def standing(made: Bench) -> str:
    told = made.state.monitors.get("dial")
    return told.state if told else "never"


async def test_a_monitor_fires_on_the_second_bad_sample_within_its_span(bench: Bring, clock: Ticking) -> None:
    dial = Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "ok", "ok")
    dial.value = 9
    await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "pending", "pending")
    await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "firing", "firing")


async def test_a_monitors_window_survives_a_restart(bench: Bring, clock: Ticking) -> None:
    dial = Dial(9)
    first = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await first.until(lambda: standing(first) == "pending", "one bad sample")
    await first.stop()
    clock.pass_by(seconds=20)
    second = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await second.until(lambda: standing(second) == "firing", "the second bad sample of the window")


async def test_a_window_of_time_survives_a_restart(bench: Bring, clock: Ticking) -> None:
    dial = Dial(9)
    first = await bench(watched(**{"for": "30s"}), sources={"app": dial}, clock=clock)
    await first.until(lambda: standing(first) == "pending", "bad")
    await moved(first, clock, dial)
    await moved(first, clock, dial)
    await first.stop()
    clock.pass_by(seconds=12)
    second = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await second.until(lambda: standing(second) == "firing", "half a minute without a break")


async def test_an_alarm_that_stood_does_not_end_by_a_restart(bench: Bring, clock: Ticking) -> None:
    dial = Dial(9)
    first = await bench(watched(**{"for": "20s"}), sources={"app": dial}, clock=clock)
    await first.until(lambda: standing(first) == "pending", "bad")
    await moved(first, clock, dial)
    await moved(first, clock, dial)
    await first.until(lambda: standing(first) == "firing", "firing")
    await first.stop()
    clock.pass_by(minutes=10)
    second = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await moved(second, clock, dial)
    assert standing(second) == "firing"
    moves = [event.body.state for event in second.events if isinstance(event.body, MonitorMoved)]
    assert moves == ["pending", "firing"]


@pytest.mark.parametrize(
    "rule", [{"for": "20s"}, {"times": 2, "within": "1m"}, {"consecutive": 2}], ids=["for", "times", "consecutive"]
)
async def test_an_alarm_over_what_is_not_kept_does_not_end_by_a_restart(
    bench: Bring, clock: Ticking, rule: dict[str, Any]
) -> None:
    dial = Dial(9)
    plan = watched(**{**rule, "alert": "size(string(status)) == 1 && text != ''"})
    first = await bench(plan, sources={"app": dial}, clock=clock)
    for _ in range(3):
        await moved(first, clock, dial)
    await first.until(lambda: standing(first) == "firing", "firing")
    await first.stop()
    clock.pass_by(minutes=10)
    second = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await moved(second, clock, dial)
    assert standing(second) == "firing"
    dial.value = 10
    for _ in range(3 if "within" not in rule else 8):
        await moved(second, clock, dial)
    await second.until(lambda: standing(second) == "ok", "it ends by good answers")


async def test_growth_of_a_plain_value_goes_on_at_once_after_a_restart(bench: Bring, clock: Ticking) -> None:
    dial = Dial(1)
    plan = watched(consecutive=1, alert="increase('20s') > 3")
    first = await bench(plan, sources={"app": dial}, clock=clock)
    for dial.value in (2, 3, 4):
        await moved(first, clock, dial)
    await first.until(lambda: standing(first) == "ok", "covered")
    await first.stop()
    dial.value = 9
    clock.pass_by(seconds=10)
    second = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await second.until(lambda: standing(second) == "firing", "it had grown by six in twenty seconds")
    assert "increase('20s') is 6" in second.state.monitors["dial"].because


async def test_an_alert_asks_for_the_recorded_baseline(bench: Bring, clock: Ticking) -> None:
    dial = Dial(3)
    plan = watched(times=1, within="1m", alert="status > 3 * baseline")
    work = plan.phases[1].model_copy(update={"items": ("record dial", "tick Begun")})
    made = await bench(plan.model_copy(update={"phases": (work, plan.phases[0])}), sources={"app": dial}, clock=clock)
    await made.until(lambda: made.state.opened_at("work"), "work")
    await made.give(wanted.Enquire("work/record:dial"))
    await made.until(lambda: "dial" in made.session.telemetry.baselines, "recorded")
    await made.give(wanted.Tick("work/tick:begun"))
    await made.until(lambda: made.state.opened_at("watch"), "watch")
    clock.pass_by(seconds=10)
    await made.until(lambda: standing(made) == "ok", "three are no more than three times three")
    dial.value = 10
    await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "firing", "ten are")


async def test_readings_from_before_a_watch_are_no_samples_of_it(bench: Bring, clock: Ticking) -> None:
    dial = Dial(9)
    plan = watched(times=2, within="10m")
    first, second = plan.phases
    late = first.model_copy(update={"title": "Late"})
    plan = plan.model_copy(update={"phases": (second, late)})
    before = await bench(plan, sources={"app": dial}, clock=clock)
    await before.until(lambda: before.state.opened_at("work"), "work")
    await before.runner._asker.ask("dial", ())
    clock.pass_by(seconds=5)
    await before.give(wanted.Tick("work/tick:begun"))
    await before.stop()
    after = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await after.until(lambda: standing(after) != "never", "asked")
    assert standing(after) == "pending"


async def test_a_monitor_that_cannot_ask_is_unknown_and_ends_no_alarm(bench: Bring, clock: Ticking) -> None:
    dial = Dial(9)
    made = await bench(watched(times=2, within="10m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "pending", "bad")
    await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "firing", "firing")
    dial.value = None
    for _ in range(3):
        await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "unknown", "unknown")
    dial.value = 9
    await moved(made, clock, dial)
    await made.until(lambda: standing(made) == "firing", "it goes on from there")


async def test_a_trigger_trips_clears_and_says_when_it_cannot_tell(bench: Bring, clock: Ticking) -> None:
    dial = Dial()

    def tripped() -> str:
        told = made.state.triggers.get(0)
        return told.state if told else "never"

    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: tripped() == "clear", "clear")
    dial.value = 51
    await moved(made, clock, dial)
    await made.until(lambda: tripped() == "tripped", "tripped")
    dial.value = 3
    await moved(made, clock, dial)
    await made.until(lambda: tripped() == "clear", "clear again")


def trigger_of(made: Bench) -> str:
    told = made.state.triggers.get(0)
    return told.state if told else "never"


async def test_what_is_no_reason_for_a_rollback_is_weighed_beside_what_is(bench: Bring, clock: Ticking) -> None:
    dial = Dial(60)
    plan = watched(times=2, within="1m").model_copy(
        update={"not_triggers": (NotTrigger(text="Much, as always", when="dial.value < 70"),)}
    )
    made = await bench(plan, sources={"app": dial}, clock=clock)
    await made.until(lambda: 0 in made.state.not_triggers, "weighed")
    assert made.state.triggers[0].state == made.state.not_triggers[0].state == "tripped"
    (measure,) = made.session.telemetry.criteria[True, 0].measures
    assert (measure.value, measure.sign, measure.limit) == ("60", "<", "70")
    dial.value = 80
    await moved(made, clock, dial)
    await made.until(lambda: made.state.not_triggers[0].state == "clear", "it holds no more")
    assert made.state.triggers[0].state == "tripped"


async def test_a_criterion_of_a_check_that_nobody_watches_is_told_no_more_once_its_answer_is_old(
    bench: Bring, clock: Ticking
) -> None:
    plan = watched(times=2, within="1m")
    work = Phase(title="Work", items=("check dial",))
    dial = Dial(7)
    made = await bench(plan.model_copy(update={"monitors": {}, "phases": (work,)}), sources={"app": dial}, clock=clock)
    await made.until(lambda: trigger_of(made) == "clear", "clear")
    clock.pass_by(minutes=6)
    await made.until(lambda: trigger_of(made) == "unknown", "nobody looks")


async def test_a_trigger_goes_by_no_reading_that_brought_no_answer(bench: Bring, clock: Ticking) -> None:
    dial = Dial(51)
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: trigger_of(made) == "tripped", "tripped")
    dial.value = None
    await moved(made, clock, dial)
    await made.until(lambda: trigger_of(made) == "unknown", "unknown")
    assert "It had tripped" in made.state.triggers[0].because


async def test_a_trigger_whose_check_falls_silent_cannot_tell(bench: Bring, clock: Ticking) -> None:
    dial = Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: trigger_of(made) == "clear", "clear")
    await made.until(lambda: not made.session.telemetry.asking, "answered")
    dial.hangs = True
    # QUIET seconds of this clock are 200: that much is no silence yet.
    clock.pass_by(seconds=420)
    await made.until(lambda: trigger_of(made) == "unknown", "unknown")
    assert "older than" in made.state.triggers[0].because


@pytest.mark.parametrize(
    ("shown", "seen"), [(0, "status > 0"), ("x" * 300, None)], ids=["not there", "too long to keep"]
)
async def test_a_window_told_again_takes_a_reading_that_tells_nothing_for_unknown(
    bench: Bring, clock: Ticking, shown: Any, seen: str | None
) -> None:
    dial = Dial(9)
    plan = watched(**{"for": "30s"})
    check = plan.checks["dial"].model_copy(update={"seen": seen})
    plan = plan.model_copy(update={"checks": {"dial": check}})
    first = await bench(plan, sources={"app": dial}, clock=clock)
    await first.until(lambda: standing(first) == "pending", "bad")
    dial.value = shown
    await moved(first, clock, dial)
    dial.value = 9
    await moved(first, clock, dial)
    await first.stop()
    clock.pass_by(seconds=10)
    second = await bench(None, sources={"app": dial}, clock=clock, resumed=True)
    await second.until(lambda: standing(second) == "firing", "half a minute without a good sample")


def test_cadences_of_railway_stretch_as_its_requests_run_out(session: Session) -> None:
    now = session.clock.now()
    live, watches = session.telemetry, Watches(session, Histories(session))
    watches.begin(("dial", "ours"), now)
    live.budget = Budget(used=0, per_hour=1000, held_back=50)
    fresh = [watches.next(now, asked) for asked in (("ours",), ("dial",))]
    live.budget = Budget(used=900, per_hour=1000, held_back=50)
    spent = [watches.next(now, asked) for asked in (("ours",), ("dial",))]
    assert spent[0] == fresh[0]  # not Railway's
    assert fresh[1] is not None
    assert spent[1] is not None
    assert spent[1] - now > 10 * (fresh[1] - now)


@pytest.fixture
def session(tmp_path: Path, clock: Ticking):
    """A running watch over a dial and over Railway."""
    plan = watched(times=2, within="1m")
    railway = {"kind": "railway", "token": "env:RAILWAY_TOKEN", "environment": "production"}
    plan = Plan.model_validate({
        **plan.model_dump(mode="json", by_alias=True, exclude_none=True),
        "connections": {"app": {"kind": "http", "base_url": "https://reports.example"}, "railway": railway},
        "checks": {"dial": {"on": "app", "get": "/"}, "ours": {"on": "railway", "ask": "deployment", "service": "web"}},
        "phases": [{"title": "Watch", "items": [], "lasts": "1h from gate", "monitors": ["dial", "ours"]},
                   {"title": "Work", "items": ["tick Begun"]}],
        "monitors": {name: {"check": name, "every": "10s", "times": 2, "within": "1m", "alert": "status > 5"}
                     for name in ("dial", "ours")},
    })  # fmt: skip
    journal = SqliteJournal.create(tmp_path / "runs", "Bench", datetime(2026, 3, 1, tzinfo=UTC))
    one = Session.open(journal, clock, "ada", plan, plan_file="bench.toml")
    asyncio.run(_opened(one))
    yield one
    one.close()


async def _opened(session: Session) -> None:
    await session.dispatch(wanted.Advance())


async def test_samples_of_a_watch_are_kept_and_no_event(bench: Bring, clock: Ticking) -> None:
    dial = Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "ok", "ok")
    for value in (1, 2, 3):
        dial.value = value
        await moved(made, clock, dial)

    def kept() -> list[object]:
        return [reading.value for reading in made.session.history("dial", made.state.opened)]

    await made.until(lambda: kept()[-3:] == [1, 2, 3], "kept")
    assert made.kinds("ReadingJudged", "MonitorMoved") == ["MonitorMoved"]


async def test_a_long_sleep_brings_one_sample_and_no_burst(bench: Bring, clock: Ticking) -> None:
    dial = Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "ok", "ok")
    seen = dial.asked
    await moved(made, clock, dial, seconds=1800)
    await made.give(wanted.Note("looked"))
    await made.until(lambda: not made.session.telemetry.asking, "quiet")
    assert dial.asked == seen + 1


async def test_of_two_drivers_the_successor_asks_and_the_other_does_not_any_more(bench: Bring, clock: Ticking) -> None:
    dial, other = Dial(), Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: trigger_of(made) == "clear", "clear")
    beside = await bench(None, sources={"app": other}, clock=clock, resumed=True)
    await beside.until(lambda: beside.session.presence.asks, "taken up")
    seen = dial.asked
    assert other.asked == 0, "it was asked this very moment, by the other"
    for _ in range(3):
        await moved(beside, clock, other)
    assert (dial.asked, other.asked) == (seen, 3)
    assert made.task.done() is False
