"""Where the record of a way back goes on without the journal: found by every login, and on the next disk if need be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.core.events import Actor, Event, Noted
from cockpit.emergency import Emergency, emergency_places


def note(seq: int, text: str) -> Event:
    at = datetime(2026, 3, 1, 9, seq, tzinfo=UTC)
    return Event("4f2c", seq, at, Actor("human", "ada"), "1-a", "here", Noted(text=text, item=None))


def test_its_places_hang_on_no_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = emergency_places("4f2c")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert emergency_places("4f2c") == before
    assert before
    assert not any(place.is_relative_to(tmp_path) for place in before)


def test_the_next_process_finds_what_was_kept_aside(tmp_path: Path) -> None:
    places = (tmp_path / "one" / "run.jsonl", tmp_path / "two" / "run.jsonl")
    Emergency(*places).append([note(2, "back")])
    assert Emergency(*places).left_behind([note(1, "begun")]) == [note(2, "back")]


def test_where_a_place_fails_the_next_holds_everything(tmp_path: Path) -> None:
    one, two = tmp_path / "one" / "run.jsonl", tmp_path / "two" / "run.jsonl"
    aside = Emergency(one, two)
    aside.append([note(2, "back")])
    one.unlink()
    one.mkdir()  # no disk is full here; a folder in its place takes no line either
    aside.append([note(3, "again")])
    assert aside.on_disk
    assert Emergency(one, two).left_behind([note(1, "begun")]) == [note(2, "back"), note(3, "again")]
    aside.clear()
    assert not two.exists()


def test_a_file_somebody_else_can_write_is_not_ours(tmp_path: Path) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    Emergency(one).append([note(2, "forged")])
    one.chmod(0o666)
    assert Emergency(one, two).left_behind([note(1, "begun")]) == []
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "victim")
    aside = Emergency(link, two)
    aside.append([note(2, "back")])
    assert not (tmp_path / "victim").exists()
    assert aside.path == two


def test_without_any_disk_memory_holds_them(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    aside = Emergency(tmp_path / "file" / "run.jsonl")
    aside.append([note(2, "back")])
    assert not aside.on_disk
    assert aside.events() == [note(2, "back")]


def test_what_was_left_behind_and_moved_is_written_in_its_new_places(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    Emergency(path).append([note(2, "back")])
    journal = [note(1, "begun"), replace(note(2, "meanwhile"), session="2-b")]
    aside = Emergency(path)
    (moved,) = aside.left_behind(journal)
    assert moved.seq == 3
    aside.append([replace(note(4, "on"), seq=4)])
    assert [event.seq for event in Emergency(path).left_behind(journal)] == [3, 4]
