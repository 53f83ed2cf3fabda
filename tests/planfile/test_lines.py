"""Lines of keys: every key of a TOML text has the line it stands on."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.complaint import KeyPath
from cockpit.planfile.lines import scan
from cockpit.planfile.toml import parse

TEXT = '''# a comment with [brackets] and key = 1
name = "x" # another
a.b = 1
a."c d" = """
one = 1
[two]"""
[checks.stuck]
sql = \'\'\'
select ']'
\'\'\'
with = [
  "a",  # ] }
  "b", { x = 1, y = [2, 3] },
]
[[phases]]
title = "A"
items = ["1", "2"]
[[phases]]
title = "B"
[phases.sub]
key = 1
[[phases.more]]
'last' = 1979-05-27 07:32:00
'''


def test_every_kind_of_key_has_its_line() -> None:
    lines = scan(TEXT)
    assert lines.torn is None
    assert lines.known == {
        ("name",): 2,
        ("a",): 3,
        ("a", "b"): 3,
        ("a", "c d"): 4,
        ("checks", "stuck"): 7,
        ("checks", "stuck", "sql"): 8,
        ("checks", "stuck", "with"): 11,
        ("checks", "stuck", "with", 0): 12,
        ("checks", "stuck", "with", 1): 13,
        ("checks", "stuck", "with", 2): 13,
        ("checks", "stuck", "with", 2, "x"): 13,
        ("checks", "stuck", "with", 2, "y"): 13,
        ("checks", "stuck", "with", 2, "y", 0): 13,
        ("checks", "stuck", "with", 2, "y", 1): 13,
        ("phases",): 15,
        ("phases", 0): 15,
        ("phases", 0, "title"): 16,
        ("phases", 0, "items"): 17,
        ("phases", 0, "items", 0): 17,
        ("phases", 0, "items", 1): 17,
        ("phases", 1): 18,
        ("phases", 1, "title"): 19,
        ("phases", 1, "sub"): 20,
        ("phases", 1, "sub", "key"): 21,
        ("phases", 1, "more"): 22,
        ("phases", 1, "more", 0): 22,
        ("phases", 1, "more", 0, "last"): 23,
    }


def test_a_missing_key_stands_with_the_table_it_is_missing_from() -> None:
    lines = scan(TEXT)
    assert lines.of(("checks", "stuck", "on")) == 7
    assert lines.of(("phases", 1, "due")) == 18
    assert lines.of(("nothing",)) is None


def test_a_line_belongs_to_the_first_key_on_it_or_to_the_last_one_before() -> None:
    lines = scan(TEXT)
    assert lines.at(13) == ("checks", "stuck", "with", 1)
    assert lines.at(9) == ("checks", "stuck", "sql")
    assert lines.at(1) == ()


def test_windows_line_ends_count_like_others() -> None:
    assert scan(TEXT.replace("\n", "\r\n")).known == scan(TEXT).known


def test_what_stands_twice_is_known_with_both_lines() -> None:
    assert scan("a = 1\nb = 2\na = 3").twice == [(("a",), 3, 1)]
    assert scan("[x]\n[y]\n[x]").twice == [(("x",), 3, 1)]
    assert scan("[x]\na = 1\n[x.a]").twice == [(("x", "a"), 3, 2)]
    assert scan("t = { a = 1, a = 2 }").twice == [(("t", "a"), 1, 1)]
    assert scan("[[x]]\na = 1\n[[x]]\na = 1").twice == []


def test_what_toml_1_1_brought_is_seen() -> None:
    assert scan("a = { b = 1,\n c = 2 }").newer == [(1, "an inline table over several lines")]
    assert scan("\na = { b = 1, }").newer == [(2, "a comma after the last entry of an inline table")]
    assert scan('a = "\\e[0m"').newer == [(1, "the escape \\e")]
    assert scan('a = "\\\\e \\\\x"').newer == []
    assert scan("a = [1,\n 2,\n]").newer == []


def test_an_open_text_list_or_table_is_named_by_where_it_began() -> None:
    assert scan('a = 1\nb = "open\nc = 2').torn == (2, "a text without its closing quotation mark")
    assert scan('a = 1\n\nb = """open\nc = 2').torn == (3, "a text without its closing quotation mark")
    assert scan("a = 1\nb = [1,\n2\nc = 3").torn == (2, "a list without its ']'")
    assert scan("a = { b = 1").torn == (1, "an inline table without its '}'")


KEYS = st.text(alphabet="abcd_-9 .'\"é", min_size=1, max_size=4)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=8), st.floats(allow_nan=False))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


def paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    """Every key and list entry of a document."""
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [each for key, below in inside for each in ((*path, key), *paths(below, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(document=st.dictionaries(KEYS, VALUES, max_size=5), multiline=st.booleans())
def test_whatever_toml_is_written_no_key_is_missed(document: dict[str, Any], *, multiline: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=multiline)
    lines = scan(text)
    assert lines.torn is None
    assert lines.twice == []
    assert set(lines.known) >= {path for path in paths(tomllib.loads(text)) if not has_only_tables(document, path)}
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.known.values())


def has_only_tables(document: Any, path: KeyPath) -> bool:
    """Such a table needs no line of its own in TOML: `[a.b]` brings `a` along."""
    for part in path:
        document = document[part]
    is_table = isinstance(document, dict) and bool(document)
    return is_table and all(isinstance(each, dict | list) for each in document.values())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="[]{}=\"'#,.\\\n ab1", max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    scan(text)


@pytest.mark.parametrize("text", ["\na = " + "[" * 100_000, "\na = " + "{ a = " * 50_000, "\n" + "a." * 400_000])
def test_what_is_nested_without_end_is_no_crash_and_takes_no_time(text: str) -> None:
    assert scan(text).excess == 2
    assert parse(text).found[0].line == 2


def test_a_key_of_a_hundred_parts_is_fine() -> None:
    assert scan(".".join("a" * 100) + " = 1").excess is None
