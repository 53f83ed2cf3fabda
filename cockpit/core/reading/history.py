"""Earlier readings of a check, as its expressions ask for them.

What the samples do not show is blind, with a sentence: a moment nobody sampled, a window with a hole in it, a
present that has grown old. A reading without a value brought none: no answer came, or one that could not have
shown the trouble.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from cockpit.core.expression.arithmetic import compute
from cockpit.core.expression.series import NO_BASELINE, Series
from cockpit.core.reading import Reading
from cockpit.core.reading.relation import difference
from cockpit.core.span import show_span
from cockpit.core.watch.monitor import SILENT_CADENCES
from cockpit.errors import Blind, ExpressionError

_WAIT = "Wait until the watch is that old."
_AGAIN = "Ask the check again."
_NONE = Blind("There is no sample yet.", "Ask the check first.")


@dataclass(frozen=True, slots=True)
class _Present:
    at: datetime
    value: object


def series(
    readings: Sequence[Reading],
    now: datetime,
    cadence: timedelta | None,
    fresh: timedelta | None = None,
    *,
    baseline: Reading | None = None,
) -> Series:
    """History over kept readings, in the order they were asked, as a trigger sees it.

    `ago` is the last sample at or before that time and at most one cadence older, else blind. The present is blind
    where the newest asking brought nothing that counts, or is older than `fresh`.
    """
    past = _Past.of(readings, now, cadence)
    blind = _stale(readings, now, fresh) if past.samples else _NONE
    last = _Present(past.samples[-1].asked, past.samples[-1].value) if past.samples else None
    return replace(
        _asked(past, last, blind),
        value=blind or (last and last.value),
        previous=blind or (past.samples[-2].value if len(past.samples) > 1 else _NONE),
        baseline=_baseline(baseline),
        age=now - last.at if last is not None else _NONE,
    )


def own_series(
    earlier: Sequence[Reading],
    now: datetime,
    cadence: timedelta | None,
    value: object,
    *,
    baseline: Reading | None = None,
) -> Series:
    """History as a check's own expression sees it: `previous` is the reading before this one."""
    past = _Past.of(earlier, now, cadence)
    first = Blind("This is the first sample.", "Ask the check again later.")
    return replace(
        _asked(past, _Present(now, value), None),
        value=value,
        previous=past.samples[-1].value if past.samples else first,
        baseline=_baseline(baseline),
        age=timedelta(),
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """Readings with a value, in order, seen from an instant."""

    samples: Sequence[Reading]
    now: datetime
    cadence: timedelta | None

    @classmethod
    def of(cls, readings: Sequence[Reading], now: datetime, cadence: timedelta | None) -> _Past:
        return cls([reading for reading in readings if reading.value is not None], now, cadence)

    def at(self, span: timedelta) -> Reading:
        """The sample that stands for so long ago. Raises Blind."""
        moment = self._moment(span)
        place = self._after(moment) - 1
        slack = self.cadence if self.cadence is not None else span
        if place < 0 or self.samples[place].asked < moment - slack:
            raise Blind(f"There is no sample of {show_span(span)} ago.", _WAIT)
        return self.samples[place]

    def over(self, span: timedelta, last: _Present) -> list[object]:
        """The values since then, `last` included. Raises Blind where more than two cadences show nothing."""
        if self.cadence is None:
            raise Blind("Nothing samples it, so no window is covered.", "Put a monitor on the check.")
        begin = self._moment(span)
        place = self._after(begin)
        inside = [sample for sample in self.samples[place:] if sample.asked < last.at]
        before = self.samples[place - 1].asked if place else begin
        times = [before if before >= begin - self.cadence else begin, *(each.asked for each in inside), last.at]
        hole = max(later - earlier for earlier, later in pairwise(times))
        if hole > SILENT_CADENCES * self.cadence:
            raise Blind(f"For {show_span(hole)} of the last {show_span(span)} there is no sample.", _WAIT)
        return [*(sample.value for sample in inside), last.value]

    def _after(self, moment: datetime) -> int:
        return bisect_right(self.samples, moment, key=lambda reading: reading.asked)

    def _moment(self, span: timedelta) -> datetime:
        try:
            return self.now - span
        except OverflowError:
            raise Blind(f"There is no sample of {show_span(span)} ago.", _WAIT) from None


def _asked(past: _Past, last: _Present | None, blind: Blind | None) -> Series:
    """The questions about a past whose present is `last`, or blind."""

    def present() -> _Present:
        if blind is not None or last is None:
            raise blind or _NONE
        return last

    def grown(span: timedelta) -> tuple[int | Decimal, timedelta]:
        then, sample = past.at(span), present()
        change = difference(then.value, sample.value)
        if change is None:
            raise ExpressionError("Only numbers increase.", "Ask it of a number, such as a count.")
        return change, sample.at - then.asked

    def rate(span: timedelta) -> object:
        change, passed = grown(span)
        if not passed:
            raise Blind(f"There is one sample only within {show_span(span)}.", _AGAIN)
        return compute(change, "/", Decimal(str(passed.total_seconds())), _free)

    return Series(
        value=None,
        previous=None,
        ago=lambda span: past.at(span).value,
        increase=lambda span: grown(span)[0],
        rate=rate,
        over=lambda span: past.over(span, present()),
        now=past.now,
    )


def _stale(readings: Sequence[Reading], now: datetime, fresh: timedelta | None) -> Blind | None:
    """Why the newest of some readings does not tell how things are now, or None."""
    newest = readings[-1]
    if newest.value is None:
        return Blind("The last asking brought no answer that counts.", _AGAIN)
    if fresh is not None and now - newest.asked > fresh:
        return Blind(f"The last sample is older than {show_span(fresh)}.", _AGAIN)
    return None


def _baseline(reading: Reading | None) -> object:
    return reading.value if reading is not None and reading.value is not None else NO_BASELINE


def _free(_steps: int) -> None:
    """One quotient is nobody's to pay."""
