"""Widgets that paint lines: what is on the screen, and how little is sent for it."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.strip import Strip

from cockpit.ui.themes import terminal_look
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.painted import Piece, changed_cells, strip_of
from cockpit.ui.widgets.rows import Rows
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view.line import Line, Row, Span, Tone, line
from tests.ui.bench import HOSTILE, Bench, shown, text
from tests.ui.pilot import at_the_keys
from tests.view.runs import MOMENTS


def plain(words: str) -> Strip:
    return Strip([Segment(words)])


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        ("same", "same", []),
        ("0:01 of 5:00", "0:02 of 5:00", [(3, 4)]),
        ("1" + "." * 20 + "1", "2" + "." * 20 + "2", [(0, 1), (21, 22)]),
        ("1...1", "2...2", [(0, 5)]),
        ("ab", "abc", [(2, 3)]),
        ("漢字 1", "漢字 2", [(5, 6)]),
    ],
)
def test_only_runs_of_changed_cells_are_named(before: str, after: str, runs: list[tuple[int, int]]) -> None:
    assert list(changed_cells(plain(before), plain(after))) == runs


def test_a_tone_that_changes_is_a_change() -> None:
    look = terminal_look()
    one, other = (strip_of(Line((Span("x", tone),)), 5, look, look.tones[Tone.PLAIN]) for tone in (Tone.OK, Tone.BAD))
    assert list(changed_cells(one, other)) == [(0, 1)]


def test_a_strip_has_its_width_whatever_the_words() -> None:
    look = terminal_look()
    for words in ("", "short", "x" * 100, "漢" * 30):
        assert strip_of(line(words), 21, look, look.tones[Tone.PLAIN]).cell_length == 21


async def test_a_bar_sends_the_piece_that_changed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = LineBar(pieces=4)
    async with shown(bar) as pilot:
        bar.show(line("Reports                       00:18:42"))
        assert (await text(pilot))[0] == "Reports                       00:18:42"
        sent: list[int] = []
        monkeypatch.setattr(Piece, "refresh", lambda self, *regions: sent.append(bar.children.index(self)))
        bar.show(line("Reports                       00:18:42"))
        assert sent == []
        bar.show(line("Reports                       00:18:43"))
        assert sent == [3]


async def test_markup_in_words_stays_words() -> None:
    bar = LineBar()
    async with shown(bar) as pilot:
        bar.show(line(HOSTILE[:40]))
        assert (await text(pilot))[0] == HOSTILE[:40].rstrip()


def rows(*ids: str) -> list[Row]:
    return [Row(row_id, line(f"row {row_id}"), "item") for row_id in ids]


async def test_the_cursor_stays_with_its_row_when_rows_come_above() -> None:
    widget = Rows()
    async with shown(widget):
        widget.show(rows("a", "b", "c"))
        widget.point("b")
        widget.show(rows("new", "a", "b", "c"))
        assert widget.current_id == "b"


async def test_the_cursor_goes_to_the_nearest_row_when_its_own_has_gone() -> None:
    widget = Rows()
    async with shown(widget) as pilot:
        widget.show(rows("a", "b", "c"))
        widget.point("c")
        widget.show(rows("a", "b"))
        await pilot.pause()
        assert widget.current_id == "b"
        assert isinstance(pilot.app, Bench)
        assert pilot.app.pointed == ["a", "c", "b"]


async def test_the_cursor_goes_to_the_phase_when_its_item_is_folded_away() -> None:
    widget = Rows()
    async with shown(widget):
        widget.show(rows("deploy", "deploy/do:web", "deploy/do:worker", "rollback"))
        widget.point("deploy/do:worker")
        widget.show(rows("deploy", "rollback"))
        assert widget.current_id == "deploy"


async def test_the_cursor_passes_over_words_and_stops_at_the_ends() -> None:
    widget = Rows()
    async with shown(widget):
        widget.show([*rows("a"), Row("", line("words")), *rows("b")])
        assert widget.move(1)
        assert widget.current_id == "b"
        assert not widget.move(1)
        widget.move(-5)
        assert widget.current_id == "a"


async def test_the_cursor_is_always_in_sight() -> None:
    widget = Rows()
    async with shown(widget) as pilot:
        widget.show(rows(*map(str, range(30))))
        for _ in range(29):
            widget.move(1)
            assert f"row {widget.current_id}" in await text(pilot)
        assert widget.position == "21-30 of 30"
        widget.page(-1)
        assert widget.current_id == "20"
        await pilot.resize_terminal(40, 4)
        assert "row 20" in await text(pilot)


async def test_the_cursors_row_is_told_by_style_over_its_whole_width() -> None:
    widget = Rows()
    async with shown(widget) as pilot:
        widget.show([Row("a", Line((Span("ok", Tone.OK), Span(" bad", Tone.BAD))))])
        await pilot.pause()
        strip = widget.render_line(0)
        assert strip.cell_length == 40
        assert len({segment.style for segment in strip}) == 1
        assert strip._segments[0].style is not None
        assert strip._segments[0].style.reverse


async def test_moving_the_cursor_repaints_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = Rows(pieces=4)
    async with shown(widget) as pilot:
        widget.show(rows("a", "b", "c", "d"))
        await pilot.pause()
        lines: set[int] = set()
        monkeypatch.setattr(Piece, "refresh", lambda _, *regions: lines.update(region.y for region in regions))
        widget.move(1)
        assert lines == {0, 1}


async def test_lines_scroll_as_far_as_they_go() -> None:
    widget = TextLines()
    async with shown(widget) as pilot:
        widget.show([line(f"line {number}") for number in range(25)])
        assert (await text(pilot))[0] == "line 0"
        assert widget.page(1)
        assert (await text(pilot))[0] == "line 9"
        widget.move(1000)
        assert (await text(pilot))[-1] == "line 24"
        assert not widget.move(1)
        assert widget.position == "16-25 of 25"
        widget.show([line("other")], from_top=True)
        assert (await text(pilot))[:2] == ["other", ""]


async def test_wide_lines_move_to_the_side_and_back() -> None:
    widget = TextLines()
    async with shown(widget) as pilot:
        widget.show([line("0123456789" * 6)])
        assert widget.sidestep(1)
        assert (await text(pilot))[0].startswith("6789")
        widget.sidestep(5)
        assert (await text(pilot))[0] == "0123456789" * 4
        widget.sidestep(-5)
        assert not widget.sidestep(-1)


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_a_message_is_seen_to_its_end_whatever_its_length(size: tuple[int, int]) -> None:
    async with at_the_keys(MOMENTS["fresh"](), size=size) as op:
        for length in (20, 50, 53, 58, 61, 68, 69, 70, 130):
            op.app.say(f"{'word ' * 30}"[:length].rstrip() + f" end{length}")
            await op.sees(f"end{length}")
