"""The words of a screen: spans with a tone, lines of spans, rows with an id.

A tone is a meaning, not a colour; themes give it one, a pipe ignores it. Every state is
told by glyph and word too, so that nothing hangs on tone. All text in a `Span` is already inert.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a piece of text means."""

    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    BUSY = "busy"
    ACCENT = "accent"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line, left to right."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Row:
    """A line that stands for something: a phase, an item, a trigger."""

    id: str
    line: Line
    kind: str = "text"
    """`phase`, `item`, `level`, `trigger`, `text`."""


def line(*parts: str | Span) -> Line:
    """A line from plain strings and spans."""
    return Line(tuple(part if isinstance(part, Span) else Span(part) for part in parts))
