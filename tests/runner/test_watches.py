"""Monitors and triggers: what is due, what it makes of its window, and what a restart leaves of it."""

from __future__ import annotations

from cockpit.core import commands as wanted
from cockpit.core.events import MonitorMoved
from cockpit.core.plan import Plan
from cockpit.core.reading import Answer
from cockpit.errors import Unreachable
from cockpit.ports import Asking, Link

from .conftest import Bench, Bring, Ticking, plan_of


class Dial:
    """A source that shows what it is set to, and counts who looks."""

    def __init__(self, value: int | None = 0) -> None:
        self.value = value
        self.asked = 0

    async def ask(self, check: object, asking: Asking) -> Answer:
        self.asked += 1
        if self.value is None:
            raise Unreachable("The dial cannot be reached.", "Wait.")
        return Answer({"value": self.value, "status": self.value})

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


async def test_samples_of_a_watch_are_kept_and_no_event(bench: Bring, clock: Ticking) -> None:
    dial = Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "ok", "ok")
    for value in (1, 2, 3):
        dial.value = value
        await moved(made, clock, dial)
    kept = made.session.history("dial", made.state.opened)
    assert [reading.value for reading in kept][-3:] == [1, 2, 3]
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


async def test_only_one_of_two_processes_asks(bench: Bring, clock: Ticking) -> None:
    dial, other = Dial(), Dial()
    made = await bench(watched(times=2, within="1m"), sources={"app": dial}, clock=clock)
    await made.until(lambda: standing(made) == "ok", "ok")
    beside = await bench(None, sources={"app": other}, clock=clock, resumed=True)
    await moved(made, clock, dial)
    await moved(made, clock, dial)
    assert other.asked == 0
    assert beside.task.done() is False
