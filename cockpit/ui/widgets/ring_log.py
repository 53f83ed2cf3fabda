"""The tail of a `LogRing`: follows or holds still, and loses nothing that the ring holds.

No message and no widget a line: the pane has it `flush` ten times a second, which looks only at
what came since, and only visible lines are turned into cells. While it holds still the text
under the reader's eyes stays where it is, whatever comes in; what came is counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cockpit.core.logline import LogGap, LogLine
from cockpit.telemetry import LogRing
from cockpit.ui.themes import Look
from cockpit.ui.widgets.painted import Painted, strip_of
from cockpit.ui.widgets.text_lines import SIDESTEP
from cockpit.view.line import Line

Entry = LogLine | LogGap

_CACHED = 400
"""Strips kept: several screens full, so that scrolling back and forth makes none anew."""


class RingLog(Painted):
    """Lines of a ring that pass a filter; `word` turns one into a `Line` of at most so many cells."""

    def __init__(self, word: Callable[[Entry, int], Line], *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self._word = word
        self._ring = LogRing(0)
        self._accepts: Callable[[Entry], bool] = lambda _: True
        self._numbers: deque[int] = deque()
        self._seen = 0
        self._top_number = 0
        self._hit: int | None = None
        self._needle = ""
        self._shift = 0
        self._cache: dict[int, Strip] = {}
        self._cached_for: object = None
        self._is_following = True
        self._fresh = 0

    @property
    def is_following(self) -> bool:
        return self._is_following

    @property
    def fresh(self) -> int:
        """Lines that came since the log was held still."""
        return self._fresh

    @property
    def shown(self) -> int:
        """Held lines that pass the filter."""
        return len(self._numbers)

    @property
    def needle(self) -> str:
        """The words searched for; empty where none are."""
        return self._needle

    def read(self, ring: LogRing) -> None:
        """Show this ring."""
        if ring is not self._ring:
            self._ring = ring
            self._recount()

    def accept(self, accepts: Callable[[Entry], bool]) -> None:
        """Show only entries that pass; what is held is looked through again."""
        self._accepts = accepts
        self._recount()

    def forget(self) -> None:
        """Paint every line anew: the words for entries have changed."""
        self._cache.clear()
        self.repaint()

    def flush(self) -> bool:
        """Take in what came since the last flush; false where nothing to show has changed."""
        ring = self._ring
        if ring.total == self._seen:
            return False
        fresh = ring.since(self._seen)
        came = self._take(fresh, ring.total - len(fresh))
        gone = self._numbers_below(ring.first)
        if not self._is_following:
            self._fresh += came
        if (came and self._is_following) or (gone and self._top_number < ring.first):
            self.repaint()
        return bool(came or gone)

    def follow(self) -> None:
        """Go to the newest line and stay there."""
        self._is_following, self._fresh, self._hit = True, 0, None
        self.repaint()

    def hold(self) -> None:
        """Let the visible lines stand still."""
        if self._is_following:
            self._top_number = self._number_at(max(0, len(self._numbers) - self.size.height))
            self._is_following = False

    def move(self, lines: int) -> bool:
        """Scroll by that many lines. Upwards holds the log still; at the very end it follows again."""
        if self._is_following and lines >= 0:
            return False
        self.hold()
        last = max(0, len(self._numbers) - self.size.height)
        top = self._top_index() + lines
        if top >= last and lines > 0:
            self.follow()
            return True
        self._top_number = self._number_at(max(0, min(top, last)))
        self.repaint()
        return True

    def page(self, pages: int) -> bool:
        """Scroll by the height of the widget."""
        return self.move(pages * max(1, self.size.height - 1))

    def sidestep(self, steps: int) -> bool:
        """Move to the side; what lies left of the edge is hidden."""
        before = self._shift
        self._shift = max(0, self._shift + steps * SIDESTEP)
        self.repaint()
        return self._shift != before

    def search(self, needle: str) -> None:
        """Mark these words, in any case of letters; nothing ends the search."""
        self._needle = needle.casefold()
        self._hit = None
        self.repaint()

    def next_match(self, step: int) -> bool:
        """Go to the next line with the words: 1 towards newer ones, -1 towards older; false where there is none."""
        if not self._needle:
            return False
        numbers = list(self._numbers)
        place = bisect_left(numbers, self._hit) if self._hit is not None else self._search_from(step)
        ahead: Iterable[int] = numbers[place + 1 :] if step > 0 else reversed(numbers[: max(0, place)])
        for number in ahead:
            entry = self._ring.line(number)
            if entry is not None and self._needle in _text(entry).casefold():
                self.hold()
                self._hit = number
                middle = bisect_left(numbers, number) - self.size.height // 2
                self._top_number = self._number_at(max(0, min(middle, len(numbers) - self.size.height)))
                self.repaint()
                return True
        return False

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        key = (width, self._shift, self._needle, look.name, base)
        if key != self._cached_for or len(self._cache) > _CACHED:
            self._cache.clear()
            self._cached_for = key
        if y == 0:
            self._window_top = self._top_index()
        index = self._window_top + y
        if index >= len(self._numbers):
            return strip_of(Line(), width, look, base)
        number = self._numbers[index]
        strip = self._cache.get(number)
        if strip is None:
            strip = self._cache[number] = self._made(number, width, look, base)
        return strip if number != self._hit else Strip([Segment(strip.text, base + look.idle_cursor)], width)

    def difference(self, old: Strip, new: Strip) -> Sequence[tuple[int, int]]:
        """A log that moves changes nearly every cell: looking for the few that stay costs more than it saves."""
        return () if old is new or old == new else ((0, self.size.width),)

    _window_top = 0

    def _made(self, number: int, width: int, look: Look, base: Style) -> Strip:
        entry = self._ring.line(number)
        line = self._word(entry, width + self._shift) if entry is not None else Line()
        if not self._needle:
            return strip_of(line, width, look, base, shift=self._shift)
        whole = strip_of(line, cell_len(line.text), look, base)
        marked = _marked(whole, line.text, self._needle, base + look.match)
        return marked.crop(self._shift, max(self._shift, marked.cell_length)).adjust_cell_length(width, base)

    def _recount(self) -> None:
        self._numbers.clear()
        fresh = self._ring.since(self._ring.first)
        self._take(fresh, self._ring.first)
        self._cache.clear()
        self._fresh = 0
        self.repaint()

    def _take(self, entries: list[Entry], first: int) -> int:
        before = len(self._numbers)
        accepts = self._accepts
        self._numbers.extend(number for number, entry in enumerate(entries, first) if accepts(entry))
        self._seen = self._ring.total
        return len(self._numbers) - before

    def _numbers_below(self, first: int) -> int:
        """Forget numbers of lines that the ring has dropped; how many those were."""
        gone = 0
        while self._numbers and self._numbers[0] < first:
            self._cache.pop(self._numbers.popleft(), None)
            gone += 1
        return gone

    def _number_at(self, index: int) -> int:
        return self._numbers[index] if index < len(self._numbers) else self._ring.total

    def _top_index(self) -> int:
        last = max(0, len(self._numbers) - self.size.height)
        if self._is_following:
            return last
        return min(bisect_left(self._numbers, self._top_number), last)

    def _search_from(self, step: int) -> int:
        """Where a first search begins: at the newest line backwards, at the top of the window forwards."""
        return len(self._numbers) if step < 0 else self._top_index() - 1


def _text(entry: Entry) -> str:
    return entry.text if isinstance(entry, LogLine) else entry.why


def _marked(strip: Strip, text: str, needle: str, style: Style) -> Strip:
    """A strip with every occurrence of the words in one style."""
    folded = text.casefold()
    if len(folded) != len(text):  # a few letters fold to two ("ß"): then case counts, and places stay right
        folded = text
    parts: list[Strip] = []
    at = 0
    start = folded.find(needle)
    while start >= 0:
        left = cell_len(text[:start])
        right = left + cell_len(text[start : start + len(needle)])
        parts += [strip.crop(at, left), Strip([Segment(strip.crop(left, right).text, style)])]
        at = right
        start = folded.find(needle, start + len(needle))
    return Strip.join([*parts, strip.crop(at, strip.cell_length)]) if parts else strip
