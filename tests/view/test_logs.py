from __future__ import annotations

from datetime import timedelta

from cockpit.core.logline import LogGap, LogLine, LogLink
from cockpit.view.line import Tone
from cockpit.view.logs import log_line, log_title, roles
from tests.view.runs import OPENED, fresh, overlapping, proved

AT = OPENED + timedelta(seconds=82)


def entry(text: str, level: str = "info", deployment: str = "old-deployment") -> LogLine:
    return LogLine(AT, "2026-01-31T12:01:22Z", text, level, "web", deployment, "i1")


def test_a_line_says_when_who_and_what():
    who = roles(overlapping().scene().state)
    assert log_line(entry("SIGTERM received"), 60, roles=who).text == "12:01:22 web·old      SIGTERM received"
    assert (
        log_line(entry("GET / 200", deployment="new-deployment"), 60, roles=who).text
        == "12:01:22 web·new      GET / 200"
    )
    assert log_line(entry("who am I", deployment="?"), 60, roles=who).text == "12:01:22 web          who am I"


def test_before_a_rollout_what_serves_is_the_old_one():
    assert roles(proved().state) == {"old-deployment": "old"}
    assert roles(fresh().state) == {}


def test_levels_are_told_by_a_mark_and_a_tone():
    line = log_line(entry("refused", "error"), 60, roles={})
    assert line.text.endswith("✗ refused")
    assert line.spans[-1].tone is Tone.BAD
    assert log_line(entry("slow", "WARN"), 60, roles={}).text.endswith("! slow")
    assert log_line(entry("Starting Container", "platform"), 60, roles={}).text.endswith("· Starting Container")
    assert log_line(entry("odd", "notice"), 60, roles={}).text.endswith(" odd")


def test_a_line_is_cut_to_the_pane():
    assert log_line(entry("x" * 500), 40, roles={}).text == "12:01:22 web          " + "x" * 17 + "…"


def test_a_gap_says_from_when_to_when_and_why():
    gap = LogGap(AT, AT + timedelta(seconds=9), "Railway dropped 50 lines")
    line = log_line(gap, 100, roles={})
    assert line.text == "! lines may be missing from 12:01:22 to 12:01:31: Railway dropped 50 lines"
    assert line.spans[0].tone is Tone.BAD


def test_the_title_says_whether_lines_come_and_whether_they_follow():
    run = overlapping()
    run.live.log_link = LogLink("live")
    assert log_title(run.scene(), following=True, level="info").text == "Logs · level≥info · live · following"
    run.live.log_link = LogLink("polling", "the socket was refused")
    title = log_title(run.scene(), following=False, level="all")
    assert title.text == "Logs · all levels · polling, the socket was refused · held still"


def test_the_title_says_how_many_lines_were_let_go():
    run = overlapping()
    run.live.logs = type(run.live.logs)(capacity=2)
    run.live.logs.extend([entry("a"), entry("b"), entry("c")])
    assert "1 older ones let go" in log_title(run.scene(), following=True, level="").text
