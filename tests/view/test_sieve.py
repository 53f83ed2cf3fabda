from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.text.logline import LogGap, LogLine
from cockpit.errors import ExpressionError
from cockpit.view.sieve import sieve

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ROLES = {"aaaa-1": "new", "bbbb-2": "old"}


def line(text: str = "GET /api/reports 200 took 1200 ms", level: str = "info", deployment: str = "aaaa-1") -> LogLine:
    return LogLine(AT, "", text, level, "web", deployment, "i-77", (("status", "200"), ("path", "/api/reports")))


@pytest.mark.parametrize(("words", "passes"), [
    ("", True),
    ("reports", True),
    ("REPORTS", True),
    ("reports 404", False),
    ('"200 took"', True),
    ('"took 200"', False),
    ("-reports", False),
    ("-health", True),
    ("-", False),
    (r"/took \d{4} ms/", True),
    (r"-/took \d{4} ms/", False),
    (r"/\/api\/\w+/ 200", True),
    ("/(a+)+$/", False),
    ("/api/reports", True),
    ("service:web", True),
    ("service:worker", False),
    ("-service:worker", True),
    ("deployment:new", True),
    ("deployment:old", False),
    ("deployment:aaaa", True),
    ("instance:i-7", True),
    ("instance:i-8", False),
    ("level:info", True),
    ("level:warn", False),
    ("-level:warn", True),
    ("@status:200", True),
    ("@status:500", False),
    ('@path:"/api/reports"', True),
    ("took:1200", False),
    ("service:", False),
    ("deployment:new reports -500 level:info", True),
])  # fmt: skip
def test_every_term_must_hold(words: str, *, passes: bool):
    assert sieve(words).passes(line(), ROLES) is passes


def test_attributes_of_a_json_line_are_asked_too():
    said = line('{"msg": "done", "report": 7, "ok": true}')
    assert sieve("@report:7 @ok:true").passes(said, ROLES)


def test_a_gap_passes_whatever_is_asked():
    assert sieve("nothing /has/ level:error").passes(LogGap(AT, AT, "why"), ROLES)


@pytest.mark.parametrize("words", ["/(/", "/a{9999}/", r"/(a)\1/", "level:loud", "/[/ x"])
def test_what_cannot_be_understood_is_told(words: str):
    with pytest.raises(ExpressionError):
        sieve(words)


@given(words=st.text(max_size=80), text=st.text(max_size=200))
def test_no_words_and_no_line_break_it(words: str, text: str):
    try:
        made = sieve(words)
    except ExpressionError:
        return
    assert made.passes(line(text), ROLES) in (True, False)


def test_a_hostile_pattern_takes_no_longer_than_a_harmless_one():
    def seconds(words: str) -> float:
        made, began = sieve(words), time.perf_counter()
        made.passes(line("a" * 5000 + "!"), ROLES)
        return time.perf_counter() - began

    harmless = min(seconds("/ab$/") for _ in range(5))
    assert min(seconds("/(a+)+$/") for _ in range(3)) < 100 * max(harmless, 1e-4)
