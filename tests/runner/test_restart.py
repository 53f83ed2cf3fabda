"""A restart is done when something shows that only a start after the request can have left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cockpit.adapters.railway import Railway
from cockpit.core.rollout.deployment import Deployment, Instance, Observation, PlatformLine
from cockpit.runner import restarts

from .conftest import Bring, plan_of

RESTART = "work/do:restart_web"
MADE = datetime(2026, 3, 1, tzinfo=UTC)
SENT = datetime(2026, 3, 1, 9, 0, 0, 700_000, tzinfo=UTC)


async def test_a_restart_that_was_really_made_is_proved(world: Bring, bench: Bring) -> None:
    place = await world(speed=60)
    made = await bench(plan_of("do restart_web"), world=place, logs=True)
    await made.do(RESTART)
    await made.until_item(RESTART, "done", "failed", "unknown")
    known = made.state.item(RESTART)
    assert known.status == "done"
    assert any(words in known.because for words in ("seen down", "Starting Container"))
    assert made.intent(RESTART).before["instances"]
    assert len(place.effects("deploymentRestart")) == 1


def seen(
    *, instance: str = "one", status: str = "RUNNING", stamp: datetime = MADE, line: datetime | None = None
) -> Observation:
    replica = Instance(id=instance, status=status)
    web = Deployment(id="web", status="SUCCESS", status_at=stamp, created_at=MADE, instances=(replica,))
    lines = (PlatformLine(at=line, deployment="web", text="Starting Container"),) if line else ()
    return Observation(at=SENT, new=web, lines=lines)


@pytest.mark.parametrize(
    ("after", "trace"),
    [
        (seen(), None),
        (seen(line=SENT - timedelta(seconds=5)), None),
        (seen(line=SENT.replace(microsecond=0)), "the log says Starting Container"),
        (seen(instance="two"), "other instances run"),
        (seen(stamp=SENT), "its status has a new stamp"),
    ],
)
def test_only_what_a_later_start_left_shows_a_restart(after: Observation, trace: str | None) -> None:
    assert restarts.shows(after, restarts.standing(seen().new), SENT) == trace


def test_where_nothing_is_known_from_before_instances_show_nothing() -> None:
    assert restarts.shows(seen(instance="two"), {}, SENT) is None


@pytest.mark.parametrize(("status", "down"), [("RUNNING", False), ("RESTARTING", True), ("EXITED", True)])
def test_a_replica_that_does_not_run_is_down(status: str, *, down: bool) -> None:
    assert restarts.is_down(seen(status=status)) is down


async def test_the_instances_of_before_prove_no_restart(
    world: Bring, bench: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(self: Railway, deployment: str) -> None:
        """Railway says yes, and nothing is restarted."""

    monkeypatch.setattr(Railway, "restart", nothing)
    place = await world()
    made = await bench(plan_of("do restart_web"), world=place)
    await made.do(RESTART)
    await made.until_item(RESTART, "done", "failed", "unknown")
    assert made.state.item(RESTART).status == "unknown"
    assert "no sign that it was restarted" in made.state.item(RESTART).because
