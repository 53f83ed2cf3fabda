"""The last line fits, and always has the way back."""

from __future__ import annotations

import pytest

from cockpit.ui.key_row import key_row
from cockpit.ui.keymap import remap
from cockpit.view.fit import line_cells
from cockpit.view.line import Tone
from cockpit.view.offers import Offer, offers
from tests.view.runs import MOMENTS

KEYMAP, _ = remap({})


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("moment", ["fresh", "at_gate", "overlapping", "looked_at", "tripped"])
def test_it_fits_and_ends_in_the_way_back_and_the_keys(moment: str, width: int) -> None:
    scene = MOMENTS[moment]().scene()
    for item in scene.state.plan.lines():
        line = key_row(KEYMAP, "checklist", offers(scene, item.id), width)
        assert line_cells(line) <= width
        assert line.text.rstrip().endswith("^R roll back  ? keys")


def test_what_the_row_offers_comes_first_and_what_would_be_refused_is_dim_and_last() -> None:
    found = [Offer("item.tick", "tick"), Offer("item.waive", "waive", "reason", "Not yet.")]
    line = key_row(KEYMAP, "checklist", found, 80)
    assert line.text.startswith(" space tick  a note  / find  3 logs  tab pane  w waive")
    assert next(span.tone for span in line.spans if "waive" in span.text) is Tone.DIM
    assert next(span.tone for span in line.spans if span.text == "space") is Tone.ACCENT


def test_a_key_that_two_offers_share_is_shown_once() -> None:
    line = key_row(KEYMAP, "checklist", [Offer("item.do", "do"), Offer("item.answer", "answer")], 80)
    assert line.text.count("⏎") == 1


def test_a_dialog_shows_only_its_own() -> None:
    assert key_row(KEYMAP, "dialog", (), 80, extra=("dialog.accept", "dialog.back")).text.split("  ")[0] == " ⏎ accept"
    assert "note" not in key_row(KEYMAP, "rollback", (), 80).text


def test_the_log_shows_the_way_to_the_checklist_and_not_to_itself() -> None:
    line = key_row(KEYMAP, "log", (), 80, extra=("pane.checklist",))
    assert "1 checklist" in line.text
    assert "3 logs" not in line.text
    assert "p pause" in line.text


def test_remapped_keys_are_shown() -> None:
    keymap, _ = remap({"item.tick": "t", "rollback.open": "ctrl+b,f9", "move.page_up": "pageup"})
    line = key_row(keymap, "checklist", [Offer("item.tick", "tick")], 80)
    assert "t tick" in line.text
    assert "^B roll back" in line.text
