from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.rollout import advance, begin, countdown, drain, is_news, overlap
from cockpit.core.rollout.deployment import Deployment, Instance, Observation, PlatformLine, Rollout, Step

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def deployment(
    name: str,
    status: str,
    since: float | None,
    *running: str,
    stopped: bool = False,
    created: float = 0,
    digest: str | None = None,
) -> Deployment:
    return Deployment(
        id=name,
        status=status,
        status_at=None if since is None else at(since),
        created_at=at(created),
        stopped=stopped,
        digest=digest,
        instances=tuple(Instance(id=f"{name}-{n}", status=word) for n, word in enumerate(running)),
    )


def look(
    seconds: float,
    new: Deployment,
    old: Deployment | None,
    *steps: Step,
    latest: str | None = "new",
    lines: tuple[PlatformLine, ...] = (),
) -> Observation:
    return Observation(at=at(seconds), new=new, old=old, steps=steps, latest=latest, lines=lines)


def step(name: str, started: float, completed: float | None = None, error: str | None = None) -> Step:
    return Step(name=name, started=at(started), completed=None if completed is None else at(completed), error=error)


def stopping(seconds: float, of: str = "old") -> PlatformLine:
    return PlatformLine(at=at(seconds), deployment=of, text="Stopping Container")


def fresh(overlap: float | None = 300, drain: float | None = 600, previous: str | None = "old") -> Rollout:
    return begin("new", "web", previous, started=START, overlap=overlap, drain=drain)


def fold(rollout: Rollout, *looks: Observation) -> Rollout:
    for seen in looks:
        rollout = advance(rollout, seen)
    return rollout


OLD_SERVES = deployment("old", "SUCCESS", -9000, "RUNNING", created=-9100, digest="sha256:old")
OLD_DRAINS = deployment("old", "REMOVING", 412, "REMOVING", created=-9100, digest="sha256:old")
OLD_GONE = deployment("old", "REMOVED", 492, "REMOVED", created=-9100, digest="sha256:old")
UP = deployment("new", "SUCCESS", 112, "RUNNING", digest="sha256:new")

BUILD = step("BUILD_IMAGE", 1, 60)
PUBLISH = step("PUBLISH_IMAGE", 60, 62)
CREATE = step("CREATE_CONTAINER", 64, 70)
HEALTH = step("HEALTHCHECK", 102, 110)
STEPS = (BUILD, PUBLISH, CREATE, HEALTH)
DRAINING = step("DRAIN_INSTANCES", 412)
DRAINED = step("DRAIN_INSTANCES", 412, 492)

CALM = (
    look(0.5, deployment("new", "INITIALIZING", None, stopped=True), OLD_SERVES),
    look(5, deployment("new", "BUILDING", 2, stopped=True), OLD_SERVES, step("BUILD_IMAGE", 1)),
    look(66, deployment("new", "DEPLOYING", 63, "INITIALIZING"), OLD_SERVES, BUILD, PUBLISH),
    look(75, deployment("new", "DEPLOYING", 63, "RUNNING"), OLD_SERVES, BUILD, PUBLISH, CREATE),
    look(111, deployment("new", "DEPLOYING", 63, "RUNNING"), OLD_SERVES, BUILD, PUBLISH, CREATE, HEALTH),
    look(115, UP, OLD_SERVES, *STEPS),
    look(300, UP, OLD_SERVES, *STEPS),
    look(420, UP, OLD_DRAINS, *STEPS, DRAINING, lines=(stopping(412),)),
    look(500, UP, OLD_GONE, *STEPS, DRAINED, lines=(stopping(412),)),
)


def test_a_calm_rollout_is_done_with_the_servers_own_clocks():
    rollout = fold(fresh(), *CALM)
    assert rollout.outcome == "done"
    assert rollout.because == ""
    assert rollout.deviations == ()
    clocks = (rollout.t1, rollout.t2, rollout.t3)
    assert [(clock.at, clock.source) for clock in clocks if clock] == [
        (at(112), "status"), (at(412), "status"), (at(492), "status"),
    ]  # fmt: skip
    assert overlap(rollout) == timedelta(minutes=5)
    assert drain(rollout) == timedelta(seconds=80)
    assert (rollout.digest, rollout.old_digest) == ("sha256:new", "sha256:old")


