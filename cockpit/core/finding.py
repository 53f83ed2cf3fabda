"""One thing that a way back needs, and whether it is there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cockpit.core.rollout.deployment import Seen

Kind = Literal["connection", "target", "variables", "command", "answer", "baseline", "sql", "order"]


class Finding(Seen):
    """One thing that a way back needs."""

    kind: Kind
    subject: str
    """What it is about: a service, a command, an ask, ..."""
    ready: bool | None
    """None where that is not known."""
    words: str
    """One sentence without its full stop; not inert."""
    at: datetime | None = None
    """Plan time of the look that it rests on; None for what the run itself knows."""
    remark: bool = False
    """To be known; it decides nothing."""
