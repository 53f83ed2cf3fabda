"""Expressions that would run for ever, or fill the memory: all stop, soon, with a sentence."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import process_time

import pytest

from cockpit.core.expression import Expression
from cockpit.core.expression.arithmetic import MAX_LIST, MAX_TEXT
from cockpit.core.reading import Reading, Verdict
from cockpit.core.reading.history import own_series
from cockpit.errors import ExpressionError

HUNDRED = list(range(100))


@contextmanager
def soon(seconds: float = 3.0) -> Iterator[None]:
    """Far more than it takes (0.8 s at most on a slow machine, most under 0.4 s), far less than for ever."""
    began = process_time()
    yield
    assert process_time() - began < seconds


@contextmanager
def small(mebibytes: float = 64.0) -> Iterator[None]:
    """Twice of what it takes at most (30 MiB, of which the answer of nested maps is most)."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < mebibytes * 2**20


def nested(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


LONG = "x" * 60_000
HAN = "".join(chr(0x4E00 + number % 20_000) for number in range(60_000))
"""No character twice in 20,000: nothing that is remembered of one helps with the next."""
WIDE = "".join(chr(0x4E00 + 3 * number) for number in range(470))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SAMPLES = [
    Reading(
        number, "stuck", NOW - timedelta(seconds=5 * (20_000 - number)), NOW, "runner", Verdict.PASS, "", None, 1, "",
        value=number % 7,
    )
    for number in range(20_000)
]  # fmt: skip
PAST = own_series(SAMPLES, NOW, timedelta(seconds=5), 3)
"""A day of a check that is asked every 5 s."""
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
    "many patterns": (
        "r.all(a, r.all(b, 'x'.matches('((){500}){19}' + string(a) + ',' + string(b)) == false))",
        "more than 200000 steps",
    ),
    "many large patterns": (
        "r.all(a, r.all(b, 'x'.matches('(a{100}){9}' + string(a) + ',' + string(b)) == false))",
        "more than 200000 steps",
    ),
    "a wide class, often": (f"han.matches('[^{WIDE}]{{500}}z')", "more than 200000 steps"),
    "a wide class of either case, often": (f"han.matches('(?i)[^{WIDE}]{{490}}z')", "more than 200000 steps"),
    "patterns in order": ("r.all(a, lines.inOrder(['line 1', 'never']) == false)", "more than 200000 steps"),
    "history in loops": ("r.all(a, r.all(b, r.all(c, ago('1h') >= 0)))", "more than 200000 steps"),
    "growth in loops": ("r.all(a, r.all(b, r.all(c, rate('1h') >= -10)))", "more than 200000 steps"),
    "windows in loops": ("r.all(a, r.all(b, over('10h').size() > 0))", "more than 200000 steps"),
    "a window over its limit": ("over('1d').size() > 0", "A list grew beyond 10000 elements"),
    "rows by key in loops": ("r.all(a, rows.by('key').size() > 0)", "more than 200000 steps"),
    "large sets": ("many.hasExactly(many)", "more than 200000 steps"),
    "what is missing of large sets": ("texts.missing(lines).size() > 0", "more than 200000 steps"),
    "each once of many": ("lines.distinct().size() > 0", "more than 200000 steps"),
    "sums in loops": ("r.all(a, many.sum() > 0)", "more than 200000 steps"),
    "a sum over its limit": ("r.map(a, 9e399).sum() > 0", "A number grew beyond 400 digits"),
    "ages in loops": ("r.all(a, r.all(b, r.all(c, age('2026-03-01T12:00Z') < duration('1h'))))", "200000 steps"),
    "a time stamp of any length": ("timestamp(long) < now", "This text is no time stamp"),
    "divisions in loops": (f"r.all(a, r.all(b, r.all(c, 1.1 / {'7' * 390} > 0)))", "more than 200000 steps"),
    "products in loops": (f"r.all(a, r.all(b, r.all(c, {'9' * 190} * {'9' * 190} > 0)))", "more than 200000 steps"),
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
    "lines": [f"line {number}" for number in range(5_000)],
    "rows": [{"key": f"key {number}"} for number in range(5_000)],
    "han": HAN,
    "vast": Decimal("1e999999"),
    "big": 10**400,
    "deep": nested(500),
    "deep2": nested(500),
    **PAST.scope(),
}


@pytest.mark.parametrize(("source", "sentence"), HOSTILE.values(), ids=HOSTILE.keys())
def test_it_stops_soon_with_a_sentence(source: str, sentence: str) -> None:
    with soon(), pytest.raises(ExpressionError, match=sentence) as caught:
        Expression.parse(source).judge(READING)
    assert caught.value.source == source


@pytest.mark.parametrize(
    "name",
    ["nested maps", "many texts", "a list that doubles", "a wide class, often"],
)
def test_memory_stays_small_while_it_stops(name: str) -> None:
    source, sentence = HOSTILE[name]
    with small(), pytest.raises(ExpressionError, match=sentence):
        Expression.parse(source).judge(READING)


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
