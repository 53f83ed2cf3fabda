"""When a watch is over, and what it came to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cockpit.core import events as happened
from cockpit.core.events import Actor, Body, Event
from cockpit.core.fold import fold
from cockpit.core.plan import Plan
from cockpit.core.reading import Verdict
from cockpit.core.state import State
from cockpit.core.watch import vigil
from cockpit.core.watch.vigil import Outcome
from tests.core.story import START

PLAN = {
    "name": "Watched",
    "connections": {"app": {"kind": "http", "base_url": "https://reports.example"}},
    "checks": {"page": {"on": "app", "get": "/"}, "count": {"on": "app", "get": "/count"}},
    "monitors": {name: {"check": name, "every": "1m", "for": "5m"} for name in ("page", "count")},
    "triggers": [{"text": "Gone", "when": "page.value > 400"}, {"text": "A feeling"}],
    "phases": [
        {"title": "Ready", "gate": ["tick Begun"]},
        {"title": "Watch", "lasts": "1h from gate", "monitors": ["page", "count"]},
        {"title": "Later", "due": "2h after gate", "items": ["check page", "tick Looked"]},
    ],
}


def told(*bodies: tuple[float, Body], plan: object = PLAN) -> State:
    """A run in which these things happened, each so many minutes after its start."""
    stated = Plan.model_validate(plan).model_dump(mode="json", by_alias=True, exclude_none=True)
    first = happened.RunOpened(plan=stated, plan_file="p", environment="production")
    return fold([
        Event("4f2c", seq, START + timedelta(minutes=minute), Actor("runner", "runner"), "1-a", "bastion", body)
        for seq, (minute, body) in enumerate(((0, first), *bodies), start=1)
    ])  # fmt: skip


READY = (0, happened.PhaseOpened(phase="ready"))
GO = (0, happened.GateDecided(phase="ready", go=True, recommended=True, reasons=()))
WATCH = (0, happened.PhaseOpened(phase="watch"))
LATER = (120, happened.PhaseOpened(phase="later"))
ASKED = (120, happened.Enquired(item="later/check:page"))
JUDGED = (
    121,
    happened.ReadingJudged(item="later/check:page", check="page", reading=1, verdict=Verdict.PASS, because=""),
)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("bodies", "minute", "is_over"),
    [
        ((), 0, False),
        ((READY, GO, WATCH), 59, False),
        ((READY, GO, WATCH), 60, False),
        ((READY, GO, WATCH, LATER), 120, False),
        ((READY, GO, WATCH, LATER, ASKED), 120, False),
        ((READY, GO, WATCH, LATER, ASKED, JUDGED), 121, True),
        ((READY, (5, happened.RunClosed(ending="abandoned"))), 5, True),
    ],
    ids=["not begun", "watched", "a checkpoint is to come", "its check is to be asked", "its check is being asked",
         "only a person's is left", "closed"],
)  # fmt: skip
def test_a_watch_is_over_when_nothing_is_left_for_a_machine(
    bodies: tuple[tuple[float, Body], ...], minute: float, *, is_over: bool
) -> None:
    assert vigil.is_over(told(*bodies), at(minute)) is is_over


def test_a_plan_without_a_watch_or_a_checkpoint_gives_a_monitor_nothing_to_do() -> None:
    assert vigil.is_watched(told())
    assert not vigil.is_watched(told(plan={"name": "x", "phases": [{"title": "Only", "items": ["tick Begun"]}]}))


def moved(monitor: str, state: str) -> tuple[float, Body]:
    return 10, happened.MonitorMoved(monitor=monitor, state=state, because="")


CLEAR = (10, happened.TriggerMoved(trigger=0, state="clear", because=""))


@pytest.mark.parametrize(
    ("bodies", "outcome"),
    [
        ((moved("page", "ok"), moved("count", "ok"), CLEAR), Outcome.QUIET),
        ((moved("page", "ok"), moved("count", "firing"), CLEAR), Outcome.ALARM),
        ((moved("page", "ok"), moved("count", "unknown"), CLEAR), Outcome.UNTOLD),
        ((moved("page", "unknown"), moved("count", "firing"), CLEAR), Outcome.ALARM),
        ((moved("page", "ok"), CLEAR), Outcome.UNTOLD),
        ((moved("page", "ok"), moved("count", "pending"), CLEAR), Outcome.UNTOLD),
        ((moved("page", "ok"), moved("count", "ok")), Outcome.UNTOLD),
        (
            (moved("page", "ok"), moved("count", "ok"), (10, CLEAR[1].model_copy(update={"state": "tripped"}))),
            Outcome.ALARM,
        ),
    ],
    ids=["all well", "one fires", "one is unknown", "an alarm counts more", "one was never asked", "one is pending",
         "a criterion was never looked at", "a criterion has tripped"],
)  # fmt: skip
def test_what_it_came_to(bodies: tuple[tuple[float, Body], ...], outcome: Outcome) -> None:
    assert vigil.outcome(told(READY, GO, WATCH, *bodies)) is outcome
