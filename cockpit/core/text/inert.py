"""Foreign text made safe to show.

Log lines, rows, errors, titles and names come from outside. A terminal obeys control
sequences, a reader is fooled by bidirectional and zero-width characters; here both become
visible, harmless marks. Textual markup is not this module's matter: widgets paint
`Content` and `Segment`, never markup.
"""

from __future__ import annotations

import re

# C0 without tab and newline, DEL, C1; then zero-width, bidi controls, line and paragraph separators, BOM, interlinear
# marks, controls of shorthand and music, and tag characters (https://www.unicode.org/reports/tr36/, section 2).
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
# CSI, OSC/DCS/PM/APC up to their terminator, and two-byte escapes: dropped whole, so that "\x1b[31mred" reads "red".
_SEQUENCE = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)


def inert(text: str, *, limit: int = 2000) -> str:
    """One line of foreign text without power over terminal or reader, at most `limit` characters.

    Escape sequences vanish, other control characters become a middle dot, tabs and newlines a
    space. Text that is cut ends in an ellipsis.
    """
    clipped = text[: limit * 4]
    plain = _HOSTILE.sub("·", _SEQUENCE.sub("", clipped)).replace("\t", " ").replace("\n", " ")
    is_whole = len(plain) <= limit and len(clipped) == len(text)
    return plain if is_whole else plain[: limit - 1] + "…"


def inert_lines(text: str, *, limit: int = 2000) -> list[str]:
    """Foreign text as inert lines, each at most `limit` characters."""
    return [inert(line, limit=limit) for line in text.splitlines()]
