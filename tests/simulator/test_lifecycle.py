"""The schedules as tables: seconds after the start, and what happens then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit.simulator import lifecycle
from cockpit.simulator.lifecycle import Health, Kind, Moment

START = datetime(2026, 3, 2, 9, 0, 0, 250_000, UTC)


def table(moments: tuple[Moment, ...], kind: Kind) -> list[tuple[float, str]]:
    return [((moment.at - START).total_seconds(), moment.value) for moment in moments if moment.kind is kind]


def test_a_build_goes_through_its_statuses_in_one_minute_and_fifty_two():
    moments = lifecycle.coming_up(START, Health("/api/health"), build=True)
    assert table(moments, Kind.STATUS) == [(0, "INITIALIZING"), (2, "BUILDING"), (64, "DEPLOYING"), (112, "SUCCESS")]


def test_from_an_image_there_is_no_building():
    moments = lifecycle.coming_up(START, Health("/api/health"), build=False)
    assert table(moments, Kind.STATUS) == [(0, "INITIALIZING"), (2, "DEPLOYING"), (30, "SUCCESS")]
    assert {step for _, step in table(moments, Kind.OPEN)} == {"CREATE_CONTAINER", "CONFIGURE_NETWORK", "HEALTHCHECK"}


def test_without_a_health_check_it_is_up_as_soon_as_the_container_runs():
    moments = lifecycle.coming_up(START, Health(None), build=True)
    assert table(moments, Kind.STATUS)[-1] == (104, "SUCCESS")


def test_every_step_that_begins_ends_and_they_follow_one_another():
    moments = lifecycle.coming_up(START, Health("/"), build=True)
    opened, closed = table(moments, Kind.OPEN), table(moments, Kind.CLOSE)
    assert [step for _, step in opened] == [step for _, step in closed]
    assert [at for at, _ in opened[1:]] == [at for at, _ in closed[:-1]]


def test_a_replica_runs_some_seconds_before_success():
    moments = lifecycle.coming_up(START, Health("/"), build=True)
    assert table(moments, Kind.REPLICAS) == [(64, "INITIALIZING"), (88, "CREATED"), (102, "RUNNING")]


def test_the_health_check_writes_into_the_build_log():
    lines = [text for _, text in table(lifecycle.coming_up(START, Health("/up", 90), build=True), Kind.BUILD_LINE)]
    assert "Path: /up" in lines
    assert "Retry window: 1m30s" in lines
    assert "Attempt #1 failed with service unavailable. Continuing to retry for 1m29s" in lines
    assert lines[-1] == "[1/1] Healthcheck succeeded!"


def test_what_never_gets_healthy_fails_after_the_window_and_a_little():
    moments = lifecycle.coming_up(START, Health("/", 300, healthy=False), build=True)
    assert table(moments, Kind.STATUS)[-2:] == [(64, "DEPLOYING"), (104 + 307.8, "FAILED")]
    assert table(moments, Kind.REPLICAS)[-1] == (411.8, "REMOVED")
    assert [text for _, text in table(moments, Kind.BUILD_LINE)][-2:] == [
        "1/1 replicas never became healthy!",
        "Healthcheck failed!",
    ]
    closed = [moment for moment in moments if moment.kind is Kind.CLOSE][-1]
    assert closed.payload == {"error": "Healthcheck failed", "durationMs": 307_800}


@pytest.mark.parametrize(
    ("drain", "drains", "gone", "bye"),
    [
        (0, True, 2, False),
        (60, True, 62, False),
        (260, True, 262, False),
        (600, True, 262, True),
        (600, False, 604, False),
        (0, False, 4, False),
    ],
)
def test_an_app_exits_by_itself_if_it_can_and_is_killed_otherwise(drain: float, drains: bool, gone: float, bye: bool):  # noqa: FBT001
    moments = lifecycle.going_away(START, drain, drains=drains)
    assert table(moments, Kind.STATUS) == [(0, "REMOVING"), (gone, "REMOVED")]
    assert (lifecycle.gone_at(START, drain, drains=drains) - START).total_seconds() == gone
    lines = [text for _, text in table(moments, Kind.APP_LINE)]
    assert lines[0] == "SIGTERM received, finishing 3 requests"
    assert ("bye" in lines) is bye
    assert ("finished 3 requests" in lines) is bye


def test_nothing_is_said_after_the_end():
    moments = lifecycle.going_away(START, 600, drains=False)
    assert max(at for at, _ in table(moments, Kind.APP_LINE)) < 600
    assert [text for _, text in table(moments, Kind.APP_LINE)].count("still working on 3 requests") == 9
