"""Counters and gauges: the text exposition of some targets, or PromQL asked of a server.

A scrape speaks of now. Growth over a window is what the cockpit sampled itself, so a window counts
only once it is covered. An answer that could not have shown the trouble is blind, and says why: a
metric that no target exposes, labels that no series has, a query that finds nothing, a quotient of nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from cockpit.adapters.deadline import answered_within
from cockpit.adapters.exposition import number
from cockpit.adapters.scrape import Measure, Scraper, Target
from cockpit.adapters.sums import by_labels, facts_of, gap_in_labels
from cockpit.adapters.web import Client, client, follow, insist, sendable
from cockpit.clock import Clock
from cockpit.core.plan.check import MetricCheck, QueryCheck, Question
from cockpit.core.reading import Answer, Table
from cockpit.core.reading.tally import Tallies
from cockpit.core.text.inert import inert
from cockpit.errors import Blind, Garbled, Refused, SourceError
from cockpit.ports import Asking, Link, Recall

_TOO_LATE = "See whether it is up, or raise the deadline."

ROWS = 1000
"""Rows that are kept; more are capped, and say so."""

_OLD = 300
"""Seconds since its evaluation after which an answer is a cache's: no deadline and no clock explains them."""

_EXAMINED_FOR = 10.0


class Prometheus:
    """Some targets, or a server.

    Its facts: `value` where nothing makes rows, else `rows`, `row` and `columns` (labels, then `value`); `series`, how
    many were found; of a scrape also `targets`, how many answered, and `covered`, the span that was really sampled.
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        targets: Sequence[Target] = (),
        server: str | None = None,
        headers: Mapping[str, str] | None = None,
        windows: Mapping[str, timedelta] | None = None,
    ) -> None:
        """`windows` are the longest that the plan's checks look back over, by metric.

        Raises Refused for a header that cannot be sent.
        """
        self.name = name
        self._headers = sendable(name, headers or {})
        self._clock = clock
        self._server = server.rstrip("/") if server is not None else None
        self._scraper = Scraper(name, targets, self._headers, clock, windows or {})
        self._client: Client | None = None

    async def ask(self, check: Question, asking: Asking) -> Answer:  # noqa: ARG002  (nothing is bound)
        """One scrape of every target, or one query. Raises Unreachable, TimedOut, Garbled, Missing or Refused."""
        async with answered_within(check.deadline.total_seconds(), self.name, _TOO_LATE):
            if isinstance(check, MetricCheck) and self._scraper.targets:
                return await self._measured(check)
            if isinstance(check, QueryCheck) and self._server is not None:
                return await self._queried(check)
        if isinstance(check, MetricCheck | QueryCheck):
            key, lacking = ("metric", "targets") if isinstance(check, MetricCheck) else ("promql", "server")
            raise Refused(f"'{self.name}' has no {lacking}, and {key} asks those.", f"Give the connection {lacking}.")
        raise Refused(f"'{self.name}' has metrics and answers no such check.", "Give the check a 'metric'.")

    async def examine(self) -> Link:
        """Whether every target exposes metrics, or the server answers a query."""
        began = time.perf_counter()
        try:
            async with answered_within(_EXAMINED_FOR, self.name, _TOO_LATE):
                summary = await self._summary()
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        places = [self._server] if self._server is not None else [each.address for each in self._scraper.targets]
        clear = [place for place in places if not place.startswith("https:")]
        warnings = ("Its headers travel in the clear: write https://.",) if clear and self._headers else ()
        took = round((time.perf_counter() - began) * 1000)
        return Link(self.name, ok=True, summary=summary, milliseconds=took, warnings=warnings)

    def recall(self, kept: Recall) -> None:
        """Go on from what is kept (`ports.Counting`)."""
        self._scraper.recall(kept)

    def counted(self) -> Tallies:
        """What is to be kept (`ports.Counting`)."""
        return self._scraper.counted()

    async def close(self) -> None:
        await self._scraper.close()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _summary(self) -> str:
        if self._server is not None:
            await self._query("vector(1)")
            return f"{inert(self._server, limit=120)} answers PromQL"
        counts = await self._scraper.count()
        shown = inert(self._scraper.targets[0].address, limit=120)
        return f"{shown if len(counts) == 1 else f'{len(counts)} targets'}: {sum(counts)} samples"

    async def _measured(self, check: MetricCheck) -> Answer:
        if check.window is not None:
            self._scraper.remember(check.metric, check.window)
        taken = [each for each in await self._scraper.take({check.metric}) if each.name == check.metric]
        facts: dict[str, object] = {"targets": len(self._scraper.targets)}
        if not taken:
            return Answer(facts, blind=f"No target exposes {check.metric}, so nothing can be told by it.")
        found = [Measure(dict(each.labels), each.value) for each in taken]
        if check.window is not None:
            try:
                found, covered = self._scraper.growth(check.metric, check.window)
            except Blind as error:
                return Answer(facts, blind=str(error))
            facts["covered"] = covered
        return _summed(check, found, facts)

    async def _queried(self, check: QueryCheck) -> Answer:
        found = await self._query(check.promql)
        if found:
            return _told(found)
        facts: dict[str, object] = {"series": 0}
        if check.exists is None:
            return Answer(facts, blind="The query found no series, which is how a wrong name looks too.")
        proof = await self._query(f"count({check.exists})")
        if not proof or not proof[0].value > 0:
            return Answer(facts, blind=f"Nothing is there that the query could find: {inert(check.exists, limit=120)}.")
        if check.absent is None:
            return Answer(facts, blind="The query found no series. If none counts as zero, write absent = 0.")
        table = Table(("value",), ((Decimal(check.absent),),))
        return Answer({**facts, **facts_of(table), "value": Decimal(check.absent)}, table)

    async def _query(self, promql: str) -> list[Measure]:
        """One instant query (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries)."""
        self._client = self._client or client(seconds=None)
        url = f"{self._server}/api/v1/query?{urlencode({'query': promql})}"
        page = await follow(self._client, url, {**self._headers, "accept": "application/json"})
        told = _object(page.body) if not page.capped else None
        if told is not None and told.get("status") == "error":
            why = inert(str(told.get("error")), limit=200)
            raise Refused(f"'{self.name}' refuses the query: {why}.", "Try it in the server's own page.")
        insist(f"'{self.name}'", page)
        if told is None:
            raise Garbled(f"'{self.name}' does not answer as Prometheus does.", "Look at its address.")
        if told.get("warnings"):
            why = inert(str(told["warnings"]), limit=200)
            raise Garbled(f"'{self.name}' answers with part of what it should: {why}.", "Look at the server.")
        try:
            found, age = _measures(told["data"]), self._now() - _evaluated(told["data"], self._now())
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"'{self.name}' answers with no instant vector and no scalar."
            raise Garbled(what, "Ask for values of now; a range belongs into a function such as rate().") from error
        if age > _OLD:
            what = f"'{self.name}' answers with what held {round(age / 60)} minutes ago."
            raise Garbled(what, "Ask the server itself, past caches; see whether its clock is right.")
        return found

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _summed(check: MetricCheck, found: Sequence[Measure], facts: dict[str, object]) -> Answer:
    """The series that are asked for, added up by the labels of `by`."""
    if (why := gap_in_labels(check, found)) is not None:
        return Answer(facts, blind=why)
    wanted = set(check.where.items())
    asked = [each for each in found if wanted <= set(each.labels.items())]
    facts = {**facts, "series": len(asked)}
    if not all(each.value.is_finite() for each in asked):
        return Answer(facts, blind=f"{check.metric} is no finite number just now.")
    table = by_labels(check.by, asked, Decimal(check.absent or 0), ROWS)
    if check.rate is not None and isinstance(covered := facts["covered"], timedelta):
        seconds = Decimal(str(covered.total_seconds()))
        table = replace(table, rows=tuple((*row[:-1], Decimal(str(row[-1])) / seconds) for row in table.rows))
    return Answer({**facts, **facts_of(table, rows=bool(check.by))}, table)


def _told(found: Sequence[Measure]) -> Answer:
    """What a query found, a row a series; what is no number is null, and alone it is blind."""
    facts: dict[str, object] = {"series": len(found)}
    if len(found) == 1 and not found[0].value.is_finite():
        why = "nothing was divided by nothing" if found[0].value.is_nan() else "it is beyond all numbers"
        return Answer(facts, blind=f"The query's value is no number: {why}.")
    labels = sorted({name for each in found for name in each.labels})
    rows = [
        (*(each.labels.get(name) for name in labels), each.value if each.value.is_finite() else None) for each in found
    ]
    table = Table((*labels, "value"), tuple(rows[:ROWS]), capped=len(rows) > ROWS)
    told = facts_of(table, rows=len(found) > 1)
    return Answer({**facts, **told}, table)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _measures(data: Mapping[str, Any]) -> list[Measure]:
    """An instant vector, or a scalar as the one series without labels."""
    match data["resultType"]:
        case "scalar":
            return [Measure({}, _number(data["result"][1]))]
        case "vector":
            return [
                Measure(
                    {str(name): str(value) for name, value in each["metric"].items() if name != "__name__"},
                    _number(each["value"][1]),
                )
                for each in data["result"]
            ]
        case _:
            raise ValueError


def _evaluated(data: Mapping[str, Any], now: float) -> float:
    """When, in seconds of the epoch; an empty vector does not say, and counts as of `now`."""
    if data["resultType"] == "scalar":
        return float(data["result"][0])
    return min((float(each["value"][0]) for each in data["result"]), default=now)


def _number(text: object) -> Decimal:
    value = number(text) if isinstance(text, str) else None
    if value is None:
        raise ValueError(text)
    return value
