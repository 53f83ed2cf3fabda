"""Files: what they say and how old they are; what is none, and what never ends."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.file import Files
from cockpit.adapters.shell import OUTPUT_BYTES
from cockpit.core.plan.check import FileCheck, HttpCheck
from cockpit.errors import Missing, Refused, SourceError
from cockpit.ports import Asking


def check(file: str, **more: Any) -> FileCheck:
    return FileCheck.model_validate({"on": "here", "file": file, **more})


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files("here", str(tmp_path))


async def facts(files: Files, file: str, **more: Any) -> Any:
    return (await files.ask(check(file, **more), Asking())).facts


async def test_a_file_tells_what_it_says_its_size_age_and_digest(files: Files, tmp_path: Path) -> None:
    body = b'{"version": "1.2"}\n'
    (tmp_path / "about.json").write_bytes(body)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    os.utime(tmp_path / "about.json", (hour_ago.timestamp(),) * 2)
    told = await facts(files, "about.json")
    assert told["json"] == {"version": "1.2"}
    assert (told["exists"], told["size"], told["lines"]) == (True, len(body), ('{"version": "1.2"}',))
    assert told["sha256"] == hashlib.sha256(body).hexdigest()
    assert abs(told["age"] - timedelta(hours=1)) < timedelta(minutes=1)
    assert abs(told["modified"] - hour_ago) < timedelta(seconds=1)


async def test_a_stamp_in_the_future_is_no_age(files: Files, tmp_path: Path) -> None:
    (tmp_path / "dump").write_text("of last week")
    for ahead, told_age in ((timedelta(hours=9), False), (timedelta(seconds=2), True)):
        os.utime(tmp_path / "dump", ((datetime.now(UTC) + ahead).timestamp(),) * 2)
        told = await facts(files, "dump")
        assert ("age" in told, "age_error" in told) == (told_age, not told_age)


async def test_a_long_file_has_a_digest_and_no_text(files: Files, tmp_path: Path) -> None:
    body = b"x" * (OUTPUT_BYTES + 1)
    (tmp_path / "long").write_bytes(body)
    told = await facts(files, "long")
    assert told["sha256"] == hashlib.sha256(body).hexdigest()
    assert "text" not in told
    assert "longer than 64 KB" in told["text_error"]


async def test_a_file_that_is_not_there_is_an_error_unless_that_is_the_question(files: Files) -> None:
    with pytest.raises(Missing, match="There is no file lock"):
        await facts(files, "lock", **{"pass": "size == 0"})
    assert (await facts(files, "lock", **{"pass": "!exists"}))["exists"] is False


async def test_a_pipe_a_folder_and_a_device_are_no_files(files: Files, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "/dev/zero"):
        with pytest.raises(Refused, match="is no ordinary file"):
            await facts(files, name)


async def test_a_path_that_cannot_be_followed_says_why(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, why in (("file/x", "Not a directory"), ("loop", "Too many levels")):
        with pytest.raises(SourceError, match=why):
            await facts(files, name)


async def test_a_rehearsal_reads_the_stand_in(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("real")
    rehearsed = Files("here", str(tmp_path), rehearsal=True)
    told = await facts(rehearsed, "real", rehearse=["echo", "3"])
    assert (told["value"], told["exists"]) == (3, True)
    with pytest.raises(Refused, match="A rehearsal asks nothing"):
        await facts(rehearsed, "real")


async def test_doctor_looks_at_the_folder(files: Files, tmp_path: Path) -> None:
    assert (await files.examine()).summary == f"Files of {tmp_path}"
    assert not (await Files("here", str(tmp_path / "none")).examine()).ok
    with pytest.raises(Refused, match="answers no such check"):
        await files.ask(HttpCheck(on="here", get="/"), Asking())
