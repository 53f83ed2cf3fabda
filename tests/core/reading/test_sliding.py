"""Which questions move on by themselves, and which comparisons that breaks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from cockpit.core.plan.check import Check, Question
from cockpit.core.reading.sliding import drifts, is_strict, sliding

_CHECK: TypeAdapter[Any] = TypeAdapter(Check)


def check(**fields: Any) -> Question:
    made: Question = _CHECK.validate_python({"on": "db", **fields})
    return made


@pytest.mark.parametrize(
    ("fields", "slides"),
    [
        ({"sql": "select count(*) from r where at > now() - interval '1 hour'"}, "now()"),
        ({"sql": "select count(*) from r where at::date = CURRENT_DATE"}, "CURRENT_DATE"),
        ({"sql": "select count(*) from r where age(at) < '1 day'"}, "age(at)"),
        ({"sql": "select count(*) from r where at > localtimestamp - $1", "with": ["x"]}, "localtimestamp"),
        ({"sql": "select count(*) from r where at > $1", "with": ["time of gate"]}, ""),
        ({"sql": "select count(*) from r where age(at, $1) < '1 day'", "with": ["time of gate"]}, ""),
        ({"sql": "select count(*) from r where note = 'now()' -- now()"}, ""),
        ({"sql": "select nowhere from current_dates"}, ""),
        ({"logs": "web", "since": "15m", "match": "E"}, 'since = "15m"'),
        ({"logs": "web", "since": "deploy_web", "match": "E"}, ""),
        ({"promql": "sum(increase(http_total[1h]))"}, "[1h]"),
        ({"promql": "sum(http_total)"}, ""),
        ({"metric": "http_total", "increase": "10m"}, "a window of 10m"),
        ({"metric": "http_total"}, ""),
        ({"inngest": "runs", "over": "10m"}, "a window of 10m"),
        ({"get": "/"}, ""),
    ],
)
def test_a_question_slides_where_it_looks_at_the_clock(fields: dict[str, Any], slides: str) -> None:
    assert sliding(check(**fields)) == slides


WINDOW = {"sql": "select count(*) from r where at > now() - interval '1 hour'"}


@pytest.mark.parametrize(
    ("compare", "drifting", "strict"),
    [
        ("equal", True, True),
        ("only grows", True, True),
        ("within 10%", True, False),
        ("within 3", True, False),
        ("any", False, False),
        ("not above 9", False, False),
        ({"a": "any", "other": "not below 1"}, False, False),
        ({"a": "any"}, True, True),
        ({"a": "within 3", "other": "any"}, True, False),
    ],
)
def test_only_a_relation_that_looks_at_the_baseline_drifts(compare: Any, drifting: bool, strict: bool) -> None:  # noqa: FBT001  (a row of the table)
    made = check(**WINDOW, compare=compare)
    assert (bool(drifts(made)), is_strict(made)) == (drifting, strict)
