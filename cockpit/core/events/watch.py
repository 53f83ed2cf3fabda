"""What monitors and triggers came to, and who was told of it."""

from __future__ import annotations

from typing import Literal

from cockpit.core.body import Body


class MonitorMoved(Body):
    """A monitor changed between ok, pending, firing and unknown."""

    monitor: str
    state: str
    because: str
    reading: int | None = None


class TriggerMoved(Body):
    """A criterion for or against a rollback holds (`tripped`), does not, or can not be told (`unknown`)."""

    trigger: int
    state: Literal["clear", "tripped", "unknown"]
    because: str
    against: bool = False
    """Of `[[not_triggers]]`."""


class AlertTold(Body):
    """Somebody who does not look was told, by a webhook; with `trouble` they could not be."""

    subject: str
    """What it is about, as `core.watch.alerts` names it: `monitor stuck`, `trigger 0`, `phase four-hours-on 1`."""
    word: str
    """How that stood."""
    words: str
    trouble: str = ""
    place: str = "operator"
    """Whose webhook: `operator`, that of whoever asked; `plan`, the plan's own."""
