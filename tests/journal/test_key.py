"""The key of masked columns: beside the journal, private, the same for every process, made anew where it is lost."""

from __future__ import annotations

from pathlib import Path

from cockpit.journal.key import BYTES, mask_key


def beside(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.key")


def test_every_process_of_a_run_finds_the_same_key(tmp_path: Path) -> None:
    journal = tmp_path / "run.sqlite"
    key = mask_key(journal)
    assert len(key) == BYTES
    assert mask_key(journal) == key == beside(journal).read_bytes()
    assert beside(journal).stat().st_mode & 0o777 == 0o600
    assert mask_key(tmp_path / "another.sqlite") != key


def test_a_lost_or_torn_key_is_replaced(tmp_path: Path) -> None:
    journal = tmp_path / "run.sqlite"
    key = mask_key(journal)
    beside(journal).unlink()
    other = mask_key(journal)
    assert other != key
    beside(journal).write_bytes(other[:7])
    assert mask_key(journal) not in (key, other)


def test_a_link_somebody_put_there_is_not_followed(tmp_path: Path) -> None:
    journal, theirs = tmp_path / "run.sqlite", tmp_path / "theirs"
    theirs.write_bytes(b"k" * BYTES)
    beside(journal).symlink_to(theirs)
    assert mask_key(journal) != b"k" * BYTES
    assert theirs.read_bytes() == b"k" * BYTES


def test_where_nothing_can_be_written_there_is_a_key_for_this_process(tmp_path: Path) -> None:
    assert len(mask_key(tmp_path / "no such folder" / "run.sqlite")) == BYTES
