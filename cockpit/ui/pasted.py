r"""Pasted text without the escape characters in it.

Textual 8 takes an escape inside a bracketed paste for the beginning of a key: up to 32 characters
after it are pressed as keys, and "\\r" or "y" may be among them. A coloured log line pasted through
tmux, which does not clean what it pastes, is enough.
"""

from __future__ import annotations

START, END = "\x1b[200~", "\x1b[201~"
_ESCAPE = "\x1b"


class PasteFilter:
    """Passes everything on but escape characters between the brackets of a paste.

    What comes in one read with the end of a paste, after it, no hand has typed: a text that brings
    its own closing bracket would press keys so. It is dropped.
    """

    def __init__(self) -> None:
        self._is_pasting = False
        self._before = ""
        """The end of what was read last: a bracket may come in two reads."""

    def __call__(self, text: str) -> str:
        if self._is_pasting:
            return self._inside(text)
        seen = self._before + text
        start = seen.find(START)
        self._before = seen[1 - len(START) :] if start < 0 else ""
        if start < 0:
            return text
        self._is_pasting = True
        at = start + len(START) - (len(seen) - len(text))
        return text[:at] + self._inside(text[at:])

    def _inside(self, text: str) -> str:
        held, self._before = self._before + text, ""
        content, end, _ = held.partition(END)
        if end:
            self._is_pasting = False
            return content.replace(_ESCAPE, "") + END
        torn = next((size for size in range(len(END) - 1, 0, -1) if held.endswith(END[:size])), 0)
        self._before = held[len(held) - torn :]
        return held[: len(held) - torn].replace(_ESCAPE, "")
