"""`cockpit monitor` as a process of its own: killed, ended, run beside others, over a page on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.cli.alerting import Caller
from cockpit.cli.monitor import Teller
from cockpit.clock import RealClock
from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.events import MonitorMoved
from cockpit.core.lease import Attachment, Role
from cockpit.core.state import State
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from cockpit.settings import Notifications
from cockpit.view.bulletin import Bulletin
from tests.page import Page, serving

from .conftest import Begin, Cockpit, Write, app, check, phase

PATIENCE = 60.0

WATCH = """
[monitors.page]
check = "page"
every = "1s"
{fires}
[[triggers]]
text = "The page is gone"
when = "page.value > 599"
[[phases]]
title = "Ready"
gate = ["tick Begun"]
[[phases]]
title = "Watch"
lasts = "{lasts} from gate"
monitors = ["page"]
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def page() -> Iterator[Page]:
    with serving() as one:
        yield one


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts `cockpit monitor ARGUMENTS` as a process of its own."""
    begun: list[subprocess.Popen[str]] = []

    def monitor(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "cockpit", "monitor", *arguments]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=home,
            env=os.environ | environ,
        )  # fmt: skip
        begun.append(process)
        return process

    yield monitor
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def run(page: Page, begin: Begin, write: Write) -> Callable[..., Session]:
    """A run whose watch has begun and that nobody drives any more."""

    def begun(*, lasts: str = "1h", fires: str = 'times = 3\nwithin = "1m"', told: str = "") -> Session:
        plan = write(
            app(page.url), check("page", on="app", get="/watched", pass_="status == 200"),
            WATCH.format(lasts=lasts, fires=fires), told,
        )  # fmt: skip
        go = (wanted.Tick("ready/tick:begun"), wanted.OpenGate("ready"), wanted.DecideGate("ready", go=True))
        return begin(plan, *go, wanted.Advance(), at=datetime.now(UTC))

    return begun


def of(session: Session) -> State:
    """The run as it stands in its file."""
    journal = SqliteJournal.open(session._journal.path)  # type: ignore[attr-defined]  # a journal of these tests is a file
    try:
        return Session(journal, RealClock(), "").state
    finally:
        journal.close()


def until(condition: Callable[[], object], *processes: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            for process in processes:
                process.kill()
            raise AssertionError([process.communicate()[0] for process in processes])
        time.sleep(0.02)


def it_has_told(page: Page, *processes: subprocess.Popen[str]) -> None:
    """What is recorded is printed a moment later, and long before the page is asked twice more."""
    recorded = len(page.asked)
    until(lambda: len(page.asked) >= recorded + 2, *processes)


def close(session: Session) -> None:
    assert not isinstance(asyncio.run(session.dispatch(wanted.Close("abandoned", "enough"))), Refusal)


def standing(session: Session) -> str:
    told = of(session).monitors.get("page")
    return told.state if told else "never"


def test_it_says_each_change_on_a_line_and_ends_by_sigterm_with_the_run_open(
    run: Callable[..., Session], start: Start, page: Page
) -> None:
    session = run()
    monitor = start(session.run)
    until(lambda: standing(session) == "ok", monitor)
    page.status = 503
    until(lambda: standing(session) == "firing", monitor)
    it_has_told(page, monitor)
    monitor.send_signal(signal.SIGTERM)
    said, _ = monitor.communicate(timeout=PATIENCE)
    assert monitor.returncode == 143
    words = [line[16:].split(":")[0] for line in said.splitlines()]
    assert words == [
        "▸ watching   A plan of tests, run " + session.run,
        "◐ watched    Watch",
        "○ not asked  page",
        "▸ asking     This monitor keeps the watch",
        "✓ ok         page",
        "○ clear      Roll back if",
        words[6],
        words[7],
        "○ left       A plan of tests, run " + session.run,
    ]
    assert words[6].startswith("◐ pending    page, after ok for ")
    assert words[7].startswith("✗ firing     page, after pending for ")
    assert not of(session).is_closed
    assert session.presence.attached() == (), "nobody has to wait for it"


def test_killed_in_the_middle_its_successor_goes_on_with_the_window(
    run: Callable[..., Session], start: Start, page: Page
) -> None:
    session = run(fires='times = 4\nwithin = "5m"')
    page.status = 503
    first = start(session.run)
    until(lambda: len(page.asked) >= 2, first)
    first.kill()
    first.wait()
    before = len(page.asked)
    second = start(session.run, "--json")
    until(lambda: standing(session) == "firing", second)
    assert len(page.asked) - before <= 3, "the window was not begun anew"
    moves = [event.body.state for event in session.events() if isinstance(event.body, MonitorMoved)]
    assert moves == ["pending", "firing"]
    it_has_told(page, second)
    second.send_signal(signal.SIGINT)
    said, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 130
    objects = [json.loads(line) for line in said.splitlines()]
    assert {one["run"] for one in objects} == {session.run}
    assert [(one["name"], one["state"]) for one in objects if one["kind"] == "monitor"][-1] == ("page", "firing")


@pytest.mark.parametrize(("status", "stands", "code"), [(200, "ok", 0), (503, "firing", 1)])
def test_when_the_run_is_closed_the_exit_says_what_the_watch_came_to(
    run: Callable[..., Session], start: Start, page: Page, status: int, stands: str, code: int
) -> None:
    page.status = status
    session = run(fires='times = 2\nwithin = "1m"')
    monitor = start(session.run)
    until(lambda: standing(session) == stands and of(session).triggers, monitor)
    close(session)
    said, _ = monitor.communicate(timeout=PATIENCE)
    assert monitor.returncode == code, said
    assert "the run is closed, abandoned" in said.splitlines()[-1]


def test_an_amended_plan_is_taken_up_and_what_nobody_could_tell_is_no_good_end(
    run: Callable[..., Session], start: Start, page: Page, cockpit: Cockpit
) -> None:
    session = run()
    plan = Path("plan.toml")
    plan.write_text(plan.read_text().replace(page.url, "http://127.0.0.1:1"))
    monitor = start(session.run)
    until(lambda: page.asked, monitor)
    assert cockpit("amend", session.run, "--yes").code == 0
    until(lambda: standing(session) == "unknown", monitor)
    close(session)
    said, _ = monitor.communicate(timeout=PATIENCE)
    assert monitor.returncode == 3, said
    assert "! changed    The plan was amended" in said
    assert "! trouble    app" in said


def test_whoever_waits_says_anew_who_asks_when_that_is_another_one(run: Callable[..., Session]) -> None:
    session, said = run(), list[Bulletin]()
    teller = Teller(session, Caller(session, Notifications()), said.append)
    screen = Attachment("7-a", Role.DRIVER, "bastion", 7, "ada", 0, 1, asks=True)
    other = Attachment("8-b", Role.MONITOR, "bastion", 8, "eve", 0, 1)
    for others in ((screen, other), (other,), (replace(other, asks=True),), (replace(other, asks=True),)):
        session.presence.others = others
        teller.tell()
    session.presence.others, me = (), session.presence.me
    session.presence.me = replace(me, asks=True)
    teller.tell()
    session.presence.me = me
    teller.tell()
    assert [one.title for one in said if one.kind == "asker"] == [
        "This monitor waits while the screen of ada (process 7 on bastion) asks",
        "This monitor waits while the monitor of eve (process 8 on bastion) asks",
        "This monitor keeps the watch",
        "This monitor waits while another process asks",
    ]


def test_a_watch_that_is_over_ends_it(run: Callable[..., Session], start: Start, page: Page) -> None:
    session = run(lasts="1s")
    monitor = start(session.run)
    said, _ = monitor.communicate(timeout=PATIENCE)
    assert "nothing is left to watch" in said.splitlines()[-1]
    assert monitor.returncode == (0 if standing(session) == "ok" else 3), said


def test_alerts_go_to_the_webhook_of_the_settings_once_each_without_secrets(
    run: Callable[..., Session], start: Start, page: Page, home: Path
) -> None:
    settings = home / ".config/cockpit/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[notifications]\nwebhook = "env:COCKPIT_OF_TEST_HOOK"\n')
    session = run(fires='times = 2\nwithin = "3s"')
    page.status, page.hook = 503, 500
    hook = f"{page.url}/hook?token=very-secret"
    monitor = start(session.run, COCKPIT_OF_TEST_HOOK=hook)
    until(lambda: len(page.posted) >= 2, monitor)
    page.hook = 200
    until(lambda: of(session).alerted, monitor)
    page.status = 200
    until(lambda: of(session).told_at("operator")["monitor page"].word == "ok", monitor)
    monitor.send_signal(signal.SIGTERM)
    said, _ = monitor.communicate(timeout=PATIENCE)
    texts = [json.loads(body)["text"] for body in page.posted]
    assert [text.split(":")[0].split(" after")[0] for text in dict.fromkeys(texts)] == ["FIRING", "OK again"]
    assert texts[0].startswith("FIRING: page (")
    assert f"A plan of tests, production, run {session.run}" in texts[0]
    assert "! trouble    webhook: The webhook is in trouble itself (500)" in said
    assert "✓ answers    webhook" in said
    assert "✓ told       FIRING: page" in said
    assert "very-secret" not in said + str(session.events())


def test_alerts_go_to_the_webhook_of_the_plan_too_and_once_where_both_are_one(
    run: Callable[..., Session], start: Start, page: Page, home: Path
) -> None:
    settings = home / ".config/cockpit/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[notifications]\nwebhook = "env:COCKPIT_OF_TEST_HOOK"\n')
    session = run(fires='times = 2\nwithin = "3s"', told='[notifications]\nwebhook = "env:TEAM_HOOK"\n')
    page.status, own, team = 503, f"{page.url}/hook?own", f"{page.url}/hook?team"
    monitor = start(session.run, COCKPIT_OF_TEST_HOOK=own, TEAM_HOOK=team)
    until(lambda: {"operator", "plan"} <= of(session).alerted.keys(), monitor)
    monitor.send_signal(signal.SIGTERM)
    said, _ = monitor.communicate(timeout=PATIENCE)
    assert len(page.posted) == 2
    assert "by the plan's webhook" in said
    assert "by the operator's webhook" in said
    second = start(session.run, COCKPIT_OF_TEST_HOOK=team, TEAM_HOOK=team)
    page.status = 200
    until(lambda: of(session).told_at("plan")["monitor page"].word == "ok", second)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=PATIENCE)
    assert len(page.posted) == 3
    assert of(session).told_at("operator")["monitor page"].word == "firing", "nobody told it by that name"


def test_a_webhook_that_leads_nowhere_is_told_before_the_watch_begins(
    run: Callable[..., Session], cockpit: Cockpit, home: Path
) -> None:
    settings = home / ".config/cockpit/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[notifications]\nwebhook = "env:COCKPIT_OF_TEST_HOOK"\n')
    ran = cockpit("monitor", run().run)
    assert ran.code == 2
    assert ran.err == "The environment variable COCKPIT_OF_TEST_HOOK is not set. Export it, then start again.\n"


def test_it_tells_systemd_that_it_is_ready_lives_and_ends_and_status_that_it_is_there(
    run: Callable[..., Session], start: Start, tmp_path: Path, cockpit: Cockpit
) -> None:
    session = run()
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(path)
        heard.settimeout(PATIENCE)
        monitor = start(session.run, NOTIFY_SOCKET=path)
        words = [heard.recv(1000).decode()]
        while "1 ok" not in words[-1]:
            words.append(heard.recv(1000).decode())
        assert "· the monitor of " in cockpit("status", session.run).out
        (there,) = json.loads(cockpit("status", session.run, "--json").out)["attached"]
        assert (there["role"], there["pid"], there["asks"]) == ("monitor", monitor.pid, True)
        monitor.send_signal(signal.SIGTERM)
        while words[-1] != "STOPPING=1":
            words.append(heard.recv(1000).decode())
        monitor.communicate(timeout=PATIENCE)
    assert words[0].startswith("READY=1\nWATCHDOG=1\nSTATUS=")


def test_where_there_is_nothing_to_watch_it_says_so_and_ends(cockpit: Cockpit, begin: Begin, write: Write) -> None:
    session = begin(write(phase("tick Begun")))
    ran = cockpit("monitor", session.run)
    assert ran.code == 2
    assert ran.err.startswith(f"Nothing in run {session.run} is watched")
    close(session)
    ran = cockpit("monitor", session.run)
    assert ran.code == 2
    assert ran.err.startswith(f"Run {session.run} is closed: abandoned.")


def test_a_rehearsal_without_its_world_has_nothing_to_ask(
    cockpit: Cockpit, begin: Begin, write: Write, home: Path
) -> None:
    plan = write(app("https://reports.example"), check("page", on="app", get="/watched", pass_="status == 200"),
                 WATCH.format(lasts="1h", fires='times = 2\nwithin = "1m"'))  # fmt: skip
    session = begin(plan, rehearsal=True, simulator=str(home / "gone"))
    ran = cockpit("monitor", session.run)
    assert ran.code == 2
    assert f"The stand-in world of run {session.run} is gone" in ran.err
