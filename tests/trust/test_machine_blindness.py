"""Commands, repositories and files that pass while they see nothing; the trusted form does not, and says why."""

from __future__ import annotations

import asyncio
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.file import Files
from cockpit.adapters.git import Git
from cockpit.adapters.shell import Commands
from cockpit.core.plan.check import FileCheck, GitCheck, ShellCheck
from cockpit.core.reading import Verdict
from cockpit.core.reading.judgement import Judged
from tests.trust.verdicts import judged


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git as nobody has set it up."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)


async def ran(folder: Path, *words: str, **more: Any) -> Judged:
    check = ShellCheck.model_validate({"on": "here", "run": words, **more})
    return await judged(Commands("here", str(folder)), check)


async def read(folder: Path, file: str, **more: Any) -> Judged:
    return await judged(Files("here", str(folder)), FileCheck.model_validate({"on": "here", "file": file, **more}))


def program(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.write_text("\n".join(("#!/bin/bash", *lines, "")))
    path.chmod(0o755)


async def test_a_login_that_failed_is_not_the_absence_of_variables(tmp_path: Path) -> None:
    program(tmp_path, "railway", "echo 'Unauthorized. Please login with `railway login`' >&2", "exit 1")
    line = "./railway variables | grep -c RAILWAY_DEPLOYMENT_"
    naive = await ran(tmp_path, "sh", "-c", line, exits=[0, 1], **{"pass": "value == 0"})
    ours = await ran(tmp_path, line, shell=True, exits=[0, 1], **{"pass": "value == 0"})
    program(tmp_path, "railway", "echo PORT=8080")
    absent = await ran(tmp_path, line, shell=True, exits=[0, 1], **{"pass": "value == 0"})
    assert (naive.verdict, ours.verdict, absent.verdict) == (Verdict.PASS, Verdict.ERROR, Verdict.PASS)
    assert "Unauthorized" in ours.because


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit, pushed; a tag that is not; and a change that nobody committed."""
    folder = tmp_path / "work"
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    (folder / "app.py").write_text("print(1)")
    for words in (
        ("remote", "add", "origin", str(tmp_path / "remote.git")),
        ("add", "app.py"),
        ("commit", "-q", "-m", "first"),
        ("push", "-q", "origin", "main"),
        ("tag", "v1.0.0"),
    ):
        git(folder, *words)
    (folder / "app.py").write_text("print(2)")
    return folder


async def test_git_status_ends_well_on_a_tree_that_is_not_clean(repository: Path) -> None:
    naive = await ran(repository, "git", "status", **{"pass": "exit == 0"})
    check = GitCheck.model_validate({"on": "repo", "git": "tree", "pass": "clean"})
    ours = await judged(Git("repo", str(repository)), check)
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "clean is false" in ours.because


async def test_a_tag_that_was_never_pushed_is_here_and_not_on_the_remote(repository: Path) -> None:
    naive = await ran(repository, "git", "tag", "--list", "v1.0.0", **{"pass": "text.contains('v1.0.0')"})
    check = GitCheck.model_validate({"on": "repo", "git": "tag", "tag": "v1.0.0", "pass": "found && here"})
    ours = await judged(Git("repo", str(repository)), check)
    git(repository, "push", "-q", "origin", "v1.0.0")
    pushed = await judged(Git("repo", str(repository)), check)
    assert (naive.verdict, ours.verdict, pushed.verdict) == (Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    assert "found is false" in ours.because


BACKUP = "exists && size > 1000 && age < duration('1h')"


@pytest.mark.parametrize(
    ("script", "expected", "why"),
    [
        ("true  # it backs up another database today", Verdict.FAIL, "exists is false"),
        ("touch db.sql.gz", Verdict.FAIL, "size is 0"),
        ("pg_dump --no-such-option 2>/dev/null | gzip > db.sql.gz", Verdict.FAIL, "size is 20"),
        ("seq 9999 > db.sql.gz; touch -d '3 days ago' db.sql.gz", Verdict.FAIL, "age is 3d"),
        ("seq 9999 > db.sql.gz", Verdict.PASS, ""),
    ],
    ids=["nothing", "empty", "a dump that failed", "of last week", "a backup"],
)
async def test_a_backup_is_a_file_of_some_size_and_of_today_and_no_exit(
    tmp_path: Path, script: str, expected: Verdict, why: str
) -> None:
    program(tmp_path, "backup", script)
    naive = await ran(tmp_path, "./backup", **{"pass": "exit == 0"})
    ours = await read(tmp_path, "db.sql.gz", **{"pass": BACKUP})
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, expected)
    assert why in ours.because


async def overloaded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that answers every fourth request only."""
    await reader.readuntil(b"\r\n\r\n")
    overloaded.asked = getattr(overloaded, "asked", 0) + 1  # type: ignore[attr-defined]
    status = b"200 OK" if overloaded.asked % 4 == 0 else b"503 Service Unavailable"  # type: ignore[attr-defined]
    writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def load(folder: Path, requests: int) -> None:
    """What `ab -n 20 -g times.tsv URL > report.txt` leaves behind, as ab 2.3 writes it."""
    server = await asyncio.start_server(overloaded, "127.0.0.1", 0)
    port, failed, rows = server.sockets[0].getsockname()[1], 0, list[str]()
    for _ in range(requests):
        began = datetime.now(UTC)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        failed += b" 200 " not in await reader.readline()
        writer.close()
        took = round((datetime.now(UTC) - began) / timedelta(milliseconds=1))
        rows.append(f"{began:%a %b %d %H:%M:%S %Y}\t{began.timestamp():.0f}\t0\t{took}\t{took}\t{took}")
    server.close()
    (folder / "times.tsv").write_text("\n".join(("starttime\tseconds\tctime\tdtime\tttime\twait", *rows, "")))
    lines = (f"Complete requests:      {requests}", "Failed requests:        0", f"Non-2xx responses:      {failed}")
    (folder / "report.txt").write_text("\n".join(("This is ApacheBench, Version 2.3", *lines, "")))


async def test_a_grep_of_the_file_that_never_holds_the_line_finds_no_failures(tmp_path: Path) -> None:
    await load(tmp_path, 20)
    wanted = "grep -cE '^(Failed requests|Non-2xx responses): +[1-9]'"
    naive = await ran(tmp_path, f"{wanted} times.tsv", shell=True, exits=[0, 1], **{"pass": "value == 0"})
    whole = {
        "seen": "lines.exists(l, l.matches('^Complete requests: +20$'))",
        "pass": "!lines.exists(l, l.matches('^(Failed requests|Non-2xx responses): +[1-9]'))",
    }
    elsewhere = await read(tmp_path, "times.tsv", **whole)
    ours = await read(tmp_path, "report.txt", **whole)
    assert (naive.verdict, elsewhere.verdict, ours.verdict) == (Verdict.PASS, Verdict.BLIND, Verdict.FAIL)
    assert "Complete requests" in elsewhere.because
