from __future__ import annotations

import json

import pytest

from cockpit.cli import structured


@pytest.mark.parametrize(
    "told",
    ["Bericht läuft", "\x1b]0;owned\x07", "\x9b31m", "a\u202eb\u200bc", "\ud800", "\U000e0041", "line\nbreak", "表"],
)
def test_it_is_json_that_means_the_same_and_has_no_power_over_a_terminal(told: str) -> None:
    text = structured.text({"told": [told]})
    assert json.loads(text) == {"told": [told]}
    assert all(each.isprintable() or each == "\n" for each in text)


def test_letters_stay_what_they_are() -> None:
    assert structured.text("Bericht läuft") == '"Bericht läuft"'
