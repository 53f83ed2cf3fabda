"""What a check's monitor says of itself, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.view import evidence
from tests.view.runs import plan


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]
)
def test_a_monitor_says_on_which_sample_it_fires(number, words):
    change = {"for_": None, "times": number, "within": timedelta(minutes=10)}
    monitor = plan().monitors["stuck"].model_copy(update=change)
    assert evidence.alarm(monitor) == f"fires when value > 0, on the {words} such answer within 10m"
    in_a_row = monitor.model_copy(update={"times": None, "within": None, "consecutive": number})
    assert evidence.alarm(in_a_row) == f"fires when value > 0, on the {words} such answer in a row"
