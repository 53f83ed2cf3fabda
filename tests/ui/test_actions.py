"""The key table: one meaning a key and place, and what an operator's wishes make of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cockpit.ui.actions import ACTIONS, BY_ID, CONTEXTS, Scope
from cockpit.ui.keymap import glyph, keys_table, remap
from cockpit.view.offers import offers
from tests.view.runs import MOMENTS

KEYMAP, COMPLAINTS = remap({})


def test_the_table_itself_has_no_clash() -> None:
    assert COMPLAINTS == ()
    assert len(BY_ID) == len(ACTIONS)


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_offer_of_the_view_has_a_key(moment: str) -> None:
    scene = MOMENTS[moment]().scene()
    rows = [item.id for item in scene.state.plan.lines()] + [phase.id for phase in scene.state.plan.phases]
    rows += [level.id for level in scene.state.plan.rollback]
    offered = {offer.action for row in ["", *rows] for offer in offers(scene, row)}
    assert offered
    assert {action for action in offered if not KEYMAP.shown(action)} == set()


@pytest.mark.parametrize(
    ("context", "key", "action"),
    [
        ("checklist", "space", "item.tick"),
        ("checklist", "enter", "item.do"),
        ("checklist", "b", "item.record"),
        ("checklist", "c", "item.check"),
        ("checklist", "a", "run.note"),
        ("checklist", "o", "gate.open"),
        ("checklist", "ctrl+r", "rollback.open"),
        ("checklist", "R", "rollback.open"),
        ("checklist", "n", "item.na"),
        ("checklist", "N", "item.no"),
        ("checklist", "g g", "move.top"),
        ("checklist", "G", "move.bottom"),
        ("log", "n", "log.next"),
        ("log", "N", "log.previous"),
        ("log", "space", "log.follow"),
        ("gate", "y", "gate.go"),
        ("gate", "N", "gate.no_go"),
        ("dialog", "q", "dialog.back"),
        ("dialog", "ctrl+r", "rollback.open"),
        ("rollback", "enter", "item.do"),
        ("rollback", "q", "dialog.back"),
    ],
)
def test_a_key_means_one_thing_in_its_place(context: str, key: str, action: str) -> None:
    assert KEYMAP.actions(context, key)[0].id == action


def test_while_typing_only_keys_that_make_no_character_mean_anything() -> None:
    for context in CONTEXTS:
        assert KEYMAP.actions(context, "ctrl+r", typing=True)[0].id == "rollback.open"
        for character in "Rqyx? ":
            assert KEYMAP.actions(context, "space" if character == " " else character, typing=True) == ()


def test_the_way_back_can_be_reached_from_every_context() -> None:
    assert all(KEYMAP.actions(context, "ctrl+r")[0].id == "rollback.open" for context in CONTEXTS)


def test_only_the_first_of_two_keys_begins_a_sequence() -> None:
    assert KEYMAP.begins("checklist", "g")
    assert not KEYMAP.begins("checklist", "G")


def test_what_changes_the_world_or_ends_something_is_marked() -> None:
    dangerous = {action.id for action in ACTIONS if action.dangerous}
    assert {
        "rollback.open",
        "rollback.start",
        "gate.go",
        "gate.no_go",
        "run.close",
        "item.settle_happened",
    } <= dangerous


def test_a_wish_takes_the_place_of_the_keys() -> None:
    keymap, complaints = remap({"item.tick": "t, Ctrl-T", "log.level": "^l"})
    assert complaints == ()
    assert keymap.keys["item.tick"] == ("t", "ctrl+t")
    assert keymap.shown("log.level") == "^L"
    assert not any(action.id == "item.tick" for action in keymap.actions("checklist", "space"))


def test_two_actions_may_swap_their_keys() -> None:
    keymap, complaints = remap({"item.check": "b", "item.record": "c"})
    assert complaints == ()
    assert keymap.actions("checklist", "b")[0].id == "item.check"


def test_what_follows_an_action_has_its_keys() -> None:
    keymap, _ = remap({"item.yes": "J"})
    assert keymap.keys["item.settle_happened"] == ("J",)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"item.tik": "t"}, "There is no action 'item.tik' to give a key to. Did you mean 'item.tick'?"),
        ({"tick": "t"}, "There is no action 'tick' to give a key to. Did you mean 'item.tick'?"),
        ({"item.tick": ""}, "'item.tick' would have no key. It keeps space."),
        ({"item.tick": "alt+t"}, "'alt+t' for 'item.tick' is no key."),
        ({"item.tick": "ctrl+m"}, "'ctrl+m' for 'item.tick' is no key."),
        ({"item.tick": "c"}, "'c' is wanted by 'item.tick' and 'item.check'. 'item.tick' keeps space."),
        ({"run.leave": "g"}, "is wanted by 'run.leave' and 'move.top'. 'run.leave' keeps q, ^Q and ^C."),
        ({"pane.find": "ctrl+r"}, "'pane.find' keeps /."),
        ({"rollback.open": "R"}, "'rollback.open' must work while something is typed."),
        ({"dialog.back": "q"}, "'dialog.back' must work while something is typed."),
        ({"item.answer": "i"}, "'item.answer' has the keys of 'item.do'. Give that one the key."),
    ],
)
def test_a_wish_that_cannot_be_is_a_complaint_and_the_keys_stay(wishes: dict[str, str], words: str) -> None:
    keymap, complaints = remap(wishes)
    assert len(complaints) == 1
    assert words in complaints[0]
    assert keymap.keys == KEYMAP.keys


def test_complaints_come_all_at_once_and_the_other_wishes_count() -> None:
    keymap, complaints = remap({"item.tick": "c", "bogus": "z", "item.sign": "S"})
    assert len(complaints) == 2
    assert keymap.keys["item.sign"] == ("S",)


def test_the_printed_table_has_every_scope_and_action() -> None:
    table = keys_table({"item.tick": "t"})
    assert all(f"### {scope.value.capitalize()}" in table for scope in Scope)
    assert all(f"`{action.id}`" in table for action in ACTIONS if not action.follows)
    assert "| `t` | Tick |" in table
    assert "Always confirmed." in table


def test_the_printed_table_says_what_could_not_be_done() -> None:
    assert keys_table({"bogus": "t"}).startswith("- There is no action 'bogus'")


@pytest.mark.parametrize(("key", "shown"), [("ctrl+r", "^R"), ("enter", "⏎"), ("space", "space"), ("G", "G")])
def test_keys_are_shown_short(key: str, shown: str) -> None:
    assert glyph(key) == shown


def test_the_table_loads_no_screen() -> None:
    code = "import sys, cockpit.ui.keymap, cockpit.ui.key_row, cockpit.ui.palette; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
