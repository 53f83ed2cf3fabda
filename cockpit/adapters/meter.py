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

from cockpit.core.reading.tally import Labels, Point, Tally
from cockpit.core.span import show_span
from cockpit.errors import Blind, Refused

MOST_SERIES = 1000
"""Series that a metric may have; of those that went, as many are remembered besides."""

_GRAIN = 100
"""Samples kept of a window; closer ones take the place of one another, which loses nothing of the growth."""
_SLACK = 5
"""A window may begin a fifth of itself off, as no sample is taken on the dot."""
_HOLE = 2
"""Half of a window without a sample is too much: a restart in it would hide what was counted before."""
_TORN = 4
"""A quarter without a sample is too much where there was a restart in it."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What was counted between two samples."""

    by_series: Mapping[Labels, Decimal]
    covered: timedelta
    """From the sample that stands for the window's beginning to the newest one."""


class Meter:
    """One metric of one target."""

    def __init__(self, window: timedelta, tally: Tally | None = None) -> None:
        """`window` is the longest one that will be asked for, `tally` what another meter of it has counted before."""
        self._window = window
        self._points: deque[Point] = deque(tally.points if tally else ())
        self._shown: dict[Labels, Decimal] = dict(tally.shown if tally else {})
        self._born = tally.born if tally else None
        self._mixed = tally.mixed if tally else None

    @property
    def tally(self) -> Tally:
        """What it has counted so far, for another meter to go on from. It was fed at least once."""
        return Tally(tuple(self._points), dict(self._shown), self._born, self._mixed)

    def widen(self, window: timedelta) -> None:
        """A longer window will be asked for."""
        self._window = max(self._window, window)

    def note(self, at: datetime, shown: Mapping[Labels, Decimal], born: Decimal | None) -> None:
        """What the target shows at a moment, and when its process started, where it says so. Raises Refused.

        Whoever sampled before may have been a machine whose clock is ahead: a sample never stands before the last.
        """
        if len(shown) > MOST_SERIES:
            what = f"It has {len(shown)} series, and {MOST_SERIES} can be remembered."
            raise Refused(what, "Ask a metric with fewer labels.")
        last = self._points[-1].at if self._points else None
        at = at if last is None else max(at, last)
        began_anew = self._began_anew(at, born)
        if began_anew:
            self._shown = dict.fromkeys(self._shown, Decimal(0))
        before = {labels: self._shown.get(labels, Decimal(0)) for labels in shown}
        self._remember(shown)
        if last is None:
            self._points.append(Point(at, {}))
            return
        fell = {labels for labels, value in shown.items() if value < before[labels]}
        counted = {labels: value if labels in fell else value - before[labels] for labels, value in shown.items()}
        grown = {labels: value for labels, value in counted.items() if value}
        self._keep(Point(at, grown, at - last if began_anew or fell else timedelta(0)))

    def growth(self, now: datetime, window: timedelta) -> Growth:
        """What was counted within the last `window`. Raises Blind where samples do not cover it."""
        base = self._base(now - window, window)
        points = [point for point in self._points if point.at > base.at]
        times = [base.at, *(point.at for point in points), now]
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
        torn = max((point.torn for point in points), default=timedelta(0))
        if torn > window / _TORN:
            raise Blind(
                f"It began anew while for {show_span(_whole(torn))} there was no sample: what it had counted is lost.",
                "Wait until the window has passed it; a monitor samples more often.",
            )
        grown = dict.fromkeys(self._shown, Decimal(0))
        for point in points:
            for labels, value in point.grown.items():
                grown[labels] = grown.get(labels, Decimal(0)) + value
        return Growth(grown, self._points[-1].at - base.at)

    def _base(self, begin: datetime, window: timedelta) -> Point:
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

    def _remember(self, shown: Mapping[Labels, Decimal]) -> None:
        """What it shows now, behind what has gone: one that comes again goes on where it stood."""
        gone = [labels for labels in self._shown if labels not in shown]
        self._shown = {**{labels: self._shown[labels] for labels in gone[-MOST_SERIES:]}, **shown}

    def _keep(self, point: Point) -> None:
        grain = self._window / _GRAIN
        is_close = len(self._points) > 1 and point.at - self._points[-2].at < grain
        if is_close or point.at == self._points[-1].at:
            point = self._points.pop().followed_by(point)
        self._points.append(point)
        horizon = point.at - self._window - self._window / _SLACK
        while self._points[0].at < horizon:
            self._points.popleft()


def _whole(span: timedelta) -> timedelta:
    return timedelta(seconds=max(1, round(span.total_seconds())))
