"""Five hundred checks for ten minutes. `.ci/soak` runs it; COCKPIT_SECONDS and COCKPIT_SEED choose others."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.soak.crowd import deal, soak
from tests.soak.targets import locked, service

SETTLED = 120
"""Seconds after which memory is expected to stay."""


@pytest.mark.timeout(1200)
def test_of_five_hundred_checks_none_starves_and_the_screen_answers(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds, seed = float(os.environ.get("COCKPIT_SECONDS", "600")), int(os.environ.get("COCKPIT_SEED", "1"))
    with service() as there, locked(database):
        tally = soak(deal(500, seed), tmp_path, there, database, seconds=seconds)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}: {tally}\n")
    tally.shows_no_starving()
    assert tally.percentile(0.95) < 300
    assert tally.resident[-1][1] < tally.memory(SETTLED) * 1.05
