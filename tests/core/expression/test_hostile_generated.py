"""Hostile expressions that nobody wrote down: whatever is put together stops within its budget of time and memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.expression import Expression
from cockpit.core.text.inert import inert
from cockpit.errors import ExpressionError

BUDGET = 5_000
"""A fortieth of the real one, so that a hundred examples are soon done; cost is by the step."""
SECONDS = 1.0
"""Some hundred times of what a budget takes: a slow machine is no endless loop."""
MEBIBYTES = 16.0

READING: Mapping[str, object] = {
    "r": list(range(100)),
    "many": list(range(10_001)),
    "text": "ab" * 20_000,
    "words": [f"word {number}" for number in range(500)],
    "rows": [{"key": f"key {number}", "n": number} for number in range(500)],
    "null": None,
    "now": datetime(2026, 3, 1, tzinfo=UTC),
}
ATOMS = st.sampled_from(
    ["r", "many", "text", "words", "rows", "now", "a", "b", "1", "0.5", "9e399", "1e-399", "9" * 400, "null", "[]"]
)
LOOPS = st.sampled_from(["all", "exists", "exists_one", "filter", "map"])
VARIABLES = st.sampled_from("abc")
SIGNS = st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "in", "&&", "||"])
PATTERNS = st.lists(
    st.sampled_from(["(a+)+", "(a|b)*", ".*", "[^x]{100}", "(?:a{9}){9}", "(b?){50}", r"\\b", "$", "(((.)*)*)*"]),
    max_size=6,
).map("".join)
CALLS = st.sampled_from(
    ["size({})", "string({})", "sum({})", "max({})", "round({}, 400)", "number({})", "age({})", "{}.keys()", "{}.sum()",
     "{}.by('key')", "{}.distinct()", "{}[0]", "{}.n", "-{}", "!{}"]
)  # fmt: skip
SETS = st.sampled_from(["missing", "extra", "hasAll", "hasOnly", "hasExactly", "contains"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda call, one: call.format(f"({one})"), CALLS, inner),
        st.builds(lambda one, sign, other: f"({one}) {sign} ({other})", inner, SIGNS, inner),
        st.builds(lambda one, loop, name, body: f"({one}).{loop}({name}, {body})", inner, LOOPS, VARIABLES, inner),
        st.builds(lambda one, pattern: f"({one}).matches('{pattern}')", inner, PATTERNS),
        st.builds(lambda one, pattern: f"({one}).inOrder(['{pattern}', {pattern!r} + 'c'])", inner, PATTERNS),
        st.builds(lambda one, claim, other: f"({one}).{claim}({other})", inner, SETS, inner),
        st.builds(lambda one, two, three: f"({one}) ? ({two}) : ({three})", inner, inner, inner),
        st.lists(inner, max_size=5).map(lambda parts: f"[{', '.join(parts)}]"),
    )


EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=12)


def judged(source: str) -> str:
    """What came of it, in words."""
    try:
        return Expression.parse(source).judge(READING, budget=BUDGET).because
    except ExpressionError as error:
        return str(error)


@settings(deadline=None)
@given(EXPRESSIONS)
def test_whatever_is_put_together_stops_within_the_time_of_its_budget(source: str) -> None:
    began = process_time()
    words = judged(source)
    assert process_time() - began < SECONDS
    assert words == inert(words)


@settings(deadline=None, max_examples=40)
@given(EXPRESSIONS)
def test_whatever_is_put_together_stays_within_the_memory_of_its_budget(source: str) -> None:
    tracemalloc.start()
    try:
        judged(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEBIBYTES * 2**20
