"""A thousand schedules of lost and late answers. `.ci/soak` runs it.

COCKPIT_SCHEDULES and COCKPIT_SEED say others, COCKPIT_AT_ONCE how many go side by side.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.soak.lost_answers import OPERATIONS, soak

SCHEDULES = int(os.environ.get("COCKPIT_SCHEDULES", "1000"))
AT_ONCE = int(os.environ.get("COCKPIT_AT_ONCE", "2"))
SEED = int(os.environ.get("COCKPIT_SEED", "1"))


@pytest.mark.timeout(7200)
def test_no_lost_answer_makes_an_intent_send_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = soak(range(SEED * 1_000_000, SEED * 1_000_000 + SCHEDULES), tmp_path, at_once=AT_ONCE)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {SEED}: {account}\n")
    assert account.violations == []
    assert account.schedules == SCHEDULES
    assert account.lost >= SCHEDULES
    assert account.after_effect >= SCHEDULES // 2
    assert account.intents["unknown"] >= SCHEDULES // 20
    assert all(account.actions[action] >= SCHEDULES // 10 for action in OPERATIONS)
