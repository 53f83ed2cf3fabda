from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit.core.rollout import advance, begin, drain, overlap
from cockpit.core.rollout.deployment import Rollout
from cockpit.errors import Missing, Refused, Throttled, TimedOut
from cockpit.ports import Asking, Platform
from cockpit.simulator.faults import Fault
from tests.adapters.railway.conftest import World, playing

GRACE = {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"}


async def rolled_out(world: World, railway: Platform, new: str, old: str) -> Rollout:
    settings = await railway.settings("web")
    rollout = begin(new, "web", old, started=world.now(), overlap=settings.overlap, drain=settings.drain)
    async with asyncio.timeout(20):
        while not rollout.is_over:
            rollout = advance(rollout, await railway.observe("web", new, old))
            await asyncio.sleep(0.005)
    return rollout


async def test_a_rollout_is_followed_to_its_end_by_the_servers_clocks(swift: World):
    railway = swift.railway(requests_per_hour=10_000)
    serving = await railway.serving("web")
    assert serving is not None
    assert serving.is_up
    await railway.set_variables("web", GRACE)
    new = await railway.deploy("web")
    rollout = await rolled_out(swift, railway, new, serving.id)
    assert rollout.outcome == "done", rollout.because
    assert overlap(rollout) == timedelta(minutes=5)
    drained = drain(rollout)
    assert drained is not None
    assert timedelta(0) < drained < timedelta(minutes=10)
    assert rollout.deviations == ()
    assert {stage.name for stage in rollout.stages if stage.ended} == {
        "build", "deploy", "health", "overlap", "drain", "gone",
    }  # fmt: skip
    assert rollout.digest != rollout.old_digest
    now_serving = await railway.serving("web")
    assert now_serving is not None
    assert now_serving.id == new


async def test_a_deployment_that_never_gets_healthy_fails_and_says_who_serves(tmp_path: Path):
    async with playing(tmp_path, 2400.0, "health-fails") as world:
        railway = world.railway(requests_per_hour=10_000)
        before = await railway.serving("web")
        assert before is not None
        rollout = await rolled_out(world, railway, await railway.deploy("web"), before.id)
        assert rollout.outcome == "failed"
        assert "at healthcheck" in rollout.because
        assert "The old deployment still serves." in rollout.because
        assert [stage.name for stage in rollout.stages if stage.failed] == ["health"]
        assert await railway.serving("web") == before


async def test_an_old_instance_that_outlives_its_drain_is_a_deviation(tmp_path: Path):
    async with playing(tmp_path, 2400.0, "drain-overruns") as world:
        railway = world.railway(requests_per_hour=10_000)
        before = await railway.serving("web")
        assert before is not None
        await railway.set_variables("web", GRACE)
        rollout = await rolled_out(world, railway, await railway.deploy("web"), before.id)
        assert rollout.outcome == "done", rollout.because
        (deviation,) = rollout.deviations
        assert deviation.startswith("The drain used its whole window")


async def test_a_rollback_makes_a_new_deployment_of_the_old_image(swift: World):
    railway = swift.railway(requests_per_hour=10_000)
    before = await railway.serving("web")
    assert before is not None
    new = await railway.deploy("web")
    await rolled_out(swift, railway, new, before.id)
    known = {one.id for one in await railway.deployments("web")}
    await railway.roll_back(before.id)
    newest, *_ = await railway.deployments("web")
    assert newest.id not in known
    rollout = await rolled_out(swift, railway, newest.id, new)
    assert rollout.outcome == "done", rollout.because
    assert rollout.digest == before.digest


async def test_deployments_come_newest_first(world: World):
    railway = world.railway()
    new = await railway.deploy("web")
    listed = await railway.deployments("web", first=2)
    assert len(listed) == 2
    assert listed[0].id == new
    assert listed[0].created_at > listed[1].created_at
    assert not listed[0].is_up


async def test_a_deployment_carries_what_proves_it(world: World):
    serving = await world.railway().serving("web")
    assert serving is not None
    assert serving.digest is not None
    assert serving.digest.startswith("sha256:")
    assert serving.commit
    assert serving.image
    assert serving.status_at is not None
    assert serving.status_at.utcoffset() == timedelta(0)


async def test_a_deployment_that_is_not_there_is_none(world: World):
    railway = world.railway()
    assert await railway.deployment("11111111-1111-4111-8111-111111111111") is None
    (newest, *_) = await railway.deployments("web")
    assert await railway.deployment(newest.id) == newest


async def test_one_look_is_one_request(world: World):
    railway = world.railway()
    (old, *_) = await railway.deployments("web")
    new = await railway.deploy("web")
    used = railway.budget.used
    seen = await railway.observe("web", new, old.id)
    assert railway.budget.used == used + 1
    assert (seen.new.id, seen.old and seen.old.id, seen.latest) == (new, old.id, new)
    assert seen.active == (old.id,)
    assert seen.at <= world.now()


async def test_a_first_deployment_is_looked_at_without_an_old_one(world: World):
    railway = world.railway()
    new = await railway.deploy("web")
    assert (await railway.observe("web", new, None)).old is None


async def test_a_status_nobody_knows_passes_through(world: World):
    railway = world.railway()
    new = await railway.deploy("web")
    world.fault(Fault.UNKNOWN_STATUS, text="CANCELLED")
    assert (await railway.observe("web", new, None)).new.status == "CANCELLED"


async def test_a_look_may_be_urgent(world: World):
    railway = world.railway(requests_per_hour=20)
    new = await railway.deploy("web")
    while railway.budget.used < 10:
        await railway.observe("web", new, None)
    with pytest.raises(Throttled):
        await railway.observe("web", new, None)
    assert await railway.observe("web", new, None, urgent=True)
    assert await railway.deployments("web", urgent=True)


async def test_variables_are_set_without_a_deploy_and_read_back_unrendered(world: World):
    railway = world.railway()
    before, deployments = await railway.variables("web"), await railway.deployments("web")
    assert before["DATABASE_URL"].startswith("${{")
    await railway.set_variables("web", GRACE)
    assert await railway.variables("web") == {**before, **GRACE}
    assert await railway.deployments("web") == deployments


async def test_what_runs_keeps_the_variables_it_was_built_with(world: World):
    railway = world.railway()
    serving = await railway.serving("web")
    assert serving is not None
    await railway.set_variables("web", GRACE)
    assert not GRACE.keys() & (await railway.running_variables(serving.id)).keys()


async def test_settings_are_forecast_from_the_variables(world: World):
    railway = world.railway()
    assert (await railway.settings("web")).overlap is None
    await railway.set_variables("web", GRACE)
    settings = await railway.settings("web")
    assert (settings.overlap, settings.drain, settings.health_path) == (300, 600, "/api/health")


async def test_scale_keeps_the_region(world: World):
    railway = world.railway()
    await railway.scale("web", 3)
    assert (await railway.settings("web")).replicas == 3
    (entry,) = world.asked("CommitPatch")
    (config,) = entry.variables["patch"]["services"].values()
    ((_, amount),) = config["deploy"]["multiRegionConfig"].items()
    assert amount["numReplicas"] == 3


async def test_a_deployment_underway_is_cancelled(world: World):
    railway = world.railway()
    new = await railway.deploy("web")
    await railway.cancel(new)
    gone = await railway.deployment(new)
    assert gone is not None
    assert gone.status in ("REMOVING", "REMOVED")


async def test_restart_and_redeploy_reach_the_deployment(world: World):
    railway = world.railway()
    serving = await railway.serving("web")
    assert serving is not None
    await railway.restart(serving.id)
    assert [entry.variables for entry in world.asked("Restart")] == [{"id": serving.id}]
    again = await railway.redeploy(serving.id)
    assert (await railway.deployments("web", first=1))[0].id == again


async def test_a_rollback_that_railway_refuses_is_refused(world: World):
    railway = world.railway()
    new = await railway.deploy("web")
    with pytest.raises(Refused):
        await railway.roll_back(new)


async def test_a_snapshot_that_is_not_kept_is_missing(world: World):
    with pytest.raises((Missing, Refused)):
        await world.railway().running_variables("11111111-1111-4111-8111-111111111111")


async def test_an_asking_ends_at_its_deadline(world: World):
    from cockpit.core.plan.check import RailwayCheck

    railway = world.railway()
    await railway.scope()
    world.fault(Fault.HANG)
    check = RailwayCheck(on="railway", ask="variables", service="web", deadline=timedelta(milliseconds=50))
    with pytest.raises(TimedOut):
        await railway.ask(check, Asking())


async def test_a_check_of_another_source_is_refused(world: World):
    from cockpit.core.plan.check import HttpCheck

    with pytest.raises(Refused, match="http"):
        await world.railway().ask(HttpCheck(on="railway", get="/"), Asking())
