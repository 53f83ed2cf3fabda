"""The log's widget: what it follows, holds, filters, wraps and finds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit.core.text.logline import LogGap, LogLine
from cockpit.core.text.redact import Redactor
from cockpit.telemetry import LogRing
from cockpit.ui.widgets import ring_log
from cockpit.ui.widgets.ring_log import Entry, RingLog
from cockpit.view.line import Line, line
from cockpit.view.needle import needle
from tests.ui.bench import HOSTILE, shown, text

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


class Tail:
    """A ring, its widget, and how often a line was put into words."""

    def __init__(self, capacity: int = 1000) -> None:
        self.ring = LogRing(capacity)
        self.worded = 0
        self.widget = RingLog(self.word)

    def word(self, entry: Entry, width: int) -> Line:
        self.worded += 1
        return line((entry.text if isinstance(entry, LogLine) else f"gap: {entry.why}")[:width])

    def says(self, *texts: str, level: str = "info") -> None:
        self.ring.extend(LogLine(AT, "", words, level, "web", "d", "i") for words in texts)

    def counts(self, start: int, end: int) -> None:
        self.says(*(f"line {number}" for number in range(start, end)))


async def test_a_log_follows_its_newest_lines() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 30)
        assert tail.widget.flush()
        assert (await text(pilot))[0] == "line 20"
        assert (await text(pilot))[-1] == "line 29"
        assert not tail.widget.flush()


async def test_a_log_held_still_stays_where_it_is_and_counts_what_comes() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 50)
        tail.widget.flush()
        assert tail.widget.move(-14)
        before = await text(pilot)
        assert before[0] == "line 35"
        tail.counts(50, 250)
        tail.widget.flush()
        assert await text(pilot) == before
        assert tail.widget.fresh == 200
        tail.widget.follow()
        assert (await text(pilot))[-1] == "line 249"
        assert tail.widget.fresh == 0


async def test_what_the_ring_drops_moves_a_held_log_only_once_its_own_lines_go() -> None:
    tail = Tail(capacity=100)
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 100)
        tail.widget.flush()
        tail.widget.hold()
        tail.counts(100, 180)
        tail.widget.flush()
        assert (await text(pilot))[0] == "line 90"
        tail.counts(180, 500)
        tail.widget.flush()
        assert (await text(pilot))[0] == "line 90"
        assert tail.ring.first == 90
        tail.counts(500, 700)
        tail.widget.flush()
        assert (await text(pilot))[0] == "line 200"
        assert tail.ring.first == 200
        tail.widget.follow()
        assert tail.ring.first == 600


async def test_the_line_to_pin_is_the_one_on_the_screen_though_the_ring_has_let_it_go() -> None:
    tail = Tail(capacity=10)
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 10)
        tail.widget.flush()
        tail.widget.move(-9)
        tail.counts(10, 200)
        assert "line 0" in await text(pilot)
        assert isinstance(tail.widget.current, LogLine)
        assert tail.widget.current.text == "line 0"
        tail.widget.flush()
        assert tail.widget.current.text == (await text(pilot))[0]


async def test_scrolling_to_the_end_follows_again() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 50)
        tail.widget.flush()
        assert not tail.widget.move(1)
        following = []
        for pages in (-1, 1):
            tail.widget.page(pages)
            following.append(tail.widget.is_following)
        assert following == [False, True]
        assert (await text(pilot))[-1] == "line 49"


async def test_only_visible_lines_are_put_into_words() -> None:
    tail = Tail(capacity=20_000)
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 20_000)
        tail.widget.flush()
        await pilot.pause()
        assert tail.worded <= 20


async def test_a_filter_hides_lines_and_counts_only_what_passes() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.says("one", "two")
        tail.says("broken", level="error")
        tail.widget.accept(lambda entry: isinstance(entry, LogGap) or entry.level == "error")
        assert (await text(pilot))[:2] == ["broken", ""]
        tail.ring.extend([LogGap(AT, AT, "the platform dropped lines")])
        tail.says("three")
        tail.widget.flush()
        assert (await text(pilot))[:3] == ["broken", "gap: the platform dropped lines", ""]
        assert tail.widget.shown == 2


async def test_a_search_marks_its_words_and_goes_from_match_to_match() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 40)
        tail.says("SIGTERM received")
        tail.counts(41, 80)
        tail.widget.flush()
        tail.widget.search(needle("sigterm"))
        assert tail.widget.next_match(-1)
        assert "SIGTERM received" in await text(pilot)
        assert [tail.widget.next_match(step) for step in (-1, 1)] == [False, False]
        tail.widget.follow()
        tail.widget.search(needle("9"))
        await pilot.pause()
        marked = [segment.text for segment in tail.widget.render_line(9) if segment.style and segment.style.reverse]
        assert marked == ["9"]
        tail.widget.search(needle(""))
        assert not tail.widget.next_match(1)


async def test_a_pattern_marks_each_place_it_matches_and_goes_from_line_to_line() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.says("took 12 ms", "took 1234 ms, then 5678 ms", "took 13 ms")
        tail.widget.flush()
        tail.widget.search(needle(r"/\d{4} ms/"))
        assert tail.widget.next_match(-1)
        assert not tail.widget.next_match(1)
        await pilot.pause()
        tail.widget.follow()
        await pilot.pause()
        marked = [segment.text for segment in tail.widget.render_line(1) if segment.style and segment.style.reverse]
        assert marked == ["1234 ms", "5678 ms"]


async def test_a_pattern_looks_at_so_much_for_one_key_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_log, "_SEARCH_SHARE", 200)
    tail = Tail()
    async with shown(tail.widget):
        tail.widget.read(tail.ring)
        tail.says("here 1234")
        tail.counts(0, 60)
        tail.widget.flush()
        tail.widget.search(needle(r"/\d{4}/"))
        found = [tail.widget.next_match(-1) for _ in range(4)]
        assert found[0] is None
        assert True in found
        assert isinstance(tail.widget.current, LogLine)
        assert tail.widget.current.text == "here 1234"


async def test_a_secret_learnt_later_goes_from_lines_that_are_held() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.says("password is hunter2000")
        tail.widget.flush()
        assert (await text(pilot))[0] == "password is hunter2000"
        tail.ring.conceal(Redactor(["hunter2000"]).clean)
        tail.widget.read(tail.ring)
        assert (await text(pilot))[0] == "password is •••"


async def test_a_marked_line_keeps_its_words_and_width() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.says("漢字 Straße STRASSE x x", HOSTILE[:38])
        tail.widget.flush()
        before = await text(pilot)
        for words in ("x", "ss", "字", "[", "/S+/", "/./"):
            tail.widget.search(needle(words))
            assert await text(pilot) == before
            assert tail.widget.render_line(0).cell_length == 40


async def test_the_cursor_of_a_held_log_goes_line_by_line_and_takes_the_window_along() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 50)
        tail.widget.flush()
        seen = []
        for step in (-1, -9, -1, 11, -100):
            tail.widget.move(step)
            assert isinstance(tail.widget.current, LogLine)
            seen.append((tail.widget.current.text, (await text(pilot))[0]))
        assert seen == [
            ("line 48", "line 40"), ("line 39", "line 39"), ("line 38", "line 38"), ("line 49", "line 40"),
            ("line 0", "line 0"),
        ]  # fmt: skip
        tail.widget.move(49)
        assert not tail.widget.is_following
        tail.widget.move(1)
        assert tail.widget.is_following


async def test_the_cursor_survives_what_the_ring_drops_and_what_a_filter_hides() -> None:
    tail = Tail(capacity=20)
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 20)
        tail.widget.flush()
        tail.widget.move(-15)
        tail.counts(20, 60)
        tail.widget.flush()
        assert isinstance(tail.widget.current, LogLine)
        assert tail.widget.current.text == "line 4"
        tail.counts(60, 200)
        tail.widget.flush()
        current = tail.widget.current
        assert isinstance(current, LogLine)
        assert current.text == "line 100"
        tail.widget.accept(lambda _: False)
        assert tail.widget.shown == 0
        assert not any(await text(pilot))
        assert tail.widget.move(-1)
        tail.widget.accept(lambda _: True)
        assert tail.widget.current is not None


async def test_wrapped_lines_take_rows_and_nothing_of_the_newest_is_cut() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 20)
        tail.says("0123456789" * 10)
        tail.counts(21, 23)
        tail.widget.flush()
        tail.widget.wrap()
        rows = await text(pilot)
        assert [len(row) for row in rows if row.startswith("01234")] == [40, 40, 20]
        assert rows[-2:] == ["line 21", "line 22"]
        assert len(rows) == 10
        tail.widget.move(-20)
        assert (await text(pilot))[0] == "line 2"
        tail.widget.move(20)
        assert (await text(pilot))[-1] == "line 22"
        assert not tail.widget.sidestep(1)
        tail.widget.wrap()
        assert "0123456789" * 4 in await text(pilot)


async def test_a_wrapped_line_longer_than_the_window_is_cut_and_leaves_a_way_on() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.widget.wrap()
        tail.says("a", "x" * 5000, "b")
        tail.widget.flush()
        assert (await text(pilot))[-1] == "b"
        for expected in ("x" * 40, "a"):
            tail.widget.move(-1)
            assert (await text(pilot))[0] == expected


async def test_a_slow_filter_looks_at_a_share_in_each_flush_and_in_the_end_at_all() -> None:
    tail = Tail(capacity=2000)
    async with shown(tail.widget):
        tail.widget.read(tail.ring)
        tail.says(*("x" * 499 for _ in range(1000)))
        looked = 0

        def slow(_: Entry) -> bool:
            nonlocal looked
            looked += 1
            return True

        tail.widget.accept(slow, is_slow=True)
        assert looked == 200
        assert tail.widget.unread == 800
        while tail.widget.flush():
            pass
        assert (looked, tail.widget.unread, tail.widget.shown) == (1000, 0, 1000)


async def test_the_first_line_of_a_kind_is_gone_to_and_the_next_of_a_kind() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.counts(0, 30)
        tail.widget.flush()
        assert tail.widget.first_where(lambda entry: "2" in entry.text)  # type: ignore[union-attr]  # lines only
        assert "line 2" in await text(pilot)
        assert tail.widget.next_where(lambda entry: "3" in entry.text, 1)  # type: ignore[union-attr]
        assert isinstance(tail.widget.current, LogLine)
        assert tail.widget.current.text == "line 3"
        assert not tail.widget.next_where(lambda _: False, -1)


async def test_long_lines_are_read_by_moving_to_the_side() -> None:
    tail = Tail()
    async with shown(tail.widget) as pilot:
        tail.widget.read(tail.ring)
        tail.says("0123456789" * 8)
        tail.widget.flush()
        tail.widget.sidestep(1)
        assert (await text(pilot))[0] == ("0123456789" * 8)[16:56]
        tail.widget.sidestep(-3)
        assert (await text(pilot))[0].startswith("0123")
