"""Whether the way back is open: all that a rollback needs, one finding each, with the age of what it rests on.

Looked at from before the gate to the end of the watch. What nobody has seen, or not lately, is *unknown* and never
ready. A remark is good to know and decides nothing.
"""

from __future__ import annotations

from cockpit.core.readiness.looks import Looks, ProgramLook, TargetLook, Trial
from cockpit.core.readiness.needs import FOUND_FOR, findings
from cockpit.core.readiness.news import awaited, is_fresh, is_news, programs_of
from cockpit.core.readiness.summary import is_worse, lacks, light
from cockpit.core.readiness.trials import TRIED_FOR, is_declared_same, is_to_try, tried_together

__all__ = [
    "FOUND_FOR",
    "TRIED_FOR",
    "Looks",
    "ProgramLook",
    "TargetLook",
    "Trial",
    "awaited",
    "findings",
    "is_declared_same",
    "is_fresh",
    "is_news",
    "is_to_try",
    "is_worse",
    "lacks",
    "light",
    "programs_of",
    "tried_together",
]
