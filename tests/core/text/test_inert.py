"""Nothing from outside has power over terminal or reader."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.text.inert import inert, inert_lines

ESC = "\x1b"
ANYTHING = st.text(st.characters(exclude_categories=())) | st.text(
    st.sampled_from(
        [ESC, "[", "]", "m", "3", "1", ";", "\x07", "\\", "\x9b", "\x90", "\n", "\t", "\r", "a", "\u202e", "\u200b"]
    )
)


def is_harmless(character: str) -> bool:
    """Neither control, nor surrogate, nor a mark that reorders, hides or joins text, nor a line of its own."""
    if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
        return False
    if unicodedata.bidirectional(character) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI", "BN"}:
        return False
    return character not in "\u034f\u200b\u200c\u200d\u200e\u200f\u061c\u2060\ufeff"


def survivors(text: str) -> list[str]:
    """The characters with power that are still there, by their numbers."""
    return [hex(ord(character)) for character in set(inert(text, limit=len(text) + 1)) if not is_harmless(character)]


def test_no_character_there_is_keeps_its_power() -> None:
    assert survivors("".join(map(chr, range(sys.maxunicode + 1)))) == []


@given(ANYTHING)
def test_no_character_keeps_its_power_whatever_stands_beside_it(text: str) -> None:
    assert survivors(text) == []


@given(ANYTHING, st.integers(1, 50))
def test_it_is_never_longer_than_asked_and_one_line(text: str, limit: int) -> None:
    shown = inert(text, limit=limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1


@given(ANYTHING)
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    once = inert(text)
    assert inert(once) == once


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=500))
def test_plain_words_in_any_language_are_left_alone(text: str) -> None:
    assert inert(text) == text


SEQUENCES = {
    "colour": f"{ESC}[1;31m",
    "cursor": f"{ESC}[2J{ESC}[H",
    "private mode": f"{ESC}[?1049h",
    "with intermediates": f"{ESC}[4 q",
    "C1 colour": "\x9b31m",
    "title by bell": f"{ESC}]0;owned\x07",
    "title by ST": f"{ESC}]0;owned{ESC}\\",
    "link": f"{ESC}]8;;http://evil.example{ESC}\\",
    "clipboard": f"{ESC}]52;c;ZXZpbA=={ESC}\\",
    "device control": f"{ESC}P+q544e{ESC}\\",
    "privacy message": f"{ESC}^secret{ESC}\\",
    "application command": f"{ESC}_Gf=100;AAAA{ESC}\\",
    "start of string": f"{ESC}Xstring{ESC}\\",
    "charset": f"{ESC}(0",
    "reset": f"{ESC}c",
    "save cursor": f"{ESC}7",
}


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_an_escape_sequence_vanishes_whole(sequence: str) -> None:
    assert inert(f"be{sequence}fore") == "before"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a b c"),
        ("bell\x07", "bell·"),
        ("over\rwritten", "over·written"),
        ("\u202egnp.exe", "·gnp.exe"),
        ("pay\u200bpal", "pay·pal"),
        ("soft\u00adhyphen", "soft·hyphen"),
        ("half \ud83d of a pair", "half · of a pair"),
        ("[bold red]markup[/] is words here", "[bold red]markup[/] is words here"),
        (f"cut off{ESC}", "cut off·"),
        ("", ""),
    ],
)
def test_what_has_no_power_is_shown_as_a_mark(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_text_that_is_cut_says_so() -> None:
    assert inert("x" * 20, limit=10) == "x" * 9 + "…"
    assert inert("x" * 10, limit=10) == "x" * 10


def test_text_hidden_behind_long_sequences_is_cut_too_and_says_so() -> None:
    assert inert(f"{ESC}[0m" * 10_000 + "word", limit=10).endswith("…")


def test_a_gigantic_line_costs_no_more_than_its_beginning() -> None:
    assert inert("y" * 50_000_000, limit=5) == "yyyy…"


def test_lines_are_made_inert_one_by_one() -> None:
    assert inert_lines(f"one{ESC}[31m\r\ntwo\u2028three\n\nlast") == ["one", "two", "three", "", "last"]
