"""Text measured in terminal cells: cut, padded, wrapped, spread.

A wide character takes two cells, a combining mark none; what terminals disagree on counts as
wide, so that a line may come out too short and never too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import category, east_asian_width

from cockpit.core.text.inert import inert
from cockpit.view.line import Line, Span, Tone

ELLIPSIS = "…"

# A variation selector turns the character before it into a picture of one or two cells, as the terminal likes.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def foreign(text: object, *, limit: int = 2000) -> str:
    """Text from outside, on one line, without power over terminal or reader, and of a width all agree on."""
    return _SELECTORS.sub("", inert(str(text), limit=limit))


def cells(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else sum(_cells_of(character) for character in text)


def cut(text: str, width: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    if cells(text) <= width:
        return text
    return _head(text, width - 1) + ELLIPSIS if width > 0 else ""


def cut_words(text: str, width: int) -> str:
    """As `cut`, but between two words where that leaves more than one: half a word can be read as another."""
    if cells(text) <= width:
        return text
    head = _head(text, width - 1)
    whole = head if text[len(head) :].startswith(" ") else head.rpartition(" ")[0]
    return whole.rstrip(" ,;:(") + ELLIPSIS if " " in whole.strip() else cut(text, width)


def pad(text: str, width: int) -> str:
    """The text in exactly `width` cells, to the left."""
    fitting = cut(text, width)
    return fitting + " " * (width - cells(fitting))


def pad_left(text: str, width: int) -> str:
    """The text in exactly `width` cells, to the right."""
    fitting = cut(text, width)
    return " " * (width - cells(fitting)) + fitting


def wrap(text: str, width: int) -> tuple[str, ...]:
    """The text on as many lines as it needs, broken at spaces where there are any; one empty line for nothing."""
    if width < 1:
        return ("",)
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if cells(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while cells(line) > width:
            head = _head(line, width) or ELLIPSIS  # one cell wide, and a character of two
            lines.append(head)
            line = line[len(head) :]
    return (*lines, line) if line or not lines else tuple(lines)


def line_cells(line: Line) -> int:
    """How many cells a line takes."""
    return sum(cells(span.text) for span in line.spans)


def cut_line(line: Line, width: int, *, whole_words: bool = False) -> Line:
    """The line, or as much of it as fits with an ellipsis, in the last span between two words; tones stay."""
    if line_cells(line) <= width:
        return line
    spans: list[Span] = []
    room = width
    for span in line.spans:
        size = cells(span.text)
        if size < room:
            spans.append(span)
            room -= size
            continue
        # Something follows that does not fit, or this does not fit itself: the ellipsis stands for it.
        if whole_words and size > room:
            spans.append(Span(cut_words(span.text, room), span.tone))
        else:
            spans.append(Span(_head(span.text, room - 1) + ELLIPSIS if room > 0 else "", span.tone))
        break
    return Line(tuple(span for span in spans if span.text))


def pad_line(line: Line, width: int) -> Line:
    """The line in exactly `width` cells."""
    fitting = cut_line(line, width)
    missing = width - line_cells(fitting)
    return Line((*fitting.spans, Span(" " * missing))) if missing else fitting


def spread(left: Line, right: Line, width: int, *, gap: int = 1) -> Line:
    """Left and right at the two ends of a line; the left one is cut where both do not fit, then the right."""
    end = cut_line(right, width)
    room = width - line_cells(end) - (gap if end.spans else 0)
    if room <= 0:
        return end
    start = pad_line(left, room)
    return Line((*start.spans, Span(" " * gap), *end.spans)) if end.spans else cut_line(left, width)


def join(parts: Iterable[Line | Span | str], separator: str = " · ", tone: Tone = Tone.DIM) -> Line:
    """Parts with a separator between them; empty ones vanish."""
    spans: list[Span] = []
    for part in parts:
        found = _spans(part)
        if not any(span.text for span in found):
            continue
        spans += ([Span(separator, tone)] if spans else []) + list(found)
    return Line(tuple(spans))


def wrapped(
    text: str, width: int, tone: Tone = Tone.PLAIN, *, indent: str = "", hang: str | None = None
) -> tuple[Line, ...]:
    """Lines of one tone: `indent` before the first, `hang` (else as many blanks) before the others."""
    after = " " * cells(indent) if hang is None else hang
    texts = wrap(text, max(1, width - max(cells(indent), cells(after))))
    return tuple(
        cut_line(Line((Span(indent if number == 0 else after), Span(part, tone))), width)
        for number, part in enumerate(texts)
    )


def _spans(part: Line | Span | str) -> tuple[Span, ...]:
    if isinstance(part, Line):
        return part.spans
    return (part,) if isinstance(part, Span) else (Span(part),)


def _head(text: str, width: int) -> str:
    """As many characters as fit, marks that combine with the last one included."""
    used = 0
    for index, character in enumerate(text):
        used += _cells_of(character)
        if used > width:
            return text[:index]
    return text


@lru_cache(maxsize=4096)
def _cells_of(character: str) -> int:
    kind = category(character)
    if kind in ("Mn", "Me"):
        return 0
    # Not assigned: perhaps a picture newer than this Python's tables.
    return 2 if kind == "Cn" or east_asian_width(character) in "WF" else 1
