from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.view.fit import (
    cells,
    cut,
    cut_line,
    cut_words,
    foreign,
    join,
    line_cells,
    pad,
    pad_left,
    pad_line,
    spread,
    wrap,
    wrapped,
)
from cockpit.view.line import Line, Span, Tone, line

ANY = st.text(alphabet=st.characters(), max_size=60)
WIDTH = st.integers(0, 50)


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("👍", 2), ("a\u0308\u0323b", 2), ("✓▸○◐✗–~…", 8)],  # noqa: RUF001  (a dash is meant)
)
def test_cells_count_wide_characters_twice_and_marks_not_at_all(text, width):
    assert cells(text) == width


@pytest.mark.parametrize(
    ("text", "width", "fitting"),
    [
        ("deploy web", 10, "deploy web"),
        ("deploy web", 9, "deploy w…"),
        ("deploy web", 1, "…"),
        ("deploy web", 0, ""),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("日本語", 2, "…"),
    ],
)
def test_a_text_is_cut_with_an_ellipsis(text, width, fitting):
    assert cut(text, width) == fitting


@given(ANY, WIDTH)
def test_nothing_cut_is_wider_than_asked(text, width):
    assert cells(cut(text, width)) <= width


@given(ANY, WIDTH)
def test_padding_fills_exactly(text, width):
    assert cells(pad(foreign(text), width)) == width
    assert cells(pad_left(foreign(text), width)) == width


@given(ANY, st.integers(1, 40))
def test_wrapped_text_keeps_every_word_within_the_width(text, width):
    shown = foreign(text)
    parts = wrap(shown, width)
    assert all(cells(part) <= width for part in parts)
    if width > 1:
        assert "".join("".join(parts).split()) == "".join(shown.split())


def test_text_is_broken_at_spaces_where_there_are_any():
    assert wrap("the old instance was killed", 12) == ("the old", "instance was", "killed")
    assert wrap("abcdefghij", 4) == ("abcd", "efgh", "ij")
    assert wrap("", 4) == ("",)


@given(st.lists(ANY, max_size=4), WIDTH)
def test_a_line_is_cut_over_its_spans(texts, width):
    whole = Line(tuple(Span(foreign(text)) for text in texts))
    fitting = cut_line(whole, width)
    assert line_cells(fitting) <= width
    assert line_cells(whole) > width or fitting == whole


def test_a_cut_line_keeps_its_tones():
    whole = line(Span("ok", Tone.OK), " and ", Span("trouble", Tone.BAD))
    assert cut_line(whole, 9).spans == (Span("ok", Tone.OK), Span(" and "), Span("t…", Tone.BAD))
    assert cut_line(whole, 7).text == "ok and…"


@given(ANY, ANY, WIDTH)
def test_two_ends_never_overlap_nor_overflow(left, right, width):
    both = spread(line(foreign(left)), line(foreign(right)), width)
    assert line_cells(both) <= width


def test_the_left_end_gives_way_to_the_right_one():
    assert spread(line("a long title"), line("3:12"), 12).text == "a long… 3:12"
    assert spread(line("title"), line("3:12"), 12).text == "title   3:12"
    assert spread(line("title"), line("a very long end"), 8).text == "a very …"
    assert spread(line("title"), Line(), 20).text == "title"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (30, "Railway throttles (HTTP 429)"),
        (27, "Railway throttles (HTTP…"),
        (19, "Railway throttles…"),
        (9, "Railway …"),
        (0, ""),
    ],
)
def test_text_is_cut_between_words_as_long_as_two_are_left(width, shown):
    assert cut_words("Railway throttles (HTTP 429)", width) == shown


@given(st.text(max_size=40), st.integers(min_value=0, max_value=50))
def test_what_is_cut_between_words_fits(text, width):
    assert cells(cut_words(text, width)) <= width


def test_a_line_is_padded_to_the_width():
    assert pad_line(line("日"), 4).text == "日  "


def test_empty_parts_vanish_between_separators():
    assert join(["a", "", Span(""), line("b", "c"), Line()]).text == "a · bc"


def test_a_wrapped_paragraph_hangs_under_its_mark():
    shown = wrapped("stopped before it was up", 14, Tone.BAD, indent="! ")
    assert [each.text for each in shown] == ["! stopped", "  before it", "  was up"]


@given(st.text(alphabet=st.characters(), max_size=80))
def test_foreign_text_is_inert_and_of_undisputed_width(text):
    shown = foreign(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert "\ufe0f" not in shown
