"""Which deployment of a service is meant, and when it is as wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit.core.rollout.deployment import Deployment, Instance
from cockpit.runner import fates

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def one(status: str, *replicas: str, stopped: bool = False, name: str = "d") -> Deployment:
    instances = tuple(Instance(id=f"i{number}", status=each) for number, each in enumerate(replicas))
    return Deployment(id=name, status=status, created_at=AT, stopped=stopped, instances=instances)


UP = one("SUCCESS", "RUNNING", name="up")
STARTING = one("DEPLOYING", "CREATED", stopped=True, name="starting")
WAITING = one("NEEDS_APPROVAL", stopped=True, name="waiting")
STOPPED = one("SUCCESS", "EXITED", stopped=True, name="stopped")
GONE = one("REMOVED", "REMOVED", stopped=True, name="gone")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("cancel", "starting"), ("approve", "waiting"), ("stop", "up"), ("remove", "stopped"), ("restart", "stopped")],
)
def test_each_kind_means_the_newest_that_fits_it(kind: str, name: str) -> None:
    found = fates.meant(kind, (GONE, STARTING, WAITING, STOPPED, UP))
    assert found is not None
    assert found.id == name
    assert fates.meant(kind, (GONE,)) is None


@pytest.mark.parametrize(
    ("kind", "deployment", "told"),
    [
        ("cancel", GONE, True), ("cancel", STARTING, None), ("cancel", UP, False), ("cancel", one("MOON"), None),
        ("stop", STOPPED, True), ("stop", UP, None), ("stop", GONE, True), ("stop", STARTING, None),
        ("stop", one("SUCCESS", "RUNNING", stopped=True), None),
        ("remove", GONE, True), ("remove", one("REMOVING", "REMOVING"), None), ("remove", UP, None),
        ("approve", WAITING, None), ("approve", STARTING, True), ("approve", one("MOON"), None),
    ],
)  # fmt: skip
def test_it_is_as_wanted_never_will_be_or_may_yet_become_so(kind: str, deployment: Deployment, told: object) -> None:
    assert fates.happened(kind, deployment) is told


def test_a_stopped_one_with_containers_still_shown_running_is_no_sign_that_nothing_happened() -> None:
    assert not fates.unchanged("stop", one("SUCCESS", "RUNNING", stopped=True), "SUCCESS")
    assert fates.unchanged("stop", UP, "SUCCESS")


@pytest.mark.parametrize("kind", ["cancel", "stop", "remove", "approve"])
def test_a_status_that_nobody_knows_shows_neither_that_it_happened_nor_that_it_did_not(kind: str) -> None:
    assert fates.happened(kind, one("MOON")) is None
    assert not fates.unchanged(kind, one("MOON"), "SUCCESS")
