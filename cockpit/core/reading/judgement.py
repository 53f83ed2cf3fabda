"""From an answer to a verdict, with one sentence why.

Order of doubt: a source that did not answer is an *error*; an answer that could not have shown
the trouble is *blind*; nothing expected is *observed*; only then pass or fail.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cockpit.core.expression import Expression
from cockpit.core.expression.series import NO_BASELINE, Series, side_by_side
from cockpit.core.expression.showing import Conceal, plainly, show
from cockpit.core.plan import LogCheck, Monitor, PostgresCheck, Question
from cockpit.core.reading import Answer, Reading, Table, Verdict
from cockpit.core.reading.comparison import compare
from cockpit.core.reading.keeping import VALUE_BYTES, Mask, masked_cells, words_in
from cockpit.core.reading.origin import NOT_APART, Apart
from cockpit.core.reading.sliding import drifts
from cockpit.core.text.inert import inert
from cockpit.errors import Blind, CockpitError, ExpressionError

HIDDEN = "(a value)"
"""Stands for the value of a variable, or a cell of a masked column: those are never written down."""
_NO_ROW = re.compile(r"(There is no row '[^']*'\.).*", re.DOTALL)
"""What an error says of rows by key: which there are, and these may be cells of a masked column."""
_QUOTE = 80
_WORD = 3
"""Masked cells shorter than this are hidden where they stand alone, not inside of words."""
_NUMBER = re.compile(r"-?[0-9.]+(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer means under one expectation."""

    verdict: Verdict
    because: str
    warnings: tuple[str, ...] = ()
    """What is to be known of it all the same, one sentence each."""


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


def _judge(check: Question, answer: Answer, history: Series, baseline: Reading | None, conceal: Conceal) -> Judged:
    hidden = _concealing(check, check.pass_ or "", answer, conceal)
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    if check.pass_ is None:
        return Judged(Verdict.OBSERVED, "Nothing was expected.")
    try:
        judgement = Expression.parse(check.pass_).judge(scope(answer, history, baseline, check.mask), conceal=hidden)
    except ExpressionError as error:
        return Judged(Verdict.BLIND if isinstance(error, Blind) else Verdict.ERROR, _placed(error))
    return Judged(Verdict.PASS if judgement.ok else Verdict.FAIL, f"{judgement.because}{_unmet(check, answer)}")


def judge_error(error: CockpitError) -> Judged:
    """The verdict where no answer came."""
    return Judged(Verdict.ERROR, str(error))


def judge_comparison(
    check: Question,
    baseline: Reading | None,
    answer: Answer,
    *,
    origins: Apart = NOT_APART,
    mask: Mask | None = None,
    conceal: Conceal = plainly,
) -> Judged:
    """The verdict of a later reading against its baseline, cell by cell; both as `mask` has them written.

    It warns of a window that slides on by itself, and of what `origins` say where the two are from.
    """
    warnings = (*_sliding(check), *origins.warnings)
    if origins.blind:
        return Judged(Verdict.BLIND, origins.blind)
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
    return Judged(Verdict.PASS if outcome.ok else Verdict.FAIL, outcome.because, warnings)


def _sliding(check: Question) -> tuple[str, ...]:
    slides = drifts(check)
    words = f"Its window slides ({slides}), so it drifts by itself: both readings speak of another stretch of time"
    return (words,) if slides else ()


def alert(
    monitor: Monitor,
    check: Question,
    answer: Answer,
    history: Series,
    baseline: Reading | None = None,
    *,
    conceal: Conceal = plainly,
) -> Judged:
    """Whether a sample is bad for a monitor: FAIL is bad, PASS is good, the rest could not tell."""
    if monitor.alert is None:
        judged = judge(check, answer, history, baseline, conceal=conceal)
        return replace(judged, verdict=Verdict.PASS) if judged.verdict is Verdict.OBSERVED else judged
    return _hiding(check, answer, _alert(monitor.alert, check, answer, history, baseline, conceal))


def _alert(
    when: str, check: Question, answer: Answer, history: Series, baseline: Reading | None, conceal: Conceal
) -> Judged:
    if (blind := blindness(check, answer, conceal)) is not None:
        return Judged(Verdict.BLIND, blind)
    hidden = _concealing(check, when, answer, conceal)
    try:
        judgement = Expression.parse(when).judge(scope(answer, history, baseline, check.mask), conceal=hidden)
    except ExpressionError as error:
        return Judged(Verdict.BLIND if isinstance(error, Blind) else Verdict.ERROR, _placed(error))
    return Judged(Verdict.FAIL if judgement.ok else Verdict.PASS, judgement.because)


