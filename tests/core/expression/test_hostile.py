"""Expressions that would run for ever, or fill the memory: all stop, soon, with a sentence."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from time import process_time

import pytest

from cockpit.core.expression import Expression
from cockpit.core.expression.arithmetic import MAX_LIST, MAX_TEXT
from cockpit.errors import ExpressionError

HUNDRED = list(range(100))


@contextmanager
def soon(seconds: float = 3.0) -> Iterator[None]:
    """Far more than it takes (about 0.2 s), far less than for ever."""
    began = process_time()
    yield
    assert process_time() - began < seconds


def nested(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


LONG = "x" * 60_000
HOSTILE: Mapping[str, tuple[str, str]] = {
    "nested loops": ("r.all(a, r.all(b, r.all(c, r.all(d, a + b + c + d >= 0))))", "more than 200000 steps"),
    "nested maps": ("r.map(a, r.map(b, r.map(c, r.map(d, d)))).size() > 0", "more than 200000 steps"),
    "a text that doubles": (
        "[x + x].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).size() > 0",
        "A text grew beyond 100000 characters",
    ),
    "many texts": ("r.map(a, r.map(b, long + 'x')).size() > 0", "more than 200000 steps"),
    "a list that doubles": (
        "[r + r + r].map(a, a + a + a + a + a).map(a, a + a + a + a + a).map(a, a + a + a).size() > 0",
        "A list grew beyond 10000 elements",
    ),
    "a list over its limit": ("many.map(a, a).size() > 0", "A list grew beyond 10000 elements"),
    "a filter over its limit": ("many.filter(a, true).size() > 0", "A list grew beyond 10000 elements"),
    "keys over their limit": ("wide.keys().size() > 0", "A list grew beyond 10000 elements"),
    "names over their limit": ("wide.all(k, true)", "A list grew beyond 10000 elements"),
    "a power by multiplying": (" * ".join(["9999999999"] * 60) + " > 1", "A number grew beyond 400 digits"),
    "a small power by multiplying": (" * ".join(["0.0000000001"] * 60) + " > 1", "A number grew beyond 400 digits"),
    "a quotient too large": ("1e399 / 1e-399 > 1", "A number grew beyond 400 digits"),
    "a quotient too small": ("1.1e-399 / 3e399 > 1", "A number grew beyond 400 digits"),
    "an exponent in the text": ("number('1e999999') > 1", "A number grew beyond 400 digits"),
    "an exponent in the reading": ("vast > 1", "A number grew beyond 400 digits"),
    "a whole number in the reading": ("big > 1", "A number grew beyond 400 digits"),
    "a remainder beyond its digits": ("1e399 % 1e-399 > 1", "A number grew beyond 400 digits"),
    "comparing large lists": ("r.all(a, many == many2)", "more than 200000 steps"),
    "comparing large texts": ("many.all(a, long == long2 && long <= long2)", "more than 200000 steps"),
    "looking in large lists": ("many.all(a, !('y' in texts))", "more than 200000 steps"),
    "comparing deep values": ("deep == deep2", "nested too deeply to compare"),
    "brackets": ("(" * 1000 + "1" + ")" * 1000, "nested too deeply"),
    "lists": ("[" * 1000, "nested too deeply"),
    "a chain": ("+".join("1" * 1000), "nested too deeply"),
    "a chain of fields": ("a" + ".b" * 1000, "nested too deeply"),
    "denials": ("!" * 3000 + "true", "nested too deeply"),
    "choices": ("true ? 1 : " * 300 + "1", "nested too deeply"),
    "a pattern over a long text": ("r.all(a, long.matches('(x+x+)+y') == false)", "more than 200000 steps"),
}
READING: Mapping[str, object] = {
    "r": HUNDRED,
    "x": "x" * 10_000,
    "long": LONG,
    "long2": "".join(["x"] * 60_000),
    "many": list(range(MAX_LIST + 1)),
    "many2": list(range(MAX_LIST + 1)),
    "texts": ["x"] * 5_000,
    "wide": dict.fromkeys(map(str, range(MAX_LIST + 1))),
    "vast": Decimal("1e999999"),
    "big": 10**400,
    "deep": nested(500),
    "deep2": nested(500),
}


@pytest.mark.parametrize(("source", "sentence"), HOSTILE.values(), ids=HOSTILE.keys())
def test_it_stops_soon_with_a_sentence(source: str, sentence: str) -> None:
    with soon(), pytest.raises(ExpressionError, match=sentence) as caught:
        Expression.parse(source).judge(READING)
    assert caught.value.source == source


def test_memory_stays_small_while_it_stops() -> None:
    expression = Expression.parse("r.map(a, r.map(b, long + 'x')).size() > 0")
    tracemalloc.start()
    try:
        with pytest.raises(ExpressionError, match="steps"):
            expression.judge(READING)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


def test_a_budget_can_be_smaller() -> None:
    with pytest.raises(ExpressionError, match="more than 10 steps"):
        Expression.parse("r.all(a, a >= 0)").evaluate(READING, budget=10)
    with pytest.raises(ExpressionError, match="more than 10 steps"):
        Expression.parse("r.all(a, a >= 0)").judge(READING, budget=10)


def test_saying_why_costs_nothing_more() -> None:
    expression = Expression.parse("r.filter(a, a > 50).size() == 49")
    enough = next(steps for steps in range(100, 1000) if answers(expression, steps))
    assert expression.judge(READING, budget=enough).ok


def answers(expression: Expression, budget: int) -> bool:
    try:
        return expression.evaluate(READING, budget=budget) is True
    except ExpressionError:
        return False


def test_a_thousand_rows_are_well_within_the_budget() -> None:
    rows = [{"x": number % 80, "name": f"row {number}"} for number in range(1000)]
    judgement = Expression.parse("rows.all(r, r.x < 90 && r.name.matches('^row [0-9]+$'))").judge({"rows": rows})
    assert judgement.ok


def test_a_text_may_be_as_long_as_its_limit() -> None:
    scope = {"half": "x" * (MAX_TEXT // 2)}
    assert Expression.parse("size(half + half)").evaluate(scope) == MAX_TEXT
    with pytest.raises(ExpressionError, match="A text grew"):
        Expression.parse("half + half + 'x'").evaluate(scope)
