"""From an answer to a verdict, with one sentence why.

Order of doubt: a source that did not answer is an *error*; an answer that could not have shown
the trouble is *blind*; nothing expected is *observed*; only then pass or fail.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from cockpit.core.comparison import compare
from cockpit.core.expression import Expression
from cockpit.core.expression.series import Series
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.plan import Monitor, PostgresCheck, Question
from cockpit.core.reading import Answer, Reading, Table, Verdict
from cockpit.core.relation import difference
from cockpit.core.span import show_span
from cockpit.errors import Blind, CockpitError, ExpressionError

SCALAR_BYTES = 256
HIDDEN = "(a value)"
"""Stands for the value of a variable: those are never written down."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer means under one expectation."""

    verdict: Verdict
    because: str


def judge(
    check: Question,
    answer: Answer,
    history: Series,
    baseline: Reading | None = None,
    *,
    conceal: Conceal = plainly,
) -> Judged:
    """The verdict of a check's own expectation; `baseline` is what that name stands for in it.

    `conceal` takes known secrets out of the sentence; values of variables leave it anyway, unless
    the expectation itself names them.
    """
    hidden = _concealing(check.pass_ or "", answer, conceal)
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    if check.pass_ is None:
        return Judged(Verdict.OBSERVED, "Nothing was expected.")
    try:
        judgement = Expression.parse(check.pass_).judge(scope(answer, history, baseline), conceal=hidden)
    except Blind as error:
        return Judged(Verdict.BLIND, str(error))
    except ExpressionError as error:
        return Judged(Verdict.ERROR, str(error))
    return Judged(Verdict.PASS if judgement.ok else Verdict.FAIL, judgement.because)


def judge_error(error: CockpitError) -> Judged:
    """The verdict where no answer came."""
    return Judged(Verdict.ERROR, str(error))


def judge_comparison(
    check: Question, baseline: Reading | None, answer: Answer, *, conceal: Conceal = plainly
) -> Judged:
    """The verdict of a later reading against its baseline, cell by cell."""
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    if baseline is None or baseline.table is None:
        return Judged(Verdict.ERROR, "There is no baseline. Record it first.")
    outcome = compare(
        baseline.table,
        answer.table,
        relation=check.compare if check.compare is not None else "equal",
        rows_by=check.rows_by,
        missing=check.missing,
        conceal=conceal,
    )
    return Judged(Verdict.PASS if outcome.ok else Verdict.FAIL, outcome.because)


def alert(
    monitor: Monitor, check: Question, answer: Answer, history: Series, *, conceal: Conceal = plainly
) -> Judged:
    """Whether a sample is bad for a monitor: FAIL is bad, PASS is good, the rest could not tell."""
    if monitor.alert is None:
        judged = judge(check, answer, history, conceal=conceal)
        return replace(judged, verdict=Verdict.PASS) if judged.verdict is Verdict.OBSERVED else judged
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    hidden = _concealing(monitor.alert, answer, conceal)
    try:
        judgement = Expression.parse(monitor.alert).judge(scope(answer, history), conceal=hidden)
    except ExpressionError as error:
        return Judged(Verdict.BLIND if isinstance(error, Blind) else Verdict.ERROR, str(error))
    return Judged(Verdict.FAIL if judgement.ok else Verdict.PASS, judgement.because)


def tripped(when: str, series: Mapping[str, Series]) -> tuple[Literal["clear", "tripped", "unknown"], str]:
    """Whether a rollback criterion holds: `tripped`, `clear` or `unknown`, and why."""
    try:
        judgement = Expression.parse(when).judge(dict(series))
    except ExpressionError as error:
        return "unknown", str(error)
    return ("tripped" if judgement.ok else "clear"), judgement.because


def blindness(check: Question, answer: Answer, conceal: Conceal = plainly) -> str | None:
    """Why the answer could not have shown the trouble, or None: the control, and holes in a window."""
    if answer.gap:
        return "Part of the window could not be seen."
    if check.seen is None:
        return None
    if isinstance(check, PostgresCheck):
        why = answer.facts.get("seen_error", f"The control did not hold: {check.seen}")
        return None if answer.control is True else str(why)
    try:
        judgement = Expression.parse(check.seen).judge(
            scope(answer, None), conceal=_concealing(check.seen, answer, conceal)
        )
    except ExpressionError as error:
        return f"The control could not be answered: {error}"
    return None if judgement.ok else f"The control did not hold: {judgement.because}"


