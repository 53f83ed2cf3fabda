"""Sixty steps of coming, leaving, dying and freezing. `.ci/soak` runs it; COCKPIT_STEPS, COCKPIT_SEED choose others."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.page import serving
from tests.soak.attachments import House, check, deal


@pytest.mark.timeout(3600)
async def test_one_asks_and_nothing_is_lost_whoever_comes_and_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps, seed = int(os.environ.get("COCKPIT_STEPS", "60")), int(os.environ.get("COCKPIT_SEED", "1"))
    with serving() as page:
        house = House(tmp_path, page)
        await house.begin()
        try:
            for step in deal(seed, steps):
                house.carry_out(step)
        finally:
            house.end()
        with capsys.disabled():
            sys.stdout.write(f"\nseed {seed}: {dict(house.done)}, {len(page.asked)} questions\n")
        assert check(house) == [], house.said()
