"""How long a removed deployment can still be gone back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.retention import Tier, image_left, image_words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def removed(hours: float, *, status: str = "REMOVED", can: bool = True) -> Deployment:
    at = NOW - timedelta(hours=hours)
    return Deployment(id="d", status=status, status_at=at, created_at=at, can_rollback=can)


@pytest.mark.parametrize(
    ("tier", "hours", "left"),
    [("free", 1, 23), ("trial", 1, 23), ("hobby", 72, 0), ("pro", 100, 20), ("enterprise", 100, 260), ("free", 99, 0)],
)
def test_it_is_what_the_tier_keeps_less_what_has_passed(tier: Tier, hours: float, left: float) -> None:
    assert image_left(removed(hours), tier, NOW) == timedelta(hours=left)


def test_without_a_tier_it_is_unknown_and_said_so() -> None:
    assert image_left(removed(1), None, NOW) is None
    assert image_words(removed(1), None, NOW) == "time left unknown: set `tier`"


def test_what_is_not_removed_is_kept_and_what_railway_does_not_offer_is_no_way_back() -> None:
    assert image_words(removed(1, status="SUCCESS"), "pro", NOW) == "kept while it is not removed"
    assert image_words(removed(1, can=False), "pro", NOW) == "no way back to it"
    assert image_words(removed(1), "pro", NOW) == "image for 119 h more"
