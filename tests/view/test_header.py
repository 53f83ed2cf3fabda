"""The line above everything: what must never be cut, and how the record is kept."""

from __future__ import annotations

import pytest

from cockpit.core.lease import Attachment, Role
from cockpit.view.header import title
from tests.view.runs import Run


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        ("", "journal ok"),
        ("It lies on a network file system (nfs): no write-ahead log.", "journal ok (no WAL)"),
        ("The journal is read-only.", "journal read-only"),
    ],
)
def test_how_the_journal_is_kept_is_said(notice: str, words: str) -> None:
    scene = Run().open("before").scene()
    scene.live.journal_notice = notice
    assert words in title(scene, 160).text


def test_the_environment_never_runs_into_the_word_run() -> None:
    for width in range(60, 130):
        text = title(Run().open("before").scene(), width).text
        assert "PRODUCTION run" not in text, text
        assert len(text) == width


def test_a_monitor_that_stands_by_is_said_where_there_is_room() -> None:
    scene = Run().open("before").scene()
    scene.live.others = (Attachment("7-a", Role.MONITOR, "bastion", 7, "eve", 0, 0),)
    assert "monitor stands by" in title(scene, 160).text
    assert "monitor stands by" not in title(scene, 80).text
    scene.live.others = (Attachment("7-a", Role.MONITOR, "bastion", 7, "eve", 0, 0, asks=True),)
    assert "monitor asks" in title(scene, 160).text
    scene.live.others = (Attachment("7-a", Role.DRIVER, "bastion", 7, "eve", 0, 0),)
    assert "monitor" not in title(scene, 160).text
