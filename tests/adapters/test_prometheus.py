"""Metrics, scraped from real servers or asked of one in PromQL: told, or blind and why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from cockpit.adapters.prometheus import Prometheus
from cockpit.adapters.scrape import Target
from cockpit.clock import FrozenClock
from cockpit.core.plan.check import MetricCheck, PostgresCheck, QueryCheck
from cockpit.core.reading import Answer, Verdict
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import judge, value_of
from cockpit.errors import Garbled, Missing, Refused, TimedOut, Unreachable
from cockpit.ports import Asking
from tests.adapters.site import Site

SECRET = "hunter2000"

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUNS = """# TYPE runs_total counter
runs_total{fn="a",status="Completed"} %d
runs_total{fn="b",status="Completed"} %d
"""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


Make = Callable[..., Prometheus]


@pytest.fixture
async def make(clock: FrozenClock) -> AsyncIterator[Make]:
    made: list[Prometheus] = []

    def prometheus(*targets: str, **more: Any) -> Prometheus:
        source = Prometheus("metrics", clock=clock, targets=[Target.of(each) for each in targets], **more)
        made.append(source)
        return source

    yield prometheus
    for source in made:
        await source.close()


def metric(name: str = "runs_total", **more: Any) -> MetricCheck:
    return MetricCheck.model_validate({"on": "metrics", "metric": name, **more})


def query(promql: str, **more: Any) -> QueryCheck:
    return QueryCheck.model_validate({"on": "metrics", "promql": promql, **more})


async def ask(source: Prometheus, check: MetricCheck | QueryCheck) -> Answer:
    return await source.ask(check, Asking())


async def test_a_metric_is_summed_over_targets_and_labels(make: Make, sites: Any) -> None:
    one, two = await sites(), await sites()
    one.page("/metrics", (RUNS % (10, 2)).encode())
    two.page("/metrics", (RUNS % (30, 5)).encode())
    source = make(f"{one.url}/metrics", f"{two.url}/metrics")
    whole = (await ask(source, metric())).facts
    assert (whole["value"], whole["series"], whole["targets"]) == (47, 4, 2)
    by_function = await ask(source, metric(by=["fn"]))
    assert by_function.table.columns == ("fn", "value")
    assert by_function.table.rows == (("a", Decimal(40)), ("b", Decimal(7)))
    assert (await ask(source, metric(where={"fn": "b"}))).facts["value"] == 7
    by_target = await ask(source, metric(by=["instance"]))
    assert set(by_target.table.rows) == {(f"127.0.0.1:{one.port}", 12), (f"127.0.0.1:{two.port}", 35)}


@pytest.mark.parametrize(
    ("check", "why"),
    [
        (metric("run_total"), "No target exposes run_total"),
        (metric(where={"state": "Failed"}), "No series of runs_total has the label state; there is fn, status."),
        (metric(by=["state"]), "No series of runs_total has the label state"),
        (metric(where={"status": "failed"}), "has status=failed; there is Completed."),
        (metric(where={"status": "Failed"}), "If none counts as zero, write absent = 0."),
        (metric(increase="10m"), "The window of 10m is covered for 1s only."),
    ],
)
async def test_what_could_not_have_shown_the_trouble_is_blind_and_says_why(
    make: Make, site: Site, check: MetricCheck, why: str
) -> None:
    site.page("/metrics", (RUNS % (10, 2)).encode())
    answer = await ask(make(f"{site.url}/metrics"), check)
    assert why in answer.blind
    expecting = check.model_copy(update={"pass_": "value == 0"})
    judged = judge(expecting, answer, own_series((), START, None, value_of(answer)))
    assert judged.verdict is Verdict.BLIND
    assert judged.because == answer.blind


async def test_none_counts_as_zero_only_where_the_plan_says_so_and_the_metric_is_there(make: Make, site: Site) -> None:
    site.page("/metrics", (RUNS % (10, 2)).encode())
    source = make(f"{site.url}/metrics")
    failed = metric(where={"status": "Failed"}, absent=0)
    assert (await ask(source, failed)).facts["value"] == 0
    site.page("/metrics", b"other_total 1\n")
    assert "No target exposes runs_total" in (await ask(source, failed)).blind


async def test_an_increase_is_what_was_sampled_here_and_any_scrape_feeds_it(
    make: Make, site: Site, clock: FrozenClock
) -> None:
    source = make(f"{site.url}/metrics", windows={"runs_total": timedelta(minutes=10)})
    growing = metric(increase="10m", where={"status": "Failed"}, absent=0)
    later = RUNS % (11, 3) + 'runs_total{fn="a",status="Failed"} 2\n'
    for minute, page in enumerate([RUNS % (10, 2)] * 8 + [later] * 3):
        clock.at = START + timedelta(minutes=minute)
        site.page("/metrics", (page + "load 1\n").encode())
        if minute < 10:
            await ask(source, metric("load"))
    answer = await ask(source, growing)
    assert (answer.facts["value"], answer.facts["covered"]) == (2, timedelta(minutes=10))
    assert (await ask(source, metric(increase="10m"))).facts["value"] == 4
    rate = (await ask(source, metric(rate="10m", by=["status"]))).table.rows
    assert set(rate) == {("Completed", Decimal(2) / 600), ("Failed", Decimal(2) / 600)}


async def test_a_gauge_that_is_no_number_is_blind(make: Make, site: Site) -> None:
    site.page("/metrics", b"load NaN\n")
    assert "no finite number" in (await ask(make(f"{site.url}/metrics"), metric("load"))).blind


@pytest.mark.parametrize(
    ("body", "status", "error", "word"),
    [
        (b"<html>", "200 OK", Garbled, "exposes no metrics: Line 1 is no sample"),
        (b"", "401 Unauthorized", Refused, "takes us for nobody"),
        (b"", "404 Not Found", Missing, "there is nothing"),
        (b"", "503 Service Unavailable", Unreachable, "not well"),
        (b"x 1\n" * 2_200_000, "200 OK", Garbled, "more than 8 MB"),
    ],
)
async def test_a_target_that_does_not_answer_well_is_an_error(
    make: Make, site: Site, body: bytes, status: str, error: type[Exception], word: str
) -> None:
    site.page("/metrics", body, status=status)
    with pytest.raises(error, match=word):
        await ask(make(f"{site.url}/metrics"), metric("x"))


async def test_one_of_two_targets_down_is_an_error_and_not_half_a_sum(make: Make, site: Site) -> None:
    site.page("/metrics", b"x 1\n")
    with pytest.raises(Unreachable, match="cannot be reached"):
        await ask(make(f"{site.url}/metrics", "http://127.0.0.1:1/metrics"), metric("x"))


async def test_a_target_that_never_answers_ends_at_the_deadline(make: Make, site: Site) -> None:
    site.pages["/metrics"] = None
    with pytest.raises(TimedOut, match=r"did not answer within 0\.2 s"):
        await ask(make(f"{site.url}/metrics"), MetricCheck(on="metrics", metric="x", deadline=timedelta(seconds=0.2)))


async def test_a_redirect_is_not_told_the_secret_and_what_answers_there_is_no_answer(make: Make, sites: Any) -> None:
    one, two = await sites(), await sites()
    one.moved("/metrics", f"{two.url}/metrics")
    two.page("/metrics", b"x 1\n")
    source = make(f"{one.url}/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    with pytest.raises(Garbled, match=r"did not answer itself\. 127\.0\.0\.1 sent us on"):
        await ask(source, metric("x"))
    assert SECRET in one.requests[0]
    assert SECRET not in two.requests[0]


def vector(*series: tuple[dict[str, str], str]) -> dict[str, Any]:
    result = [{"metric": labels, "value": [START.timestamp() + 0.123, value]} for labels, value in series]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def api(site: Site, promql: str, told: object, status: str = "200 OK") -> None:
    site.page(f"/api/v1/query?{urlencode({'query': promql})}", json.dumps(told).encode(), status=status)


async def test_promql_gives_a_value_or_rows(make: Make, site: Site) -> None:
    source = make(server=site.url)
    api(site, "sum(x)", vector(({}, "0.10")))
    assert str((await ask(source, query("sum(x)"))).facts["value"]) == "0.10"
    api(site, "x", vector(({"__name__": "x", "job": "a"}, "1"), ({"__name__": "x", "job": "b"}, "NaN")))
    answer = await ask(source, query("x"))
    assert answer.table.columns == ("job", "value")
    assert answer.table.rows == (("a", Decimal(1)), ("b", None))
    api(site, "scalar(x)", {"status": "success", "data": {"resultType": "scalar", "result": [START.timestamp(), "4"]}})
    assert (await ask(source, query("scalar(x)"))).facts["value"] == 4


async def test_what_was_evaluated_long_ago_is_no_answer(make: Make, site: Site, clock: FrozenClock) -> None:
    api(site, "failed", vector(({}, "0")))
    clock.at = START + timedelta(hours=2)
    with pytest.raises(Garbled, match="what held 120 minutes ago"):
        await ask(make(server=site.url), query("failed"))


async def test_an_empty_vector_is_blind_unless_what_it_looks_at_is_proved_to_be_there(make: Make, site: Site) -> None:
    source = make(server=site.url)
    api(site, "errors > 0", vector())
    assert "how a wrong name looks too" in (await ask(source, query("errors > 0"))).blind
    api(site, "count(errors)", vector())
    assert (
        "Nothing is there that the query could find: errors."
        in (await ask(source, query("errors > 0", exists="errors", absent=0))).blind
    )
    api(site, "count(errors)", vector(({}, "3")))
    assert (await ask(source, query("errors > 0", exists="errors", absent=0))).facts["value"] == 0
    assert "write absent = 0" in (await ask(source, query("errors > 0", exists="errors"))).blind


@pytest.mark.parametrize(("value", "why"), [("NaN", "nothing was divided by nothing"), ("+Inf", "beyond all numbers")])
async def test_a_quotient_of_nothing_is_blind(make: Make, site: Site, value: str, why: str) -> None:
    api(site, "a / b", vector(({}, value)))
    assert why in (await ask(make(server=site.url), query("a / b"))).blind


@pytest.mark.parametrize(
    ("told", "status", "error", "word"),
    [
        ({"status": "error", "error": "parse \x1b error"}, "400 Bad Request", Refused, "parse"),
        ({"status": "success", "data": {"resultType": "matrix", "result": []}}, "200 OK", Garbled, "no instant vector"),
        ({"status": "success", "data": {"resultType": "vector", "result": [{}]}}, "200 OK", Garbled, "no instant"),
        ({"status": "success", "data": 5}, "200 OK", Garbled, "no instant vector"),
        (vector(({}, "1e999999999")), "200 OK", Garbled, "no instant vector"),
        ({**vector(({}, "1")), "warnings": ["store a is down"]}, "200 OK", Garbled, "part of what it should"),
        ([], "200 OK", Garbled, "does not answer as Prometheus does"),
        ({}, "502 Bad Gateway", Unreachable, "not well"),
    ],
)
async def test_a_server_that_does_not_answer_the_query_is_an_error(
    make: Make, site: Site, told: object, status: str, error: type[Exception], word: str
) -> None:
    api(site, "x", told, status)
    with pytest.raises(error, match=word) as caught:
        await ask(make(server=site.url), query("x"))
    assert "\x1b" not in str(caught.value)


async def test_what_a_connection_has_not_got_is_refused_in_words(make: Make, site: Site) -> None:
    with pytest.raises(Refused, match="has no targets, and metric asks those"):
        await ask(make(server=site.url), metric())
    with pytest.raises(Refused, match="has no server, and promql asks those"):
        await ask(make(f"{site.url}/metrics"), query("x"))
    with pytest.raises(Refused, match="answers no such check"):
        await make(site.url).ask(PostgresCheck(on="metrics", sql="select 1"), Asking())
    with pytest.raises(Refused, match="cannot be sent"):
        make(site.url, headers={"X": "a\nb"})


async def test_doctor_scrapes_every_target_or_asks_the_server(make: Make, site: Site) -> None:
    site.page("/metrics", (RUNS % (1, 2)).encode())
    link = await make(f"{site.url}/metrics", headers={"X-Key": SECRET}).examine()
    assert (link.ok, link.summary) == (True, f"{site.url}/metrics: 2 samples")
    assert link.warnings == ("Its headers travel in the clear: write https://.",)
    api(site, "vector(1)", vector(({}, "1")))
    assert (await make(server=site.url).examine()).summary == f"{site.url} answers PromQL"
    down = await make("http://127.0.0.1:1/metrics").examine()
    assert (down.ok, bool(down.remedy)) == (False, True)


async def test_what_was_measured_long_ago_is_no_value_of_now(make: Make, site: Site) -> None:
    source = make(f"{site.url}/metrics")
    stamp = round(START.timestamp() * 1000)
    site.page("/metrics", f"depth 3 {stamp - 200_000}\nother 1 {stamp - 9_000_000}\n".encode())
    assert (await ask(source, metric("depth"))).facts["value"] == 3
    site.page("/metrics", f"depth 3 {stamp - 301_000}\n".encode())
    with pytest.raises(Garbled, match=r"depth of .* was measured more than 5 minutes ago"):
        await ask(source, metric("depth"))
