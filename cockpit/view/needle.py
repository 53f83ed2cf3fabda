"""What is searched for in the log: words in any case of letters, or a pattern between slashes, as in the filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cockpit.core.expression.pattern import Pattern
from cockpit.errors import ExpressionError
from cockpit.view.sieve import LONGEST

USAGE = "words to find, or /a pattern/"


@dataclass(frozen=True, slots=True)
class Needle:
    """A search that was understood; empty words search for nothing."""

    words: str = ""
    """As they were typed."""
    pattern: Pattern | None = None
    trouble: str = ""
    """Why what looks like a pattern is searched for as plain words; else empty."""

    def __bool__(self) -> bool:
        return bool(self.words)

    def is_in(self, text: str) -> bool:
        """Whether a line has it; a pattern looks at its first `LONGEST` characters."""
        if self.pattern is not None:
            return self.pattern.is_in(text[:LONGEST], _freely)
        return bool(self.words) and self.words.casefold() in text.casefold()

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a text: beginnings and ends, none of them within another."""
        if self.pattern is not None:
            yield from self.pattern.places(text[:LONGEST])
            return
        wanted, folded = self.words.casefold(), text.casefold()
        if len(folded) != len(text):  # a few letters fold to two ("ß"): then case counts, and places stay right
            folded = text
        start = folded.find(wanted) if wanted else -1
        while start >= 0:
            yield start, start + len(wanted)
            start = folded.find(wanted, start + len(wanted))


def needle(words: str) -> Needle:
    r"""What was typed: `/took \d+ ms/` is a pattern. One that cannot be read becomes plain words, and says why."""
    if len(words) < len("/x/") or not (words.startswith("/") and words.endswith("/")):
        return Needle(words)
    try:
        return Needle(words, Pattern(words[1:-1].replace("\\/", "/")))
    except ExpressionError as error:
        return Needle(words, trouble=error.what)


def _freely(_: int) -> None:
    """A line is short: what it costs need not be counted."""
