"""Patterns: what they match is what `re` says; what they cost grows with the text alone."""

from __future__ import annotations

import re
import tracemalloc
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.expression import pattern as engine
from cockpit.core.expression.pattern import Pattern
from cockpit.errors import ExpressionError


def free(_steps: int) -> None:
    """Nobody pays."""


def found(pattern: str, text: str) -> bool:
    return Pattern(pattern).is_in(text, free)


@pytest.mark.parametrize(
    "pattern",
    [
        "", "b", "abc", "^a", "c$", "^abc$", "a.c", "a|b", "^(a|bc)+$", "(?:ab)*c", "x*", "a+b?c{1}", "b{2,}",
        "b{0,1}c", "[a-c]+$", "[^a-c]", "[]a]", "[a-]", r"[\d-]", r"\d\w\s", r"\D\W\S", r"\bab", r"\Bb", r"c\b",
        "(?i)ABC", "(?i)[A-B]", r"\.", r"\n", "a??b", "a+?", "()", "(a|)b", r"[\]x]", r"\$\^", "é", "(a*)*$",
        "^$", r"[\n\t]", r"[a\-z]", "a{2}",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "text", ["", "abc", "ABC", "ab c", "xyz", "b", "bbc", "a-c", "1a 2", "line\nabc\n", "]", "é", "$^", "_ab"]
)
def test_a_pattern_finds_what_re_finds(pattern: str, text: str) -> None:
    expected = re.search(pattern.replace("$", r"\Z") if pattern.endswith("$") else pattern, text)
    assert found(pattern, text) is (expected is not None)


def patterns() -> st.SearchStrategy[str]:
    atoms = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\s", r"\b", "^", r"\Z"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        group = inner.map(lambda part: f"({part})")
        return st.one_of(
            st.lists(inner, min_size=1, max_size=3).map("".join),
            st.lists(inner, min_size=2, max_size=3).map(lambda options: f"({'|'.join(options)})"),
            st.builds("{}{}".format, group, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}"])),
        )

    return st.recursive(atoms, larger, max_leaves=8)


@settings(deadline=None)
@given(patterns(), st.text(alphabet="abc _\n", max_size=12))
def test_any_pattern_finds_what_re_finds(pattern: str, text: str) -> None:
    assert found(pattern.replace(r"\Z", "$"), text) is (re.search(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("(", r"has a '\(' without its '\)'"),
        (")", r"has a '\)' that opens nowhere"),
        ("[a", r"has a '\[' without its '\]'"),
        ("[a-", r"has a '\[' without its '\]'"),
        ("[", r"has a '\[' without its '\]'"),
        ("[b-a]", "has a range that goes backwards"),
        ("[a-\\", "ends in the middle"),
        ("\\", "ends in the middle"),
        ("*a", r"repeats nothing with '\*'"),
        ("a**", "repeats a repetition"),
        ("a{2}{3}", "repeats a repetition"),
        ("a++", "repeats a repetition"),
        ("^*", "repeats a place"),
        ("a{x}", "has a '{' that counts nothing"),
        ("a{2", "has a '{' that counts nothing"),
        ("a{3,2}", "repeats too often, or less than it began with"),
        ("a{9999}", "repeats too often"),
        (r"(a)\1", r"has '\\1', which is not known here"),
        (r"[\b]", r"has '\\b', which is not known here"),
        (r"\pL", r"has '\\p', which is not known here"),
        ("(?=a)", "needs going back"),
        ("(?<!a)b", "needs going back"),
        ("(?>a)", "needs going back"),
        ("(?P<x>a)", "needs going back"),
        ("a(?i)b", "needs going back"),
        ("()" * 21, "has more than 20 groups"),
        ("(" * 21, "has more than 20 groups"),
        ("x" * 501, "has more than 500 characters"),
        ("(a{100}){100}", "is too large"),
        ("((){500}){500}", "is too large"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_sentence(pattern: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence) as caught:
        Pattern(pattern)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){20}b", "a*a*a*a*a*a*b", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_catastrophe_for_others_is_linear_here(pattern: str) -> None:
    text = "a" * 50_000 + "!"
    began = process_time()
    assert found(pattern, text) is False
    assert process_time() - began < 3


def test_what_is_paid_grows_with_the_text() -> None:
    paid: list[int] = []
    Pattern("(a+)+$").is_in("a" * 1600 + "!", paid.append)
    assert 200 <= sum(paid) < 300


def test_memory_of_moves_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MEMORY", 4)
    pattern = Pattern("[a-z]+[0-9]$")
    assert pattern.is_in("abcdefghijklmnopq7", free)
    assert len(pattern._moves) <= 4


def test_what_a_pattern_remembers_is_bounded_by_states_and_not_by_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MEMORY", 5_000)
    pattern = Pattern("(?:[^x]{100}){2}z")
    text = "".join(chr(0x4E00 + number) for number in range(300))
    tracemalloc.start()
    try:
        assert not pattern.is_in(text, lambda _: None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20  # 300 moves of up to 200 states are 3 MiB
