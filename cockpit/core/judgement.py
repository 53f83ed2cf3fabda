"""From an answer to a verdict, with one sentence why.

Order of doubt: a source that did not answer is an *error*; an answer that could not have shown
the trouble is *blind*; nothing expected is *observed*; only then pass or fail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from cockpit.core.comparison import compare
from cockpit.core.expression import Expression
from cockpit.core.expression.series import Series
from cockpit.core.expression.showing import Conceal, plainly, written
from cockpit.core.keeping import VALUE_BYTES, Mask, masked_cells
from cockpit.core.plan import Monitor, PostgresCheck, Question
from cockpit.core.reading import Answer, Reading, Table, Verdict
from cockpit.core.relation import difference
from cockpit.core.span import show_span
from cockpit.errors import Blind, CockpitError, ExpressionError

HIDDEN = "(a value)"
"""Stands for the value of a variable, or a cell of a masked column: those are never written down."""
_WORD = 3
"""Masked cells shorter than this are hidden where they stand alone, not inside of words."""


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

    `conceal` takes known secrets out of the sentence; cells of masked columns leave it anyway, and
    values of variables, unless the expectation itself names them.
    """
    return _hiding(check, answer, _judge(check, answer, history, baseline, conceal))


def _judge(
    check: Question, answer: Answer, history: Series, baseline: Reading | None, conceal: Conceal
) -> Judged:
    hidden = _concealing(check, check.pass_ or "", answer, conceal)
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
    check: Question,
    baseline: Reading | None,
    answer: Answer,
    *,
    mask: Mask | None = None,
    conceal: Conceal = plainly,
) -> Judged:
    """The verdict of a later reading against its baseline, cell by cell; both as `mask` has them written."""
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    if baseline is None or baseline.table is None:
        return Judged(Verdict.ERROR, "There is no baseline. Record it first.")
    if mask is not None and mask.is_of_another_key(baseline.table, check.mask):
        return Judged(Verdict.BLIND, "The key of the baseline's masked columns is lost. Record it again.")
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
    return _hiding(check, answer, _alert(monitor.alert, check, answer, history, conceal))


def _alert(when: str, check: Question, answer: Answer, history: Series, conceal: Conceal) -> Judged:
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    hidden = _concealing(check, when, answer, conceal)
    try:
        judgement = Expression.parse(when).judge(scope(answer, history), conceal=hidden)
    except ExpressionError as error:
        return Judged(Verdict.BLIND if isinstance(error, Blind) else Verdict.ERROR, str(error))
    return Judged(Verdict.FAIL if judgement.ok else Verdict.PASS, judgement.because)


def tripped(
    when: str, series: Mapping[str, Series], *, conceal: Conceal = plainly
) -> tuple[Literal["clear", "tripped", "unknown"], str]:
    """Whether a rollback criterion holds: `tripped`, `clear` or `unknown`, and why."""
    try:
        judgement = Expression.parse(when).judge(dict(series), conceal=conceal)
    except ExpressionError as error:
        return "unknown", str(error)
    return ("tripped" if judgement.ok else "clear"), judgement.because


def blindness(check: Question, answer: Answer, conceal: Conceal = plainly) -> str | None:
    """Why the answer could not have shown the trouble, or None: the control, and holes in a window."""
    if answer.blind:
        return answer.blind
    if answer.gap:
        return "Part of the window could not be seen."
    if check.seen is None:
        return None
    if isinstance(check, PostgresCheck):
        why = answer.facts.get("seen_error", f"The control did not hold: {check.seen}")
        return None if answer.control is True else str(why)
    try:
        judgement = Expression.parse(check.seen).judge(
            scope(answer, None), conceal=_concealing(check, check.seen, answer, conceal)
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


def series(
    readings: Sequence[Reading], now: datetime, cadence: timedelta | None, fresh: timedelta | None = None
) -> Series:
    """History over kept readings, in the order they were asked.

    `ago` is the last sample at or before that time and at most one cadence older, else blind. The
    present is blind where the newest asking brought nothing that counts, or is older than `fresh`.
    A reading without a value brought none: no answer came, or one that could not have shown the trouble.
    """
    told = [reading for reading in readings if reading.value is not None]

    def ago(span: timedelta) -> object:
        at = now - span
        before = [reading for reading in told if reading.asked <= at]
        slack = cadence if cadence is not None else span
        if not before or before[-1].asked < at - slack:
            raise Blind(f"There is no sample of {show_span(span)} ago.", "Wait until the watch is that old.")
        return before[-1].value

    none = Blind("There is no sample yet.", "Ask the check first.")
    blind = _present(readings, now, fresh) if told else none

    def increase(span: timedelta) -> object:
        then = ago(span)
        if blind is not None:
            raise blind
        return _increase(then, told[-1].value)

    return Series(
        value=told[-1].value if blind is None else blind,
        previous=(told[-2].value if len(told) > 1 else none) if blind is None else blind,
        ago=ago,
        increase=increase,
    )


def _present(readings: Sequence[Reading], now: datetime, fresh: timedelta | None) -> Blind | None:
    """Why the newest of some readings does not tell how things are now, or None."""
    newest = readings[-1]
    if newest.value is None:
        return Blind("The last asking brought no answer that counts.", "Ask the check again.")
    if fresh is not None and now - newest.asked > fresh:
        return Blind(f"The last sample is older than {show_span(fresh)}.", "Ask the check again.")
    return None


def own_series(earlier: Sequence[Reading], now: datetime, cadence: timedelta | None, value: object) -> Series:
    """History as a check's own expression sees it: `previous` is the reading before this one."""
    past = series(earlier, now, cadence)
    told = [reading for reading in earlier if reading.value is not None]
    previous: object = told[-1].value if told else Blind("This is the first sample.", "Ask the check again later.")

    def increase(span: timedelta) -> object:
        return _increase(past.ago(span), value)

    return Series(value=value, previous=previous, ago=past.ago, increase=increase)


def _concealing(check: Question, source: str, answer: Answer, conceal: Conceal) -> Conceal:
    """Conceals every cell of a masked column, and every value of a variable that the expectation does not name."""
    variables = answer.facts.get("variables")
    named = variables.values() if isinstance(variables, Mapping) else ()
    values = {str(value) for value in named if value is not None and str(value) not in source}
    values |= _masked_words(check, answer)
    if not values:
        return conceal

    def hide(text: str) -> str:
        return HIDDEN if text in values else conceal(text)

    return hide


def _hiding(check: Question, answer: Answer, judged: Judged) -> Judged:
    """The sentence once more without masked cells: an error may quote one, or a step of the expectation hold it."""
    because = judged.because
    for word in sorted(_masked_words(check, answer), key=len, reverse=True):
        if len(word) >= _WORD:
            because = because.replace(word, HIDDEN)
    return replace(judged, because=because)


def _masked_words(check: Question, answer: Answer) -> set[str]:
    return {written(cell) or str(cell) for cell in masked_cells(answer.table, check.mask)} if check.mask else set()


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


def scalar_of(answer: Answer, conceal: Conceal = plainly) -> str:
    """That value in words, without secrets, at most 256 bytes; where there is none, how many rows came."""
    value = value_of(answer)
    if value is None:
        rows = len(answer.table.rows)
        text = f"{rows} row{'' if rows == 1 else 's'}{' (capped)' if answer.table.capped else ''}"
    else:
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return conceal(text).encode()[:VALUE_BYTES].decode(errors="ignore")


def digest_of(table: Table) -> str:
    """Tells a change of rows without keeping them."""
    return hashlib.sha256(repr((table.columns, table.rows)).encode()).hexdigest()[:16]
