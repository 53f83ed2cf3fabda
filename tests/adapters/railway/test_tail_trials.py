"""The log reader against the simulator, through schedules of faults; `tests/soak/test_log_trials.py` has many more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.adapters.railway.logtrial import TROUBLES, Wave, short_patience, small_pages, trial


@pytest.mark.parametrize("trouble", sorted(TROUBLES))
def test_every_line_comes_once_and_in_order_whatever_goes_wrong(tmp_path: Path, trouble: str):
    waves = [Wave("nothing", 20), Wave(trouble, 150), Wave(trouble, 30)]
    with short_patience():
        asyncio.run(trial(tmp_path, waves)).assert_true(waves)


def test_what_went_wrong_before_changes_nothing(tmp_path: Path):
    order = ("says late", "drops", "completes", "drops, and HTTP fails", "says twice", "stalls")
    waves = [Wave(trouble, 60) for trouble in order]
    with short_patience():
        asyncio.run(trial(tmp_path, waves)).assert_true(waves)


def test_lines_that_cannot_be_read_back_are_in_a_gap(tmp_path: Path):
    waves = [Wave("nothing", 5), Wave("drops, then refuses", 1000), Wave("nothing", 5)]
    with short_patience(), small_pages(20, 2):
        tried = asyncio.run(trial(tmp_path, waves))
    tried.assert_true(waves)
    assert tried.missing
