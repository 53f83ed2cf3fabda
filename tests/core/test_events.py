"""Every kind of event reads back as what it was, whichever version wrote it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from cockpit.core import events as happened
from cockpit.core import kinds
from cockpit.core.events import Actor, Body, Event, Noted, Unknown
from cockpit.core.finding import Finding
from cockpit.core.kinds import KINDS, read_body
from cockpit.core.reading import Verdict
from cockpit.core.reading.origin import Origin
from cockpit.core.rollout.deployment import (
    Deployment,
    Instance,
    Instant,
    Observation,
    PlatformLine,
    Rollout,
    Stage,
    Step,
)

AT = datetime(2026, 11, 22, 5, 16, 0, 123_456, UTC)
NEW = Deployment(
    id="d2",
    status="SUCCESS",
    status_at=AT,
    created_at=AT.astimezone(timezone(timedelta(hours=2))),
    can_rollback=True,
    image="web",
    digest="sha256:2",
    commit="abc",
    creator="ada",
    instances=(Instance(id="i1", status="RUNNING"),),
)
OBSERVED = Observation(
    at=AT,
    new=NEW,
    old=Deployment(id="d1", status="A_STATUS_OF_TOMORROW", created_at=AT),
    steps=(Step(name="HEALTHCHECK", started=AT, completed=AT, error="x"),),
    active=("d1", "d2"),
    latest="d2",
    lines=(PlatformLine(at=AT, deployment="d1", text="Stopping Container"),),
)
ROLLOUT = Rollout(
    deployment="d2",
    service="web",
    previous="d1",
    started=AT,
    overlap_configured=300.0,
    t1=Instant(at=AT, source="status"),
    stages=(Stage(name="build", started=AT, expected=60.5),),
    deviations=("It took longer.",),
)

ORIGIN = Origin(connection="db", role="reader", login="app", database="reports", schemas=("public",), standby=True)

SAMPLES: tuple[Body, ...] = (
    happened.RunOpened(plan={"name": "Réports", "x": [1, None]}, plan_file="p.toml", environment="production"),
    happened.PlanAmended(plan={}, diff=("- a", "+ b")),
    happened.Attached(operator="ada", resumed=True, pid=7),
    happened.EnvironmentProved(connection="db", summary="reports"),
    happened.TargetSeen(service="web", deployment=NEW, variables=("A", "B")),
    happened.PaceChanged(plan=AT, machine=1_795_000_000.123456, factor=0.1),
    happened.PhaseOpened(phase="before"),
    happened.Enquired(item="before/check:stuck"),
    happened.BaselineRecorded(item="before/record:by_status", check="by_status", reading=1, origin=ORIGIN),
    happened.ReadingJudged(
        item="x", check="stuck", reading=2**40, verdict=Verdict.BLIND, because="", origin=ORIGIN, warnings=("a",)
    ),
    happened.Ticked(item="x"),
    happened.Unticked(item="x"),
    happened.SeeAnswered(item="x", answer="no", note="two of them"),
    happened.Answered(item="x", ask="test_report", value=None, secret=True),
    happened.Waived(item="x", reason="agreed"),
    happened.MarkedNotApplicable(item="x", reason="no staging"),
    happened.Signed(item="x", role="tech lead", name="Ada"),
    happened.Noted(text="tab\tline\n\x1b[31m ✓ 計"),
    happened.LinePinned(
        service="web", deployment="d2", instance="i1", stamp="2026-01-31T12:00:00.123456789Z", level="error", text="x"
    ),
    happened.DeviationNoted(text="late", item="x"),
    happened.GateAsked(phase="go"),
    happened.GateDecided(phase="go", go=True, recommended=False, reasons=("a",), overrides={"x": "why"}, inputs=(1, 2)),
    happened.ActionIntended(item="x", action="deploy_web", summary="Deploy web", before={"newest": "d1"}),
    happened.ActionAccepted(item="x", intent=3, deployment="d2"),
    happened.ActionDone(item="x", intent=3, proof="d2 is up"),
    happened.ActionFailed(item="x", intent=3, because="no"),
    happened.ActionLost(item="x", intent=3, because="gone"),
    happened.ActionLooked(item="x", intent=3, found="inconclusive", because="two new ones", number=2),
    happened.ActionSettled(item="x", intent=3, happened=True, deployment="d2"),
    happened.RolloutBegan(item=None, rollout=ROLLOUT),
    happened.RolloutObserved(deployment="d2", observation=OBSERVED),
    happened.VersionsAnswered(check="health", rollout="d2", since=AT, until=AT, counts={"d2": 3, "": 1}),
    happened.ReplicasChanged(service="web", deployment="d2", before=("i1",), after=("i2",), started=AT),
    happened.MonitorMoved(monitor="stuck", state="firing", because="value > 0", reading=4),
    happened.TriggerMoved(trigger=0, state="unknown", because="no sample"),
    happened.AlertTold(subject="monitor stuck", word="firing", words="FIRING: stuck", trouble="refused"),
    happened.WayBackSeen(
        level="level-1",
        ready=None,
        findings=(Finding(kind="target", subject="web", ready=None, words="not seen", at=AT, remark=True),),
    ),
    happened.RollbackStarted(level="level-1", reason="regression"),
    happened.PhasesReopened(reason="rolled back"),
    happened.RunClosed(ending="rolled back", note="see report"),
)


def name_of(body: Body) -> str:
    return type(body).__name__


def test_there_is_a_sample_of_every_kind() -> None:
    assert {name_of(sample) for sample in SAMPLES} == set(KINDS)


@pytest.mark.parametrize("body", SAMPLES, ids=name_of)
def test_a_body_comes_back_as_it_was(body: Body) -> None:
    content = json.loads(body.model_dump_json())
    assert read_body(name_of(body), body.VERSION, content) == body


@pytest.mark.parametrize("body", SAMPLES, ids=name_of)
def test_an_event_is_never_rewritten_in_memory_either(body: Body) -> None:
    field = next(iter(type(body).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(body, field, getattr(body, field))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_old_version_of_a_kind_has_its_upcaster(kind: type[Body]) -> None:
    steps = {version for name, version in kinds.UPCASTERS if name == kind.__name__}
    assert steps == set(range(1, kind.VERSION))


def test_a_baseline_of_before_origins_were_asked_has_none() -> None:
    old = read_body("BaselineRecorded", 1, {"item": "before/record:x", "check": "x", "reading": 1})
    assert old == happened.BaselineRecorded(item="before/record:x", check="x", reading=1)


def test_a_kind_from_the_future_is_kept_as_it_is() -> None:
    assert read_body("Teleported", 1, {"to": "mars"}) == Unknown(name="Teleported", content={"to": "mars"})


def test_a_known_kind_in_a_later_version_is_kept_as_it_is() -> None:
    later = read_body("Noted", Noted.VERSION + 1, {"words": "x"})
    assert later == Unknown(name="Noted", content={"words": "x"})


def test_an_unknown_event_goes_by_its_own_name() -> None:
    event = Event("4f2c", 1, AT, Actor("human", "ada"), "s1", "host", Unknown(name="Teleported", content={}))
    assert event.kind == "Teleported"


def test_a_known_event_goes_by_its_class() -> None:
    assert Event("4f2c", 1, AT, Actor("human", "ada"), "s1", "host", Noted(text="x")).kind == "Noted"


def test_an_old_body_is_taken_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(old: dict[str, Any]) -> dict[str, Any]:
        return {"words": old["remark"]}

    def second(old: dict[str, Any]) -> dict[str, Any]:
        return {"text": old["words"] + "!"}

    monkeypatch.setattr(Noted, "VERSION", 3)
    monkeypatch.setattr(kinds, "UPCASTERS", {("Noted", 1): first, ("Noted", 2): second})
    assert read_body("Noted", 1, {"remark": "one"}) == Noted(text="one!")
    assert read_body("Noted", 2, {"words": "two"}) == Noted(text="two!")
    assert read_body("Noted", 3, {"text": "three"}) == Noted(text="three")


def test_a_body_that_does_not_fit_its_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_body("RunClosed", 1, {"ending": "won"})
