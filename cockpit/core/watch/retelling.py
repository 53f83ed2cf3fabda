"""Where a monitor stands, told again from the readings that were kept: what a restart leaves of its window.

An alert over the value, its history and the baseline is judged again, reading by reading. One that looks at more
(rows, JSON, labels) cannot be: only the value is kept. Then the journal's last word of the monitor says what the
answers since must have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from cockpit.core.expression import Expression
from cockpit.core.plan import Monitor
from cockpit.core.plan.check import Question
from cockpit.core.reading import Answer, Reading, Verdict
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import alert
from cockpit.core.state import Told
from cockpit.core.watch.monitor import Bad, MonitorKind, MonitorRule, MonitorState, Sample, step

_VALUE = ("value", "count", "status", "found")
"""Names that a check's kept value may have had."""
_KEPT = frozenset({*_VALUE, "previous", "ago", "increase", "rate", "over", "baseline", "now"})
_PAST = 200
"""Readings before one that its alert may look back on."""


def word_of(verdict: Verdict) -> Literal["ok", "bad", "unknown"]:
    """What a monitor makes of an alert's verdict."""
    match verdict:
        case Verdict.PASS | Verdict.OBSERVED:
            return "ok"
        case Verdict.FAIL:
            return "bad"
    return "unknown"


def retold(
    rule: MonitorRule,
    monitor: Monitor,
    check: Question,
    kept: Sequence[Reading],
    told: Told | None,
    start: MonitorState,
    baseline: Reading | None = None,
) -> MonitorState:
    """The state after the kept readings; `told` is the journal's last word of the monitor."""
    if monitor.alert is not None and not Expression.parse(monitor.alert).names() <= _KEPT:
        return _remembered(rule, kept, told, start)
    plain = check.model_copy(update={"seen": None})
    for place, reading in enumerate(kept):
        verdict = reading.verdict
        if monitor.alert is not None:
            earlier = kept[max(0, place - _PAST) : place]
            verdict = _judged(monitor, plain, reading, earlier, baseline)
        start = step(rule, start, Sample(reading.asked, word_of(verdict)))
    return start


def _judged(
    monitor: Monitor, check: Question, reading: Reading, earlier: Sequence[Reading], baseline: Reading | None
) -> Verdict:
    if reading.value is None:
        return Verdict.BLIND  # no answer, or one that could not have shown the trouble
    past = own_series(earlier, reading.asked, monitor.every, reading.value, baseline=baseline)
    return alert(monitor, check, Answer(dict.fromkeys(_VALUE, reading.value)), past).verdict


def _remembered(rule: MonitorRule, kept: Sequence[Reading], told: Told | None, start: MonitorState) -> MonitorState:
    """From the moved-to kind on: it has not moved since, so every answer was of that kind.

    From unknown it goes on with what stood; of a stretch that was pending before, only what came after is counted.
    Where bad answers have to be `within` a span a standing alarm is taken to have had as many as it needs, and a
    pending one to have had one: an alarm may last a span longer for that, and never ends by a restart.
    """
    if told is None or told.standing == MonitorKind.UNKNOWN:
        return start
    kind = MonitorKind(told.standing)
    said = MonitorKind(told.state)
    state = replace(start, kind=said, standing=kind, since=told.since, last=told.since, answered=told.since)
    word: Literal["ok", "bad"] = "ok"
    if kind is not MonitorKind.OK:
        is_enough = kind is MonitorKind.FIRING
        count = (rule.times or 1) if is_enough else 1
        state = replace(
            state,
            bad=(Bad(told.since, timedelta()),) * count,
            in_a_row=(rule.consecutive or 1) if is_enough else 1,
        )
        word = "bad" if is_enough or rule.times is None else "ok"
    for reading in kept:
        answered = reading.verdict not in (Verdict.ERROR, Verdict.BLIND)
        state = step(rule, state, Sample(reading.asked, word if answered else "unknown"))
    return state
