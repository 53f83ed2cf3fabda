from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cockpit.adapters.railway import logcheck, logs
from cockpit.adapters.railway.logs import Window
from cockpit.core.plan.check import LogCheck
from cockpit.core.reading import Answer
from cockpit.core.text.logline import LogLine
from cockpit.errors import Missing, Refused
from cockpit.ports import Asking, Scope
from tests.adapters.railway.conftest import World

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SCOPE = Scope("project", "reports", "p", "production", "e", {"web": "w"})
DRAIN = ("SIGTERM received", r"finished \d+ requests", "bye")


def check(**parts: Any) -> LogCheck:
    return LogCheck.model_validate({"on": "railway", "logs": "web", "since": "1h"} | parts)


def line(text: str, *, instance: str = "i1", deployment: str = "old", second: int = 0) -> LogLine:
    at = START + timedelta(seconds=second)
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.000000000Z"
    return LogLine(at, stamp, text, "info", "web", deployment, instance)


def said(*texts: str, instance: str = "i1", deployment: str = "old") -> list[LogLine]:
    return [line(text, instance=instance, deployment=deployment, second=n) for n, text in enumerate(texts)]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask over lines as if they had been read from a window."""

    async def ask(
        asked: LogCheck, lines: list[LogLine], deployment: str | None = None, *, whole: bool = True
    ) -> Answer:
        async def window(*_: object, **__: object) -> Window:
            return Window(lines, whole)

        monkeypatch.setattr(logs, "window", window)
        return await logcheck.ask(None, SCOPE, asked, Asking(since=START, deployment=deployment))  # type: ignore[arg-type]  # no client is needed where the window is given

    return ask


async def test_matching_lines_are_counted(told: Any):
    answer = await told(check(match="ERROR|CRITICAL"), said("ok", "ERROR a", "a CRITICAL b", "fine"))
    assert answer.facts == {"count": 2, "lines": 4, "found": True, "missing": None}
    assert answer.evidence[-1].endswith("a CRITICAL b")
    assert not answer.gap


async def test_what_does_not_occur_is_named(told: Any):
    answer = await told(check(match="ERROR"), said("ok"))
    assert answer.facts == {"count": 0, "lines": 1, "found": False, "missing": "ERROR"}


async def test_evidence_is_the_last_handful(told: Any):
    answer = await told(check(match="x"), said(*(f"x{n}" for n in range(20))))
    assert [shown.split()[-1] for shown in answer.evidence] == ["x15", "x16", "x17", "x18", "x19"]


ORDERED: list[tuple[str, list[LogLine], bool, str | None]] = [
    ("in order", said("SIGTERM received", "noise", "finished 3 requests", "bye"), True, None),
    ("one is missing", said("SIGTERM received", "bye"), False, DRAIN[1]),
    ("out of order", said("bye", "finished 3 requests", "SIGTERM received"), False, DRAIN[1]),
    ("nothing at all", [], False, DRAIN[0]),
    ("nothing of it", said("noise"), False, DRAIN[0]),
    ("across two instances is not in order",
     [*said("SIGTERM received"), *said("x", "finished 3 requests", "bye", instance="i2")], False, DRAIN[1]),
    ("each of two instances", [*said("SIGTERM received", "finished 1 requests", "bye"),
                               *said("SIGTERM received", "finished 2 requests", "bye", instance="i2")], True, None),
    ("one of two instances did not finish", [*said("SIGTERM received", "finished 1 requests", "bye", instance="i1"),
                                             *said("SIGTERM received", instance="i2")], False, DRAIN[1]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "found", "missing"), [case[1:] for case in ORDERED], ids=[case[0] for case in ORDERED]
)
async def test_patterns_are_met_in_order_by_every_instance(
    told: Any, lines: list[LogLine], *, found: bool, missing: str | None
):
    answer = await told(check(ordered=DRAIN, **{"from": "old"}), lines, "old")
    assert (answer.facts["found"], answer.facts["missing"]) == (found, missing)


async def test_of_any_deployment_one_instance_is_enough(told: Any):
    lines = [*said("SIGTERM received", "finished 3 requests", "bye"), *said("hello", instance="n", deployment="new")]
    assert (await told(check(ordered=DRAIN), lines)).facts["found"] is True


async def test_lines_of_the_other_deployment_do_not_count(told: Any):
    lines = [*said("ERROR", deployment="new"), *said("ok")]
    answer = await told(check(match="ERROR", **{"from": "old"}), lines, "old")
    assert (answer.facts["count"], answer.facts["lines"]) == (0, 1)


async def test_a_line_that_names_no_instance_belongs_to_all_of_its_deployment(told: Any):
    lines = [*said("a", "x", "c"), line("Stopping Container", instance="", second=1)]
    answer = await told(check(ordered=("a", "Stopping", "c"), **{"from": "old"}), lines, "old")
    assert answer.facts["found"] is True


async def test_a_window_not_read_whole_is_a_gap(told: Any):
    assert (await told(check(match="x"), said("x"), whole=False)).gap


async def test_lines_the_platform_dropped_are_a_gap(told: Any):
    warning = "Railway rate limit of 500 logs/sec reached for replica, update your application. Messages dropped: 50"
    assert (await told(check(match="x"), said("x", warning))).gap


async def test_without_an_anchor_nothing_is_asked():
    with pytest.raises(Refused, match="has not come"):
        await logcheck.ask(None, SCOPE, check(match="x", since="deploy_web"), Asking())  # type: ignore[arg-type]  # refused before anything is sent


async def test_an_old_deployment_nobody_knows_is_missing():
    with pytest.raises(Missing, match="the old one"):
        await logcheck.ask(None, SCOPE, check(match="x", **{"from": "old"}), Asking(since=START))  # type: ignore[arg-type]  # the same


async def test_a_pattern_that_needs_going_back_is_refused(told: Any):
    with pytest.raises(Refused, match="cannot be used"):
        await told(check(match=r"(a)\1"), said("aa"))


async def test_a_pattern_that_would_hang_does_not(told: Any):
    began = time.perf_counter()
    answer = await told(check(match="(a+)+$"), said("a" * 3000 + "!"))
    assert answer.facts["found"] is False
    assert time.perf_counter() - began < 5


async def test_a_line_without_end_is_looked_at_up_to_a_length_and_its_rest_is_a_gap(told: Any):
    answer = await told(check(match="needle"), said("x" * 65_530 + "needle"))
    assert (answer.facts["found"], answer.gap) == (True, False)
    answer = await told(check(match="needle"), said("x" * 65_536 + "needle"))
    assert (answer.facts["found"], answer.gap) == (False, True)
    assert len((await told(check(match="x"), said("x" * 10_000))).evidence[0]) < 5000


async def test_the_old_instance_is_seen_to_drain(swift: World):
    railway = swift.railway(requests_per_hour=10_000)
    since = swift.now()
    old = await railway.serving("web")
    assert old is not None
    await railway.set_variables("web", {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "600"})
    await railway.deploy("web")
    asked = check(ordered=("SIGTERM received", r"finished \d+ requests", "bye"), **{"from": "old"})
    answer = await railway.ask(asked, Asking(since=since, deployment=old.id))
    while not answer.facts["found"] and swift.now() < since + timedelta(hours=1):
        answer = await railway.ask(asked, Asking(since=since, deployment=old.id))
    assert answer.facts["found"] is True, answer.facts
    assert len(answer.evidence) == 3


async def test_a_costly_pattern_over_many_lines_holds_up_nobody_and_ends_by_the_deadline(told: Any):
    """Lines in which no two characters are alike: nothing that a pattern remembers helps."""
    text = "".join(chr(0x4E00 + number) for number in range(200))
    costly = check(match="(?:[^x]{100}){3}z")
    longest, before = 0.0, time.perf_counter()

    async def beat() -> None:
        nonlocal longest, before
        while True:
            await asyncio.sleep(0)
            longest, before = max(longest, time.perf_counter() - before), time.perf_counter()

    other = asyncio.create_task(beat())
    began = time.perf_counter()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await told(costly, said(*[text[n:] + text[:n] for n in range(200)] * 15))
    took = time.perf_counter() - began
    other.cancel()
    assert took < 10, "all 3,000 lines take minutes"
    assert longest < 5, "one line at a time is looked at without a breath, a tenth of a second on a free machine"