def test_the_stages_carry_the_platforms_stamps():
    stages = {stage.name: stage for stage in fold(fresh(), *CALM).stages}
    spans = {name: (stage.started, stage.ended) for name, stage in stages.items()}
    assert spans == {
        "build": (at(0), at(64)),
        "deploy": (at(64), at(102)),
        "health": (at(102), at(110)),
        "overlap": (at(112), at(412)),
        "drain": (at(412), at(492)),
        "gone": (at(492), at(492)),
    }
    assert (stages["overlap"].expected, stages["drain"].expected) == (300, 600)


def test_a_first_deployment_has_three_stages_and_is_done_once_up():
    rollout = fold(fresh(previous=None), look(115, UP, None, *STEPS))
    assert [stage.name for stage in rollout.stages] == ["build", "deploy", "health"]
    assert rollout.outcome == "done"
    assert (rollout.t2, rollout.t3) == (None, None)
    assert countdown(fresh(previous=None), at(0)) is None


def test_without_steps_the_status_says_when_deploying_began():
    looks = [seen.model_copy(update={"steps": ()}) for seen in CALM]
    stages = {stage.name: stage for stage in fold(fresh(), *looks).stages}
    assert stages["deploy"].started == at(63)
    assert stages["build"].ended == at(63)
    assert stages["deploy"].ended == at(112)
    assert stages["health"].started is None


TRAPS = [
    ("stopped reads SUCCESS", deployment("new", "SUCCESS", 9, "EXITED", stopped=True), "it is stopped"),
    ("no instance runs yet", deployment("new", "SUCCESS", 9, "CREATED"), "it is not up"),
    ("no instance at all", deployment("new", "SUCCESS", 9), "instances: none"),
    ("asleep", deployment("new", "SLEEPING", 9, "RUNNING", stopped=True), "It sleeps."),
    ("starting reads stopped", deployment("new", "INITIALIZING", 9, stopped=True), ""),
    ("running before SUCCESS", deployment("new", "DEPLOYING", 9, "RUNNING"), ""),
    ("waits for a person", deployment("new", "NEEDS_APPROVAL", 9), "until somebody approves it"),
    ("waits for CI", deployment("new", "WAITING", 9), "usually for CI"),
    ("a status that is not in the schema", deployment("new", "CANCELLED", 9), "Railway says CANCELLED"),
    ("a status that would move the cursor", deployment("new", "\x1b[2JX", 9), "Railway says X,"),
]


