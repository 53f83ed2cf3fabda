"""Two hundred kills. `.ci/soak` runs it; COCKPIT_KILLS and COCKPIT_SEED choose others."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.soak.orders import KINDS, deal
from tests.soak.runs import soak


@pytest.mark.timeout(3600)
def test_nothing_is_lost_and_nothing_sent_twice_by_two_hundred_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kills, seed = int(os.environ.get("COCKPIT_KILLS", "200")), int(os.environ.get("COCKPIT_SEED", "1"))
    tally = soak(deal(seed, kills), tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}: {tally}\n")
    assert tally.kills.total() == kills
    assert min(tally.of(kind) for kind in KINDS) >= kills // 10
    assert tally.requests_after_effect >= kills * 15 // 200
    assert tally.runs["signed off"]
    assert tally.runs["rolled back"]
