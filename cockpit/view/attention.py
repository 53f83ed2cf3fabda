"""How a terminal is called for attention: the bell, and OSC 9, which many show as a notification of the desktop.

iTerm2 made it, WezTerm, kitty, Ghostty and Windows Terminal know it; others let it pass unseen. tmux keeps it to
itself unless it comes wrapped and `allow-passthrough` is on (tmux(1), 3.3 and newer); the bell it always passes.
"""

from __future__ import annotations

from cockpit.view.fit import foreign

BELL = "\a"
_LONGEST = 200
"""Characters of a notification."""


def notification(text: str, *, tmux: bool) -> str:
    """The sequence that shows a text. It begins with our name: `9;4;...` would be a progress bar (ConEmu's)."""
    sequence = f"\x1b]9;Cockpit: {foreign(text, limit=_LONGEST)}\a"
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\" if tmux else sequence
