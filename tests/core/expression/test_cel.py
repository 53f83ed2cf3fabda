"""Where the language means what CEL means, another implementation of CEL agrees with ours.

That is: whole numbers within 64 bits, booleans, ASCII texts and lists of one kind, without division. The rest is the
table of differences in `docs/expressions.md`.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cockpit.core.expression import Expression

cel = pytest.importorskip("cel")

SCOPE: dict[str, object] = {
    "n": 7,
    "m": -3,
    "t": "web",
    "u": "worker",
    "yes": True,
    "no": False,
    "ns": [1, 2, 7],
    "ts": ["a"],
}

NUMBERS = st.integers(0, 2**31 - 1).map(str) | st.sampled_from(["n", "m", "0", "1", "2"])
TEXTS = st.sampled_from(["t", "u"]) | st.text(alphabet="abcXYZ 09_-", max_size=4).map(lambda text: f"'{text}'")
TRUTHS = st.sampled_from(["true", "false", "yes", "no"])


def numbers(depth: int) -> st.SearchStrategy[str]:
    if not depth:
        return NUMBERS
    inner = numbers(depth - 1)
    return st.one_of(
        NUMBERS,
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-"]), inner),
        st.builds("{} * {}".format, NUMBERS, st.sampled_from(["2", "3", "n", "m"])),
        st.builds("(-{})".format, NUMBERS),
        st.builds("({} % {})".format, inner, st.sampled_from(["3", "7", "(-5)"])),
        st.builds("size({})".format, texts(depth - 1)),
        st.builds("{}.size()".format, lists(depth - 1)),
        st.builds("({} ? {} : {})".format, truths(depth - 1), inner, inner),
        lists(depth - 1).map(lambda some: f"({some} + [5])[0]"),
    )


def texts(depth: int) -> st.SearchStrategy[str]:
    if not depth:
        return TEXTS
    inner = texts(depth - 1)
    return st.one_of(
        TEXTS,
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} ? {} : {})".format, truths(depth - 1), inner, inner),
    )


def lists(depth: int) -> st.SearchStrategy[str]:
    items = st.lists(numbers(depth - 1) if depth else NUMBERS, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
    if not depth:
        return items | st.just("ns")
    return st.one_of(
        items,
        st.builds("({} + {})".format, lists(depth - 1), items),
        st.builds("{}.map(x, x + {})".format, lists(depth - 1), NUMBERS),
        st.builds("{}.filter(x, x > {})".format, lists(depth - 1), NUMBERS),
    )


def truths(depth: int) -> st.SearchStrategy[str]:
    if not depth:
        return TRUTHS
    inner, orders = truths(depth - 1), st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        TRUTHS,
        st.builds("({} {} {})".format, numbers(depth - 1), orders, numbers(depth - 1)),
        st.builds("({} {} {})".format, texts(depth - 1), orders, texts(depth - 1)),
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||", "==", "!="]), inner),
        st.builds("({} == {})".format, lists(depth - 1), lists(depth - 1)),
        st.builds("!{}".format, inner),
        st.builds("({} in {})".format, numbers(depth - 1), lists(depth - 1)),
        st.builds("{}.{}({})".format, TEXTS, st.sampled_from(["contains", "startsWith", "endsWith"]), texts(depth - 1)),
        st.builds(
            "{}.{}(x, x {} {})".format,
            lists(depth - 1), st.sampled_from(["all", "exists", "exists_one"]), orders, numbers(depth - 1),
        ),
    )  # fmt: skip


@settings(deadline=None)
@given(st.one_of(truths(3), numbers(3), texts(2), lists(2)))
def test_both_come_to_the_same(source: str) -> None:
    try:
        theirs = cel.evaluate(source, SCOPE)
    except OverflowError:
        assume(False)  # noqa: FBT003  (beyond 64 bits it has no answer)
    ours = Expression.parse(source).evaluate(SCOPE)
    assert ours == theirs
    assert type(ours) is type(theirs)


@settings(deadline=None)
@given(truths(3))
def test_a_judgement_is_what_it_evaluates_to(source: str) -> None:
    expression = Expression.parse(source)
    assert expression.judge(SCOPE).ok is expression.evaluate(SCOPE)


@pytest.mark.parametrize(
    "source",
    ["1 + 2 * 3 - 4", "-7 % 3", "2 - -3", "true || false && false", "!true == false", "1 + 1 == 2 && 2 < 3",
     "false ? 1 : true ? 2 : 3", "-2 * -3", "7 - 2 - 1", "1 < 2 ? 'a' + 'b' : 'c'", "!!true",
     "[1, 2][1] + 1", "-n + m", "size(ts) + ns.size() * 2"],
)  # fmt: skip
def test_signs_bind_alike(source: str) -> None:
    assert Expression.parse(source).evaluate(SCOPE) == cel.evaluate(source, SCOPE)
