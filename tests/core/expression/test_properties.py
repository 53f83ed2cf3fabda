"""Whatever is written and whatever is read, an expression answers or refuses, exactly, and changes nothing."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.expression import Expression
from cockpit.core.text.inert import inert
from cockpit.errors import ExpressionError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text() | st.datetimes() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.sampled_from(
    [
        "value", "other", "1", "0.5", "'a'", "null", "true", "[value, 1]", "value.a", "other[0]", "value['a']",
        "-other",
        "size(value)", "value.size()", "abs(other)", "value.keys()", "string(value)", "number(other)", "!value",
        "value.all(x, x == other)", "other.map(x, x + value)", "value.contains('a')", "other.matches('a+')",
        "round(value)", "has(value.a)", "min(value)", "value.exists_one(x, x > other)",
        "value.by('a')", "other.by('a').b", "value.sum()", "sum(value)", "other.distinct()", "value.hasAll(other)",
        "value.hasExactly(other)", "other.missing(value)", "value.extra([other])", "age(value)",
        "timestamp(other)",
        "value.inOrder(other)", "[value].inOrder([other])", "value.inOrder(['a', 'b'])", "ago(value)",
        "value.over('1h')",
    ]
)  # fmt: skip
SIGNS = st.sampled_from(["==", "!=", "<", ">=", "in", "+", "-", "*", "/", "%", "&&", "||"])


@settings(deadline=None)
@given(st.lists(st.tuples(PARTS, SIGNS), min_size=1, max_size=4), PARTS, ANYTHING, ANYTHING)
def test_whatever_is_in_a_reading_an_expression_answers_or_refuses_and_changes_nothing(
    chain: list[tuple[str, str]], end: str, value: object, other: object
) -> None:
    source = " ".join(f"{part} {sign}" for part, sign in chain) + " " + end
    before = copy.deepcopy((value, other))
    scope = {"value": value, "other": other, "now": NOW}
    try:
        answer = Expression.parse(source).evaluate(scope)
    except ExpressionError:
        answer = None
    assert repr((value, other)) == repr(before)
    if isinstance(answer, bool):
        judgement = Expression.parse(source).judge(scope)
        assert judgement.ok is answer
        assert judgement.because
        assert judgement.because == inert(judgement.because)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab.()[]!&|=<>+-*/%?:,'\"0 \\einrx"), max_size=30))
def test_any_text_is_read_or_refused_at_a_place_within_it(source: str) -> None:
    error = refusal(source)
    if error is not None:
        assert 0 <= error.start <= error.end <= len(source)
        assert error.remedy


def refusal(source: str) -> ExpressionError | None:
    try:
        Expression.parse(source)
    except ExpressionError as error:
        return error
    return None


AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=6)


@settings(deadline=None)
@given(AMOUNTS, AMOUNTS)
def test_sums_and_products_are_exact(left: Decimal, right: Decimal) -> None:
    scope = {"a": left, "b": right}
    assert Expression.parse("(a + b) - b == a && a * b == b * a && (a - b) * 2 == a + a - b - b").judge(scope).ok