@pytest.mark.parametrize(("new", "because"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_what_looks_like_up_is_not_up(new: Deployment, because: str):
    rollout = fold(fresh(), look(10, new, OLD_GONE))
    assert rollout.outcome == "in flight"
    assert not rollout.is_up
    assert because in rollout.because
    assert bool(rollout.because) == bool(because)


ENDINGS = [
    ("crashed", deployment("new", "CRASHED", 9, "CRASHED"), "new", "It crashed."),
    ("crashed", deployment("new", "CRASHED", 9, "CRASHED", "RUNNING"), "new", "1 of 2 replicas run"),
    ("failed", deployment("new", "SKIPPED", 9), "new", "skipped it"),
    ("failed", deployment("new", "FAILED", 9), "new", "no step says why"),
    ("removed", deployment("new", "REMOVED", 9), "new", "cancelled or removed"),
    ("removed", deployment("new", "REMOVED", 9), "old", "cancelled or removed"),
    ("superseded", deployment("new", "REMOVED", 9), "newer", "newer deployment"),
    ("in flight", deployment("new", "BUILDING", 9), "newer", "A newer deployment has been started: newer."),
    ("in flight", deployment("new", "BUILDING", 9), "old", ""),
]


@pytest.mark.parametrize(("outcome", "new", "latest", "because"), ENDINGS)
def test_every_other_ending_says_what_happened(outcome: str, new: Deployment, latest: str, because: str):
    rollout = fold(fresh(), look(10, new, OLD_SERVES, latest=latest))
    assert rollout.outcome == outcome
    assert because in rollout.because


def test_a_failed_health_check_names_the_step_and_who_serves():
    error = step("HEALTHCHECK", 102, 410, "1/1 replicas never became healthy!")
    rollout = fold(fresh(), *CALM[:5], look(411, deployment("new", "FAILED", 410), OLD_SERVES, *STEPS[:3], error))
    assert rollout.outcome == "failed"
    assert rollout.because == (
        "It failed at healthcheck: 1/1 replicas never became healthy!. The old deployment still serves."
    )
    broken = [stage.name for stage in rollout.stages if stage.failed]
    assert broken == ["health"]
    assert (rollout.t1, rollout.t2) == (None, None)


def test_a_build_that_fails_at_once_breaks_the_build():
    rollout = fold(fresh(), look(3, deployment("new", "FAILED", 2, stopped=True), OLD_SERVES))
    stage = rollout.stages[0]
    assert (stage.name, stage.failed, stage.ended) == ("build", True, at(2))


def test_a_crash_that_heals_is_no_crash():
    rollout = fold(fresh(), *CALM[:6], look(200, deployment("new", "CRASHED", 199, "CRASHED"), OLD_SERVES))
    assert rollout.outcome == "crashed"
    assert [stage.name for stage in rollout.stages if stage.failed] == ["overlap"]
    healed = fold(rollout, look(210, deployment("new", "SUCCESS", 205, "RUNNING"), OLD_GONE, *STEPS, DRAINED))
    assert healed.outcome == "done"
    assert healed.t1 is not None
    assert healed.t1.at == at(112)


def test_what_is_done_stays_done():
    done = fold(fresh(), *CALM)
    later = advance(done, look(900, deployment("new", "REMOVED", 890), OLD_GONE, latest="newer"))
    assert later.outcome == "done"


T2_WITNESSES = [
    ("status", OLD_DRAINS, (DRAINING,), (stopping(413),), 412),
    ("platform log line", OLD_SERVES, (DRAINING,), (stopping(413),), 413),
    ("step", OLD_SERVES, (step("DRAIN_INSTANCES", 414),), (), 414),
    ("seen by us", deployment("old", "REMOVING", None), (), (), 420),
    ("seen by us", OLD_GONE, (), (), 492),
    ("platform log line", OLD_GONE, (), (stopping(413), stopping(500)), 413),
]


@pytest.mark.parametrize(("source", "old", "steps", "lines", "expected"), T2_WITNESSES)
def test_t2_comes_from_the_best_witness(
    source: str, old: Deployment, steps: tuple[Step, ...], lines: tuple[PlatformLine, ...], expected: float
):
    t2 = fold(fresh(), look(420, UP, old, *steps, lines=lines)).t2
    assert t2 is not None
    assert (t2.source, t2.at) == (source, at(expected))


T3_WITNESSES = [
    ("status", OLD_GONE, (DRAINED,), 492),
    ("step", OLD_DRAINS, (DRAINED,), 492),
    ("seen by us", deployment("old", "REMOVED", None), (), 500),
    ("step", deployment("old", "REMOVED", None), (DRAINED,), 492),
]


@pytest.mark.parametrize(("source", "old", "steps", "expected"), T3_WITNESSES)
def test_t3_comes_from_the_best_witness(source: str, old: Deployment, steps: tuple[Step, ...], expected: float):
    t3 = fold(fresh(), look(500, UP, old, *steps)).t3
    assert t3 is not None
    assert (t3.source, t3.at) == (source, at(expected))


@pytest.mark.parametrize("line", [stopping(-10), stopping(412, of="new"), stopping(412, of="another")])
def test_another_containers_stop_is_not_t2(line: PlatformLine):
    rollout = fold(fresh(), look(420, UP, OLD_SERVES, lines=(line,)))
    assert rollout.t2 is None


def test_a_line_of_the_second_in_which_the_new_one_was_created_counts():
    new = UP.model_copy(update={"created_at": at(0.9)})
    rollout = fold(fresh(), look(420, new, OLD_SERVES, lines=(stopping(0),)))
    assert rollout.t2 is not None


def test_a_stale_answer_never_turns_the_status_back():
    rollout = fold(fresh(), CALM[5])
    stale = look(118, deployment("new", "DEPLOYING", 63, "RUNNING"), OLD_SERVES, *STEPS)
    assert advance(rollout, stale).status == "SUCCESS"
    assert advance(rollout, stale).is_up


def test_an_instance_that_dies_under_the_same_status_is_seen():
    rollout = fold(fresh(), CALM[5])
    later = look(118, deployment("new", "SUCCESS", 112, "EXITED", stopped=True), OLD_SERVES, *STEPS)
    assert not advance(rollout, later).is_up
    assert advance(advance(rollout, later), CALM[5]).is_up is False


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, len(CALM) - 1), max_size=12))
def test_any_order_with_repeats_leads_to_the_same_rollout(shuffled: random.Random, repeats: list[int]):
    looks = [*CALM, *(CALM[n] for n in repeats)]
    shuffled.shuffle(looks)
    rollout, expected = fold(fresh(), *looks), fold(fresh(), *CALM)
    assert rollout == expected


