"""The text format of Prometheus: what its writers write is read exactly, and what is none of theirs is refused."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.adapters.exposition import Sample, number, samples

PAGE = r"""# HELP runs_total Runs that ended.
# TYPE runs_total counter
runs_total{fn="a, b} \"c\"\\d\ne",status="Completed",} 12 1717171717000
runs_total{fn="x",status="Failed"} 3e2 # {trace_id="oHg5SJYRHA0"} 1.0
other_total 7
load 0.10
broken NaN
process_start_time_seconds 1.7e+09
# EOF
"""


def test_labels_values_times_and_exemplars_are_read() -> None:
    found = samples(PAGE, {"runs_total", "load", "broken"})
    assert [(sample.name, dict(sample.labels), str(sample.value)) for sample in found] == [
        ("runs_total", {"fn": 'a, b} "c"\\d\ne', "status": "Completed"}, "12"),
        ("runs_total", {"fn": "x", "status": "Failed"}, "3E+2"),
        ("load", {}, "0.10"),
        ("broken", {}, "NaN"),
    ]


def test_a_stamp_is_in_milliseconds_or_as_openmetrics_has_it_in_seconds() -> None:
    page = "m 1 1717171717500\nn 1 1717171717.5\no 1\n"
    assert [str(each.at) for each in samples(page, {"m", "n", "o"})] == ["1717171717.5", "1717171717.5", "None"]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("", "There is no metric in it."),
        ("# only words\n\n", "There is no metric in it."),
        ("<!doctype html><title>Bad gateway</title>", "Line 1 is no sample: <!doctype html>"),
        ('a 1\n{"status": "ok"}', "Line 2 is no sample"),
        ("a 1 2 3", "Line 1 is no sample: a 1 2 3."),
        ("a one", "Line 1 is no sample"),
        ("a 1_000", "Line 1 is no sample"),
        ("a", "Line 1 is no sample"),
        ('a{b="c" 1', "Line 1 is no sample"),
        ('a{b="c}" 1', "Line 1 is no sample"),
        ("a{b=c} 1", "Line 1 is no sample"),
        ('a{b="c"} 1\na{b="c"} 2', "Line 2 gives a series a second time"),
        ("a 1\na 5", "Line 2 gives a series a second time"),
        ("b 1\na 5", "It is cut off: its last line has no end."),
    ],
)
def test_what_is_no_exposition_says_where(page: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("{", r"\{").replace(".", r"\.")):
        samples(page, {"a"})


def test_a_line_that_is_quoted_is_harmless() -> None:
    with pytest.raises(ValueError, match="Line 1") as caught:
        samples("\x1b]0;owned\x07 1", {"a"})
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"), ("-0.5", "-0.5"), (".5", "0.5"), ("1e3", "1E+3"), ("+Inf", "Infinity"), ("-inf", "-Infinity"),
        ("nan", "NaN"), ("1e309", "Infinity"), ("1e99999", None), ("0x10", None), ("", None), ("9" * 41, None),
        ("٣", None),
    ],
)  # fmt: skip
def test_a_number_is_one_of_the_format_and_of_bounded_size(text: str, value: str | None) -> None:
    assert (None if (found := number(text)) is None else str(found)) == value


escaped = {"\\": r"\\", '"': r"\"", "\n": r"\n"}


@given(
    st.dictionaries(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True), st.text(max_size=20), max_size=4),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=3),
)
def test_what_is_written_comes_back(labels: dict[str, str], value: Decimal) -> None:
    labels = {name: text.replace("\r", "") for name, text in labels.items()}
    written = ",".join(f'{name}="{"".join(escaped.get(c, c) for c in text)}"' for name, text in labels.items())
    assert samples(f"m{{{written}}} {value}\n", {"m"}) == [Sample("m", frozenset(labels.items()), value)]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert all(sample.name == "m" for sample in samples(f"m {text}\n", {"m"}))
