"""What a tier allows and keeps, and how the stand-in turns away what is above it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.simulator import configuration, deployments
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.tiers import HOUR, TIERS, Meter
from cockpit.simulator.world import World

from .conftest import House

WHO = "query Who { projectToken { environment { name } } }"
LINES = """query L($e: String!) {
    environmentLogs(environmentId: $e, beforeDate: "2020-01-01T00:00:00Z", anchorDate: "2026-02-23T08:59:00Z",
        beforeLimit: 5000) { timestamp }
}"""


def kept(*, limits: bool = True) -> Meter:
    meter = Meter()
    meter.is_kept = limits
    return meter


def test_the_price_list_is_as_documented():
    assert [(one.name, one.per_hour, one.per_second, one.images / timedelta(hours=1), one.lines.days, one.replicas)
            for one in TIERS.values()] == [
        ("free", 100, None, 24, 7, 1),
        ("trial", 1000, None, 24, 7, 2),
        ("hobby", 1000, 10, 72, 7, 6),
        ("pro", 10_000, 50, 120, 30, 42),
        ("enterprise", 10_000, 50, 360, 90, 50),
    ]  # fmt: skip


def test_so_many_requests_a_second_are_welcome_and_the_next_one_waits_for_the_first_to_be_over():
    meter, hobby = kept(), TIERS["hobby"]
    assert [meter.wait(hobby, "a", 100.0 + n / 100) for n in range(10)] == [0.0] * 10
    assert meter.wait(hobby, "a", 100.5) == pytest.approx(0.5)
    assert meter.wait(hobby, "b", 100.5) == 0.0
    assert meter.wait(hobby, "a", 101.0) == 0.0


def test_so_many_requests_an_hour_are_welcome_and_those_turned_away_do_not_count():
    meter, free = kept(), TIERS["free"]
    assert {meter.wait(free, "a", 1000.0 + n) for n in range(100)} == {0.0}
    assert [meter.wait(free, "a", 2000.0) for _ in range(3)] == [pytest.approx(HOUR - 1000)] * 3
    assert meter.wait(free, "a", 1000.0 + HOUR) == 0.0


def test_until_somebody_asks_for_it_nobody_is_turned_away():
    meter = kept(limits=False)
    assert {meter.wait(TIERS["free"], "a", 0.0) for _ in range(1000)} == {0.0}


def test_what_is_left_is_told_by_token_only_where_somebody_asked_for_that():
    meter, free = kept(limits=False), TIERS["free"]
    assert meter.headers(free, "a", 1000.0) == {}
    meter.is_told = True
    for n in range(130):
        meter.wait(free, "a", 1000.0 + n)
    assert meter.headers(free, "a", 1200.0) == {
        "x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4600",
    }  # fmt: skip
    assert meter.headers(free, "b", 1200.0)["x-ratelimit-remaining"] == "100"


async def test_above_the_limit_comes_a_429_with_its_patience_in_whole_seconds_and_nothing_takes_effect(house: House):
    assert (await house.admin("POST", "/tier", {"tier": "free", "limits": True})).json() == {
        "tier": "free", "limits": True, "headers": False,
    }  # fmt: skip
    for _ in range(100):
        assert (await house.post(WHO)).headers["ratelimit-policy"] == '"default";q=100;w=3600'
    mutation = "mutation D($s: String!, $e: String!) { serviceInstanceDeployV2(serviceId: $s, environmentId: $e) }"
    refused = await house.post(mutation, s=house.web, e=house.environment)
    assert refused.status_code == 429
    assert 3590 <= int(refused.headers["retry-after"]) <= 3600
    assert (house.ledger()[-1].status, house.ledger()[-1].effect) == (429, None)
    await house.admin("POST", "/tier", {"limits": False})
    assert (await house.post(WHO)).status_code == 200
    assert house.simulation.world.tier == "free"


@pytest.mark.parametrize(("tier", "hours"), [("free", 24), ("hobby", 72), ("pro", 120), ("enterprise", 360)])
def test_an_image_can_be_gone_back_to_for_as_long_as_the_tier_keeps_it(
    world: World, place: tuple[str, str], tier: str, hours: int
):
    world.tier = tier
    gone = world.of(*place)[1]
    assert gone.removed is not None
    assert deployments.can_roll_back(world, gone, gone.removed + timedelta(hours=hours, seconds=-1))
    assert not deployments.can_roll_back(world, gone, gone.removed + timedelta(hours=hours))


async def test_lines_older_than_the_tier_keeps_are_gone(house: House):
    """Web has spoken for a week and three hours; Hobby keeps seven days, Pro thirty."""
    assert (await house.ask(LINES, e=house.environment))["environmentLogs"] == []
    await house.admin("POST", "/tier", {"tier": "pro"})
    found = (await house.ask(LINES, e=house.environment))["environmentLogs"]
    assert found[0]["timestamp"].startswith("2026-02-23T05")


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_has_so_many_replicas_and_no_more(world: World, place: tuple[str, str], tier: str):
    world.tier, most = tier, TIERS[tier].replicas
    environment, web = place

    def scale(count: int) -> None:
        part = {"deploy": {"multiRegionConfig": {"us-west2": {"numReplicas": count}}}}
        configuration.commit(world, world.origin, environment, {"services": {web: part}}, skip_deploys=False)

    scale(most)
    with pytest.raises(Refusal, match="numReplicas"):
        scale(most + 1)
    assert len(world.serving(*place)[0].replicas) == most
