"""Places in a painted line, marked."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def marked(strip: Strip, places: Iterable[tuple[int, int]], text: str, style: Style) -> Strip:
    """The strip of a text with some places of it, from the left, in one style."""
    parts: list[Strip] = []
    at = 0
    for start, end in places:
        left = cell_len(text[:start])
        right = left + cell_len(text[start:end])
        parts += [strip.crop(at, left), Strip([Segment(strip.crop(left, right).text, style)])]
        at = right
    return Strip.join([*parts, strip.crop(at, strip.cell_length)]) if parts else strip
