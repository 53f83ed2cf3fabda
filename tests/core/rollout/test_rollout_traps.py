"""Sequences as Railway sends them, each a trap: what looks like an ending and is none, and the other way round."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.rollout import is_news
from cockpit.core.rollout.deployment import Deployment, Observation, PlatformLine
from cockpit.core.rollout.outcome import AT_ONCE

from .test_rollout import (
    BUILD,
    CALM,
    CREATE,
    HEALTH,
    OLD_DRAINS,
    OLD_GONE,
    OLD_SERVES,
    PUBLISH,
    STEPS,
    UP,
    at,
    deployment,
    fold,
    fresh,
    look,
    step,
    stopping,
)


@dataclass(frozen=True)
class Trap:
    """Looks in the order in which they were made, and what they add up to."""

    name: str
    looks: tuple[Observation, ...]
    outcome: str
    because: str = ""
    is_up: bool = False


def overtaken(seen: Observation, *, by: str | None = "release bot", made: float = 40) -> Observation:
    """The same look, with a newer deployment of somebody's."""
    return seen.model_copy(update={"latest": "theirs-9f31", "latest_at": at(made), "latest_by": by})


STARTING = look(0.5, deployment("new", "INITIALIZING", 0, stopped=True), OLD_SERVES)
BUILDING = look(5, deployment("new", "BUILDING", 2, stopped=True), OLD_SERVES, step("BUILD_IMAGE", 1))
RUNS_EARLY = look(107, deployment("new", "DEPLOYING", 63, "RUNNING", stopped=True), OLD_SERVES, BUILD, PUBLISH, CREATE)
SERVES = look(115, UP, OLD_SERVES, *STEPS)
STOPPED = look(200, deployment("new", "SUCCESS", 112, "EXITED", stopped=True), OLD_GONE, *STEPS)
GONE = look(60, deployment("new", "REMOVED", 41), OLD_SERVES)
UNPULLED = look(3, deployment("new", "FAILED", 2, stopped=True), OLD_SERVES)

TRAPS = [
    Trap("a starting one reads stopped", (STARTING,), "in flight"),
    Trap("an instance runs 5 s before SUCCESS", (STARTING, BUILDING, RUNS_EARLY), "in flight"),
    Trap("then it is up", (STARTING, BUILDING, RUNS_EARLY, SERVES), "in flight", is_up=True),
    Trap("SUCCESS that was stopped before the old one was gone", (SERVES, STOPPED), "in flight", "it is stopped"),
    Trap(
        "asleep",
        (SERVES, look(400, deployment("new", "SLEEPING", 390, "RUNNING", stopped=True), OLD_DRAINS, *STEPS)),
        "in flight",
        "It sleeps.",
    ),
    Trap(
        "crashed while another replica runs",
        (SERVES, look(130, deployment("new", "CRASHED", 128, "CRASHED", "RUNNING"), OLD_SERVES, *STEPS)),
        "crashed",
        "It crashed; 1 of 2 replicas run.",
    ),
    Trap("an image that cannot be pulled", (STARTING, UNPULLED), "failed", "probably the image could not be pulled"),
    Trap("cancelled", (BUILDING, GONE), "removed", "It was cancelled or removed before it was done. It never came up."),
    Trap(
        "superseded",
        (BUILDING, overtaken(GONE)),
        "superseded",
        "A newer deployment took its place: theirs-9, made by release bot. It never came up.",
    ),
    Trap("about to be superseded", (overtaken(BUILDING, by=None),), "in flight", "has been started: theirs-9."),
    Trap(
        "superseded after it had served",
        (SERVES, overtaken(look(330, deployment("new", "REMOVING", 172, "REMOVING"), OLD_SERVES, *STEPS), made=100)),
        "superseded",
        "It was up for 1:00.",
    ),
    Trap("an older one listed late supersedes nothing", (BUILDING, overtaken(GONE, made=-300)), "removed"),
    Trap("skipped", (look(4, deployment("new", "SKIPPED", 3), OLD_SERVES),), "failed", "skipped it"),
    Trap("approval", (look(4, deployment("new", "NEEDS_APPROVAL", 1), OLD_SERVES),), "in flight", "approves it"),
    Trap("CI", (look(4, deployment("new", "WAITING", 1), OLD_SERVES),), "in flight", "usually for CI"),
    Trap("no known status", (look(4, deployment("new", "CANCELLED", 1), OLD_SERVES),), "in flight", "CANCELLED"),
    Trap("removed long after it was done", (*CALM, look(9000, deployment("new", "REMOVED", 8000), OLD_GONE)), "done"),
    Trap("a late look after the end", (*CALM, BUILDING), "done", is_up=True),
]


@pytest.mark.parametrize("trap", TRAPS, ids=[trap.name for trap in TRAPS])
def test_a_trap_is_told_as_what_it_is(trap: Trap):
    rollout = fold(fresh(), *trap.looks)
    assert rollout.outcome == trap.outcome
    assert trap.because in rollout.because
    assert rollout.is_up is trap.is_up


