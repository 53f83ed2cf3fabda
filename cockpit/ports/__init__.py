"""What the middle asks of the edges.

Each protocol is as small as its users need. Adapters implement them, bootstrap chooses, tests
may stand in at these seams. Every method may raise a `SourceError`; a mutation may raise
`ActionUncertain` when its answer was lost.
"""

from __future__ import annotations

from cockpit.ports.budget import Budget
from cockpit.ports.counting import Counting, Recall
from cockpit.ports.journal import Journal
from cockpit.ports.machine import Ran, Script, Shell, Writer
from cockpit.ports.messenger import Messenger
from cockpit.ports.platform import Platform, Scope
from cockpit.ports.settings import Kept, Setting, Settings, Volume
from cockpit.ports.source import Asking, Doubt, Foresight, Link, Source

__all__ = [
    "Asking",
    "Budget",
    "Counting",
    "Doubt",
    "Foresight",
    "Journal",
    "Kept",
    "Link",
    "Messenger",
    "Platform",
    "Ran",
    "Recall",
    "Scope",
    "Script",
    "Setting",
    "Settings",
    "Shell",
    "Source",
    "Volume",
    "Writer",
]
