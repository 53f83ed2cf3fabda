"""How long a deployment can still be gone back to: Railway keeps its image for some hours after it was removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from cockpit.core.rollout.deployment import Deployment

Tier = Literal["free", "trial", "hobby", "pro", "enterprise"]

KEPT: dict[Tier, timedelta] = {
    "free": timedelta(hours=24),
    "trial": timedelta(hours=24),
    "hobby": timedelta(hours=72),
    "pro": timedelta(hours=120),
    "enterprise": timedelta(hours=360),
}
"""https://docs.railway.com/pricing/plans, by tier (`railway/api.md` 8 [D]). The API does not tell the tier's hours."""


def image_left(one: Deployment, tier: Tier | None, now: datetime) -> timedelta | None:
    """Until its image is gone, zero once it is past due; None while it is not removed, or where the tier is not known.

    Railway counts from the removal, which is the stamp of the status REMOVED.
    """
    if tier is None or one.status != "REMOVED" or one.status_at is None:
        return None
    return max(timedelta(), one.status_at + KEPT[tier] - now)


def image_words(one: Deployment, tier: Tier | None, now: datetime) -> str:
    """The same for people: whether it can be gone back to, and for how long."""
    if not one.can_rollback:
        return "no way back to it"
    if one.status != "REMOVED":
        return "kept while it is not removed"
    left = image_left(one, tier, now)
    if left is None:
        return "time left unknown: set `tier`" if tier is None else "time left unknown"
    return f"image for {left.total_seconds() / 3600:.0f} h more"
