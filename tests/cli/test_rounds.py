"""`check --every`: rounds that end as they should, and a process that is stopped, or whose reader goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cockpit, Write, check, db, phase
from tests.cli.test_checks import reports  # noqa: F401  (a fixture)
from tests.conftest import Database

COUNTS = check("counts", on="db", sql="select count(*) from reports", pass_="value >= 3")
PATIENCE = 15.0
ROOT = Path(__file__).parents[2]


def meanwhile(database: Database, process: subprocess.Popen[str], begun: str) -> None:
    """Wait for a line of the first round, then let the count come to three."""
    assert process.stdout is not None
    assert begun in process.stdout.readline()
    database.run("insert into reports values (2, 'x'), (3, 'y')")


@pytest.fixture
def start(home: Path, write: Write, reports: Database) -> Callable[..., subprocess.Popen[str]]:  # noqa: F811
    """`cockpit check PLAN ...` as a process of its own, its output in a pipe."""

    def begin(*arguments: str) -> subprocess.Popen[str]:
        plan = write(db(), COUNTS, phase("check counts"))
        return subprocess.Popen(
            [sys.executable, "-m", "cockpit", "check", str(plan), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    return begin


def test_it_waits_until_all_pass_and_tells_each_change_once(
    start: Callable[..., subprocess.Popen[str]],
    reports: Database,  # noqa: F811
) -> None:
    process = start("--every", "1s", "--until", "pass", "--for", "1m")
    meanwhile(reports, process, "✗ fail      counts: 1 (value is 1, and value >= 3 is false)")
    out, err = process.communicate(timeout=PATIENCE)
    lines = out.splitlines()
    assert (process.returncode, err) == (0, "")
    assert [line[10:] for line in lines[:-1]] == ["✓ pass      counts: 3 (value is 3, and value >= 3 is true)"]
    assert lines[-1].startswith("Pass after ")


def test_json_is_an_object_a_change_and_a_last_one(
    start: Callable[..., subprocess.Popen[str]],
    reports: Database,  # noqa: F811
) -> None:
    process = start("--every", "1s", "--until", "pass", "--json")
    meanwhile(reports, process, '"verdict": "fail"')
    out, _ = process.communicate(timeout=PATIENCE)
    passed, last = (json.loads(line) for line in out.splitlines())
    assert (passed["check"], passed["verdict"], passed["value"]) == ("counts", "pass", "3")
    assert (last["outcome"], last["verdicts"]) == ("pass", {"pass": 1})
    assert last["rounds"] >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_that_is_stopped_says_where_it_stood(
    start: Callable[..., subprocess.Popen[str]], number: signal.Signals
) -> None:
    process = start("--every", "1m")
    assert process.stdout is not None
    assert "fail" in process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (128 + number, "Fail after 1 round: 1 fail.\n", "")


def test_one_whose_reader_goes_ends_quietly(
    start: Callable[..., subprocess.Popen[str]],
    reports: Database,  # noqa: F811
) -> None:
    process = start("--every", "1s")
    assert process.stdout is not None
    assert "fail" in process.stdout.readline()
    process.stdout.close()
    reports.run("insert into reports values (2, 'x'), (3, 'y')")
    assert process.wait(PATIENCE) == 1
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.usefixtures("reports")
def test_time_that_is_up_ends_with_the_last_rounds_status(cockpit: Cockpit, write: Write) -> None:
    began = time.monotonic()
    ran = cockpit("check", write(db(), COUNTS, phase("check counts")), "--every", "1s", "--for", "1s")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "Fail after 1 round: 1 fail.")
    assert time.monotonic() - began < PATIENCE


@pytest.mark.usefixtures("reports")
def test_until_fail_ends_with_the_first_failure(cockpit: Cockpit, write: Write) -> None:
    ran = cockpit("check", write(db(), COUNTS, phase("check counts")), "--every", "1m", "--until", "fail")
    assert ran.code == 1


@pytest.mark.usefixtures("reports")
def test_what_was_asked_before_is_known_to_expectations(cockpit: Cockpit, write: Write) -> None:
    rises = check("rises", on="db", sql="select extract(epoch from clock_timestamp())", pass_="value > previous")
    ran = cockpit("check", write(db(), rises, phase("check rises")), "--every", "1s", "--until", "pass", "--for", "20s")
    assert ran.code == 0
    assert [line[10:].split()[1] for line in ran.out.splitlines()[:-1]] == ["blind", "pass"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--until", "pass"], "--until is about asking again and again. Add --every, such as --every 30s."),
        (["--for", "1m"], "--for is about asking again and again."),
        (["--every", "soon"], "--every: 'soon' is no length of time"),
        (["--every", "5s", "--for", "x"], "--for: 'x' is no length of time"),
        (["--every", "5s", "--try"], "What writes is not tried again and again. Leave out --try, or --every."),
        (["--every", "5s", "--format", "junit"], "JUnit is one document, and there is none of many rounds."),
    ],
)
@pytest.mark.usefixtures("reports")
def test_what_does_not_go_together_is_refused(cockpit: Cockpit, write: Write, arguments: list[str], told: str) -> None:
    ran = cockpit("check", write(db(), COUNTS, phase("check counts")), *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
