"""What a command said at last, short enough to stand in a sentence, without secrets or power over a terminal."""

from __future__ import annotations

from collections.abc import Callable

from cockpit.core.text.inert import inert

LINES = 5
CHARACTERS = 300


def last_words(text: str, conceal: Callable[[str], str]) -> str:
    """The last lines of an output as a sentence to append; empty where it printed nothing."""
    lines = [inert(line.strip(), limit=CHARACTERS) for line in conceal(text).splitlines() if line.strip()]
    # Again, for a secret that escape sequences have hidden from the first look.
    shown = conceal(" | ".join(lines[-LINES:]))
    if len(shown) > CHARACTERS:
        shown = "…" + shown[1 - CHARACTERS :]
    return f" It said: {shown}" if shown else ""
