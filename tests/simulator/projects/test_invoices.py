"""What the services of the invoice project write: the same in any window, in the order that a plan looks for."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta

import pytest

from cockpit.simulator import agenda, configuration, deployments, genesis, logs
from cockpit.simulator.clock import nanos
from cockpit.simulator.logs import Source
from cockpit.simulator.projects.invoices import INVOICES
from cockpit.simulator.scenario import named
from cockpit.simulator.world import Deployment, World

SECOND = 1_000_000_000


@pytest.fixture
def invoices(origin: datetime) -> World:
    return genesis.found("seed", named("worker-crash-loop"), origin, project=INVOICES)


def deployed(world: World, service: str, at: datetime) -> Deployment:
    new = deployments.deploy(world, at, world.stage.id, world.service_named(service).id)
    agenda.advance(world, at + timedelta(minutes=10))
    return new


def said(world: World, deployment: Deployment, until: datetime) -> list[str]:
    return [line.message for line in logs.between(world, Source(deployment=deployment.id), 0, nanos(until))]


def test_every_world_of_it_has_the_same_commits_so_that_a_plan_can_name_one(origin: datetime, invoices: World) -> None:
    other = genesis.found("another seed", named("calm"), origin, project=INVOICES)
    assert other.commits == invoices.commits
    reports = [genesis.found(seed, named("calm"), origin) for seed in ("a", "b")]
    assert reports[0].commits != reports[1].commits


def test_lines_read_the_same_however_the_window_is_cut(invoices: World, origin: datetime) -> None:
    deployed(invoices, "importer", origin)
    source = Source(environment=invoices.stage.id)
    start, end = nanos(origin), nanos(origin + timedelta(minutes=10))
    whole = logs.between(invoices, source, start, end)
    cuts = range(start, end, 7 * SECOND)
    assert whole == [line for low in cuts for line in logs.between(invoices, source, low, min(low + 7 * SECOND, end))]
    assert len(whole) > 100


def test_a_worker_names_itself_its_type_and_its_commit_before_it_works(invoices: World, origin: datetime) -> None:
    new = deployed(invoices, "reminder", origin)
    lines = said(invoices, new, origin + timedelta(minutes=10))
    assert lines[1:4] == [
        f"worker reminder-{new.replicas[0].id[:8]} starting, type reminder, git {new.commit[:8]}",
        "database connection established, pool size 5, overflow 10",
        "entering main loop",
    ]
    work = [line.split(" ")[0] for line in lines[4:]]
    assert work[:3] == ["claimed", "processing", "completed"]


def test_jobs_of_the_log_are_those_of_the_rows(invoices: World, origin: datetime) -> None:
    importer = invoices.serving(invoices.stage.id, invoices.service_named("importer").id)[0]
    lines = said(invoices, importer, origin + timedelta(minutes=1))
    jobs = [uuid.UUID(hashlib.md5(f"job {n}".encode(), usedforsecurity=False).hexdigest()) for n in (0, 1)]
    assert lines[-6:] == [f"{word} job {job}" for job in jobs for word in ("claimed", "processing", "completed")]


def test_an_importer_that_cannot_work_gives_up_after_ten_attempts_and_begins_anew(
    invoices: World, origin: datetime
) -> None:
    new = deployed(invoices, "importer", origin)
    lines = said(invoices, new, origin + timedelta(minutes=10))[4:]
    assert [line.split(":")[0] for line in lines[:12]] == [
        *(f"ERROR claim {attempt} failed" for attempt in range(1, 11)), "CRITICAL crash loop", lines[11],
    ]  # fmt: skip
    assert lines[11].startswith("worker importer-")
    old = invoices.of(invoices.stage.id, new.service)[1]
    assert not any("ERROR" in line for line in said(invoices, old, origin))


def test_one_that_was_stopped_says_nothing_more_when_it_is_replaced(invoices: World, origin: datetime) -> None:
    importer = invoices.serving(invoices.stage.id, invoices.service_named("importer").id)[0]
    deployments.stop(invoices, origin, importer)
    agenda.advance(invoices, origin + timedelta(minutes=1))
    deployed(invoices, "importer", origin + timedelta(minutes=1))
    assert importer.status == "REMOVED"
    lines = said(invoices, importer, origin + timedelta(minutes=20))
    assert lines[-1] == "bye"
    assert lines.count("SIGTERM received, finishing 0 jobs") == 1


def test_a_further_replica_begins_in_its_own_name_and_works_from_then_on(invoices: World, origin: datetime) -> None:
    reminder = invoices.service_named("reminder").id
    at = origin + timedelta(minutes=1)
    patch = {"services": {reminder: {"deploy": {"multiRegionConfig": {"us-west2": {"numReplicas": 2}}}}}}
    configuration.commit(invoices, at, invoices.stage.id, patch, skip_deploys=False)
    serving = invoices.serving(invoices.stage.id, reminder)[0]
    first, second = (replica.id for replica in serving.replicas)
    lines = logs.between(invoices, Source(deployment=serving.id), 0, nanos(at + timedelta(minutes=10)))
    assert [line.replica for line in lines if "starting" in line.message] == [second]
    assert {line.replica for line in lines if line.at < nanos(at)} == {first}
    assert {line.replica for line in lines if line.at > nanos(at)} == {first, second}
