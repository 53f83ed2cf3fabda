"""The sequences that call for attention: whole, harmless, and wrapped where tmux stands between."""

from __future__ import annotations

from cockpit.view.attention import notification


def test_a_notification_is_one_osc_9_that_says_who_speaks() -> None:
    assert notification("FIRING: stuck", tmux=False) == "\x1b]9;Cockpit: FIRING: stuck\a"


def test_tmux_gets_it_wrapped_with_its_escapes_doubled() -> None:
    assert notification("FIRING", tmux=True) == "\x1bPtmux;\x1b\x1b]9;Cockpit: FIRING\a\x1b\\"


def test_no_text_can_end_it_early_or_add_a_sequence_of_its_own() -> None:
    shown = notification("4;1;50\a\x1b\\\x1b]52;c;aGk=\a\x9c" + "x" * 1000, tmux=False)
    assert shown.startswith("\x1b]9;Cockpit: ")
    assert shown.endswith("\a")
    assert not {"\x1b", "\a", "\x9c"} & set(shown[1:-1])
    assert len(shown) < 260