def test_the_same_look_twice_is_no_news():
    rollout = fold(fresh(), *CALM[:7])
    assert not is_news(rollout, CALM[6])
    assert not is_news(rollout, CALM[6].model_copy(update={"at": at(330)}))
    assert is_news(rollout, CALM[7])


def test_the_overlap_that_is_not_as_configured_is_said_once():
    late = look(420, UP, deployment("old", "REMOVING", 118), *STEPS, step("DRAIN_INSTANCES", 118))
    rollout = fold(fresh(), *CALM[:6], late, late)
    assert rollout.deviations == ("The overlap took 0:06, configured were 5:00.",)


def test_five_seconds_off_is_as_configured():
    rollout = fold(fresh(overlap=295), *CALM)
    assert rollout.deviations == ()
    assert fold(fresh(overlap=294.9), *CALM).deviations != ()


def test_nothing_configured_deviates_from_nothing():
    assert fold(fresh(overlap=None, drain=None), *CALM).deviations == ()


def test_a_drain_that_used_its_window_was_a_kill():
    rollout = fold(fresh(drain=80), *CALM)
    assert rollout.deviations == (
        "The drain used its whole window (1:20 of 1:20): the old instance was killed, not finished.",
    )
    assert rollout.outcome == "done"
    assert fold(fresh(drain=81), *CALM).deviations == ()
    assert fold(fresh(drain=0), *CALM).deviations == ()


def test_a_drain_measured_from_a_whole_second_gets_a_second_of_grace():
    looks = (
        look(420, UP, OLD_SERVES, lines=(stopping(412),)),
        look(500, UP, deployment("old", "REMOVED", 492.4), lines=(stopping(412),)),
    )
    assert fold(fresh(drain=80), *looks).deviations == ()


def test_an_old_one_stopped_first_is_said():
    looks = (look(120, UP, deployment("old", "REMOVED", 90), step("DRAIN_INSTANCES", 80, 90)),)
    rollout = fold(fresh(), *looks)
    assert overlap(rollout) == timedelta(seconds=-32)
    assert rollout.deviations == ("The old deployment was stopped 0:32 before the new one was up.",)


def test_clocks_only_we_have_seen_accuse_nobody():
    rollout = fold(fresh(), look(120, UP, OLD_GONE))
    assert rollout.t2 is not None
    assert rollout.t2.source == "seen by us"
    assert rollout.deviations == ()


def test_witnesses_that_disagree_are_named():
    looks = look(420, UP, deployment("old", "REMOVING", 113), DRAINING, lines=(stopping(412),))
    rollout = fold(fresh(overlap=None), looks)
    assert rollout.deviations == (
        "The line 'Stopping Container' came 4:59 after REMOVING: the overlap may be another one.",
        "The step DRAIN_INSTANCES came 4:59 after REMOVING: the overlap may be another one.",
    )


def test_the_countdown_goes_to_sigterm_then_to_the_kill():
    waiting = fold(fresh(), *CALM[:5])
    assert countdown(waiting, at(110)) is None
    overlapping = fold(waiting, CALM[5])
    assert countdown(overlapping, at(120)) == ("SIGTERM", at(412))
    assert countdown(overlapping, at(413)) == ("SIGTERM, overdue", at(412))
    draining = fold(overlapping, CALM[7])
    assert countdown(draining, at(430)) == ("killed at the latest", at(1012))
    assert countdown(fold(draining, CALM[8]), at(500)) is None


def test_without_configured_seconds_nothing_is_forecast():
    rollout = fold(fresh(overlap=None, drain=None), *CALM[:8])
    assert countdown(rollout, at(430)) is None
    assert countdown(fold(fresh(overlap=None), CALM[5]), at(120)) is None
