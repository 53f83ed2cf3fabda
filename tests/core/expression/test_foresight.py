"""What lint says of kinds: only of what no answer could make right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.expression import Expression, Series
from cockpit.core.expression.foresight import must_be_condition
from cockpit.core.expression.values import Kind, kind_of
from cockpit.errors import ExpressionError

KNOWN = {
    "status": Kind.NUMBER, "text": Kind.TEXT, "rows": Kind.LIST, "headers": Kind.MAP, "found": Kind.BOOLEAN,
    "now": Kind.MOMENT, "covered": Kind.SPAN, "stuck": Kind.SERIES, "value": None, "json": None,
}  # fmt: skip


def complaint(source: str) -> str:
    try:
        must_be_condition(source, Expression.parse(source).tree, KNOWN)
    except ExpressionError as error:
        return f"{source[error.start : error.end]}: {error.what}"
    return ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("status == '200'", "status == '200': '==' compares a number with a text."),
        ("found && status", "status: '&&' needs true or false, but this is a number."),
        ("!text", "text: '!' needs true or false, but this is a text."),
        ("text ? found : found", "text: '?' needs true or false, but this is a text."),
        ("rows", "rows: A condition needs true or false, but this is a list."),
        ("rows.all(r, size(r))", "size(r): 'all' needs true or false, but this is a number."),
        ("status.all(r, true)", "status.all(r, true): 'all' goes over a list, but this is a number."),
        ("rows.type == 'a'", "rows.type: 'type' is asked of a value that is a list."),
        ("rows > 3", "rows > 3: '>' compares a list with a number."),
        ("rows + 1 == 2", "rows + 1: '+' does not go between a list and a number."),
        ("'a' in text", "'a' in text: 'in' looks into a list or a map, but this is a text."),
        ("size(status) > 1", "size(status): 'size' needs a text, a list or a map, but this is a number."),
        ("status.contains('a')", "status.contains('a'): 'contains' needs a text before it, but this is a number."),
        ("text.keys() == []", "text.keys(): 'keys' needs a map, but this is a text."),
        ("round(text) == 1", "round(text): 'round' needs a number, but this is a text."),
        ("age(now) < 300", "age(now) < 300: '<' compares a span with a number."),
        ("covered < '5m'", "covered < '5m': '<' compares a span with a text."),
        ("stuck > 5", "stuck > 5: '>' compares a check with a number."),
        ("status.ago('1h') > 5", "status.ago('1h'): 'ago' asks a check, but this is a number."),
        ("stuck.rate('1h') == 'a'", "stuck.rate('1h') == 'a': '==' compares a number with a text."),
        ("found > true", "found > true: '>' met a value that is true or false, and these have no order."),
        ("-text == 1", "-text: '-' needs a number, but this is a text."),
        ("value == 1 || status == 'x'", "status == 'x': '==' compares a number with a text."),
    ],
)
def test_kinds_that_never_fit_are_told_with_their_place(source: str, said: str) -> None:
    assert complaint(source) == said


@pytest.mark.parametrize(
    "source",
    [
        "value", "json.ok", "value == 'x' || value == 3", "json.a[0].b > json.c", "status != null", "null == text",
        "rows.all(r, r.n > 3)", "rows.map(r, r.n).sum() > json.n", "size(rows) > 0 ? found : value",
        "min(status, 3) > 1",
        "stuck.value > stuck.ago('1h') * 2", "stuck.age < duration('5m')", "age(json.at) < duration('5m')",
        "rows.by('a').b.c == 3", "headers.all(k, headers[k] != '')", "text + string(status) == 'x'",
        "value.ago('1h') > 1",
        "now - duration('1h') < timestamp(json.at)", "-covered < covered", "[status] == [200]", "has(json.a)",
    ],
)  # fmt: skip
def test_what_an_answer_could_make_right_is_no_complaint(source: str) -> None:
    assert complaint(source) == ""


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.text(max_size=3), st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 3)),
    st.just(datetime(2026, 3, 1, tzinfo=UTC)), st.just(timedelta(minutes=5)),
    st.just(Series(Decimal(1), 2, lambda _: 3, lambda _: 4)),
)  # fmt: skip
PARTS = st.sampled_from(
    ["value", "other", "1", "'a'", "null", "true", "[value]", "value.a", "value[0]", "-other", "size(value)",
     "abs(other)",
     "value.keys()", "string(value)", "number(other)", "!value", "value.all(x, x == other)", "other.contains('a')",
     "round(value)", "value.sum()", "other.distinct()", "value.hasAll(other)", "value.value", "other.ago('1h')",
     "age(value)", "value.matches('a')", "min(value, other)"]
)  # fmt: skip
SIGNS = st.sampled_from(["==", "!=", "<", ">=", "in", "+", "-", "*", "/", "%"])


@settings(deadline=None)
@given(st.lists(st.tuples(PARTS, SIGNS), max_size=3), PARTS, VALUES, VALUES)
def test_what_is_complained_of_has_no_answer_where_all_of_it_is_asked(
    chain: list[tuple[str, str]], end: str, value: object, other: object
) -> None:
    source = " ".join(f"{part} {sign}" for part, sign in chain) + " " + end
    scope = {"value": value, "other": other}
    try:
        expression = Expression.parse(source)
    except ExpressionError:
        return
    try:
        must_be_condition(source, expression.tree, {name: kind_of(each) for name, each in scope.items()})
    except ExpressionError:
        with pytest.raises(ExpressionError):
            expression.judge(scope)
