"""Why an expectation holds or fails: one sentence with the values that decided it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID

import pytest

from cockpit.core.expression import Expression, Series
from cockpit.core.expression.showing import show
from cockpit.errors import ExpressionError

ROWS = [{"name": "a", "x": 10}, {"name": "b", "x": Decimal("95.5")}, {"name": "c", "x": 99}]
SCOPE: dict[str, object] = {
    "value": 3,
    "status": 200,
    "found": False,
    "text": "late",
    "json": {"status": "healthy"},
    "rows": ROWS,
    "none": [],
    "stuck": Series(9, 8, lambda _: 2, lambda _: 1),
}


@pytest.mark.parametrize(
    ("source", "ok", "because"),
    [
        ("value == 0", False, "value is 3, and value == 0 is false"),
        ("value >= 3", True, "value is 3, and value >= 3 is true"),
        ("1 == 2", False, "1 == 2 is false"),
        ("value == -3", False, "value is 3, and value == -3 is false"),
        ("found", False, "found is false"),
        ("true", True, "true is true"),
        ("!(value == 0)", True, "value is 3, and (value == 0) is false"),
        ("!found", True, "found is false"),
        ("value == value", True, "value is 3, and value == value is true"),
        ("value in [1, 2]", False, "value is 3, and value in [1, 2] is false"),
        ("json.status == text", False, "json.status is 'healthy', text is 'late', and json.status == text is false"),
        ("value + 1 > status / 2", False, "value is 3, status is 200, and value + 1 > status / 2 is false: 4 > 100"),
        ("text.contains('x')", False, "text is 'late', and text.contains('x') is false"),
        ("has(json.version)", False, "has(json.version) is false"),
        ("rows.size() == 0", False, "rows.size() is 3, and rows.size() == 0 is false"),
        ("size(rows) == 0", False, "size(rows) is 3, and size(rows) == 0 is false"),
        (
            "stuck.value > stuck.previous",
            True,
            "stuck.value is 9, stuck.previous is 8, and stuck.value > stuck.previous is true",
        ),
        ("status == 200 && value == 0", False, "value is 3, and value == 0 is false"),
        ("value == 0 && status == 200", False, "value is 3, and value == 0 is false"),
        (
            "status == 200 && value == 3",
            True,
            "status is 200, and status == 200 is true; value is 3, and value == 3 is true",
        ),
        ("value == 0 || status == 200", True, "status is 200, and status == 200 is true"),
        ("status == 200 || value == 0", True, "status is 200, and status == 200 is true"),
        ("value == 0 || found", False, "value is 3, and value == 0 is false; found is false"),
        ("status == 200 ? found : true", False, "status is 200, and status == 200 is true; so found is false"),
        ("found ? true : value == 3", True, "found is false; so value is 3, and value == 3 is true"),
        (
            "rows.all(r, r.x < 90)",
            False,
            "r.x is 95.5, and r.x < 90 is false for element 1: {name: 'b', x: 95.5}",
        ),
        ("rows.all(r, r.x < 100)", True, "r.x < 100 is true for all of the 3 elements of rows"),
        ("[value].all(r, r < 100)", True, "r < 100 is true for all of the one element of [value]"),
        ("none.all(r, r > 1)", True, "none is empty, so r > 1 is false for nothing in it"),
        ("none.exists(r, r > 1)", False, "none is empty, so r > 1 is true for nothing in it"),
        ("rows.exists(r, r.x > 90)", True, "r.x is 95.5, and r.x > 90 is true for element 1: {name: 'b', x: 95.5}"),
        ("rows.exists(r, r.x > 100)", False, "r.x > 100 is true for none of the 3 elements of rows"),
        ("rows.exists_one(r, r.x > 90)", False, "r.x > 90 is true for 2 elements (1, 2) of rows"),
        ("rows.exists_one(r, r.x > 96)", True, "r.x > 96 is true for exactly one element, 2, of rows"),
        ("rows.exists_one(r, r.x > 100)", False, "r.x > 100 is true for no element of rows"),
        ("[0, 1, 2, 3, 4, 5].exists_one(n, n >= 0)", False,
         "n >= 0 is true for 6 elements (0, 1, 2, 3, …) of [0, 1, 2, 3, 4, 5]"),
        (
            "rows.all(r, rows.exists(q, q.x > r.x))",
            False,
            "q.x > r.x is true for none of the 3 elements of rows for element 2: {name: 'c', x: 99}",
        ),
        (
            "rows.filter(r, r.x > 90).size() == 0",
            False,
            "rows.filter(r, r.x > 90).size() is 2, and rows.filter(r, r.x > 90).size() == 0 is false",
        ),
        (
            "rows.map(r, r.x) == [10]",
            False,
            "rows.map(r, r.x) is [10, 95.5, 99], and rows.map(r, r.x) == [10] is false",
        ),
        ("value\n  ==\n  0", False, "value is 3, and value == 0 is false"),
    ],
)  # fmt: skip
def test_a_judgement_says_why(source: str, because: str, *, ok: bool) -> None:
    judgement = Expression.parse(source).judge(SCOPE)
    assert (judgement.ok, judgement.because) == (ok, because)


@pytest.mark.parametrize("source", ["value", "rows.map(r, r.x)", "'yes'", "found ? 1 : 2", "null"])
def test_what_is_neither_true_nor_false_is_no_judgement(source: str) -> None:
    with pytest.raises(ExpressionError, match="An expectation needs true or false"):
        Expression.parse(source).judge(SCOPE)


@pytest.mark.parametrize("source", ["value.all(x, true)", "json.status.exists(x, true)", "value.exists_one(x, true)"])
def test_an_error_while_explaining_has_its_place(source: str) -> None:
    with pytest.raises(ExpressionError, match="goes over a list") as caught:
        Expression.parse(source).judge(SCOPE)
    assert source[caught.value.start : caught.value.end] == source.rpartition(".")[0]


def test_a_sentence_stays_short_whatever_is_in_it() -> None:
    scope: dict[str, object] = {"long": "x" * 100_000, "many": list(range(100_000))}
    because = (
        Expression.parse("long == 'a' || many == [1] || " + " || ".join(["long == 'b'"] * 20)).judge(scope).because
    )
    assert len(because) == 500
    assert because.endswith("…")


def test_foreign_text_is_inert_in_a_sentence() -> None:
    judgement = Expression.parse("text == 'a'").judge({"text": "\x1b[31mred\u202e\n[bold]"})
    assert judgement.because == "text is 'red· [bold]', and text == 'a' is false"


def test_secrets_are_concealed_before_anything_is_cut() -> None:
    secret = "s3cret" * 30

    def conceal(text: str) -> str:
        return text.replace(secret, "•••")

    judgement = Expression.parse("rows.all(r, r.token == 'x')").judge({"rows": [{"token": secret}]}, conceal=conceal)
    assert judgement.because == "r.token is '•••', and r.token == 'x' is false for element 0: {token: '•••'}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (10**500, "a number too long to show"),
        (Decimal("3.50"), "3.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E+100"), "1E+100"),
        (Decimal("-0"), "0"),
        (Decimal("NaN"), "NaN"),
        (0.1, "0.1"),
        ("", "''"),
        ("x" * 100, "'" + "x" * 59 + "…'"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01 12:00:00+00:00"),
        (timedelta(minutes=90), "1h30m"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"abc", "3 bytes"),
        (memoryview(b"abc"), "3 bytes"),
        (ip_address("10.0.0.1"), "10.0.0.1"),
        (len, "<builtin_function_or_method>"),
        (Series(1, 2, lambda _: 1, lambda _: 1), "<Series>"),
        ([], "[]"),
        ({}, "{}"),
        ([1, "a", None], "[1, 'a', null]"),
        (tuple(range(9)), "[0, 1, 2, 3, 4, 5, … 3 more]"),
        ({"a": {"b": 1}}, "{a: {b: 1}}"),
        ([[[[1]]]], "[[[[…]]]]"),
        ([[[[]]]], "[[[[]]]]"),
        ({1: {2: {3: {4: 5}}}}, "{1: {2: {3: {…}}}}"),
    ],
)
def test_a_value_is_shown_short_and_on_one_line(value: object, shown: str) -> None:
    assert show(value) == shown


def test_what_is_written_down_is_not_told_as_a_fact() -> None:
    judgement = Expression.parse("size(r) > number('3') + size('ab')").judge({"r": [1]})
    assert judgement.because == "size(r) is 1, and size(r) > number('3') + size('ab') is false: 1 > 5"


@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ("have.hasExactly(['api', 'cron'])", "missing 'cron' and extra 'mailer', null"),
        ("have.hasAll(['api', 'cron', 'beat'])", "missing 'cron', 'beat'"),
        ("have.hasOnly(['api'])", "extra 'mailer', null"),
        ("have.hasAll(many)", "missing 'type 0', 'type 1', 'type 2', 'type 3', 'type 4', 'type 5' and 4 more"),
        ("lines.inOrder(['a', 'c', 'b'])", "no line met 'b' after what met 'c'"),
        ("lines.inOrder(['x', 'a'])", "no line met 'x'"),
        ("lines.inOrder(['a', 'a'])", "no line met 'a' after what met 'a'"),
    ],
)
def test_a_claim_about_several_says_what_it_failed_for(source: str, lacking: str) -> None:
    scope = {
        "have": ["api", "mailer", "api", None],
        "many": [f"type {number}" for number in range(10)],
        "lines": ["a", "b", "c"],
    }
    judgement = Expression.parse(source).judge(scope)
    assert not judgement.ok
    assert judgement.because.startswith(f"{lacking}: ")
    assert judgement.because.endswith(f"{source} is false")


def test_secrets_are_concealed_among_what_is_missing() -> None:
    scope = {"have": ["token-one"], "expected": ["token-two"]}
    judgement = Expression.parse("have.hasExactly(expected)").judge(scope, conceal=lambda _: "•••")
    assert "token" not in judgement.because
    lines = {"lines": ["token-one"], "wanted": ["token-one", "token-two"]}
    judgement = Expression.parse("lines.inOrder(wanted)").judge(lines, conceal=lambda _: "•••")
    assert "token" not in judgement.because