@pytest.mark.parametrize("trap", TRAPS, ids=[trap.name for trap in TRAPS])
@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_trap_looked_at_in_any_order_and_again_is_the_same(trap: Trap, shuffled: random.Random):
    looks = [*trap.looks, *shuffled.choices(trap.looks, k=3)]
    shuffled.shuffle(looks)
    assert fold(fresh(), *looks) == fold(fresh(), *trap.looks)


_STATUSES = (
    "QUEUED", "INITIALIZING", "WAITING", "NEEDS_APPROVAL", "BUILDING", "DEPLOYING", "SUCCESS", "SLEEPING", "CRASHED",
    "FAILED", "SKIPPED", "REMOVING", "REMOVED", "CANCELLED",
)  # fmt: skip
_seconds = st.integers(0, 900)


def _deployments(name: str, created: float) -> st.SearchStrategy[Deployment]:
    """Any status with any stamp, or none."""
    return st.builds(
        lambda status, since, running, stopped: deployment(
            name, status, since, *(["RUNNING"] if running else ["EXITED"]), stopped=stopped, created=created
        ),
        st.sampled_from(_STATUSES),
        st.none() | _seconds,
        st.booleans(),
        st.booleans(),
    )


_lines = st.lists(st.builds(stopping, _seconds, st.sampled_from(["old", "new"])), max_size=2).map(tuple)
_steps = st.sets(st.sampled_from([BUILD, PUBLISH, CREATE, HEALTH, step("DRAIN_INSTANCES", 412, 492)]))


@st.composite
def _sightings(draw: st.DrawFn) -> list[Observation]:
    """Looks at different instants: of one instant Railway tells one thing."""
    instants = draw(st.lists(_seconds, min_size=1, max_size=8, unique=True))
    looks = []
    for second in instants:
        old = draw(st.none() | _deployments("old", -9100))
        lines: tuple[PlatformLine, ...] = draw(_lines)
        seen = look(second, draw(_deployments("new", 0)), old, *draw(_steps), lines=lines)
        newer = draw(st.sampled_from([None, "old", "new", "theirs-1", "theirs-2"]))
        made = {"theirs-1": at(30), "theirs-2": at(700)}.get(newer or "")
        looks.append(seen.model_copy(update={"latest": newer, "latest_at": made}))
    return looks


@settings(max_examples=120, deadline=None)
@given(_sightings(), st.randoms(use_true_random=False))
def test_whatever_is_seen_its_order_and_its_repetition_do_not_matter(looks: list[Observation], shuffled: random.Random):
    again = [*looks, *shuffled.choices(looks, k=len(looks))]
    shuffled.shuffle(again)
    assert fold(fresh(), *again) == fold(fresh(), *looks)


@settings(max_examples=100, deadline=None)
@given(_sightings())
def test_nothing_that_was_seen_is_news_again(looks: list[Observation]):
    rollout = fold(fresh(), *looks)
    assert not any(is_news(rollout, seen) for seen in looks)


@settings(max_examples=60, deadline=None)
@given(_sightings())
def test_up_is_never_claimed_without_a_success_that_runs(looks: list[Observation]):
    rollout = fold(fresh(), *looks)
    if rollout.is_up or rollout.outcome == "done":
        assert any(seen.new.is_up for seen in looks)
    if rollout.outcome == "superseded":
        assert any(seen.latest in ("theirs-1", "theirs-2") for seen in looks)


def test_a_failure_with_steps_or_an_image_is_no_pull():
    late = fresh(), look(9, deployment("new", "FAILED", AT_ONCE.total_seconds() + 1), OLD_SERVES)
    assert "no step says why" in fold(*late).because
    built = look(3, deployment("new", "FAILED", 2, digest="sha256:new"), OLD_SERVES)
    assert "no step says why" in fold(fresh(), built).because


def test_a_clock_of_railway_that_runs_ahead_is_measured():
    ahead = look(115, deployment("new", "SUCCESS", 145, "RUNNING"), OLD_SERVES)
    assert fold(fresh(), SERVES).clock_lead == 0
    assert fold(fresh(), ahead, SERVES).clock_lead == 30
    assert ahead.new.status_at == ahead.at + timedelta(seconds=30)


def test_a_clock_of_railway_that_lags_is_measured_by_what_we_asked_for():
    """Nothing is made before it is asked for; what somebody else made, or was there already, tells nothing."""
    asked = fresh().model_copy(update={"asked": at(90)})
    assert fold(asked, SERVES).clock_lead == -90
    assert fold(fresh(), SERVES).clock_lead == 0
    assert fold(fresh().model_copy(update={"asked": at(0)}), SERVES).clock_lead == 0
    waiting = fold(asked, SERVES)
    assert waiting.railways(at(100)) == at(10)
