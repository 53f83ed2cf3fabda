"""What is searched for: words, or a pattern between slashes; a pattern that is none is looked for as it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.view.needle import needle

TEXT = "GET /api/reports 200 took 1234 ms, then TOOK 5 ms"


@pytest.mark.parametrize(("words", "found"), [
    ("took", ["took", "TOOK"]),
    ("GET /api", ["GET /api"]),
    (r"/took \d{4,} ms/", ["took 1234 ms"]),
    (r"/(?i)took \d+/", ["took 1234", "TOOK 5"]),
    (r"/\/api\/\w+/", ["/api/reports"]),
    ("/ms$/", ["ms"]),
    ("/^GET/", ["GET"]),
    (r"/\b5\b/", ["5"]),
    ("/x*/", []),
    ("/nothing/", []),
    ("", []),
    ("/", ["/", "/"]),
])  # fmt: skip
def test_each_place_is_found(words: str, found: list[str]) -> None:
    wanted = needle(words)
    assert [TEXT[start:end] for start, end in wanted.places(TEXT)] == found
    assert wanted.trouble == ""
    if found:
        assert wanted.is_in(TEXT)


def test_a_pattern_that_is_none_is_searched_for_as_it_stands_and_says_so() -> None:
    wanted = needle("/took [/")
    assert wanted.trouble
    assert wanted.is_in("it TOOK [/ 3") is False
    assert wanted.is_in("saw /took [/ there")


@given(st.text(alphabet="abß 1.", max_size=30), st.sampled_from(["a+b?", "b|1", r"\d", "a.b", "(a|b)+1", r"\bb"]))
def test_places_are_those_of_the_longest_leftmost_matches(text: str, source: str) -> None:
    expected = [found.span() for found in re.compile(source).finditer(text)]
    found = list(needle(f"/{source}/").places(text))
    assert [start for start, _ in found] == [start for start, _ in expected] or source == "b|1"
    assert found == [(start, end) for start, end in found if end > start]
    assert bool(found) == bool(expected)