def tripped(
    when: str, series: Mapping[str, Series], *, conceal: Conceal = plainly
) -> tuple[Literal["clear", "tripped", "unknown"], str]:
    """Whether a rollback criterion holds: `tripped`, `clear` or `unknown`, and why."""
    try:
        judgement = Expression.parse(when).judge(side_by_side(series), conceal=conceal)
    except ExpressionError as error:
        return "unknown", _placed(error)
    return ("tripped" if judgement.ok else "clear"), judgement.because


def _placed(error: ExpressionError) -> str:
    """An error in words, behind the part of the expression that has no answer."""
    part = " ".join(error.source[error.start : error.end].split())
    return f"{inert(part, limit=_QUOTE)}: {error}" if part else str(error)


def _unmet(check: Question, answer: Answer) -> str:
    """For lines in order: the first pattern that no line met."""
    pattern = answer.facts.get("missing") if isinstance(check, LogCheck) and check.ordered else None
    return f"; no line met {show(pattern)} in its place" if isinstance(pattern, str) else ""


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


def scope(
    answer: Answer, history: Series | None, baseline: Reading | None = None, mask: Sequence[str] = ()
) -> dict[str, object]:
    """The names an expectation may use. What cannot be had is the error that says why: `value` by `value_error`.

    Rows that were cut off are no `rows`: what holds for all of them, or for none, may not hold for the rest.

    Columns in `mask` are left out of the baseline's rows: hashes are no values to compute with.
    """
    names = dict(answer.facts)
    for key in [key for key in names if key.endswith("_error")]:
        names.setdefault(key.removesuffix("_error"), ExpressionError(str(names.pop(key))))
    if answer.table.capped and "rows" in names:
        names["rows"] = Blind(
            f"Of more rows the first {len(answer.table.rows)} were looked at.", "Let the source count."
        )
    past = history.scope() if history else {"baseline": NO_BASELINE}
    recorded = {"baseline": baseline.value} if baseline is not None and baseline.value is not None else {}
    return {**past, **recorded, "baseline_rows": _rows_of(baseline, mask), **names}


def _rows_of(baseline: Reading | None, mask: Sequence[str]) -> object:
    if baseline is None or baseline.table is None:
        return ExpressionError("There is no baseline with rows.", "Record it first.")
    table = baseline.table
    if table.capped:
        return ExpressionError("Only part of the baseline's rows is kept.", "Let the source group them.")
    shown = [place for place, column in enumerate(table.columns) if column not in mask]
    return tuple({table.columns[place]: row[place] for place in shown} for row in table.rows)


def _concealing(check: Question, source: str, answer: Answer, conceal: Conceal) -> Conceal:
    """Conceals every cell of a masked column, and every value of a variable that the expectation does not name."""
    variables = answer.facts.get("variables")
    named = variables.values() if isinstance(variables, Mapping) else ()
    values = {str(value) for value in named if value is not None and str(value) not in source}
    masked = _masked_words(check, answer)
    computed = any(_NUMBER.fullmatch(word) for word in masked)
    if not values and not masked:
        return conceal

    def hide(text: str) -> str:
        if text in values or text in masked:
            return HIDDEN
        if computed and _NUMBER.fullmatch(text) and text not in source:
            return HIDDEN  # twice a masked number tells it as well as the number does
        return conceal(_without(masked, text))

    return hide


def _hiding(check: Question, answer: Answer, judged: Judged) -> Judged:
    """The sentence once more without masked cells: an error may quote one, or a step of the expectation hold it."""
    because = _NO_ROW.sub(r"\1 The keys that are there are masked.", judged.because) if check.mask else judged.because
    return replace(judged, because=_without(_masked_words(check, answer), because))


def _without(words: set[str], text: str) -> str:
    for word in sorted((word for word in words if len(word) >= _WORD), key=len, reverse=True):
        text = text.replace(word, HIDDEN)
    return text


def _masked_words(check: Question, answer: Answer) -> set[str]:
    cells = masked_cells(answer.table, check.mask) if check.mask else ()
    return {word for cell in cells for word in words_in(cell)}


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
