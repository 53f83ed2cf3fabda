"""A counter as the cockpit sampled it itself: how much it grew within a window, through restarts.

A counter that falls began anew, and so did one whose process has another start time; what it shows
then was counted since. A series that comes up between two samples began at zero, so that the first
failure of a kind counts (PromQL's `increase` does not see it). What is not covered by samples is blind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from cockpit.adapters.exposition import Labels
from cockpit.core.span import show_span
from cockpit.errors import Blind, Refused

MOST_SERIES = 1000
"""Series of a metric that are remembered over a window."""

_GRAIN = 100
"""Samples kept of a window; closer ones take the place of one another, which loses nothing of the growth."""
_SLACK = 5
"""A window may begin a fifth of itself off, as no sample is taken on the dot."""
_HOLE = 2
"""Half of a window without a sample is too much: a restart in it would hide what was counted before."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What was counted between two samples."""

    by_series: Mapping[Labels, Decimal]
    covered: timedelta
    """From the sample that stands for the window's beginning to the newest one."""


@dataclass(frozen=True, slots=True)
class _Point:
    at: datetime
    grown: Mapping[Labels, Decimal]
    """Since the first sample."""


class Meter:
    """One metric of one target."""

    def __init__(self, window: timedelta) -> None:
        """`window` is the longest one that will be asked for."""
        self._window = window
        self._shown: dict[Labels, Decimal] = {}
        self._grown: dict[Labels, Decimal] = {}
        self._points: deque[_Point] = deque()
        self._born: Decimal | None = None
        self._mixed: datetime | None = None

    def widen(self, window: timedelta) -> None:
        """A longer window will be asked for."""
        self._window = max(self._window, window)

    def note(self, at: datetime, shown: Mapping[Labels, Decimal], born: Decimal | None) -> None:
        """What the target shows at a moment, and when its process started, where it says so. Raises Refused."""
        if len(shown) > MOST_SERIES:
            what = f"It has {len(shown)} series, and {MOST_SERIES} can be remembered."
            raise Refused(what, "Ask a metric with fewer labels.")
        if self._began_anew(at, born):
            self._shown.clear()
        if self._points:
            for labels, value in shown.items():
                before = self._shown.get(labels, Decimal(0))
                grown = value - before if value >= before else value
                self._grown[labels] = self._grown.get(labels, Decimal(0)) + grown
        self._shown.update(shown)
        self._keep(_Point(at, dict(self._grown)))

    def growth(self, now: datetime, window: timedelta) -> Growth:
        """What was counted within the last `window`. Raises Blind where samples do not cover it."""
        base, newest = self._base(now - window, window), self._points[-1]
        times = [base.at, *(point.at for point in self._points if point.at > base.at), now]
        hole = max(later - earlier for earlier, later in pairwise(times))
        if hole > window / _HOLE:
            raise Blind(
                f"For {show_span(_whole(hole))} of the last {show_span(window)} there is no sample.",
                "Wait until it is covered; a monitor on the check samples it.",
            )
        if self._mixed is not None and self._mixed > base.at:
            raise Blind(
                "Several processes answer at one target in turn, and each counts for itself.",
                "Name each instance as a target of its own.",
            )
        grown = {labels: value - base.grown.get(labels, Decimal(0)) for labels, value in newest.grown.items()}
        return Growth(grown, newest.at - base.at)

    def _base(self, begin: datetime, window: timedelta) -> _Point:
        """The sample that stands for the window's beginning: the newest before it, else the first soon after."""
        slack = window / _SLACK
        before = [point for point in self._points if begin - slack <= point.at <= begin]
        after = [point for point in self._points if begin < point.at <= begin + slack]
        if before or after:
            return before[-1] if before else after[0]
        since = self._points[0].at
        if since > begin:
            covered = show_span(_whole(begin + window - since))
            what = f"The window of {show_span(window)} is covered for {covered} only."
        else:
            what = f"There is no sample of {show_span(window)} ago."
        raise Blind(what, "Wait until it is covered; a monitor on the check samples it.")

    def _began_anew(self, at: datetime, born: Decimal | None) -> bool:
        before, self._born = self._born, born if born is not None else self._born
        if before is None or born is None or born == before:
            return False
        if born < before:
            self._mixed = at
        return True

    def _keep(self, point: _Point) -> None:
        grain = self._window / _GRAIN
        if len(self._points) > 1 and point.at - self._points[-2].at < grain:
            self._points.pop()
        self._points.append(point)
        horizon = point.at - self._window - self._window / _SLACK
        while self._points[0].at < horizon:
            self._points.popleft()


def _whole(span: timedelta) -> timedelta:
    return timedelta(seconds=max(1, round(span.total_seconds())))
