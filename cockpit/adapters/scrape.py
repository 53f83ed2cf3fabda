"""Targets scraped: the samples of now, and the growth of counters over windows that were sampled here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from cockpit.adapters.exposition import Sample, samples
from cockpit.adapters.meter import Meter
from cockpit.adapters.web import Client, client, follow, insist
from cockpit.clock import Clock
from cockpit.core.reading.tally import CounterName, Labels, Tallies
from cockpit.errors import Garbled
from cockpit.ports import Recall

LONGEST = 8 * 1_048_576
"""Bytes of one target that are read."""

_ACCEPT = "text/plain;version=0.0.4"
_STALE = 300
"""Seconds after which Prometheus too takes a series for gone (its flag `query.lookback-delta`)."""
_BORN = "process_start_time_seconds"
"""https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics"""


@dataclass(frozen=True, slots=True)
class Target:
    """One address that is scraped, and the label `instance` that its series get."""

    address: str
    instance: str

    @classmethod
    def of(cls, address: str) -> Target:
        """An address as a plan has it; its instance is host and port, as Prometheus has it."""
        return cls(address, urlsplit(address).netloc)


@dataclass(frozen=True, slots=True)
class Measure:
    """One series, and its value or its growth."""

    labels: Mapping[str, str]
    value: Decimal


class Scraper:
    """Some targets, and what is remembered of them."""

    def __init__(
        self,
        name: str,
        targets: Sequence[Target],
        headers: Mapping[str, str],
        clock: Clock,
        windows: Mapping[str, timedelta],
    ) -> None:
        """`windows` are the longest ones the plan's checks look back over, by metric: every scrape feeds them."""
        self.targets = tuple(targets)
        self._name = name
        self._headers = dict(headers)
        self._clock = clock
        self._windows = dict(windows)
        self._meters: dict[CounterName, Meter] = {}
        self._fed: set[CounterName] = set()
        self._kept: Recall = lambda _: None
        self._client: Client | None = None

    def remember(self, metric: str, window: timedelta) -> None:
        """From now on every scrape feeds this window too."""
        if window > self._windows.get(metric, timedelta(0)):
            self._windows[metric] = window
            for target in self.targets:
                if (meter := self._meters.get(self._counter(target, metric))) is not None:
                    meter.widen(window)

    async def take(self, wanted: Collection[str]) -> list[Sample]:
        """Scrape every target now; the first that fails fails all.

        Raises Unreachable, TimedOut, Garbled, Missing, Throttled or Refused.
        """
        pages = await asyncio.gather(*(self._page(target) for target in self.targets))
        taken: list[Sample] = []
        for target, page in zip(self.targets, pages, strict=True):
            told = self._told(target, page, {*wanted, *self._windows, _BORN})
            self._refuse_old(target, [each for each in told if each.name in wanted])
            self._feed(target, told)
            taken += [Sample(each.name, _placed(each.labels, target), each.value) for each in told]
        return taken

    def growth(self, metric: str, window: timedelta) -> tuple[list[Measure], timedelta]:
        """How much each series grew within the last `window`, and the shortest span covered. Raises Blind.

        The metric is one of those whose windows are remembered, and was taken at least once.
        """
        found: list[Measure] = []
        covered = window * 2
        for target in self.targets:
            growth = self._meters[self._counter(target, metric)].growth(self._clock.now(), window)
            covered = min(covered, growth.covered)
            found += [Measure(dict(_placed(labels, target)), grown) for labels, grown in growth.by_series.items()]
        return found, covered

    def recall(self, kept: Recall) -> None:
        """Go on from what is kept (`ports.Counting`)."""
        self._kept = kept
        self._meters.clear()
        self._fed.clear()

    def counted(self) -> Tallies:
        """What is to be kept (`ports.Counting`)."""
        fed, self._fed = self._fed, set()
        return {name: self._meters[name].tally for name in fed}

    async def count(self) -> list[int]:
        """How many samples each target exposes. Raises as `take` does."""
        pages = await asyncio.gather(*(self._page(target) for target in self.targets))
        for target, page in zip(self.targets, pages, strict=True):
            self._told(target, page, ())
        return [sum(1 for line in page.splitlines() if line.strip() and not line.startswith("#")) for page in pages]

    async def close(self) -> None:
        """Let go of sockets."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _page(self, target: Target) -> str:
        self._client = self._client or client(seconds=None)
        headers = {**self._headers, "accept": _ACCEPT}
        page = await follow(self._client, target.address, headers, cap=LONGEST)
        whom = f"{target.instance} of '{self._name}'"
        insist(whom, page)
        if page.capped:
            raise Garbled(f"{whom} exposes more than {LONGEST >> 20} MB.", "Ask a server that keeps it, by promql.")
        return page.text(LONGEST)

    def _told(self, target: Target, page: str, wanted: Collection[str]) -> list[Sample]:
        try:
            return samples(page, wanted)
        except ValueError as error:
            what = f"{target.instance} of '{self._name}' exposes no metrics: {str(error).rstrip('.')}."
            raise Garbled(what, "Look at it with curl.") from error

    def _refuse_old(self, target: Target, told: Sequence[Sample]) -> None:
        """A page of now may hold what was measured long ago, such as that of a gateway or a federation."""
        oldest = min((each.at for each in told if each.at is not None), default=None)
        if oldest is not None and Decimal(str(self._clock.now().timestamp())) - oldest > _STALE:
            what = f"{told[0].name} of {target.instance} was measured more than {_STALE // 60} minutes ago."
            raise Garbled(what, "See whether what is scraped there still runs.")

    def _feed(self, target: Target, told: Sequence[Sample]) -> None:
        born = next((sample.value for sample in told if sample.name == _BORN), None)
        now = self._clock.now()
        for metric, window in self._windows.items():
            shown: dict[Labels, Decimal] = {each.labels: each.value for each in told if each.name == metric}
            if not all(value.is_finite() for value in shown.values()):
                raise Garbled(f"{metric} of {target.instance} is no count.", "Ask increase and rate of a counter.")
            name = self._counter(target, metric)
            if name not in self._meters:
                self._meters[name] = Meter(window, self._kept(name))
            self._meters[name].note(now, shown, born)
            self._fed.add(name)

    def _counter(self, target: Target, metric: str) -> CounterName:
        return CounterName(self._name, target.address, target.instance, metric)


def _placed(labels: Labels, target: Target) -> Labels:
    has_own = any(name == "instance" for name, _ in labels)
    return labels if has_own else labels | {("instance", target.instance)}
