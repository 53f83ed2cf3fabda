"""Lists as sets, rows by key, lines in order: what they mean, and that they mean it whatever is in them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.expression import Expression
from cockpit.errors import ExpressionError

WORDS = st.lists(st.sampled_from(["api", "mailer", "cron", "beat", None]), max_size=8)


@given(WORDS, WORDS)
def test_claims_are_those_of_sets(have: list[str | None], expected: list[str | None]) -> None:
    scope = {"have": have, "expected": expected}

    def told(source: str) -> object:
        return Expression.parse(source).evaluate(scope)

    assert told("have.hasAll(expected)") is (set(have) >= set(expected))
    assert told("have.hasOnly(expected)") is (set(have) <= set(expected))
    assert told("have.hasExactly(expected)") is (set(have) == set(expected))
    assert told("have.missing(expected)") == list(dict.fromkeys(one for one in expected if one not in have))
    assert told("have.extra(expected)") == list(dict.fromkeys(one for one in have if one not in expected))
    assert told("have.distinct()") == list(dict.fromkeys(have))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("[1].hasAll(['1'])", "A set compares a text with a number"),
        ("'api'.hasAll(['api'])", "'hasAll' goes over a list, but this is a text"),
        ("['api'].hasExactly('api')", "'hasExactly' goes over a list, but this is a text"),
        ("rows.by(1)", "'by' was given a number"),
        ("rows.by('typ')", "There is no column 'typ'. Did you mean type?"),
        ("rows.by('n')", "Two rows have the same n"),
        ("rows.by('none')", "A row's none is null, which is no key"),
        ("rows.by('list')", "A row's list is a list, which is no key"),
        ("[1].by('type')", "'by' goes over rows, and this one is a number"),
        ("'x'.by('type')", "'by' goes over rows, but this is a text"),
        ("rows.by('type').apo", "There is no row 'apo'. Did you mean api?"),
        ("rows.by('id')[3]", "There is no row '3'. There are 1, 2"),
        ("['a'].inOrder([])", "was given no pattern"),
        ("[1].inOrder(['a'])", "goes over texts, and one is a number"),
        ("['a'].inOrder([1])", "A pattern needs a text in brackets, but this is a number"),
        ("['a'].inOrder(['('])", "has a '\\(' without its '\\)'"),
        ("[null].sum()", "'sum' goes over numbers or spans, and one is null"),
        ("[1, null].sum()", "'\\+' has null on its right side"),
        ("['a', 'b'].sum()", "'sum' goes over numbers or spans, and one is a text"),
        ("{}", "means nothing here"),
    ],
)
def test_what_makes_no_sense_is_an_error(source: str, sentence: str) -> None:
    rows = [
        {"type": "api", "n": 1, "id": 1, "none": None, "list": []},
        {"type": "mailer", "n": 1, "id": Decimal("2.0"), "none": 1, "list": [1]},
    ]
    with pytest.raises(ExpressionError, match=sentence):
        Expression.parse(source).evaluate({"rows": rows})


@pytest.mark.parametrize("source", ["rows.by('id')[1].n", "rows.by('id')['1'].n", "rows.by('id')[1.0].n"])
def test_a_number_is_a_key_however_it_is_written(source: str) -> None:
    assert Expression.parse(source).evaluate({"rows": [{"id": 1, "n": 7}, {"id": Decimal("2.0"), "n": 8}]}) == 7
    assert Expression.parse("2 in [1, 2] && '2' in rows.by('id')").judge({"rows": [{"id": Decimal("2.00")}]}).ok


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), min_size=1, max_size=4))
def test_lines_in_order_are_a_part_in_their_order(lines: list[str], wanted: list[str]) -> None:
    rest = iter(lines)
    assert Expression.parse("lines.inOrder(wanted)").evaluate({"lines": lines, "wanted": wanted}) is all(
        letter in rest for letter in wanted
    )


@given(st.lists(st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=6), min_size=1))
def test_a_sum_is_exact(numbers: list[Decimal]) -> None:
    assert Expression.parse("numbers.sum()").evaluate({"numbers": numbers}) == sum(numbers)
