"""Services that look well from where one asks: what is configured is not what runs, one replica is not all of them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from cockpit.adapters.http import Http
from cockpit.adapters.prometheus import Prometheus
from cockpit.adapters.scrape import Target
from cockpit.clock import RealClock
from cockpit.core.plan.check import HttpCheck, MetricCheck, RailwayCheck
from cockpit.core.reading import Verdict
from cockpit.core.reading.judgement import Judged
from cockpit.simulator.faults import Fault
from tests.adapters.conftest import site, sites  # noqa: F401  (fixtures)
from tests.adapters.railway.conftest import World, world  # noqa: F401  (a fixture)
from tests.trust.verdicts import judged

DRAIN = "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"


async def railway_says(world: World, ask: str, **more: Any) -> Judged:  # noqa: F811
    check = RailwayCheck.model_validate({"on": "railway", "ask": ask, "service": "web", **more})
    return await judged(world.railway(), check)


async def test_a_token_that_is_not_accepted_is_not_the_absence_of_variables(world: World) -> None:  # noqa: F811
    absent = {"pass": f"!('{DRAIN}' in variables)", "seen": "size(variables) > 0"}
    before = await railway_says(world, "variables", **absent)
    world.fault(Fault.UNAUTHORIZED)
    refused = await railway_says(world, "variables", **absent)
    world.misbehave()
    await world.railway().set_variables("web", {DRAIN: "600"})
    there = await railway_says(world, "variables", **absent)
    assert (before.verdict, refused.verdict, there.verdict) == (Verdict.PASS, Verdict.ERROR, Verdict.FAIL)
    assert "does not accept this token" in refused.because


async def test_what_is_configured_has_not_reached_the_instance_that_runs(world: World) -> None:  # noqa: F811
    await world.railway().set_variables("web", {DRAIN: "600"})
    applied = {"pass": f"'{DRAIN}' in variables && variables['{DRAIN}'] == '600'"}
    naive = await railway_says(world, "variables", **applied)
    ours = await railway_says(world, "running variables", **applied)
    drift = await railway_says(world, "drift", **{"pass": "count == 0"})
    assert (naive.verdict, ours.verdict, drift.verdict) == (Verdict.PASS, Verdict.FAIL, Verdict.FAIL)
    assert f"'{DRAIN}' in variables is false" in ours.because


async def test_one_address_reaches_one_replica_and_says_nothing_of_the_others(sites: Callable[[], Any]) -> None:  # noqa: F811
    replicas = [await sites() for _ in range(3)]
    for number, replica in enumerate(replicas):
        ready = number != 1
        replica.page("/health", b"", status="200 OK" if ready else "503 Service Unavailable")
        replica.page("/metrics", b"ready %d\n" % ready)
    check = HttpCheck.model_validate({"on": "app", "get": "/health", "pass": "status == 200"})
    naive = await judged(Http("app", replicas[0].url, {}), check)
    targets = [Target.of(f"{replica.url}/metrics") for replica in replicas]
    all_ready = {"metric": "ready", "by": ["instance"], "seen": "targets == 3", "pass": "rows.all(r, r.value == 1)"}
    each = MetricCheck.model_validate({"on": "api", **all_ready})
    ours = await judged(Prometheus("api", clock=RealClock(), targets=targets), each)
    replicas[1].pages["/metrics"] = b""
    gone = await judged(Prometheus("api", clock=RealClock(), targets=targets), each)
    assert (naive.verdict, ours.verdict, gone.verdict) == (Verdict.PASS, Verdict.FAIL, Verdict.ERROR)
    assert str(replicas[1].port) in ours.because
    assert "broke off the connection" in gone.because


async def test_one_healthy_replica_is_not_all_that_are_configured(world: World) -> None:  # noqa: F811
    whole = {"pass": "count == 3 && instances.all(i, i.status == 'RUNNING')"}
    naive = await railway_says(world, "instances", **{"pass": "instances.exists(i, i.status == 'RUNNING')"})
    ours = await railway_says(world, "instances", **whole)
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "count is " in ours.because


async def page_says(web: Any, path: str) -> Judged:
    check = HttpCheck.model_validate({"on": "app", "get": path, "pass": "status == 200"})
    return await judged(Http("app", web.url, {}), check)


async def test_a_page_to_sign_in_is_not_the_page_that_was_asked(sites: Callable[[], Any]) -> None:  # noqa: F811
    web, elsewhere = await sites(), await sites()
    web.page("/reports", b"all reports")
    naive = await page_says(web, "/reports")
    web.moved("/reports", "/sign-in")
    web.page("/sign-in", b"who are you?")
    ours = await page_says(web, "/reports")
    web.moved("/reports", f"{elsewhere.url}/reports")
    elsewhere.page("/reports", b"we moved")
    other = await page_says(web, "/reports")
    assert (naive.verdict, ours.verdict, other.verdict) == (Verdict.PASS, Verdict.BLIND, Verdict.BLIND)
    assert ours.because == "It sent us on, and /sign-in answered instead."


async def test_a_cache_says_what_a_server_that_is_gone_once_said(sites: Callable[[], Any]) -> None:  # noqa: F811
    web = await sites()
    web.page("/health", b"{}")
    naive = await page_says(web, "/health")
    web.page("/health", b"{}", "Age: 7200")
    ours = await page_says(web, "/health")
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.BLIND)
    assert ours.because == "A cache answered, with what it was told 2h ago."


async def test_a_page_that_cannot_be_read_does_not_lack_the_word(sites: Callable[[], Any]) -> None:  # noqa: F811
    web, words = await sites(), "a service failed"
    check = HttpCheck.model_validate({"on": "app", "get": "/status", "pass": "!text.contains('failed')"})
    found = []
    for body in (words.encode(), gzip.compress(words.encode()), words.encode("utf-16"), words.encode("utf-16-le")):
        web.page("/status", body)
        found.append(await judged(Http("app", web.url, {}), check))
    assert [each.verdict for each in found] == [Verdict.FAIL, *[Verdict.ERROR] * 3]
    assert "cannot be read as utf-8" in found[1].because


async def test_metrics_that_are_cut_off_within_a_number_are_not_a_small_number(sites: Callable[[], Any]) -> None:  # noqa: F811
    web = await sites()
    check = MetricCheck.model_validate({"on": "api", "metric": "failed", "pass": "value < 10"})
    targets = [Target.of(f"{web.url}/metrics")]
    found = []
    for body in (b"failed 512\n", b"failed 5"):
        web.page("/metrics", body)
        found.append(await judged(Prometheus("api", clock=RealClock(), targets=targets), check))
    assert [each.verdict for each in found] == [Verdict.FAIL, Verdict.ERROR]
    assert "It is cut off" in found[1].because
