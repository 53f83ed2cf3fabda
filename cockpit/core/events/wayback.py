"""Whether the way back was open."""

from __future__ import annotations

from cockpit.core.body import Body
from cockpit.core.finding import Finding


class WayBackSeen(Body):
    """What a rollback level needs was looked at, and is another than the record said, or a gate waited for it."""

    level: str
    ready: bool | None
    """None where it is not known."""
    findings: tuple[Finding, ...]
