from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.text.logrecord import LogRecord, record


@pytest.mark.parametrize(("text", "found"), [
    ('{"level":"error","msg":"it broke"}', LogRecord("it broke", "error", ())),
    (' {"message":"m","n":1,"ok":null,"deep":{"a":[1]}} ',
     LogRecord("m", "", (("n", "1"), ("ok", "null"), ("deep", '{"a": [1]}')))),
    ('{"level":50,"msg":"pino","hostname":"h"}', LogRecord("pino", "error", (("hostname", "h"),))),
    ('{"severity":"WARNING","event":"e"}', LogRecord("e", "WARNING", ())),
    ('{"level":{"a":1},"text":"t"}', LogRecord("t", "", ())),
    ('{"msg":5}', None),
    ('{"a":1}', None),
    ("{}", None),
    ('{"msg":"cut', None),
    ("[1]", None),
    ("plain", None),
    ("", None),
    ('{"msg":"' + "x" * 30_000 + '"}', None),
    ('{"msg":' * 4000 + "1" + "}" * 4000, None),
])  # fmt: skip
def test_a_json_line_is_taken_apart_and_anything_else_is_not(text: str, found: LogRecord | None):
    assert record(text) == found


@given(text=st.text(max_size=100).map(lambda inner: "{" + inner + "}"))
def test_no_text_breaks_it(text: str):
    assert record(text) is None or isinstance(record(text), LogRecord)