def scope(answer: Answer, history: Series | None, baseline: Reading | None = None) -> dict[str, object]:
    """The names an expectation may use. What cannot be had is the error that says why: `value` by `value_error`."""
    names = dict(answer.facts)
    for key in [key for key in names if key.endswith("_error")]:
        names.setdefault(key.removesuffix("_error"), ExpressionError(str(names.pop(key))))
    none = ExpressionError("There is no baseline with one value.", "Record it first.")
    known = baseline.value if baseline is not None and baseline.value is not None else none
    return {"baseline": known, **(history.scope() if history else {}), **names}


def series(readings: Sequence[Reading], now: datetime, cadence: timedelta | None) -> Series:
    """History over kept readings, in the order they were asked.

    `ago` is the last sample at or before that time and at most one cadence older, else blind.
    """
    told = [reading for reading in readings if reading.value is not None]

    def ago(span: timedelta) -> object:
        at = now - span
        before = [reading for reading in told if reading.asked <= at]
        slack = cadence if cadence is not None else span
        if not before or before[-1].asked < at - slack:
            raise Blind(f"There is no sample of {show_span(span)} ago.", "Wait until the watch is that old.")
        return before[-1].value

    def increase(span: timedelta) -> object:
        then, latest = ago(span), told[-1].value
        return _increase(then, latest)

    none = Blind("There is no sample yet.", "Ask the check first.")
    return Series(
        value=told[-1].value if told else none,
        previous=told[-2].value if len(told) > 1 else none,
        ago=ago,
        increase=increase,
    )


def own_series(earlier: Sequence[Reading], now: datetime, cadence: timedelta | None, value: object) -> Series:
    """History as a check's own expression sees it: `previous` is the reading before this one."""
    past = series(earlier, now, cadence)
    told = [reading for reading in earlier if reading.value is not None]
    previous: object = told[-1].value if told else Blind("This is the first sample.", "Ask the check again later.")

    def increase(span: timedelta) -> object:
        return _increase(past.ago(span), value)

    return Series(value=value, previous=previous, ago=past.ago, increase=increase)


def _concealing(source: str, answer: Answer, conceal: Conceal) -> Conceal:
    """Conceals every value of a variable that the expectation does not name itself."""
    variables = answer.facts.get("variables")
    if not isinstance(variables, Mapping):
        return conceal
    values = {str(value) for value in variables.values() if value is not None and str(value) not in source}

    def hide(text: str) -> str:
        return HIDDEN if text in values else conceal(text)

    return hide


def _increase(then: object, now: object) -> object:
    change = difference(then, now)
    if change is None:
        raise ExpressionError("Only numbers increase.", "Ask increase of a counter.")
    return change


def value_of(answer: Answer) -> object | None:
    """The one value a reading is remembered by, for history and in lists."""
    for name in ("value", "count", "status", "found"):
        if name in answer.facts:
            return answer.facts[name]
    return None


def scalar_of(answer: Answer) -> str:
    """That value in words, at most 256 bytes; where there is none, how many rows came."""
    value = value_of(answer)
    if value is None:
        rows = len(answer.table.rows)
        text = f"{rows} row{'' if rows == 1 else 's'}{' (capped)' if answer.table.capped else ''}"
    else:
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return text.encode()[:SCALAR_BYTES].decode(errors="ignore")


def digest_of(table: Table) -> str:
    """Tells a change of rows without keeping them."""
    return hashlib.sha256(repr((table.columns, table.rows)).encode()).hexdigest()[:16]


def masked(table: Table, columns: Sequence[str], key: bytes) -> Table:
    """The table with these columns as keyed hashes: they still compare, and tell nothing."""
    hidden = {index for index, column in enumerate(table.columns) if column in columns}
    if not hidden:
        return table

    def cell(value: object) -> object:
        return None if value is None else hmac.new(key, repr(value).encode(), hashlib.sha256).hexdigest()[:12]

    rows = tuple(
        tuple(cell(value) if index in hidden else value for index, value in enumerate(row)) for row in table.rows
    )
    return replace(table, rows=rows)
