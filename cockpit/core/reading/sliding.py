"""What moves by itself while nothing changes: a question whose window slides on with the clock.

Held against a baseline, such an answer differs because time has passed. That may be meant (`within 10%` of an hour's
reports), and then the relation says so; `equal` over a window that slides is an accident.
"""

from __future__ import annotations

import re

from cockpit.core.plan.check import IssuesCheck, LogCheck, MetricCheck, PostgresCheck, QueryCheck, Question, RunsCheck
from cockpit.core.plan.statement import bare
from cockpit.core.reading.relation import Relation
from cockpit.core.span import show_span

# https://www.postgresql.org/docs/current/functions-datetime.html, 9.9.5; `age(x)` of one argument counts from today.
_CLOCK = re.compile(
    r"\b(?:(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)"
    r"|(?:current_timestamp|current_date|current_time|localtimestamp|localtime)\b|age\s*\(\s*[\w.]+\s*\))",
    re.IGNORECASE,
)
_WINDOW = re.compile(r"\[\s*[0-9][0-9smhdwy]*\s*(?::[^\]]*)?\]")
"""A range in PromQL: `[1h]`."""

STRICT = frozenset({"equal", "only grows", "only shrinks"})
"""Relations that leave no room for what a sliding window loses and gains by itself."""
_LOOKING_BACK = STRICT | {"within", "within %"}
"""Those that look at the baseline at all."""


def sliding(check: Question) -> str:
    """What slides in a check's question, in a few words; empty where nothing does, as far as can be told."""
    match check:
        case PostgresCheck():
            found = next((match for sql in check.statements if (match := _CLOCK.search(bare(sql)))), None)
            return " ".join(found[0].split()) if found else ""
        case LogCheck() | IssuesCheck() if check.since[:1].isdigit():
            return f'since = "{check.since}"'
        case MetricCheck() if check.window is not None:
            return f"a window of {show_span(check.window)}"
        case RunsCheck() if check.over is not None:
            return f"a window of {show_span(check.over)}"
        case QueryCheck() if window := _WINDOW.search(check.promql):
            return window[0]
    return ""


def drifts(check: Question) -> str:
    """The same, where a comparison goes by the baseline: what stands only under `any` or a limit cannot drift."""
    return sliding(check) if _relations(check) & _LOOKING_BACK else ""


def is_strict(check: Question) -> bool:
    """Whether some cell stands under a relation that a sliding window breaks by itself."""
    return bool(_relations(check) & STRICT)


def _relations(check: Question) -> frozenset[str]:
    """The forms of the relations a comparison of this check uses."""
    if isinstance(check.compare, dict):
        return frozenset(Relation.parse(text).name for text in ({"other": "equal"} | check.compare).values())
    return frozenset({Relation.parse(check.compare or "equal").name})
