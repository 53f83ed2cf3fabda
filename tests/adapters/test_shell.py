"""Commands of this machine: what they print, how they end, what happens past the deadline."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.shell import OUTPUT_BYTES, Commands, Processes
from cockpit.core.plan.check import HttpCheck, ShellCheck
from cockpit.core.reading import Verdict
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import judge, scalar_of, value_of
from cockpit.errors import ActionUncertain, Refused, SourceError, TimedOut
from cockpit.ports import Asking


async def test_a_command_gives_its_exit_and_its_output() -> None:
    ran = await Processes().run([sys.executable, "-c", "print('hello'); raise SystemExit(3)"], seconds=20)
    assert (ran.exit, ran.text.strip()) == (3, "hello")


async def test_output_is_bounded() -> None:
    ran = await Processes().run([sys.executable, "-c", "print('x' * 1_000_000)"], seconds=20)
    assert ran.exit == 0
    assert len(ran.text) == OUTPUT_BYTES


async def test_a_command_that_is_not_there_certainly_did_nothing() -> None:
    with pytest.raises(SourceError, match="could not start"):
        await Processes().run(["no-such-program-anywhere"], seconds=5)


def test_a_command_is_found_by_name_on_the_path_and_by_path_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name, mode in (("purge", 0o755), ("notes", 0o644)):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(mode)
    here = Processes(folder=str(tmp_path))
    assert here.find("sh") is not None
    assert here.find("no-such-program-anywhere") is None
    assert here.find("bin/purge") == f"{tmp_path}/bin/purge"
    assert here.find("./bin/purge") == f"{tmp_path}/bin/purge"
    assert here.find("bin/notes") is None
    assert here.find(f"{tmp_path}/bin/purge") == f"{tmp_path}/bin/purge"


async def test_past_its_deadline_the_whole_group_is_killed(tmp_path) -> None:
    beacon = tmp_path / "child.pid"
    script = f"sleep 60 & echo $! > {beacon}; wait"
    with pytest.raises(ActionUncertain, match="was killed"):
        await Processes().run(["/bin/sh", "-c", script], seconds=0.5)
    child = int(beacon.read_text())
    until = time.monotonic() + 5
    while time.monotonic() < until and _lives(child):
        os.sched_yield()
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  (a file of the kernel)
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


async def test_a_rehearsal_sees_no_real_tokens(monkeypatch) -> None:
    monkeypatch.setenv("RAILWAY_TOKEN", "real")
    monkeypatch.setenv("DATABASE_URL", "real")
    show = [sys.executable, "-c", "import os; print(sorted(n for n in os.environ if n[:3] in ('RAI', 'DAT')))"]
    assert (await Processes(clean=True).run(show, seconds=20)).text.strip() == "[]"
    monkeypatch.setenv("DATA_OF_PLAN", "real")
    assert "DATA_OF_PLAN" in (await Processes(clean=True).run(show, seconds=20)).text
    assert (await Processes(clean=True, mentioned={"DATA_OF_PLAN"}).run(show, seconds=20)).text.strip() == "[]"
    assert "RAILWAY_TOKEN" in (await Processes().run(show, seconds=20)).text


def check(*run: str, **more: Any) -> ShellCheck:
    return ShellCheck.model_validate({"on": "here", "run": run, **more})


async def facts(*run: str, **more: Any) -> Any:
    return (await Commands("here").ask(check(*run, **more), Asking())).facts


async def test_a_command_tells_its_exit_text_lines_json_and_number(tmp_path: Path) -> None:
    told = await facts("printf", '{"load": 0.10}\\n')
    assert (told["exit"], told["json"], told["lines"]) == (0, {"load": Decimal("0.10")}, ('{"load": 0.10}',))
    assert (await facts("echo", "42"))["value"] == 42
    assert "no JSON: it begins with hello" in (await facts("echo", "hello"))["json_error"]
    (tmp_path / "here").touch()
    assert (await Commands("here", str(tmp_path)).ask(check("ls"), Asking())).facts["text"] == "here\n"


async def test_its_lines_are_the_rows_that_are_kept() -> None:
    answer = await Commands("here").ask(check("printf", "a\\nb\\n"), Asking())
    assert answer.table.rows == (("a",), ("b",))
    assert scalar_of(answer) == "2 rows"


async def test_its_standard_error_does_not_spoil_its_answer() -> None:
    assert (await facts("sh", "-c", "echo warning >&2; echo 1"))["value"] == 1


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (check("no-such-program-anywhere"), "could not start"),
        (check("false"), "ended with 1, so it did not look"),
        (check("sh", "-c", "echo too bad >&2; exit 4"), r"It says: too bad\. Mend it"),
        (check("sh", "-c", "no-such-program-anywhere"), "was not found"),
        (check("sh", "-c", "kill -9 $$"), "ended by signal 9"),
        (check("no-such-login | grep -c ERROR", shell=True, exits=[0, 1]), "failed before the last one of its pipe"),
        (check("cat no-such-file | grep ERROR | wc -l", shell=True), "No such file"),
        (check("(", shell=True, exits=[0, 1]), "did not look"),
        (check("grep $NO_SUCH_VARIABLE /etc/passwd", shell=True, exits=[0, 1]), "a variable that is not set"),
    ],
)  # fmt: skip
async def test_a_command_that_did_not_look_is_an_error_and_never_an_empty_answer(
    question: ShellCheck, word: str
) -> None:
    with pytest.raises(SourceError, match=word):
        await Commands("here").ask(question.model_copy(update={"pass_": "size(lines) == 0"}), Asking())


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        (check("grep", "-c", "root", "/etc/passwd", exits=[0, 1], **{"pass": "value > 0"}), Verdict.PASS),
        (check("grep", "nobody-like-this", "/etc/passwd", exits=[0, 1], **{"pass": "size(lines) == 0"}), Verdict.PASS),
        (check("false", **{"pass": "exit == 0"}), Verdict.FAIL),
        (check("true", **{"pass": "exit == 0"}), Verdict.PASS),
        (check("yes | head -c 70000", shell=True, **{"pass": "!text.contains('no')"}), Verdict.BLIND),
        (check("true | grep -c ERROR", shell=True, exits=[0, 1], **{"pass": "value == 0"}), Verdict.PASS),
        (check("yes | head -n 1", shell=True, **{"pass": "text == 'y\\n'"}), Verdict.PASS),
    ],
)  # fmt: skip
async def test_a_command_that_looked_is_judged(question: ShellCheck, verdict: Verdict) -> None:
    answer = await Commands("here").ask(question, Asking())
    judged = judge(question, answer, own_series((), datetime.now(UTC), None, value_of(answer)))
    assert judged.verdict is verdict, judged


async def test_words_of_an_argv_reach_no_shell() -> None:
    assert (await facts("echo", "$HOME; ls | true"))["text"] == "$HOME; ls | true\n"


async def test_a_check_that_is_late_is_killed_with_all_it_began(tmp_path: Path) -> None:
    beacon = tmp_path / "child.pid"
    late = check(f"sleep 60 & echo $! > {beacon}; wait", shell=True, deadline=timedelta(seconds=0.5))
    with pytest.raises(TimedOut, match="was killed"):
        await Commands("here").ask(late, Asking())
    child = int(beacon.read_text())
    until = time.monotonic() + 5
    while time.monotonic() < until and _lives(child):
        os.sched_yield()
    assert not _lives(child)


async def test_a_rehearsal_runs_the_stand_in_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OF_THE_PLAN", "real")
    rehearsed = Commands("here", rehearsal=True, mentioned={"OF_THE_PLAN"})
    real = check("touch", str(tmp_path / "touched"), rehearse=["sh", "-c", "echo ${OF_THE_PLAN-gone}"])
    assert (await rehearsed.ask(real, Asking())).facts["text"] == "gone\n"
    with pytest.raises(Refused, match="A rehearsal asks nothing of this machine"):
        await rehearsed.ask(check("touch", str(tmp_path / "touched")), Asking())
    assert not (tmp_path / "touched").exists()


async def test_doctor_looks_at_the_folder(tmp_path: Path) -> None:
    assert (await Commands("here", str(tmp_path)).examine()).ok
    link = await Commands("here", str(tmp_path / "none")).examine()
    assert (link.ok, link.summary) == (False, f"There is no folder {tmp_path / 'none'}.")


async def test_another_kind_of_check_is_refused() -> None:
    with pytest.raises(Refused, match="answers no such check"):
        await Commands("here").ask(HttpCheck(on="here", get="/"), Asking())
