"""The tail of a `LogRing`: follows or holds still, and loses nothing that the ring holds.

No message and no widget a line: the pane has it `flush` ten times a second, which looks only at
what came since, and only visible lines are turned into cells. While it holds still the text
under the reader's eyes stays where it is, whatever comes in; what came is counted, and one line
is the cursor's: the one that is read whole, or pinned.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cockpit.core.text.logline import LogGap, LogLine
from cockpit.telemetry import LogRing
from cockpit.ui.themes import Look
from cockpit.ui.widgets.marked import marked
from cockpit.ui.widgets.painted import Painted, look_of, strip_of
from cockpit.ui.widgets.text_lines import SIDESTEP
from cockpit.view.line import Line
from cockpit.view.needle import Needle
from cockpit.view.sieve import LONGEST

Entry = LogLine | LogGap

_CACHED = 400
"""Lines whose strips are kept: several screens full, so that scrolling back and forth makes none anew."""
_MOST_ROWS = 12
"""Rows that one wrapped line may take; its record shows it whole."""
_SLOW_SHARE = 100_000
"""Characters that a slow filter looks at in one flush: some hundredths of a second."""
_SEARCH_SHARE = 2_000_000
"""Characters that a pattern looks at for one press of a key: some tenths of a second."""


class RingLog(Painted):
    """Lines of a ring that pass a filter; `word` turns one into a `Line` of at most so many cells."""

    def __init__(self, word: Callable[[Entry, int], Line], *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self._word = word
        self._ring = LogRing(0)
        self._revision = 0
        self._accepts: Callable[[Entry], bool] = lambda _: True
        self._is_slow = False
        self._numbers: deque[int] = deque()
        self._seen = 0
        self._top_number = 0
        self._cursor = 0
        self._read: Entry | None = None
        """The cursor's line as it was painted last."""
        self._rows: list[tuple[int | None, Strip]] = []
        self._needle = Needle()
        self._shift = 0
        self._wraps = False
        self._cache: dict[int, tuple[Strip, ...]] = {}
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
    def unread(self) -> int:
        """Held lines that a slow filter has still to look at."""
        return self._ring.total - self._seen if self._is_slow else 0

    @property
    def needle(self) -> Needle:
        """What is searched for; empty where nothing is."""
        return self._needle

    @property
    def current(self) -> Entry | None:
        """The cursor's line, the newest while it follows; None where nothing is shown."""
        if not self._is_following:
            return self._read  # what is painted, though the ring may have let it go since
        return self._ring.line(self._numbers[-1]) if self._numbers else None

    def read(self, ring: LogRing) -> None:
        """Show this ring."""
        if ring is not self._ring or ring.revision != self._revision:
            self._ring, self._revision = ring, ring.revision
            self._recount()

    def accept(self, accepts: Callable[[Entry], bool], *, is_slow: bool = False) -> None:
        """Show only entries that pass; what is held is looked through again, a slow filter in small shares."""
        self._accepts, self._is_slow = accepts, is_slow
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
        came = self._take()
        gone = self._numbers_below(ring.first)
        if not self._is_following:
            self._fresh += came
        if (came and self._is_following) or (gone and self._top_number < ring.first):
            self.repaint()
        return bool(came or gone or self._is_slow)

    def follow(self) -> None:
        """Go to the newest line and stay there."""
        self._is_following, self._fresh = True, 0
        self._ring.keep(None)
        self.repaint()

    def hold(self) -> None:
        """Let the visible lines stand still, the cursor on the newest."""
        if self._is_following:
            last = len(self._numbers) - 1
            self._top_number = self._number_at(self._top_for(last))
            self._cursor = self._number_at(max(0, last))
            self._is_following = False
            self._ring.keep(self._top_number)
            self.repaint()

    def move(self, lines: int) -> bool:
        """Move the cursor by that many lines. Upwards holds the log still; below the very end it follows again."""
        if self._is_following and lines >= 0:
            return False
        self.hold()
        place = self._cursor_index() + lines
        if place >= len(self._numbers) and lines > 0:
            self.follow()
        else:
            self._go(max(0, place))
        return True

    def page(self, pages: int) -> bool:
        """Move by the lines that are in sight; below the last page it follows again."""
        if self._is_following and pages > 0:
            return False
        self.hold()
        lines = pages * max(1, len({number for number, _ in self._rows}) - 1)
        top, end = self._top_index() + lines, self._top_for(len(self._numbers) - 1)
        if top >= end and pages > 0:
            self.follow()
            return True
        self._top_number = self._number_at(max(0, top))
        self._go(max(0, self._cursor_index() + lines))
        return True

    def sidestep(self, steps: int) -> bool:
        """Move to the side; what lies left of the edge is hidden. A wrapped log has no sides."""
        before = self._shift
        self._shift = 0 if self._wraps else max(0, self._shift + steps * SIDESTEP)
        self.repaint()
        return self._shift != before

    def wrap(self) -> None:
        """Long lines on several rows, or on one again."""
        self._wraps, self._shift = not self._wraps, 0
        self._cache.clear()
        self.repaint()

    def search(self, needle: Needle) -> None:
        """Mark what is searched for; an empty needle ends the search."""
        self._needle = needle
        self.repaint()

    def next_match(self, step: int) -> bool | None:
        """Go to the next line that has it: 1 towards newer ones, -1 towards older; false where there is none.

        None where a pattern has looked at all it may in one go: the cursor stands where it came to, to go on from.
        """
        left = _SEARCH_SHARE

        def wanted(entry: Entry) -> bool:
            nonlocal left
            left -= min(len(_text(entry)), LONGEST) + 1 if self._needle.pattern is not None else 0
            return left <= 0 or self._needle.is_in(_text(entry))

        found = bool(self._needle) and self.next_where(wanted, step)
        return None if found and left <= 0 else found

    def next_where(self, wanted: Callable[[Entry], bool], step: int) -> bool:
        """Go to the next such line from the cursor, or from the window's edge while it follows."""
        place = self._search_from(step) if self._is_following else self._cursor_index()
        return self._seek(wanted, range(place + step, len(self._numbers) if step > 0 else -1, step))

    def first_where(self, wanted: Callable[[Entry], bool]) -> bool:
        """Go to the oldest such line."""
        return self._seek(wanted, range(len(self._numbers)))

    def _seek(self, wanted: Callable[[Entry], bool], places: Iterable[int]) -> bool:
        numbers = list(self._numbers)
        for index in places:
            entry = self._ring.line(numbers[index])
            if entry is not None and wanted(entry):
                self.hold()
                self._go(index, middle=True)
                return True
        return False

    def strip_at(self, y: int, width: int, look: Look, base: Style) -> Strip:
        key = (width, self._shift, self._wraps, self._needle, look.name, base)
        if key != self._cached_for or len(self._cache) > _CACHED:
            self._cache.clear()
            self._cached_for = key
        if y == 0:
            self._rows = self._laid_out(width, look, base)
        if y >= len(self._rows):
            return strip_of(Line(), width, look, base)
        number, strip = self._rows[y]
        if self._is_following or number != self._cursor:
            return strip
        return Strip([Segment(strip.text, base + look.idle_cursor)], width)

    def difference(self, old: Strip, new: Strip) -> Sequence[tuple[int, int]]:
        """A log that moves changes nearly every cell: looking for the few that stay costs more than it saves."""
        return () if old is new or old == new else ((0, self.size.width),)

    def _laid_out(self, width: int, look: Look, base: Style) -> list[tuple[int | None, Strip]]:
        """The rows in sight, each with the number of its line."""
        height = self.size.height
        rows: list[tuple[int | None, Strip]] = []
        if not self._is_following:
            self._cursor = self._number_at(self._cursor_index())
            self._read = self._ring.line(self._cursor)
        for number in islice(self._numbers, self._top_index(), None):
            rows += [(number, strip) for strip in self._strips_of(number, width, look, base)]
            if len(rows) >= height and not self._is_following:
                break
        return rows[-height:] if self._is_following else rows[:height]

    def _strips_of(self, number: int, width: int, look: Look, base: Style) -> tuple[Strip, ...]:
        found = self._cache.get(number)
        if found is None:
            found = self._cache[number] = self._made(number, width, look, base)
        return found

    def _made(self, number: int, width: int, look: Look, base: Style) -> tuple[Strip, ...]:
        entry = self._ring.line(number)
        room = width * _MOST_ROWS if self._wraps else width + self._shift
        line = self._word(entry, room) if entry is not None else Line()
        whole = strip_of(line, cell_len(line.text), look, base)
        if self._needle:
            whole = marked(whole, self._needle.places(line.text), line.text, base + look.match)
        if not self._wraps:
            cut = whole.crop(self._shift, max(self._shift, whole.cell_length))
            return (cut.adjust_cell_length(width, base).simplify(),)
        starts = range(0, max(1, whole.cell_length), width)
        return tuple(whole.crop(start, start + width).adjust_cell_length(width, base) for start in starts)

    def _recount(self) -> None:
        self._numbers.clear()
        self._seen = self._ring.first
        self._cache.clear()
        self._fresh = 0
        self._take()
        self.repaint()

    def _take(self) -> int:
        """Look at entries not seen yet, a slow filter only at a share; how many passed."""
        before, left = len(self._numbers), _SLOW_SHARE
        entries = self._ring.since(self._seen)
        first = self._ring.total - len(entries)
        if not self._is_slow:
            accepts = self._accepts
            self._numbers.extend(number for number, entry in enumerate(entries, first) if accepts(entry))
            self._seen = self._ring.total
            return len(self._numbers) - before
        for number, entry in enumerate(entries, first):
            if left <= 0:
                break
            left -= min(len(_text(entry)), LONGEST) + 1
            self._seen = number + 1
            if self._accepts(entry):
                self._numbers.append(number)
        return len(self._numbers) - before

    def _numbers_below(self, first: int) -> int:
        """Forget numbers of lines that the ring has dropped; how many those were."""
        gone = 0
        while self._numbers and self._numbers[0] < first:
            self._cache.pop(self._numbers.popleft(), None)
            gone += 1
        return gone

    def _go(self, index: int, *, middle: bool = False) -> None:
        """Put the cursor on a line, and the window round it."""
        index = min(index, len(self._numbers) - 1)
        self._cursor = self._number_at(index)
        top = self._top_index()
        if middle:
            top = max(0, index - self.size.height // 2)
        self._top_number = self._number_at(max(self._top_for(index), min(top, index)))
        self._ring.keep(self._top_number)
        self.repaint()

    def _number_at(self, index: int) -> int:
        return self._numbers[index] if 0 <= index < len(self._numbers) else self._ring.total

    def _cursor_index(self) -> int:
        return max(0, min(bisect_left(self._numbers, self._cursor), len(self._numbers) - 1))

    def _top_index(self) -> int:
        last = len(self._numbers) - 1
        if self._is_following:
            return self._top_for(last, whole=False)
        return min(bisect_left(self._numbers, self._top_number), self._top_for(last))

    def _top_for(self, bottom: int, *, whole: bool = True) -> int:
        """The first line of a window whose last one is `bottom`; `whole` where no line may be cut at the top."""
        height = self.size.height
        if not self._wraps or bottom < 0:
            return max(0, bottom + 1 - height)
        look, base, rows, index = look_of(self), self.rich_style, 0, bottom + 1
        while index > 0 and rows < height:
            rows += len(self._strips_of(self._numbers[index - 1], self.size.width, look, base))
            index -= 1
        return index + 1 if whole and rows > height and index < bottom else index

    def _search_from(self, step: int) -> int:
        """Where a search begins that has no cursor: at the newest line backwards, at the top of the window forwards."""
        return len(self._numbers) if step < 0 else self._top_index() - 1


def _text(entry: Entry) -> str:
    return entry.text if isinstance(entry, LogLine) else entry.why
