"""What a paste may bring, cut at every place where a read can end."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cockpit.ui.pasted import END, START, PasteFilter

WORDS = st.text(st.sampled_from("ab\x1b[20~1;m\r"), max_size=30)


def through(*reads: str) -> str:
    passed = PasteFilter()
    return "".join(passed(read) for read in reads)


def test_keys_and_their_sequences_pass_as_they_are() -> None:
    keys = "a\x1b\x1b[A\x1b[200\x12\r"
    assert through(*keys) == through(keys) == keys


def test_a_coloured_line_loses_its_escapes_and_keeps_its_words() -> None:
    assert through(f"x{START}\x1b[31mred\x1b[0m\r\ny{END}") == f"x{START}[31mred[0m\r\ny{END}"


def test_a_paste_that_brings_its_own_end_presses_nothing_after_it() -> None:
    assert through(f"{START}harmless{END}y\r") == f"{START}harmless{END}"
    assert through(f"{START}harmless{END}y\r", "q") == f"{START}harmless{END}q"


@given(WORDS, st.data())
def test_however_the_reads_fall_a_paste_is_words_between_its_brackets(words: str, data: st.DataObject) -> None:
    assume(END not in words)
    sent = f"k{START}{words}{END}"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=5)))
    reads = [sent[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    got = through(*reads)
    assert got.startswith(f"k{START}")
    assert got.endswith(END)
    assert got[len(START) + 1 : -len(END)] == words.replace("\x1b", "")


@pytest.mark.parametrize("cut", range(1, len(START)))
def test_a_bracket_in_two_reads_is_a_bracket(cut: int) -> None:
    assert through(START[:cut], START[cut:] + "\x1by", END[:cut], END[cut:]) == f"{START}y{END}"
